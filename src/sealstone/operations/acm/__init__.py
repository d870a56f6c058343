"""The operations of AWS Certificate Manager. Knows nothing of the other services here."""
