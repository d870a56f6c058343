"""Looking outward: handshakes with servers a person names, and fetching what certificates point to. Judges nothing."""
