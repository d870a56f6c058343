"""X.509: PEM, keys, bundles, chains. Pure: bytes and time in, values or `Problem`s out. Knows nothing of AWS codes."""
