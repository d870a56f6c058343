"""The nouns: names, ids, ARNs, pages, quotas and records. Pure: no I/O, no clock, no chance, no AWS wire."""
