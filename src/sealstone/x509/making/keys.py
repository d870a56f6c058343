"""Private keys: new ones, and those that sign here. Chance is `cryptography`'s own: it takes none from outside."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, cast

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from sealstone.model.secret import Secret
from sealstone.x509 import der
from sealstone.x509.acceptance import IAM
from sealstone.x509.border import Otherwise
from sealstone.x509.making.problems import UnknownKeyType, UnusableKey
from sealstone.x509.problems import Part, X509Problem
from sealstone.x509.public_keys import Judge, KeyKind

Handle = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicHandle = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
Digest = SHA256 | SHA384 | SHA512

DEFAULT: Final = "rsa:2048"
"""What the Elastic Load Balancing document recommends, and every service and client takes."""

_EXPONENT: Final = 65537  # NIST SP 800-56B 6.2: the usual one
_MAKERS: Final[Mapping[str, Callable[[], Handle]]] = {
    "rsa:2048": partial(rsa.generate_private_key, _EXPONENT, 2048),
    "rsa:3072": partial(rsa.generate_private_key, _EXPONENT, 3072),
    "rsa:4096": partial(rsa.generate_private_key, _EXPONENT, 4096),
    "p256": partial(ec.generate_private_key, ec.SECP256R1()),
    "p384": partial(ec.generate_private_key, ec.SECP384R1()),
    "p521": partial(ec.generate_private_key, ec.SECP521R1()),
}
KINDS: Final = tuple(_MAKERS)
"""The key types, as `new` takes them."""

# Fewer than 2048 bits are read and stored, as IAM does, but nothing new is made of them (NIST SP 800-57 5.6.1).
_GOOD_ENOUGH: Final = replace(IAM, rsa_bits_min=2048)


def new(kind: str) -> Secret:
    """A new private key, PKCS #8 DER. Raises UnknownKeyType."""
    maker = _MAKERS.get(kind.lower())
    if maker is None:
        raise UnknownKeyType(kind, ", ".join(KINDS))
    return Secret(maker().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def loaded(key: Secret) -> Handle:
    """A key that signs, from PKCS #8 DER. Raises UnusableKey, and UnsupportedKey for a kind or size not used here."""
    with Otherwise(lambda _: UnusableKey("its structure or its numbers are damaged")):
        handle = load_der_private_key(key.reveal(), None, unsafe_skip_rsa_key_validation=True)
        info = handle.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    judged(info, Part.PRIVATE_KEY)
    return cast("Handle", handle)  # nothing else is judged good enough


def judged(info: bytes, part: Part) -> KeyKind:
    """The kind of a public key (SubjectPublicKeyInfo) that is good enough for a new certificate.

    Raises UnsupportedKey, and UnusableKey when its structure is damaged.
    """
    try:
        return Judge(_GOOD_ENOUGH, part).subject_public_key_info(info, der.element(info, 0, len(info)))
    except der.Malformed as fault:
        raise UnusableKey(str(fault)) from None


def digest_for(key: Handle) -> Digest:
    """SHA-256, or as strong a digest as the curve is (RFC 5656 6.2.1 states it for the same curves)."""
    bits = key.curve.key_size if isinstance(key, ec.EllipticCurvePrivateKey) else 0
    return SHA256() if bits <= 256 else SHA384() if bits <= 384 else SHA512()


def verify(key: Handle, signature: bytes, data: bytes) -> None:
    """That the key made this signature: one with a damaged private half signs all the same. Raises InvalidSignature."""
    if isinstance(key, rsa.RSAPrivateKey):
        key.public_key().verify(signature, data, PKCS1v15(), digest_for(key))
    else:
        key.public_key().verify(signature, data, ec.ECDSA(digest_for(key)))


def damaged(_: BaseException) -> X509Problem:
    """The Problem of a key whose signature fails."""
    return UnusableKey("it makes no valid signatures, so its private half is damaged")
