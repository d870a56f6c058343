"""IAM operations, one file per resource. Knows nothing of the other services here."""
