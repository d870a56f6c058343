"""Whether one signature holds: bytes in, verdict out. Which certificate it belongs to is the affair of others.

Only the key and the signature go to `cryptography`, never the whole structure, so that nothing else in it can stand
in the way. Sizes and curves are bounded first (attacks X1, X3).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.dsa import DSAPublicKey
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from sealstone.x509 import algorithms, der, public_halves
from sealstone.x509.algorithms import DSA, EC, ED448, ED25519, RSA, RSA_PSS, Signature
from sealstone.x509.border import Otherwise
from sealstone.x509.problems import Part, X509Problem

_MOST_BITS: Final = 16_384  # CVE-2023-29409, CVE-2023-6237
_LONGEST_SALT: Final = 1024
_HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "MD5": hashes.MD5(),  # noqa: S303 - old certificates; the caller says what it proves
    "SHA-1": hashes.SHA1(),  # noqa: S303
    "SHA-224": hashes.SHA224(),
    "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(),
    "SHA-512": hashes.SHA512(),
    "SHA3-256": hashes.SHA3_256(),
    "SHA3-384": hashes.SHA3_384(),
    "SHA3-512": hashes.SHA3_512(),
}
_MADE_WITH: Final[Mapping[str, frozenset[str]]] = {
    RSA: frozenset({RSA}),
    RSA_PSS: frozenset({RSA, RSA_PSS}),  # RFC 4055 1.2: either kind of key makes such signatures
    EC: frozenset({EC}),
    DSA: frozenset({DSA}),
    ED25519: frozenset({ED25519}),
    ED448: frozenset({ED448}),
}


class Verdict(StrEnum):
    """What was found out about a signature."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_CHECKED = "not checked"
    """The algorithm, curve or size is not one that is checked here."""


class _NotChecked(X509Problem):
    """On its way to a verdict."""


def verdict(public_key_info: bytes, algorithm: Signature, signature: bytes, signed: bytes) -> Verdict:
    """Whether the key signed `signed`. What the algorithm is worth is not judged. Raises nothing for foreign bytes."""
    try:
        found = algorithms.public_key(public_key_info)
    except der.Malformed:
        return Verdict.NOT_CHECKED
    if algorithm.kind not in _MADE_WITH or (algorithm.digest and algorithm.digest not in _HASHES):
        return Verdict.NOT_CHECKED
    if found.kind not in _MADE_WITH[algorithm.kind]:
        return Verdict.FAILS
    if found.bits > _MOST_BITS or not public_halves.is_usual(found):
        return Verdict.NOT_CHECKED
    try:
        with Otherwise(lambda _: _NotChecked(Part.FILE, "the signature cannot be checked")):
            key = load_der_public_key(public_key_info)
            try:
                _verify(key, algorithm, signature, signed)
            except InvalidSignature:
                return Verdict.FAILS
    except _NotChecked:
        return Verdict.NOT_CHECKED
    return Verdict.HOLDS


def _verify(key: PublicKeyTypes, algorithm: Signature, signature: bytes, signed: bytes) -> None:
    """Raises InvalidSignature, or anything for a key that is not what it says."""
    digest = _HASHES.get(algorithm.digest, hashes.SHA256())
    match key:
        case RSAPublicKey():
            key.verify(signature, signed, _padding(algorithm), digest)
        case EllipticCurvePublicKey():
            key.verify(signature, signed, ECDSA(digest))
        case DSAPublicKey():
            key.verify(signature, signed, digest)
        case _:
            cast("Ed25519PublicKey | Ed448PublicKey", key).verify(signature, signed)  # no other kind comes here


def _padding(algorithm: Signature) -> PKCS1v15 | PSS:
    if algorithm.kind == RSA:
        return PKCS1v15()
    if not 0 <= algorithm.salt <= _LONGEST_SALT:
        raise ValueError("salt")
    return PSS(MGF1(_HASHES[algorithm.mask]), algorithm.salt)
