"""Certificate revocation lists as something to go by: who signed one, until when it counts, whom it revokes.

RFC 5280 section 5. Only whole lists of one authority over its own certificates: what says in a critical extension that
it is anything else (a delta, an indirect list, a part) is refused. Read by our own DER reader; `description` tells of
lists of any kind.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sealstone.x509 import der, names, pem, signatures, signed, times
from sealstone.x509.description import CertificateDescription
from sealstone.x509.problems import Part, X509Problem
from sealstone.x509.signatures import Verdict
from sealstone.x509.signed import Signed

LABEL: Final = "X509 CRL"  # RFC 7468, 6
_CERTIFICATE: Final = "CERTIFICATE"
_EXTENSIONS: Final = 0xA0
_MOST_ENTRIES: Final = 100_000
_MOST_EXTENSIONS: Final = 32


class UnusableRevocationList(X509Problem):
    """What was sent is no revocation list that can be gone by."""

    def __init__(self, cause: str) -> None:
        super().__init__(Part.FILE, cause, "send the whole list of the authority itself, in PEM or DER, as it made it")


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A whole list of one authority; who made it is not proven yet."""

    issuer_name: bytes = field(repr=False)
    """DER of the name."""
    this_update: datetime
    next_update: datetime | None
    """When the next list is due; None when the list does not say."""
    serial_numbers: frozenset[int] = field(repr=False)
    signed: Signed = field(repr=False)

    def is_of(self, issuer: CertificateDescription) -> bool:
        """Whether the authority made it: its name, its key, an algorithm that proves something, and the right to.

        RFC 5280 6.3.3 (f): where there is a key usage, it says cRLSign.
        """
        if not names.same(self.issuer_name, issuer.subject_name) or self.signed.algorithm.proves_nothing:
            return False
        if issuer.usages and "cRLSign" not in issuer.usages:
            return False
        algorithm, signature, part = self.signed.algorithm, self.signed.signature, self.signed.part
        return signatures.verdict(issuer.key_info, algorithm, signature, part) is Verdict.HOLDS


def read(data: bytes) -> RevocationList:
    """PEM or DER. Raises UnusableRevocationList, and nothing else."""
    try:
        return _read(_parts(data)[0])
    except der.Malformed as fault:
        raise UnusableRevocationList(f"the revocation list cannot be read: {fault}") from None


def issuers(data: bytes) -> tuple[bytes, ...]:
    """The certificates, in DER, that stand beside the list in its PEM text. Raises UnusableRevocationList."""
    return _parts(data)[1]


def _parts(data: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    if data[:1] == b"\x30":
        return data, ()
    text = pem.normalised(data.decode("ascii", "replace"))
    try:
        blocks = list(pem.blocks(text, Part.CHAIN))
        lists = [block.der() for block in blocks if block.label == LABEL]
        certificates = [block.der() for block in blocks if block.label == _CERTIFICATE]
    except X509Problem:  # its words are about fields of an upload
        raise UnusableRevocationList("the revocation list is neither DER nor whole PEM") from None
    if len(lists) != 1 or len(lists) + len(certificates) != len(blocks):
        raise UnusableRevocationList(
            f"the text must hold exactly one block {LABEL}, and beside it nothing but certificates of its issuers"
        )
    return lists[0], tuple(certificates)


def _read(data: bytes) -> RevocationList:
    """RFC 5280 5.1. Raises der.Malformed, UnusableRevocationList."""
    found = signed.read(data, 3, "a revocation list")
    values = found.values[1:] if found.values[0].tag == der.INTEGER else found.values
    if len(values) < 3:
        raise der.Malformed("it has fewer values than a revocation list must have")
    _, issuer, this_update, *optional = values
    next_update = None
    if optional and optional[0].tag in times.TAGS:
        next_update = times.moment(data, optional.pop(0))
    entries = optional.pop(0) if optional and optional[0].tag == der.SEQUENCE else None
    for extensions in optional:
        _refuse_critical(data, der.element(data, der.expect(extensions, _EXTENSIONS).content, extensions.end))
    return RevocationList(
        issuer_name=found.raw(issuer),
        this_update=times.moment(data, this_update),
        next_update=next_update,
        serial_numbers=_serial_numbers(data, entries) if entries else frozenset(),
        signed=found,
    )


def _serial_numbers(data: bytes, entries: der.Element) -> frozenset[int]:
    revoked = set()
    for entry in der.children(data, entries, _MOST_ENTRIES):
        fields = der.children(data, der.expect(entry, der.SEQUENCE))
        if len(fields) < 2:
            raise der.Malformed("an entry has not two or three values")
        revoked.add(int.from_bytes(der.content(data, der.expect(fields[0], der.INTEGER)), "big", signed=True))
        for extensions in fields[2:]:
            _refuse_critical(data, extensions)
    return frozenset(revoked)


def _refuse_critical(data: bytes, extensions: der.Element) -> None:
    """RFC 5280 5.2, 5.3: a list with a critical extension that is not understood says nothing for certain."""
    for extension in der.children(data, der.expect(extensions, der.SEQUENCE), _MOST_EXTENSIONS):
        fields = der.children(data, der.expect(extension, der.SEQUENCE))
        if not 2 <= len(fields) <= 3:
            raise der.Malformed("an extension has not two or three values")
        if len(fields) == 3 and der.content(data, der.expect(fields[1], der.BOOLEAN)) != b"\x00":
            identifier = der.dotted(der.content(data, der.expect(fields[0], der.OBJECT_IDENTIFIER)))
            raise UnusableRevocationList(f"the revocation list has the critical extension {identifier}")
