"""Private keys: read from PKCS #1, SEC 1 or PKCS #8, judged, made whole PKCS #8, and proven against a certificate.

The order is the point: framing, then labels, then sizes and arithmetic of our own, and only then `cryptography`.
Its own RSA validation (primality, 30 to 200 ms while holding the interpreter lock) is left out; the equations of
RFC 8017 3.2 plus one signature that the certificate's key verifies prove more, in less than 1 ms.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, cast

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from sealstone.model.secret import Secret
from sealstone.x509 import der, mistakes, pem
from sealstone.x509.acceptance import Acceptance
from sealstone.x509.border import Otherwise
from sealstone.x509.certificate import Certificate
from sealstone.x509.escaping import shown
from sealstone.x509.pem import Block
from sealstone.x509.problems import (
    ECParametersPresent,
    KeyEncrypted,
    KeyMismatch,
    KeyUnreadable,
    Part,
    SeveralPrivateKeys,
)
from sealstone.x509.public_keys import RSA, Judge, KeyKind

_PKCS1: Final = "RSA PRIVATE KEY"  # RFC 8017 appendix A.1.2
_SEC1: Final = "EC PRIVATE KEY"  # RFC 5915 section 4
_PKCS8: Final = "PRIVATE KEY"  # RFC 5958; refused by IAM in 2011, accepted since 2026 at the latest (recorded)
_PKCS8_ENCRYPTED: Final = "ENCRYPTED PRIVATE KEY"
_SEC1_CURVE: Final = 0xA0
_PROOF: Final = b"sealstone: this private key belongs to this certificate"

_Handle = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PrivateKey:
    """A private key of an accepted kind. It prints its kind and size only."""

    kind: KeyKind
    secret: Secret
    """PKCS #8 DER, unencrypted, as `cryptography` wrote it anew: nothing that was sent lies hidden in it."""
    handle: _Handle = field(repr=False)
    """For proving, within this room only."""

    def __repr__(self) -> str:
        return f"PrivateKey({self.kind})"


def read(text: str, acceptance: Acceptance) -> PrivateKey:
    """The one private key in a normalised text.

    Raises NotPEM, TextAroundPEM, WrongBlock, SeveralPrivateKeys, KeyEncrypted, ECParametersPresent, KeyUnreadable,
    UnsupportedKey.
    """
    block = _only_block(text, acceptance)
    data = block.der()
    try:
        kind = _judged(block.label, data, Judge(acceptance, Part.PRIVATE_KEY))
    except der.Malformed as fault:
        raise KeyUnreadable(str(fault)) from None
    with Otherwise(lambda _: KeyUnreadable("its structure or its numbers are damaged")):
        handle = cast("_Handle", load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True))
        secret = Secret(handle.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    return PrivateKey(kind, secret, handle)


def prove(key: PrivateKey, certificate: Certificate) -> None:
    """That the key is the certificate's, and whole.

    Raises KeyMismatch when the public halves differ, KeyUnreadable when they agree and a signature fails all the same.
    """
    public_key = certificate.handle.public_key()
    if key.handle.public_key() != public_key:
        raise mismatch(key, certificate)
    with Otherwise(lambda _: KeyUnreadable("it does not make valid signatures, so its private half is damaged")):
        if isinstance(key.handle, rsa.RSAPrivateKey):
            signature = key.handle.sign(_PROOF, PKCS1v15(), SHA256())
            cast("rsa.RSAPublicKey", public_key).verify(signature, _PROOF, PKCS1v15(), SHA256())
        else:
            signature = key.handle.sign(_PROOF, ec.ECDSA(SHA256()))
            cast("ec.EllipticCurvePublicKey", public_key).verify(signature, _PROOF, ec.ECDSA(SHA256()))


def _only_block(text: str, acceptance: Acceptance) -> Block:
    """The block to read, found by labels alone. Encrypted keys are refused unread (attack X8)."""
    found: Block | None = None
    for block in pem.blocks(text, Part.PRIVATE_KEY, acceptance.sending):
        if block.label == "EC PARAMETERS":
            # The Elastic Load Balancing document asks for their removal.
            raise ECParametersPresent
        if block.label == _PKCS8_ENCRYPTED or block.encrypted:
            raise KeyEncrypted
        if block.label == "DSA PRIVATE KEY":
            raise Judge(acceptance, Part.PRIVATE_KEY).refused("DSA", 0)
        if block.label not in {_PKCS1, _SEC1, _PKCS8}:
            raise mistakes.wrong_block(block.label, Part.PRIVATE_KEY)
        if found:
            raise SeveralPrivateKeys(pem.count(text))
        found = block
    return cast("Block", found)  # pem.blocks yields at least one or raises


def _judged(label: str, data: bytes, judge: Judge) -> KeyKind:
    """Kind and size, with all numbers in bounds. Raises der.Malformed, KeyUnreadable, UnsupportedKey."""
    fields = der.whole_sequence(data)
    if label == _PKCS1:
        return _judged_rsa(data, fields, judge)
    if label == _SEC1:
        if kind := _judged_ec(data, fields, judge):
            return kind
        raise der.Malformed("an EC key names no curve")
    if len(fields) < 3:
        raise der.Malformed("it is no PKCS #8 structure")
    name, parameters = judge.algorithm(data, fields[1])
    inner = der.content(data, der.expect(fields[2], der.OCTET_STRING))
    if name == RSA:
        return _judged_rsa(inner, der.whole_sequence(inner), judge)
    kind = judge.curve(data, parameters)
    if _judged_ec(inner, der.whole_sequence(inner), judge) not in {kind, None}:
        raise der.Malformed("it names two curves")
    return kind


def _judged_ec(data: bytes, fields: list[der.Element], judge: Judge) -> KeyKind | None:
    """RFC 5915 section 3: the curve, if it is there; it must be named (attack X3)."""
    for value in fields:
        if value.tag == _SEC1_CURVE:
            return judge.curve(data, der.element(data, value.content, value.end))
    return None


def _judged_rsa(data: bytes, fields: list[der.Element], judge: Judge) -> KeyKind:
    """RFC 8017 A.1.2 and 3.2: sizes first (attack X1), then the equations between the numbers."""
    if len(fields) != 9:
        raise der.Malformed("an RSA private key has nine numbers, and here are others")
    version, modulus, exponent = (der.integer(data, value) for value in fields[:3])
    kind = judge.rsa(modulus, exponent)
    if version != 0:
        raise der.Malformed("an RSA key of more than two primes is not supported")
    d, p, q, d_p, d_q, q_inverse = (der.integer(data, value) for value in fields[3:])
    if not (1 < p < modulus and 1 < q < modulus and p * q == modulus):
        raise KeyUnreadable("its primes do not make up its modulus")
    whole = (
        0 < d < modulus
        and d_p == d % (p - 1)
        and d_q == d % (q - 1)
        and exponent * d_p % (p - 1) == 1
        and exponent * d_q % (q - 1) == 1
        and 0 < q_inverse < p
        and q_inverse * q % p == 1
    )
    if not whole:
        raise KeyUnreadable("its numbers contradict each other")
    return kind


def mismatch(key: PrivateKey, certificate: Certificate, chain: tuple[Certificate, ...] = ()) -> KeyMismatch:
    """The finding, which also says so when the key belongs to a certificate of the chain: they are often mixed up."""
    public_key = key.handle.public_key()
    remark = ""
    for other in chain:
        if other.handle.public_key() == public_key:
            remark = (
                f"; the key belongs to chain certificate {other.at} (subject {shown(other.subject)}): "
                "the certificate and the chain seem to be mixed up"
            )
    return KeyMismatch(
        f"{key.kind} with the fingerprint {_fingerprint(public_key)}",
        f"{certificate.key} with the fingerprint {_fingerprint(certificate.handle.public_key())} "
        f"(subject {shown(certificate.subject)})",
        remark,
    )


def _fingerprint(public_key: CertificatePublicKeyTypes) -> str:
    return sha256(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
