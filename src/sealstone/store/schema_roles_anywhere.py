"""Tables of Roles Anywhere: trust anchors, profiles, revocation lists."""
