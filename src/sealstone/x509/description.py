"""What is told of a piece: a record for each kind, made by `describe`. Nothing here judges, compares or shows.

Read by our own DER reader, so that nothing odd in a certificate keeps the rest of it from being told: what cannot be
read is in `faults`. Texts are escaped; names are whole, so cut them when they are shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha1, sha256
from typing import Final

from sealstone.x509 import algorithms, der, names, public_halves, signatures, times, weak_keys
from sealstone.x509 import signed as structure
from sealstone.x509.material import Kind, Piece, Unreadable
from sealstone.x509.problems import X509Problem
from sealstone.x509.signatures import Verdict
from sealstone.x509.signed import Signed
from sealstone.x509.weak_keys import Weakness

NO_BEGIN: Final = datetime.max.replace(tzinfo=UTC)
"""Stands for a date that cannot be read, so that such a certificate is never valid: a beginning that never comes."""
NO_END: Final = datetime.min.replace(tzinfo=UTC)
"""An end long past, for a date that cannot be read."""

_LONGEST_SERIAL: Final = 64  # bytes that are told


@dataclass(frozen=True, slots=True)
class CertificateDescription:
    """A certificate, of any kind and quality."""

    piece: Piece = field(repr=False)
    version: int
    """1 to 3, or what it says."""
    serial_number: int = field(repr=False)
    """Any sign and size."""
    serial: str
    """As ACM shows it: `77:9e:0d`; with `-` before it when negative, and cut after 64 bytes."""
    subject: str
    """RFC 4514, escaped, whole."""
    issuer: str
    subject_name: bytes = field(repr=False)
    """DER of the name, as chains compare it."""
    issuer_name: bytes = field(repr=False)
    not_before: datetime
    """UTC; `NO_BEGIN` when it cannot be read."""
    not_after: datetime
    """The last second in which it is valid; UTC; `NO_END` when it cannot be read."""
    key: str
    """`RSA 2048`, `EC P-256`, `Ed25519`."""
    key_bits: int
    """0 where there is no size, or none known."""
    signature: str
    """`SHA-256 with RSA`."""
    fingerprint: str
    """SHA-256 over the DER, lower-case hex."""
    fingerprint_sha1: str
    public_key_fingerprint: str
    """SHA-256 over the SubjectPublicKeyInfo: equal for a key and what was issued for it."""
    key_info: bytes = field(repr=False)
    """DER of the SubjectPublicKeyInfo."""
    signed: Signed = field(repr=False)
    alternative_names: tuple[str, ...] = ()
    """`DNS:a.example`, `IP:10.0.0.1`; see `Extensions`, which says what the others mean too."""
    usages: tuple[str, ...] = ()
    extended_usages: tuple[str, ...] = ()
    authority: bool | None = None
    path_length: int | None = None
    key_identifier: str = ""
    authority_key_identifier: str = ""
    authority_serial_number: int | None = field(default=None, repr=False)
    issuer_urls: tuple[str, ...] = ()
    responder_urls: tuple[str, ...] = ()
    longest_responder_url: int = 0
    revocation_list_urls: tuple[str, ...] = ()
    other_extensions: tuple[str, ...] = ()
    unprocessed: tuple[str, ...] = ()
    weaknesses: tuple[Weakness, ...] = ()
    """Why its key protects nothing; their clauses are among the faults, too."""
    faults: tuple[str, ...] = ()
    """What cannot be read, or is against the standard, in whole clauses."""

    @property
    def is_self_issued(self) -> bool:
        """Whether it names itself as its issuer (RFC 5280 3.2). Whether it signed itself is for `links` to say."""
        return self.subject_name == self.issuer_name


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """A private or public key; of a private one nothing is here but its public half."""

    piece: Piece = field(repr=False)
    key: str
    key_bits: int
    public_key_fingerprint: str
    """SHA-256 over the SubjectPublicKeyInfo; empty when the public half of a private key cannot be computed."""
    faults: tuple[str, ...] = ()
    """What cannot be done with it, and why it protects nothing (`weak_keys`)."""


@dataclass(frozen=True, slots=True)
class RequestDescription:
    """A certificate request (PKCS #10, RFC 2986)."""

    piece: Piece = field(repr=False)
    subject: str
    names: tuple[str, ...]
    """The alternative names that it asks for, as in `CertificateDescription.alternative_names`."""
    key: str
    key_bits: int
    signature: str
    signature_holds: bool | None
    """Whether its key signed it; None when that cannot be checked."""
    public_key_fingerprint: str
    usages: tuple[str, ...] = ()
    extended_usages: tuple[str, ...] = ()
    authority: bool | None = None
    has_challenge_password: bool = False
    """It is in there in plain text; it is not told."""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevocationListDescription:
    """A certificate revocation list (RFC 5280 section 5)."""

    piece: Piece = field(repr=False)
    issuer: str
    this_update: datetime
    next_update: datetime | None
    """None when there is none."""
    count: int
    """Certificates revoked."""
    signature: str


@dataclass(frozen=True, slots=True)
class OtherDescription:
    """Parameters, and everything of which nothing could be made."""

    item: Piece | Unreadable = field(repr=False)
    what: str
    """`unreadable`, or the kind."""
    reason: str = ""
    """Why nothing more is told, in a clause; empty for parameters."""
    problem: X509Problem | None = None
    """With its cure, when there is one."""


Description = (
    CertificateDescription | KeyDescription | RequestDescription | RevocationListDescription | OtherDescription
)


def describe(item: Piece | Unreadable) -> Description:
    """What is to be told of it. Raises nothing for foreign bytes: then it is an OtherDescription with a reason."""
    if isinstance(item, Unreadable):
        return OtherDescription(item, "unreadable", item.problem.cause, item.problem)
    reader = _READERS.get(item.kind)
    if reader is None:
        return OtherDescription(item, str(item.kind))
    try:
        return reader(item)
    except der.Malformed as fault:
        return OtherDescription(item, str(item.kind), str(fault))


# --- certificates ---


def _certificate(piece: Piece) -> CertificateDescription:
    """RFC 5280 4.1. Raises der.Malformed when its outline is none."""
    data = piece.der
    signed = structure.read(data, 6, "a certificate")
    serial, _, issuer, validity, subject, key, *optional = signed.values
    key_info = signed.raw(key)
    public_key = algorithms.public_key(key_info)
    serial_number = int.from_bytes(der.content(data, der.expect(serial, der.INTEGER)), "big", signed=True)
    not_before, not_after, faults = _validity(data, validity)
    found = structure.certificate_extensions(signed, optional)
    weaknesses = weak_keys.of(key_info)
    return CertificateDescription(
        piece=piece,
        version=signed.version,
        serial_number=serial_number,
        serial=_pairs(serial_number),
        subject=names.as_text(signed.raw(subject)),
        issuer=names.as_text(signed.raw(issuer)),
        subject_name=signed.raw(subject),
        issuer_name=signed.raw(issuer),
        not_before=not_before,
        not_after=not_after,
        key=str(public_key),
        key_bits=public_key.bits,
        signature=str(signed.algorithm),
        fingerprint=sha256(data).hexdigest(),
        fingerprint_sha1=sha1(data, usedforsecurity=False).hexdigest(),
        public_key_fingerprint=public_halves.fingerprint(key_info),
        key_info=key_info,
        signed=signed,
        alternative_names=found.alternative_names,
        usages=found.usages,
        extended_usages=found.extended_usages,
        authority=found.authority,
        path_length=found.path_length,
        key_identifier=found.key_identifier,
        authority_key_identifier=found.authority_key_identifier,
        authority_serial_number=found.authority_serial_number,
        issuer_urls=found.issuer_urls,
        responder_urls=found.responder_urls,
        longest_responder_url=found.longest_responder_url,
        revocation_list_urls=found.revocation_list_urls,
        other_extensions=found.others,
        unprocessed=found.unprocessed,
        weaknesses=weaknesses,
        faults=(
            *_version_faults(signed, optional),
            *_serial_faults(serial_number),
            *faults,
            *(weakness.clause for weakness in weaknesses),
            *found.faults,
        ),
    )


def _version_faults(signed: Signed, optional: Sequence[der.Element]) -> tuple[str, ...]:
    """RFC 5280 4.1.2.1."""
    if not 1 <= signed.version <= 3:
        return (f"it is of version {signed.version}, and there are 1 to 3",)
    return ("it is of version 1 and has what only later versions have",) if optional and signed.version == 1 else ()


def _pairs(serial_number: int) -> str:
    """Hex pairs with colons, as ACM's DescribeCertificate shows them."""
    size = max((abs(serial_number).bit_length() + 7) // 8, 1)
    octets = abs(serial_number).to_bytes(size, "big")
    pairs = octets[:_LONGEST_SERIAL].hex(":") + ("…" if size > _LONGEST_SERIAL else "")
    return f"-{pairs}" if serial_number < 0 else pairs


def _serial_faults(serial_number: int) -> tuple[str, ...]:
    """RFC 5280 4.1.2.2."""
    if serial_number <= 0:
        return ("its serial number is not positive",)
    octets = serial_number.bit_length() // 8 + 1
    return (f"its serial number has {octets:,} bytes, and 20 is the most",) if octets > 20 else ()


def _validity(data: bytes, validity: der.Element) -> tuple[datetime, datetime, tuple[str, ...]]:
    try:
        begin, end = (times.moment(data, date) for date in _pair(data, validity))
    except der.Malformed as fault:
        return NO_BEGIN, NO_END, (f"its dates cannot be read: {fault}",)
    return begin, end, ("it ends before it begins",) if end < begin else ()


def _pair(data: bytes, found: der.Element) -> tuple[der.Element, der.Element]:
    dates = der.children(data, der.expect(found, der.SEQUENCE))
    if len(dates) != 2:
        raise der.Malformed("its validity is not a pair of dates")
    return dates[0], dates[1]


# --- the others ---


def _private_key(piece: Piece) -> KeyDescription:
    if piece.secret is None:
        raise der.Malformed("it has no content")
    half = public_halves.of(piece.secret)
    faults = _weaknesses(half.info) if half.info else ("its public half cannot be computed here",)
    return KeyDescription(piece, str(half.key), half.key.bits, half.fingerprint, faults)


def _weaknesses(key_info: bytes) -> tuple[str, ...]:
    return tuple(weakness.clause for weakness in weak_keys.of(key_info))


def _public_key(piece: Piece) -> KeyDescription:
    found = algorithms.public_key(piece.der)
    print_of = public_halves.fingerprint(piece.der)
    return KeyDescription(piece, str(found), found.bits, print_of, _weaknesses(piece.der))


def _request(piece: Piece) -> RequestDescription:
    """RFC 2986 4.1. Raises der.Malformed."""
    signed = structure.read(piece.der, 3, "a request")
    _, subject, key, *optional = signed.values
    key_info = signed.raw(key)
    public_key = algorithms.public_key(key_info)
    asked = structure.asked(signed, optional)
    verdict = signatures.verdict(key_info, signed.algorithm, signed.signature, signed.part)
    return RequestDescription(
        piece=piece,
        subject=names.as_text(signed.raw(subject)),
        names=asked.extensions.alternative_names,
        key=str(public_key),
        key_bits=public_key.bits,
        signature=str(signed.algorithm),
        signature_holds={Verdict.HOLDS: True, Verdict.FAILS: False}.get(verdict),
        public_key_fingerprint=public_halves.fingerprint(key_info),
        usages=asked.extensions.usages,
        extended_usages=asked.extensions.extended_usages,
        authority=asked.extensions.authority,
        has_challenge_password=asked.has_challenge_password,
        faults=(*_weaknesses(key_info), *asked.extensions.faults),
    )


def _revocation_list(piece: Piece) -> RevocationListDescription:
    """RFC 5280 5.1. Raises der.Malformed."""
    signed = structure.read(piece.der, 3, "a revocation list")
    values = signed.values[1:] if signed.values[0].tag == der.INTEGER else signed.values
    dates = [times.moment(piece.der, value) for value in values[2:4] if value.tag in times.TAGS]
    if not dates:
        raise der.Malformed("it has no date")
    revoked = next((value for value in values[3:] if value.tag == der.SEQUENCE), None)
    return RevocationListDescription(
        piece=piece,
        issuer=names.as_text(signed.raw(values[1])),
        this_update=dates[0],
        next_update=dates[1] if len(dates) > 1 else None,
        count=structure.count(piece.der, revoked) if revoked else 0,
        signature=str(signed.algorithm),
    )


_READERS: Final[Mapping[Kind, Callable[[Piece], Description]]] = {
    Kind.CERTIFICATE: _certificate,
    Kind.PRIVATE_KEY: _private_key,
    Kind.PUBLIC_KEY: _public_key,
    Kind.REQUEST: _request,
    Kind.REVOCATION_LIST: _revocation_list,
}
