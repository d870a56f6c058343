"""Tables of roles, instance profiles and permissions boundaries."""
