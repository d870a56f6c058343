"""Hosts that an authority may issue for, held against those of the authority above it: one below can only narrow.

RFC 5280 6.1.4 (g): what constraints permit is the intersection along the path. Only permitted hosts are looked at, and
only as lists of domains; names to be issued for are checked in `constraints`.
"""

from collections.abc import Sequence

from cryptography import x509

from sealstone.x509.border import Otherwise
from sealstone.x509.making.problems import IssuerRefused

Domains = tuple[str, ...]
"""A host among them, or below one, is permitted; none: any host."""


def permitted(certificate: bytes) -> Domains:
    """Of an authority's own certificate, DER, as its name constraints say. Raises IssuerRefused."""
    with Otherwise(lambda _: IssuerRefused("its certificate cannot be read", "make another one")):
        try:
            found = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_class(x509.NameConstraints)
        except x509.ExtensionNotFound:
            return ()
        subtrees = found.value.permitted_subtrees or ()
        return tuple(one.value.lower() for one in subtrees if isinstance(one, x509.DNSName))


def beyond(wanted: Sequence[str], above: Sequence[str]) -> Domains:
    """What is wanted below and not permitted above; the empty name stands for every host."""
    if not above:
        return ()
    return tuple(one for one in wanted or ("",) if not _has(above, one))


def within(wanted: Sequence[str], above: Sequence[str]) -> Domains:
    """What both permit; where that is nothing, what is permitted above: somebody has to issue."""
    if not above or not wanted:
        return tuple(above or wanted)
    both = [*(one for one in wanted if _has(above, one)), *(one for one in above if _has(wanted, one))]
    return tuple(dict.fromkeys(both)) or tuple(above)


def told(domains: Sequence[str]) -> str:
    """For people."""
    return "every host" if not domains or "" in domains else f"hosts below {', '.join(domains)}"


def _has(domains: Sequence[str], name: str) -> bool:
    return any(name == one or name.endswith(f".{one}") for one in domains)
