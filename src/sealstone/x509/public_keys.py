"""Kinds and sizes of keys, read from DER before `cryptography` sees them, and judged by an `Acceptance`.

Bounds come first (CVE-2023-29409, CVE-2023-6237, CVE-2022-0778): nobody gets big-number work done here by sending
big numbers.
"""

from dataclasses import dataclass
from typing import Final

from sealstone.x509 import der
from sealstone.x509.acceptance import P256, P384, P521, Acceptance
from sealstone.x509.problems import NOT_IN_CHAIN, Part, UnsupportedKey

RSA: Final = "RSA"
EC: Final = "EC"

_RSA_ENCRYPTION: Final = bytes.fromhex("2a864886f70d010101")  # 1.2.840.113549.1.1.1, RFC 8017 appendix C
_EC_PUBLIC_KEY: Final = bytes.fromhex("2a8648ce3d0201")  # 1.2.840.10045.2.1, RFC 5480 2.1.1
_CURVES: Final = {  # RFC 5480 2.1.1.1
    bytes.fromhex("2a8648ce3d030107"): (P256, 256),  # 1.2.840.10045.3.1.7
    bytes.fromhex("2b81040022"): (P384, 384),  # 1.3.132.0.34
    bytes.fromhex("2b81040023"): (P521, 521),  # 1.3.132.0.35
}
_OTHER_CURVES: Final = {
    "1.2.840.10045.3.1.1": ("P-192", 192),
    "1.3.132.0.33": ("P-224", 224),
    "1.3.132.0.10": ("secp256k1", 256),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512),
}
_OTHER_KINDS: Final = {
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.113549.1.3.1": "Diffie-Hellman",
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}
_EXPONENT_MAX: Final = 2**32  # no key in use has a larger one; verification costs its bits


@dataclass(frozen=True, slots=True)
class KeyKind:
    """What a key is: `RSA` with the bits of its modulus, or `EC` with the bits of its curve."""

    name: str
    bits: int
    curve: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.curve}" if self.curve else f"{self.name} {self.bits}"


class Judge:
    """Applies an `Acceptance` to the key of one part; `at` is the position of its certificate in the chain."""

    __slots__ = ("_acceptance", "_at", "_part")

    def __init__(self, acceptance: Acceptance, part: Part, at: int = NOT_IN_CHAIN) -> None:
        self._acceptance, self._part, self._at = acceptance, part, at

    def rsa(self, modulus: int, exponent: int) -> KeyKind:
        """Modulus and public exponent. Raises UnsupportedKey for a size or an exponent out of bounds."""
        bits = modulus.bit_length() if modulus > 0 else 0
        if not self._acceptance.rsa_bits_min <= bits <= self._acceptance.rsa_bits_max:
            raise self.refused(RSA, bits)
        if modulus % 2 == 0:
            raise self.refused("RSA with an even modulus", bits)
        if exponent % 2 == 0 or not 3 <= exponent <= _EXPONENT_MAX:
            raise self.refused("RSA with a public exponent that is even, below 3 or above 2^32", bits)
        return KeyKind(RSA, bits)

    def curve(self, data: bytes, parameters: der.Element | None) -> KeyKind:
        """RFC 5480 2.1.1: the curve must be named. Raises UnsupportedKey, der.Malformed."""
        if parameters is None:
            raise der.Malformed("an EC key names no curve")
        if parameters.tag == der.SEQUENCE:
            raise self.refused("EC with explicit curve parameters", 0)
        identifier = der.content(data, der.expect(parameters, der.OBJECT_IDENTIFIER))
        curve, bits = _CURVES.get(identifier, ("", 0))
        if curve not in self._acceptance.curves:
            dotted = der.dotted(identifier)
            name, bits = (curve, bits) if curve else _OTHER_CURVES.get(dotted, (f"curve {dotted}", 0))
            raise self.refused(f"EC {name}", bits)
        return KeyKind(EC, bits, curve)

    def algorithm(self, data: bytes, identifier: der.Element) -> tuple[str, der.Element | None]:
        """An AlgorithmIdentifier as RSA or EC, with its parameters. Raises UnsupportedKey, der.Malformed."""
        fields = der.children(data, der.expect(identifier, der.SEQUENCE))
        if not 1 <= len(fields) <= 2:
            raise der.Malformed("an algorithm identifier has not one or two values")
        algorithm = der.content(data, der.expect(fields[0], der.OBJECT_IDENTIFIER))
        parameters = fields[1] if len(fields) == 2 else None
        if algorithm == _RSA_ENCRYPTION:
            return RSA, parameters
        if algorithm == _EC_PUBLIC_KEY:
            return EC, parameters
        dotted = der.dotted(algorithm)
        raise self.refused(_OTHER_KINDS.get(dotted, f"of the algorithm {dotted}"), 0)

    def subject_public_key_info(self, data: bytes, info: der.Element) -> KeyKind:
        """RFC 5280 4.1.2.7. Raises UnsupportedKey, der.Malformed."""
        algorithm, bits = _pair(der.children(data, der.expect(info, der.SEQUENCE)))
        name, parameters = self.algorithm(data, algorithm)
        if name == EC:
            return self.curve(data, parameters)
        key = data[der.expect(bits, der.BIT_STRING).content + 1 : bits.end]
        modulus, exponent = _pair(der.whole_sequence(key), "an RSA public key")
        return self.rsa(der.integer(key, modulus), der.integer(key, exponent))

    def refused(self, kind: str, bits: int) -> UnsupportedKey:
        """The Problem, with what would be accepted."""
        curves = ", ".join(sorted(self._acceptance.curves))
        limits = f"RSA of {self._acceptance.rsa_bits_min} to {self._acceptance.rsa_bits_max} bits or EC on {curves}"
        return UnsupportedKey(self._part, kind, bits, limits, self._at)


def _pair(found: list[der.Element], what: str = "a public key") -> tuple[der.Element, der.Element]:
    if len(found) != 2:
        raise der.Malformed(f"{what} has not two values")
    return found[0], found[1]
