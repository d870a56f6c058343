"""Certificates and revocation lists in PKCS #7 or CMS signed data (RFC 2315 9.1, RFC 5652 5.1), DER or BER.

Read for what it carries; signatures over content are none of its business here.
"""

from dataclasses import replace
from typing import Final

from sealstone.x509 import der
from sealstone.x509.containers import ber, structures
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import ContainerUnreadable, UnsupportedContainer
from sealstone.x509.material import Container, Kind, Piece, Unreadable

WHAT: Final = "the PKCS #7 file"
MOST: Final = 10_000
"""Certificates, or entries of a store."""
_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_EXPLICIT: Final = 0xA0
_CERTIFICATES: Final = 0xA0
_REVOCATION_LISTS: Final = 0xA1


def opened(container: Container, password: Password) -> tuple[Piece | Unreadable, ...]:  # noqa: ARG001
    """The certificates, then the revocation lists, in their order. Raises ContainerUnreadable, UnsupportedContainer."""
    data = ber.as_der(container.data)
    signed = _signed_data(data)
    found: list[Piece | Unreadable] = []
    for field in der.children(data, signed):
        if field.tag in {_CERTIFICATES, _REVOCATION_LISTS}:
            kind = Kind.CERTIFICATE if field.tag == _CERTIFICATES else Kind.REVOCATION_LIST
            for number, value in enumerate(der.children(data, field, MOST), start=1):
                origin = replace(container.origin, place=f"{kind} {number}")
                found.append(structures.piece(data[value.start : value.end], origin, "", kind))
    return tuple(found)


def _signed_data(data: bytes) -> der.Element:
    """RFC 5652 section 3. Raises UnsupportedContainer for anything else, such as enveloped data."""
    fields = der.whole_sequence(data)
    if not fields:
        raise der.Malformed("it is empty")
    named = der.dotted(der.content(data, der.expect(fields[0], der.OBJECT_IDENTIFIER)))
    if named != _SIGNED_DATA:
        raise UnsupportedContainer(
            WHAT, f"it is encrypted or of the kind {named}", "give the certificates as PEM, or as PKCS #7 signed data"
        )
    if len(fields) != 2 or fields[1].tag != _EXPLICIT:
        raise ContainerUnreadable(WHAT, "its signed data are missing")
    return der.expect(der.element(data, fields[1].content, fields[1].end), der.SEQUENCE)
