"""Signatures over requests by a certificate's private key, made and proven. What they are over is the door's affair.

Source: IAM Roles Anywhere user guide, "Signing process": RSASSA-PKCS1-v1_5 (RFC 8017, 8.2) or ECDSA (RFC 5480), both
over SHA-256; an ECDSA signature is DER (RFC 3279, 2.2.3).
"""

from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from sealstone.x509 import der
from sealstone.x509.border import Otherwise
from sealstone.x509.keys import PrivateKey
from sealstone.x509.problems import NotCertificate, Part

BY_RSA: Final = "AWS4-X509-RSA-SHA256"
BY_ECDSA: Final = "AWS4-X509-ECDSA-SHA256"


class Verifier:
    """The public key of one certificate, ready to prove requests."""

    __slots__ = ("_key",)

    def __init__(self, certificate: bytes) -> None:
        """The DER of a certificate with an RSA or EC key. Raises NotCertificate for anything else."""
        with Otherwise(lambda _: NotCertificate(Part.CERTIFICATE, "it holds no key that signs requests")):
            key = x509.load_der_x509_certificate(certificate).public_key()
        if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey):
            raise NotCertificate(Part.CERTIFICATE, "its key is of a kind that signs no requests")
        self._key = key

    def proves(self, algorithm: str, signature: bytes, message: bytes) -> bool:
        """Whether the certificate's key made the signature, by the algorithm that is claimed and no other."""
        try:
            if isinstance(self._key, RSAPublicKey):
                self._key.verify(signature, message, PKCS1v15(), SHA256())
                return algorithm == BY_RSA
            self._key.verify(signature, message, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return algorithm == BY_ECDSA


def algorithm(key: PrivateKey) -> str:
    """The one algorithm that the key signs requests by."""
    return BY_RSA if isinstance(key.handle, RSAPrivateKey) else BY_ECDSA


def signed(key: PrivateKey, message: bytes) -> bytes:
    """The signature over a request's string to sign."""
    if isinstance(key.handle, RSAPrivateKey):
        return key.handle.sign(message, PKCS1v15(), SHA256())
    return key.handle.sign(message, ECDSA(SHA256()))


def serial_number(certificate: bytes) -> int:
    """As encoded in the DER, also where `cryptography` would warn. Raises NotCertificate."""
    try:
        fields = der.children(certificate, der.expect(der.whole_sequence(certificate)[0], der.SEQUENCE))
        return der.integer(certificate, next(field for field in fields if field.tag == der.INTEGER))
    except (der.Malformed, IndexError, StopIteration):
        raise NotCertificate(Part.CERTIFICATE, "it has no serial number") from None
