"""Operations of IAM Roles Anywhere, one file per resource. Knows nothing of the other services here."""
