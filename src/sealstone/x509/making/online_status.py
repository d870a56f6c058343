"""The online certificate status protocol (OCSP, RFC 6960): requests read with suspicion, responses signed.

Written here, since `cryptography` reads and makes messages about a single certificate only. Who is asked about, and
what is known of it, is told by the caller.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sealstone.x509 import der
from sealstone.x509.border import Otherwise
from sealstone.x509.making import authority, keys, names
from sealstone.x509.making.authority import Authority
from sealstone.x509.making.certificates import Chance

LONGEST: Final = 4096
"""Bytes of a request; there is room for some forty certificates in it."""
_SUBJECT: Final = names.authority("CN=OCSP Responder")
_MOST_NONCE: Final = 128  # RFC 9654 2.1
_MOST_CERTIFICATES: Final = 64
_NONCE: Final = "1.3.6.1.5.5.7.48.1.2"
_BASIC: Final = bytes.fromhex("06092b0601050507300101")  # id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1
_NONCE_IDENTIFIER: Final = bytes.fromhex("06092b0601050507300102")
_ECDSA_SHA256: Final = bytes.fromhex("300a06082a8648ce3d040302")  # RFC 5758 3.2
_GENERALIZED_TIME: Final = 0x18
_ENUMERATED: Final = 0x0A
_DIGESTS: Final[Mapping[str, type[hashes.SHA1 | hashes.SHA256 | hashes.SHA384 | hashes.SHA512]]] = {
    "1.3.14.3.2.26": hashes.SHA1,
    "2.16.840.1.101.3.4.2.1": hashes.SHA256,
    "2.16.840.1.101.3.4.2.2": hashes.SHA384,
    "2.16.840.1.101.3.4.2.3": hashes.SHA512,
}
DIGESTS: Final = tuple(_DIGESTS)
"""Identifiers of the digests by which a request may name an issuer."""


class Failure(IntEnum):
    """What is answered, unsigned, instead of a status (RFC 6960 4.2.1)."""

    MALFORMED_REQUEST = 1
    INTERNAL_ERROR = 2
    TRY_LATER = 3
    UNAUTHORIZED = 6


@dataclass(frozen=True, slots=True)
class IssuerName:
    """An issuer as requests name it (RFC 6960 4.1.1): digests of its name and of its key."""

    digest: str
    name_hash: bytes
    key_hash: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """One certificate that is asked about."""

    issuer: IssuerName
    serial_number: int
    raw: bytes = field(repr=False)
    """The CertID as it was sent; the answer repeats it."""


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """What a client asks."""

    asked: tuple[Asked, ...]
    nonce: bytes = b""
    """The extension's value as it was sent; empty without one (RFC 9654)."""


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of one certificate."""

    raw: bytes = field(repr=False)
    """The CertID."""
    known: bool
    revoked_at: datetime | None = None
    reason: int | None = None
    """CRLReason (RFC 5280 5.3.1); None where nothing is said."""


@dataclass(frozen=True, slots=True)
class Responder:
    """Who signs: a short-lived certificate that may, and its key on P-256."""

    certificate: bytes = field(repr=False)
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    key_hash: bytes = field(repr=False)
    """SHA-1 of the public key: how a response names its responder (RFC 6960 4.2.1)."""
    not_after: datetime


def responder(issuer: Authority, *, at: datetime, random: Chance) -> Responder:
    """A new one that answers for what the authority issued; its key is never anywhere but here.

    Raises IssuerRefused when the authority has expired, UnusableKey.
    """
    key = keys.new(authority.KEY_TYPE)
    made = authority.responder(issuer, _SUBJECT, key, at=at, random=random)
    loaded = x509.load_der_x509_certificate(made.certificate)
    handle = cast("ec.EllipticCurvePrivateKey", keys.loaded(key))
    key_hash = _key_hash(loaded, hashes.SHA1())  # noqa: S303 - a name, as RFC 6960 4.2.1 has it; nothing relies on it
    return Responder(made.certificate, handle, key_hash, made.period.not_after)


def names_of(issuer: bytes) -> tuple[IssuerName, ...]:
    """Every way in which a request may name the issuer with this certificate (DER), by each of the DIGESTS."""
    certificate = x509.load_der_x509_certificate(issuer)
    name = certificate.subject.public_bytes()
    return tuple(
        IssuerName(identifier, _hashed(kind(), name), _key_hash(certificate, kind()))
        for identifier, kind in _DIGESTS.items()
    )


# --- requests ---


def read(data: bytes) -> StatusRequest:
    """A request in DER; its signature, if it has one, is nobody's proof of anything here. Raises der.Malformed."""
    if len(data) > LONGEST:
        raise der.Malformed(f"it has {len(data):,} bytes, and {LONGEST:,} is the most")
    request = der.whole_sequence(data)
    if not 1 <= len(request) <= 2 or (len(request) == 2 and request[1].tag != 0xA0):
        raise der.Malformed("it is no request with at most a signature")
    parts = der.children(data, der.expect(request[0], der.SEQUENCE))
    if parts and parts[0].tag == 0xA0:
        version = der.element(data, parts[0].content, parts[0].end)
        if der.integer(data, version):
            raise der.Malformed("it is of an unknown version")
        parts.pop(0)
    if parts and parts[0].tag == 0xA1:  # who asks
        parts.pop(0)
    if not parts:
        raise der.Malformed("it asks about nothing")
    asked = der.children(data, der.expect(parts[0], der.SEQUENCE), _MOST_CERTIFICATES)
    if not asked:
        raise der.Malformed("it asks about nothing")
    nonce = b""
    for extensions in parts[1:]:
        nonce = _nonce(data, der.element(data, der.expect(extensions, 0xA2).content, extensions.end))
    return StatusRequest(tuple(_asked(data, one) for one in asked), nonce)


def _asked(data: bytes, request: der.Element) -> Asked:
    fields = der.children(data, der.expect(request, der.SEQUENCE))
    if not fields:
        raise der.Malformed("it asks about a certificate without naming it")
    for extensions in fields[1:]:
        _nonce(data, der.element(data, der.expect(extensions, 0xA0).content, extensions.end))
    named = der.children(data, der.expect(fields[0], der.SEQUENCE))
    if len(named) != 4:
        raise der.Malformed("it names a certificate by something else than four values")
    algorithm = der.children(data, der.expect(named[0], der.SEQUENCE))
    if not 1 <= len(algorithm) <= 2 or any(one.tag != der.NULL or one.end != one.content for one in algorithm[1:]):
        raise der.Malformed("its digest has parameters")
    digest = der.dotted(der.content(data, der.expect(algorithm[0], der.OBJECT_IDENTIFIER)))
    name_hash, key_hash = (der.content(data, der.expect(one, der.OCTET_STRING)) for one in named[1:3])
    number = der.integer(data, named[3])
    return Asked(IssuerName(digest, name_hash, key_hash), number, data[fields[0].start : fields[0].end])


def _nonce(data: bytes, extensions: der.Element) -> bytes:
    """The nonce among extensions; a critical one that is not understood refuses all (RFC 6960 4.4)."""
    nonce = b""
    for extension in der.children(data, der.expect(extensions, der.SEQUENCE)):
        fields = der.children(data, der.expect(extension, der.SEQUENCE))
        if not 2 <= len(fields) <= 3:
            raise der.Malformed("an extension has not two or three values")
        name = der.dotted(der.content(data, der.expect(fields[0], der.OBJECT_IDENTIFIER)))
        value = der.content(data, der.expect(fields[-1], der.OCTET_STRING))
        if name == _NONCE:
            nonce = _judged_nonce(value)
        elif len(fields) == 3 and der.content(data, der.expect(fields[1], der.BOOLEAN)) != b"\x00":
            raise der.Malformed("a critical extension is not understood")
    return nonce


def _judged_nonce(value: bytes) -> bytes:
    """RFC 9654 2.1: an OCTET STRING of 1 to 128 octets within the extension's."""
    inner = der.expect(der.element(value, 0, len(value)), der.OCTET_STRING)
    if inner.end != len(value) or not 1 <= inner.end - inner.content <= _MOST_NONCE:
        raise der.Malformed(f"its nonce has not 1 to {_MOST_NONCE} bytes")
    return value


# --- responses ---


def failure(reason: Failure) -> bytes:
    """A response that holds no status, DER, unsigned."""
    return _tlv(der.SEQUENCE, _tlv(_ENUMERATED, bytes([reason])))


def answered(
    by: Responder, statuses: Sequence[Status], *, nonce: bytes = b"", at: datetime, next_update: datetime
) -> bytes:
    """A signed response (RFC 6960 4.2.1), DER, with the responder's certificate in it. Times are cut to seconds."""
    single = b"".join(_single(one, at, next_update) for one in statuses)
    content = _tlv(0xA2, _tlv(der.OCTET_STRING, by.key_hash)) + _time(at) + _tlv(der.SEQUENCE, single)
    if nonce:
        extension = _tlv(der.SEQUENCE, _NONCE_IDENTIFIER + _tlv(der.OCTET_STRING, nonce))
        content += _tlv(0xA1, _tlv(der.SEQUENCE, extension))
    tbs = _tlv(der.SEQUENCE, content)
    with Otherwise(keys.damaged):
        signature = by.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    certificates = _tlv(0xA0, _tlv(der.SEQUENCE, by.certificate))
    basic = _tlv(der.SEQUENCE, tbs + _ECDSA_SHA256 + _tlv(der.BIT_STRING, b"\x00" + signature) + certificates)
    told = _tlv(der.SEQUENCE, _BASIC + _tlv(der.OCTET_STRING, basic))
    return _tlv(der.SEQUENCE, _tlv(_ENUMERATED, b"\x00") + _tlv(0xA0, told))


def _single(status: Status, at: datetime, next_update: datetime) -> bytes:
    if not status.known:
        what = _tlv(0x82, b"")
    elif status.revoked_at is None:
        what = _tlv(0x80, b"")
    else:
        why = b"" if status.reason is None else _tlv(0xA0, _tlv(_ENUMERATED, bytes([status.reason])))
        what = _tlv(0xA1, _time(status.revoked_at) + why)
    return _tlv(der.SEQUENCE, status.raw + what + _time(at) + _tlv(0xA0, _time(next_update)))


def _time(moment: datetime) -> bytes:
    return _tlv(_GENERALIZED_TIME, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def _tlv(tag: int, content: bytes) -> bytes:
    """X.690 10.1: the definite form of a length, in the least number of octets."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def _key_hash(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> bytes:
    """Of the public key's BIT STRING without its count of unused bits (RFC 6960 4.1.1)."""
    info = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    _, bits = der.whole_sequence(info)
    return _hashed(algorithm, der.content(info, bits)[1:])


def _hashed(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()
