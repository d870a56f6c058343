"""The public half of a private key, and the fingerprint by which a key and its certificates are matched.

What is revealed of a key here stays here: what comes out is public.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from sealstone.model.secret import Secret
from sealstone.x509 import algorithms, der
from sealstone.x509.algorithms import DH, EC, EXPLICIT, RSA_PSS, PublicKey
from sealstone.x509.border import Otherwise
from sealstone.x509.containers.ber import written
from sealstone.x509.problems import Part, X509Problem

_COMPRESSED: Final = (b"\x02", b"\x03")  # SEC 1, 2.3.3: the first byte of a point of which one coordinate is left out
_USUAL_CURVES: Final = frozenset(
    {"P-224", "P-256", "P-384", "P-521", "secp256k1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"}
)
"""`cryptography` knows more, and warns about those."""


class _NotKnownHere(X509Problem):
    """On its way to a result without a fingerprint."""


@dataclass(frozen=True, slots=True)
class PublicHalf:
    """What the public half is. `fingerprint` is as of `fingerprint`, and empty when the half cannot be computed."""

    key: PublicKey
    fingerprint: str
    info: bytes = field(default=b"", repr=False)
    """The SubjectPublicKeyInfo; empty when it cannot be computed."""


def of(secret: Secret) -> PublicHalf:
    """The public half of a private key in PKCS #8 DER. Raises der.Malformed when it is none."""
    data = secret.reveal()
    fields = der.whole_sequence(data)
    if [value.tag for value in fields[:3]] != [der.INTEGER, der.SEQUENCE, der.OCTET_STRING]:
        raise der.Malformed("it is no PKCS #8 structure")
    named = algorithms.named(data, fields[1])
    if not is_usual(named):
        return PublicHalf(named, "")
    try:
        with Otherwise(_not_known_here):
            handle = load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)
            info = handle.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except _NotKnownHere:
        return PublicHalf(named, "")
    if named.kind == RSA_PSS:  # `cryptography` forgets which kind of RSA it is
        bits = der.whole_sequence(info)[1]
        info = written(der.SEQUENCE, data[fields[1].start : fields[1].end] + info[bits.start : bits.end])
    return PublicHalf(algorithms.public_key(info), sha256(info).hexdigest(), info)


def is_usual(key: PublicKey) -> bool:
    """Whether it may be handed to `cryptography`: not on a curve of its own (attack X3), nor of a kind retired."""
    return key.curve in _USUAL_CURVES if key.kind == EC else key.kind != DH


def fingerprint(info: bytes) -> str:
    """SHA-256 over a SubjectPublicKeyInfo, lower-case hex, as `openssl pkey -pubin -outform DER | openssl sha256`.

    A point of which one coordinate is left out is made whole first, and a curve that is written out in numbers is named
    where all its numbers are those of P-256, P-384 or P-521, since it is the same key. A curve that differs in any
    number, the generator too (CVE-2020-0601), stays what it is.
    """
    return sha256(_whole(info)).hexdigest()


def _whole(info: bytes) -> bytes:
    """Raises der.Malformed when it is no SubjectPublicKeyInfo."""
    point = der.whole_sequence(info)[1]
    key = algorithms.public_key(info)
    is_compressed = is_usual(key) and info[point.content + 1 : point.content + 2] in _COMPRESSED
    if key.kind != EC or not (is_compressed or key.curve == EXPLICIT):
        return info
    try:
        with Otherwise(_not_known_here):
            return load_der_public_key(info).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except _NotKnownHere:
        return info


def _not_known_here(_: BaseException) -> _NotKnownHere:
    return _NotKnownHere(Part.FILE, "its numbers cannot be worked with")
