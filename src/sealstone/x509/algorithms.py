"""Names and sizes of public keys, names of signature algorithms, told from their DER. Nothing is refused here.

What a service takes is `public_keys`' affair; whether a signature holds is `signatures`'.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sealstone.x509 import der

RSA: Final = "RSA"
RSA_PSS: Final = "RSASSA-PSS"
EC: Final = "EC"
DSA: Final = "DSA"
DH: Final = "DH"
ED25519: Final = "Ed25519"
ED448: Final = "Ed448"

_CURVES: Final[Mapping[str, tuple[str, int]]] = {  # RFC 5480 2.1.1.1, SEC 2, RFC 5639, GM/T 0003
    "1.2.840.10045.3.1.1": ("P-192", 192),
    "1.3.132.0.33": ("P-224", 224),
    "1.2.840.10045.3.1.7": ("P-256", 256),
    "1.3.132.0.34": ("P-384", 384),
    "1.3.132.0.35": ("P-521", 521),
    "1.3.132.0.10": ("secp256k1", 256),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512),
    "1.2.156.10197.1.301": ("SM2", 256),
}
_RSA: Final = "1.2.840.113549.1.1.1"  # RFC 8017 appendix C
_RSA_PSS: Final = "1.2.840.113549.1.1.10"
_EC: Final = "1.2.840.10045.2.1"
_DSA: Final = "1.2.840.10040.4.1"  # RFC 3279 2.3.2
_DH: Final = ("1.2.840.113549.1.3.1", "1.2.840.10046.2.1")  # PKCS #3, X9.42
_WITHOUT_SIZES: Final[Mapping[str, tuple[str, int]]] = {  # RFC 8410; FIPS 204 and 205 name no bits
    "1.3.101.110": ("X25519", 256),
    "1.3.101.111": ("X448", 448),
    "1.3.101.112": (ED25519, 256),
    "1.3.101.113": (ED448, 456),
    "2.16.840.1.101.3.4.3.17": ("ML-DSA-44", 0),
    "2.16.840.1.101.3.4.3.18": ("ML-DSA-65", 0),
    "2.16.840.1.101.3.4.3.19": ("ML-DSA-87", 0),
}
_DIGESTS: Final[Mapping[str, str]] = {  # RFC 8017 B.1, NIST CSOR, TeleTrusT
    "1.2.840.113549.2.5": "MD5",
    "1.3.14.3.2.26": "SHA-1",
    "2.16.840.1.101.3.4.2.4": "SHA-224",
    "2.16.840.1.101.3.4.2.1": "SHA-256",
    "2.16.840.1.101.3.4.2.2": "SHA-384",
    "2.16.840.1.101.3.4.2.3": "SHA-512",
    "2.16.840.1.101.3.4.2.5": "SHA-512/224",
    "2.16.840.1.101.3.4.2.6": "SHA-512/256",
    "2.16.840.1.101.3.4.2.7": "SHA3-224",
    "2.16.840.1.101.3.4.2.8": "SHA3-256",
    "2.16.840.1.101.3.4.2.9": "SHA3-384",
    "2.16.840.1.101.3.4.2.10": "SHA3-512",
    "1.3.36.3.2.1": "RIPEMD-160",
}
_SIGNATURES: Final[Mapping[str, tuple[str, str]]] = {  # digest and kind of key; RFC 8017, 5758, 8692
    "1.2.840.113549.1.1.2": ("MD2", RSA),
    "1.2.840.113549.1.1.3": ("MD4", RSA),
    "1.2.840.113549.1.1.4": ("MD5", RSA),
    "1.2.840.113549.1.1.5": ("SHA-1", RSA),
    "1.3.14.3.2.29": ("SHA-1", RSA),
    "1.2.840.113549.1.1.14": ("SHA-224", RSA),
    "1.2.840.113549.1.1.11": ("SHA-256", RSA),
    "1.2.840.113549.1.1.12": ("SHA-384", RSA),
    "1.2.840.113549.1.1.13": ("SHA-512", RSA),
    "1.3.36.3.3.1.2": ("RIPEMD-160", RSA),  # TeleTrusT, rsaSignatureWithripemd160
    "1.2.840.10045.4.1": ("SHA-1", EC),
    "1.2.840.10045.4.3.1": ("SHA-224", EC),
    "1.2.840.10045.4.3.2": ("SHA-256", EC),
    "1.2.840.10045.4.3.3": ("SHA-384", EC),
    "1.2.840.10045.4.3.4": ("SHA-512", EC),
    "1.2.840.10040.4.3": ("SHA-1", DSA),
    "2.16.840.1.101.3.4.3.1": ("SHA-224", DSA),
    "2.16.840.1.101.3.4.3.2": ("SHA-256", DSA),
    "2.16.840.1.101.3.4.3.3": ("SHA-384", DSA),
    "2.16.840.1.101.3.4.3.4": ("SHA-512", DSA),
}
EXPLICIT: Final = "with explicit parameters"
"""In the place of a curve's name: RFC 3279 2.3.5 had them, RFC 5480 2.1.1 forbids them."""
_SIZED: Final = frozenset({RSA, RSA_PSS, DSA, DH})
_WEAK: Final = frozenset({"MD2", "MD4", "MD5", "SHA-1"})  # RFC 6149, 6150, 6151, 9155
_DEFAULT_SALT: Final = 20  # RFC 8017 A.2.3: digest SHA-1 and salt of 20 bytes, unless told otherwise


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What a public key is: `RSA 2048`, `EC P-256`, `Ed25519`. `bits` is 0 where there is no size, or none known."""

    kind: str
    bits: int
    curve: str = ""

    def __str__(self) -> str:
        if self.kind == EC:
            return f"{EC} {self.curve}"
        return f"{self.kind} {self.bits}" if self.bits and self.kind in _SIZED else self.kind


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature algorithm: `SHA-256 with RSA`, `Ed25519`."""

    kind: str
    """The kind of key that it is made with; `RSASSA-PSS` for that padding; else the identifier, dotted."""
    digest: str = ""
    """`SHA-256`; empty for those that have none to choose."""
    salt: int = 0
    """Bytes of salt, for RSASSA-PSS only."""
    mask: str = ""
    """Digest of the mask generation, for RSASSA-PSS only; nearly always the same digest."""

    @property
    def proves_nothing(self) -> bool:
        """Whether forgeries are made by choosing what is signed (RFC 6151, 9155)."""
        return self.digest in _WEAK

    def __str__(self) -> str:
        name = "ECDSA" if self.kind == EC else self.kind
        return f"{self.digest} with {name}" if self.digest else name


def identifier(data: bytes, found: der.Element) -> tuple[str, der.Element | None]:
    """An AlgorithmIdentifier (RFC 5280 4.1.1.2): dotted, and its parameters. Raises der.Malformed."""
    fields = der.children(data, der.expect(found, der.SEQUENCE))
    if not fields:
        raise der.Malformed("an algorithm identifier is empty")
    dotted = der.dotted(der.content(data, der.expect(fields[0], der.OBJECT_IDENTIFIER)))
    return dotted, fields[1] if len(fields) > 1 else None


def named(data: bytes, found: der.Element) -> PublicKey:
    """What the AlgorithmIdentifier of a key says by itself: all but the size of RSA. Raises der.Malformed."""
    dotted, parameters = identifier(data, found)
    if dotted in {_RSA, _RSA_PSS}:
        return PublicKey(RSA if dotted == _RSA else RSA_PSS, 0)
    if dotted == _EC:
        return _on_curve(data, parameters)
    if dotted == _DSA or dotted in _DH:
        return PublicKey(DSA if dotted == _DSA else DH, _bits_of_prime(data, parameters))
    kind, bits = _WITHOUT_SIZES.get(dotted, (f"algorithm {dotted}", 0))
    return PublicKey(kind, bits)


def public_key(info: bytes) -> PublicKey:
    """What a SubjectPublicKeyInfo (RFC 5280 4.1.2.7) holds. Raises der.Malformed."""
    fields = der.whole_sequence(info)
    if len(fields) != 2:
        raise der.Malformed("a public key has not two values")
    found = named(info, fields[0])
    if found.kind not in {RSA, RSA_PSS}:
        return found
    key = info[der.expect(fields[1], der.BIT_STRING).content + 1 : fields[1].end]
    modulus = der.integer(key, _first(der.whole_sequence(key)))
    return PublicKey(found.kind, max(modulus, 0).bit_length())


def signature(data: bytes, found: der.Element) -> Signature:
    """What a signature's AlgorithmIdentifier says. Raises der.Malformed."""
    dotted, parameters = identifier(data, found)
    if dotted == _RSA_PSS:
        return _padded(data, parameters)
    if dotted in _SIGNATURES:
        digest, kind = _SIGNATURES[dotted]
        return Signature(kind, digest)
    return Signature(_WITHOUT_SIZES[dotted][0] if dotted in _WITHOUT_SIZES else f"algorithm {dotted}")


def _first(fields: list[der.Element]) -> der.Element:
    if not fields:
        raise der.Malformed("a key is empty")
    return fields[0]


def _on_curve(info: bytes, parameters: der.Element | None) -> PublicKey:
    """RFC 5480 2.1.1. An explicit curve (attack X3) is named as that."""
    if parameters is None or parameters.tag != der.OBJECT_IDENTIFIER:
        return PublicKey(EC, 0, EXPLICIT if parameters else "without a curve")
    dotted = der.dotted(der.content(info, parameters))
    curve, bits = _CURVES.get(dotted, (f"curve {dotted}", 0))
    return PublicKey(EC, bits, curve)


def _bits_of_prime(info: bytes, parameters: der.Element | None) -> int:
    """Of DSA and Diffie-Hellman, whose prime comes first; 0 when it is inherited from the issuer (RFC 3279 2.3.2)."""
    if parameters is None or parameters.tag != der.SEQUENCE:
        return 0
    return max(der.integer(info, _first(der.children(info, parameters))), 0).bit_length()


def _padded(data: bytes, parameters: der.Element | None) -> Signature:
    """RSASSA-PSS-params (RFC 8017 A.2.3): the digest in [0], MGF1 with its own in [1], the salt's length in [2]."""
    digest, mask, salt = "SHA-1", "SHA-1", _DEFAULT_SALT
    for value in der.children(data, parameters) if parameters else ():
        inner = _first(der.children(data, value))
        if value.tag == 0xA0:
            digest = _digest(data, inner)
        elif value.tag == 0xA1:
            _, own = identifier(data, inner)
            mask = _digest(data, own) if own else ""
        elif value.tag == 0xA2:
            salt = der.integer(data, inner)
    return Signature(RSA_PSS, digest, salt, mask)


def _digest(data: bytes, found: der.Element) -> str:
    dotted, _ = identifier(data, found)
    return _DIGESTS.get(dotted, dotted)
