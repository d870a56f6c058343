"""Certificates and keys that no decent builder makes: taken apart, changed, and signed again.

    forged(leaf, intermediate.key, serial=integer(0))     # a certificate as PEM, validly signed, serial number 0

Beside `tests/pki.py`, which makes the decent ones.
"""

from base64 import encodebytes
from dataclasses import astuple, dataclass, replace
from typing import Final, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from tests.pki import Issued, PrivateKey

SEQUENCE: Final = 0x30
ECDSA_SHA256: Final = bytes.fromhex("300a06082a8648ce3d040302")
ECDSA_SHA256_WITH_NULL: Final = bytes.fromhex("300c06082a8648ce3d0403020500")
ECDSA_SHA1: Final = bytes.fromhex("300906072a8648ce3d0401")
RSA_SHA256: Final = bytes.fromhex("300d06092a864886f70d01010b0500")
RSA_SHA1: Final = bytes.fromhex("300d06092a864886f70d0101050500")
RSA_MD5: Final = bytes.fromhex("300d06092a864886f70d0101040500")
RSA_UNKNOWN: Final = bytes.fromhex("300d06092a864886f70d0101630500")
_HASHES: Final[dict[bytes, hashes.HashAlgorithm]] = {
    ECDSA_SHA1: hashes.SHA1(),  # noqa: S303 - it must be refused
    RSA_SHA1: hashes.SHA1(),  # noqa: S303
    RSA_MD5: hashes.MD5(),  # noqa: S303
}


def tlv(tag: int, content: bytes) -> bytes:
    """One DER value."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def sequence(*values: bytes) -> bytes:
    """Values as a SEQUENCE."""
    return tlv(SEQUENCE, b"".join(values))


def integer(value: int) -> bytes:
    """An INTEGER."""
    bits_needed = (value if value >= 0 else ~value).bit_length()
    return tlv(0x02, value.to_bytes(bits_needed // 8 + 1, "big", signed=True))


def octets(content: bytes) -> bytes:
    """An OCTET STRING."""
    return tlv(0x04, content)


def bits(content: bytes) -> bytes:
    """A BIT STRING of whole bytes."""
    return tlv(0x03, b"\x00" + content)


def name(value: bytes, tag: int = 12, kind: str = "550403") -> bytes:
    """A Name of one attribute: the common name, as UTF8String, unless told otherwise."""
    return sequence(tlv(0x31, sequence(tlv(6, bytes.fromhex(kind)), tlv(tag, value))))


def extension(identifier: str, value: bytes) -> bytes:
    """One extension; the identifier in hex."""
    return sequence(tlv(6, bytes.fromhex(identifier)), octets(value))


def extensions(*each: bytes) -> bytes:
    """The extensions of a certificate."""
    return tlv(0xA3, sequence(*each))


def pem(der: bytes, label: str = "CERTIFICATE") -> str:
    """A PEM block."""
    return f"-----BEGIN {label}-----\n{encodebytes(der).decode()}-----END {label}-----\n"


def split(der: bytes) -> list[bytes]:
    """The values inside a constructed one."""
    _, content = _head(der)
    found = []
    while content < len(der):
        size, start = _head(der[content:])
        found.append(der[content : content + start + size])
        content += start + size
    return found


def _head(der: bytes) -> tuple[int, int]:
    """Length of the content, and where it starts."""
    if der[1] < 0x80:
        return der[1], 2
    count = der[1] & 0x7F
    return int.from_bytes(der[2 : 2 + count], "big"), 2 + count


@dataclass(frozen=True)
class Fields:
    """The parts of a TBSCertificate (RFC 5280 4.1), each as DER."""

    version: bytes
    serial: bytes
    signature: bytes
    issuer: bytes
    validity: bytes
    subject: bytes
    public_key: bytes
    extensions: bytes = b""

    @classmethod
    def of(cls, certificate: Issued) -> Self:
        """Those of a version 3 certificate."""
        return cls(*split(certificate.certificate.tbs_certificate_bytes))


def forged(original: Issued, signer: PrivateKey, *, inner_signature: bytes | None = None, **changed: bytes) -> str:
    """The certificate with some parts changed, validly signed, as PEM. `inner_signature` differs from the outer one."""
    signature = changed.pop("signature", ECDSA_SHA256 if isinstance(signer, ec.EllipticCurvePrivateKey) else RSA_SHA256)
    fields = replace(Fields.of(original), signature=inner_signature or signature, **changed)
    signed = sequence(*astuple(fields))
    return pem(sequence(signed, signature, bits(_signed(signed, signer, signature))))


def version_1(original: Issued, signer: PrivateKey) -> str:
    """Without version and extensions, as `openssl x509 -req -signkey` wrote for long."""
    return forged(original, signer, version=b"", extensions=b"")


def _signed(data: bytes, signer: PrivateKey, algorithm: bytes) -> bytes:
    function = _HASHES.get(algorithm, hashes.SHA256())
    if isinstance(signer, rsa.RSAPrivateKey):
        return signer.sign(data, PKCS1v15(), function)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    return signer.sign(data, ec.ECDSA(function))


# --- keys ---


@dataclass(frozen=True)
class RSANumbers:
    """RFC 8017 A.1.2, in its order."""

    version: int
    n: int
    e: int
    d: int
    p: int
    q: int
    d_p: int
    d_q: int
    q_inverse: int

    @classmethod
    def of(cls, key: rsa.RSAPrivateKey) -> Self:
        """Those of a whole key."""
        private = key.private_numbers()
        public = private.public_numbers
        return cls(0, public.n, public.e, private.d, private.p, private.q, private.dmp1, private.dmq1, private.iqmp)


def rsa_private_key(numbers: RSANumbers) -> str:
    """`BEGIN RSA PRIVATE KEY`."""
    return pem(sequence(*map(integer, astuple(numbers))), "RSA PRIVATE KEY")


def rsa_public_key(modulus: int, exponent: int) -> bytes:
    """SubjectPublicKeyInfo."""
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return sequence(algorithm, bits(sequence(integer(modulus), integer(exponent))))


def ec_private_key(scalar: bytes, parameters: bytes = bytes.fromhex("06082a8648ce3d030107")) -> str:
    """`BEGIN EC PRIVATE KEY` (RFC 5915), on P-256 unless told otherwise; empty parameters are left out."""
    return pem(sequence(integer(1), octets(scalar), tlv(0xA0, parameters) if parameters else b""), "EC PRIVATE KEY")


def pkcs8(algorithm: bytes, inner: bytes) -> str:
    """`BEGIN PRIVATE KEY` (RFC 5958)."""
    return pem(sequence(integer(0), algorithm, octets(inner)), "PRIVATE KEY")
