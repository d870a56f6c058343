"""STS operations. Knows nothing of the other services here."""
