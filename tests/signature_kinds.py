"""Signature algorithms of certificates, good and bad, and whether listeners can load what is signed with each.

Signatures are made with an RSA key, whatever the algorithm says: whoever loads a certificate does not try them.

    leaf = signed_with(SHA_1)
"""

from typing import Final

from tests import forged
from tests.pki import Authority, Leaf, rsa_key

AUTHORITY: Final = Authority("RSA Authority", key=rsa_key(2048, 1))
LEAF: Final = AUTHORITY.leaf("old.example.com", key=rsa_key())
SHA_1: Final = forged.RSA_SHA1
_NULL: Final = b"\x05\x00"


def identifier(dotted: str, *parameters: bytes) -> bytes:
    """An AlgorithmIdentifier (RFC 5280 4.1.1.2)."""
    first, second, *rest = (int(number) for number in dotted.split("."))
    return forged.sequence(forged.tlv(6, bytes([40 * first + second]) + b"".join(map(_arc, rest))), *parameters)


def pss(digest: str, mask: str = "", salt: int = 32) -> bytes:
    """RSASSA-PSS-params (RFC 8017 A.2.3) for a digest, which the mask has as well unless told otherwise."""
    mask_identifier = identifier("1.2.840.113549.1.1.8", identifier(mask or digest, _NULL))
    parameters = (identifier(digest, _NULL), mask_identifier, forged.integer(salt))
    return identifier(
        "1.2.840.113549.1.1.10",
        forged.sequence(*(forged.tlv(0xA0 + number, value) for number, value in enumerate(parameters))),
    )


def signed_with(algorithm: bytes) -> str:
    """A leaf of `AUTHORITY`, as PEM."""
    return forged.forged(LEAF, AUTHORITY.key, signature=algorithm)


def of_others(algorithm: bytes) -> tuple[str, str, Leaf]:
    """An intermediate that is signed so, its root, and a leaf below it that is signed well."""
    root = Authority("RSA Root", key=rsa_key(2048, 2))
    middle = root.authority("RSA Middle", key=rsa_key(2048, 3))
    leaf = middle.leaf("below.example.com", key=rsa_key())
    return forged.forged(middle, root.key, signature=algorithm), root.certificate_pem, leaf


def _arc(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


_RSA: Final = "1.2.840.113549.1.1."
_NIST: Final = "2.16.840.1.101.3.4.3."
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
LOADED: Final = {
    **{f"rsa-{name}": identifier(f"{_RSA}{last}", _NULL) for name, last in (("224", 14), ("256", 11), ("384", 12))},
    "rsa-512": identifier(f"{_RSA}13", _NULL),
    "rsa-ripemd-160": identifier("1.3.36.3.3.1.2", _NULL),
    **{f"rsa-sha3-{last}": identifier(f"{_NIST}{last}", _NULL) for last in range(13, 17)},
    **{f"ecdsa-{last}": identifier(f"1.2.840.10045.4.3.{last}") for last in range(1, 5)},
    "dsa-224": identifier(f"{_NIST}1"),
    "dsa-256": identifier(f"{_NIST}2"),
    "ed25519": identifier("1.3.101.112"),
    "ed448": identifier("1.3.101.113"),
    "pss-256": pss(_SHA256),
    "pss-512": pss("2.16.840.1.101.3.4.2.3"),
    "pss-512/224": pss("2.16.840.1.101.3.4.2.5"),
    "pss-512/256": pss("2.16.840.1.101.3.4.2.6"),
    "pss-ripemd-160": pss("1.3.36.3.2.1"),
    "pss-sha3-224": pss("2.16.840.1.101.3.4.2.7"),
    "pss-sha3-256": pss("2.16.840.1.101.3.4.2.8"),
    "pss-mask-sha-1": pss(_SHA256, "1.3.14.3.2.26"),
}
"""Algorithm identifiers that OpenSSL 3.0 knows and finds strong enough."""
REFUSED: Final = {
    "md2": identifier(f"{_RSA}2", _NULL),
    "md4": identifier(f"{_RSA}3", _NULL),
    "md5": forged.RSA_MD5,
    "rsa-512/224": identifier(f"{_RSA}15", _NULL),
    "rsa-512/256": identifier(f"{_RSA}16", _NULL),
    "sha-1": SHA_1,
    "sha-1-of-oiw": identifier("1.3.14.3.2.29", _NULL),
    "ecdsa-sha-1": forged.ECDSA_SHA1,
    "ecdsa-sha3-256": identifier(f"{_NIST}10"),
    "dsa-sha-1": identifier("1.2.840.10040.4.3"),
    "dsa-384": identifier(f"{_NIST}3"),
    "ml-dsa-44": identifier(f"{_NIST}17"),
    "unknown": forged.RSA_UNKNOWN,
    "pss-defaults": identifier(f"{_RSA}10", forged.sequence()),
    "pss-sha-1": pss("1.3.14.3.2.26"),
    "pss-md5": pss("1.2.840.113549.2.5"),
    "pss-unknown": pss("1.2.840.113549.2.99"),
    "pss-negative-salt": pss(_SHA256, salt=-1),
}
"""Those that it refuses, be it for what they are worth or because it does not know them."""
