"""What certificates, requests and revocation lists have in common: a part that is signed, and a signature over it.

Where their values are, read leniently. What they mean is told by `description`, whether the signature holds by
`signatures`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sealstone.x509 import algorithms, der, extensions
from sealstone.x509.algorithms import Signature
from sealstone.x509.extensions import Extensions

_VERSION: Final = 0xA0
_EXTENSIONS: Final = 0xA3
_ATTRIBUTES: Final = 0xA0
_EXTENSION_REQUEST: Final = "1.2.840.113549.1.9.14"  # RFC 2985 5.4.2
_CHALLENGE: Final = "1.2.840.113549.1.9.7"  # RFC 2985 5.4.1, challengePassword
_HIGHEST_VERSION: Final = 1000  # of those that are told; RFC 5280 knows 2, which means version 3
_MOST_ATTRIBUTES: Final = 100
_NONE: Final = Extensions()


@dataclass(frozen=True, slots=True)
class Signed:
    """The outermost structure of everything that is signed (RFC 5280 4.1.1)."""

    data: bytes = field(repr=False)
    """The whole DER, in which the elements are."""
    part: bytes = field(repr=False)
    """What the signature is over, as it stands there."""
    algorithm: Signature
    signature: bytes = field(repr=False)
    values: tuple[der.Element, ...] = field(repr=False)
    """Of the part; the version of a certificate or list is left out."""
    version: int
    """Counted from 1, as people do."""

    def raw(self, value: der.Element) -> bytes:
        """The DER of a value."""
        return self.data[value.start : value.end]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the attributes of a request say (RFC 2986 4.1)."""

    extensions: Extensions = _NONE
    has_challenge_password: bool = False


def read(data: bytes, least: int, what: str) -> Signed:
    """The structure, with `least` values at least. Raises der.Malformed. `what` it is, for the message."""
    outer = der.whole_sequence(data)
    if len(outer) != 3:
        raise der.Malformed("it does not consist of three values")
    part = der.expect(outer[0], der.SEQUENCE)
    version, values = _versioned(data, der.children(data, part))
    if len(values) < least:
        raise der.Malformed(f"it has fewer values than {what} must have")
    return Signed(
        data=data,
        part=data[part.start : part.end],
        algorithm=algorithms.signature(data, outer[1]),
        signature=der.content(data, der.expect(outer[2], der.BIT_STRING))[1:],
        values=tuple(values),
        version=version,
    )


def certificate_extensions(signed: Signed, optional: Sequence[der.Element]) -> Extensions:
    """Those of a certificate (RFC 5280 4.1.2.9). What cannot be read is a fault."""
    for value in optional:
        if value.tag == _EXTENSIONS:
            return _extensions_in(signed.data, value)
    return Extensions()


def asked(signed: Signed, optional: Sequence[der.Element]) -> Asked:
    """What a request asks for (RFC 2985 5.4). What cannot be read is a fault."""
    found, data = Asked(), signed.data
    try:
        for attributes in optional:
            for attribute in der.children(data, der.expect(attributes, _ATTRIBUTES), _MOST_ATTRIBUTES):
                found = _with_attribute(found, data, attribute)
    except der.Malformed as fault:
        return Asked(Extensions(faults=(f"its attributes cannot be read: {fault}",)), found.has_challenge_password)
    return found


def count(data: bytes, parent: der.Element) -> int:
    """How many values are inside, of which there may be a million. Raises der.Malformed."""
    found, at = 0, parent.content
    while at < parent.end:
        at = der.element(data, at, parent.end).end
        found += 1
    return found


def _versioned(data: bytes, values: list[der.Element]) -> tuple[int, list[der.Element]]:
    """`[0]` in a certificate, where the default is version 1; its absence says nothing in a request or list."""
    if not values or values[0].tag != _VERSION:
        return 1, values
    number = der.integer(data, der.element(data, values[0].content, values[0].end))
    return 1 + min(max(number, -1), _HIGHEST_VERSION), values[1:]


def _with_attribute(found: Asked, data: bytes, attribute: der.Element) -> Asked:
    fields = der.children(data, der.expect(attribute, der.SEQUENCE))
    if len(fields) != 2:
        raise der.Malformed("an attribute is not a pair")
    kind = der.dotted(der.content(data, der.expect(fields[0], der.OBJECT_IDENTIFIER)))
    if kind == _EXTENSION_REQUEST:
        return Asked(_extensions_in(data, fields[1]), found.has_challenge_password)
    return Asked(found.extensions, found.has_challenge_password or kind == _CHALLENGE)


def _extensions_in(data: bytes, parent: der.Element) -> Extensions:
    try:
        return extensions.read(data, der.element(data, parent.content, parent.end))
    except der.Malformed as fault:
        return Extensions(faults=(f"its extensions cannot be read: {fault}",))
