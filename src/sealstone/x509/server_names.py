"""The names that Elastic Load Balancing judges a certificate by, for the listeners and for those who ask beforehand.

Which hosts clients take a certificate for is `host_names`' affair: there the common name never counts.
"""

import re
from typing import Final

from sealstone.x509 import der, host_names, names

_COMMON_NAME: Final = bytes.fromhex("550403")  # 2.5.4.3, RFC 5280 appendix A.1
# The form of an IPv4 address is not that of a name: RFC 1123 2.1.
_FULLY_QUALIFIED: Final = re.compile(r"(?:\*\.)?(?![0-9.]+\Z)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+", re.ASCII)


def of(certificate: bytes, subject: bytes) -> tuple[str, ...]:
    """The DNS names of a certificate (DER), as encoded; where it has none, the common names of its subject (DER).

    None at all when its subjectAltName or its subject cannot be read. Source: RFC 6125 6.4.4, short of its iPAddress:
    a load balancer that is asked for by address serves its default certificate.
    """
    try:
        found = host_names.of(certificate).dns
        return tuple(name.decode("ascii", "replace") for name in found) or _common_names(subject)
    except der.Malformed:
        return ()


def is_fully_qualified(name: str) -> bool:
    """Whether it is a host's full name, perhaps with `*` as its first label; an IPv4 address is none."""
    return _FULLY_QUALIFIED.fullmatch(name) is not None


def _common_names(subject: bytes) -> tuple[str, ...]:
    return tuple(text for kind, text in names.texts(subject) if kind == _COMMON_NAME)
