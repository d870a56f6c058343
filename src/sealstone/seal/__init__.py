"""Private keys and other secrets at rest: envelope encryption, and where the master key comes from. No SQL."""
