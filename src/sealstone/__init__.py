"""Sealstone: the certificate corner of AWS as software you own."""

__version__ = "0.1.0"
