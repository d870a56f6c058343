"""What a certificate of ACM says of itself, read once when it is stored: listings and descriptions parse nothing.

Values are AWS's own words (the API model's enums), as they are answered; texts from outside are escaped already.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class CertificateDetail:
    """Of the certificate itself, not of its chain."""

    domain_name: str
    """Its common name, or its first alternative name."""
    names: tuple[str, ...]
    """Domain names and IP addresses of the subjectAltName, in order; without one, the domain name."""
    subject: str
    """As RFC 4514 writes it, the highest part first: `C=AU,O=Example,CN=a.example`."""
    issuer: str
    """The issuer's organization (recorded)."""
    serial: str
    """Pairs of hex digits: `03:e9`."""
    key_algorithm: str
    """As requests name it: `RSA_2048`, `EC_prime256v1`."""
    signature_algorithm: str
    """`SHA256WITHRSA`."""
    key_usages: tuple[str, ...]
    """Empty without such an extension."""
    extended_key_usages: tuple[tuple[str, str], ...]
    """Name and object identifier; empty without such an extension."""

    @property
    def shown_key_algorithm(self) -> str:
        """As answers name it: with a hyphen (recorded)."""
        return self.key_algorithm.replace("_", "-", 1)

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """From what `document` gave, also when JSON made lists of its tuples."""
        usages = tuple((name, identifier) for name, identifier in document["extended_key_usages"])
        lists = {name: tuple(document[name]) for name in ("names", "key_usages")}
        return cls(**{**document, **lists, "extended_key_usages": usages})
