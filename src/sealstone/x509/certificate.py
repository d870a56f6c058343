"""One certificate, read and judged on its own: structure, key, dates, names (RFC 5280 section 4). No chains here.

Two readers look at each: our own small one at what must be bounded or must not warn (serial number, key sizes,
names, BasicConstraints), and `cryptography` at everything that is proven. Versions 1 to 3 are taken: the Elastic
Load Balancing document itself has the reader make one with `openssl x509 -req -signkey`, which is version 1.
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from cryptography import x509

from sealstone.x509 import der, names
from sealstone.x509.acceptance import Acceptance
from sealstone.x509.border import Otherwise
from sealstone.x509.pem import Block
from sealstone.x509.problems import NOT_IN_CHAIN, Expired, NotCertificate, NotYetValid, Part
from sealstone.x509.public_keys import Judge, KeyKind

_VERSION: Final = 0xA0
_EXTENSIONS: Final = 0xA3
_LONGEST_SERIAL: Final = 64  # RFC 5280 4.1.2.2 allows 20 bytes; authorities erred by a few [inferred]
_MOST_EXTENSIONS: Final = 128
_BASIC_CONSTRAINTS: Final = bytes.fromhex("551d13")  # 2.5.29.19, RFC 5280 4.2.1.9
_DSA_FAMILY: Final = (  # signatures whose AlgorithmIdentifier has no parameters
    bytes.fromhex("2a8648ce3d04"),  # 1.2.840.10045.4: ECDSA, RFC 5758 3.2
    bytes.fromhex("2a8648ce380403"),  # 1.2.840.10040.4.3: DSA with SHA-1, RFC 3279 2.2.2
    bytes.fromhex("608648016503040301"),  # 2.16.840.1.101.3.4.3.1: DSA with SHA-224, RFC 5758 3.1
    bytes.fromhex("608648016503040302"),  # 2.16.840.1.101.3.4.3.2: DSA with SHA-256
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate whose key is accepted. `at` is its position in the chain, -1 for the certificate itself."""

    at: int
    der: bytes = field(repr=False)
    serial_number: int
    """As encoded; RFC 5280 4.1.2.2 wants it positive, old roots have 0."""
    issuer_name: bytes = field(repr=False)
    subject_name: bytes = field(repr=False)
    """DER of the names, as chains compare them."""
    signature_algorithm: str
    key: KeyKind
    marked_as_no_ca: bool
    """Whether BasicConstraints are there and say that it is no authority; their absence says nothing."""
    not_before: datetime
    not_after: datetime
    """The last second in which it is valid; UTC."""
    handle: x509.Certificate = field(repr=False, compare=False)
    """For proving signatures only. When the serial number is not positive it bears another one."""

    @property
    def subject(self) -> str:
        """RFC 4514, escaped for showing."""
        return names.as_text(self.subject_name)

    @property
    def issuer(self) -> str:
        """RFC 4514, escaped for showing."""
        return names.as_text(self.issuer_name)

    @property
    def signed_part(self) -> bytes:
        """The bytes that the issuer signed (TBSCertificate, RFC 5280 4.1.1.1)."""
        outer = der.whole_sequence(self.der)
        return self.der[outer[0].start : outer[0].end]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the DER, lower-case hex."""
        return sha256(self.der).hexdigest()


@dataclass(frozen=True, slots=True)
class _Outline:
    """Where the parts of a certificate are; nothing of it is judged yet."""

    serial: der.Element
    signature: list[der.Element]
    issuer: der.Element
    subject: der.Element
    public_key: der.Element
    extensions: der.Element | None


def read(block: Block, acceptance: Acceptance, at: int = NOT_IN_CHAIN) -> Certificate:
    """The certificate in a block labelled CERTIFICATE. Raises NotPEM, NotCertificate, UnsupportedKey."""
    part = Part.CERTIFICATE if at == NOT_IN_CHAIN else Part.CHAIN
    data = block.der()
    try:
        return _read(data, Judge(acceptance, part, at), part, at)
    except der.Malformed as fault:
        raise NotCertificate(part, str(fault), at) from None


def check_validity(found: Certificate, at: datetime) -> None:
    """RFC 5280 4.1.2.5: both ends belong to the period, and dates know no fractions of a second.

    `at` has a zone. Raises NotYetValid, Expired.
    """
    if at < found.not_before:
        raise NotYetValid(found.not_before, at)
    if at.replace(microsecond=0) > found.not_after:
        raise Expired(found.not_after, at)


def _read(data: bytes, judge: Judge, part: Part, at: int) -> Certificate:
    outline = _outlined(data)
    algorithm = _signature_algorithm(data, outline.signature)
    marked_as_no_ca = _marked_as_no_ca(data, outline.extensions)
    serial_number = der.integer(data, outline.serial)
    key = judge.subject_public_key_info(data, outline.public_key)
    with Otherwise(lambda _: NotCertificate(part, "its structure or its dates are against RFC 5280", at)):
        handle = x509.load_der_x509_certificate(_loadable(data, outline.serial, serial_number))
        not_before, not_after = handle.not_valid_before_utc, handle.not_valid_after_utc
    with Otherwise(lambda _: NotCertificate(part, f"its public key is no {key} key", at)):
        handle.public_key()  # an EC point that is not on its curve shows here
    return Certificate(
        at=at,
        der=data,
        serial_number=serial_number,
        issuer_name=data[outline.issuer.start : outline.issuer.end],
        subject_name=data[outline.subject.start : outline.subject.end],
        signature_algorithm=algorithm,
        key=key,
        marked_as_no_ca=marked_as_no_ca,
        not_before=not_before,
        not_after=not_after,
        handle=handle,
    )


def _outlined(data: bytes) -> _Outline:
    """RFC 5280 4.1. Raises der.Malformed."""
    outer = der.whole_sequence(data)
    if len(outer) != 3:
        raise der.Malformed("it does not consist of three values")
    fields = der.children(data, der.expect(outer[0], der.SEQUENCE))
    if fields and fields[0].tag == _VERSION:
        fields = fields[1:]
    if len(fields) < 6:
        raise der.Malformed("it has fewer values than a certificate must have")
    serial, signature, issuer, _, subject, public_key, *optional = fields
    if data[signature.start : signature.end] != data[outer[1].start : outer[1].end]:
        raise der.Malformed("it names two signature algorithms, against RFC 5280 4.1.1.2")
    if serial.end - serial.content > _LONGEST_SERIAL:
        raise der.Malformed(f"its serial number is longer than {_LONGEST_SERIAL} bytes, against RFC 5280 4.1.2.2")
    extensions = None
    for value in optional:
        if value.tag == _EXTENSIONS:
            extensions = value
    return _Outline(
        serial=der.expect(serial, der.INTEGER),
        signature=der.children(data, der.expect(outer[1], der.SEQUENCE)),
        issuer=der.expect(issuer, der.SEQUENCE),
        subject=der.expect(subject, der.SEQUENCE),
        public_key=public_key,
        extensions=extensions,
    )


def _signature_algorithm(data: bytes, signature: list[der.Element]) -> str:
    """The dotted identifier. Raises der.Malformed for ECDSA or DSA with parameters: they must be absent (RFC 5758)."""
    if not signature:
        raise der.Malformed("it names no signature algorithm")
    identifier = der.content(data, der.expect(signature[0], der.OBJECT_IDENTIFIER))
    if len(signature) > 1 and identifier.startswith(_DSA_FAMILY):
        raise der.Malformed("its signature algorithm has parameters where RFC 5758 forbids them")
    return der.dotted(identifier)


def _loadable(data: bytes, serial: der.Element, serial_number: int) -> bytes:
    """The DER to hand to `cryptography`, which warns about serial numbers that are not positive, as old roots have.

    Its first serial byte becomes 1 then: nothing else changes, but the handle no longer proves the signature over
    it; `signed_part` does.
    """
    if serial_number > 0:
        return data
    return data[: serial.content] + b"\x01" + data[serial.content + 1 :]


def _marked_as_no_ca(data: bytes, extensions: der.Element | None) -> bool:
    """Whether BasicConstraints say so. Raises der.Malformed, also for an extension that comes twice (RFC 5280 4.2)."""
    if extensions is None:
        return False
    seen: dict[bytes, der.Element] = {}
    for sequence in der.children(data, extensions):
        for extension in der.children(data, der.expect(sequence, der.SEQUENCE), _MOST_EXTENSIONS):
            fields = der.children(data, der.expect(extension, der.SEQUENCE))
            if not 2 <= len(fields) <= 3:
                raise der.Malformed("an extension has not two or three values")
            identifier = der.content(data, der.expect(fields[0], der.OBJECT_IDENTIFIER))
            if identifier in seen:
                raise der.Malformed(f"the extension {der.dotted(identifier)} is there twice, against RFC 5280 4.2")
            seen[identifier] = fields[-1]
    value = seen.get(_BASIC_CONSTRAINTS)
    if value is None:
        return False
    constraints = der.whole_sequence(der.content(data, der.expect(value, der.OCTET_STRING)))
    # The flag's default is false, and DER writes no defaults; an explicit FALSE is common all the same.
    flag = constraints[0] if constraints and constraints[0].tag == der.BOOLEAN else None
    octets = der.content(data, value)
    return flag is None or octets[flag.content : flag.end] == b"\x00"
