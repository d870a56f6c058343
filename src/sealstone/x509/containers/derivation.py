"""From a password to a key: PBKDF2 and scrypt (RFC 8018, 7914), PKCS #12's own way (RFC 7292), PBKDF1, OpenSSL's.

Each is bounded before it starts: a file that asks for more rounds or memory than anybody needs is a bomb.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from sealstone.x509 import der
from sealstone.x509.border import Otherwise
from sealstone.x509.containers.problems import ContainerUnreadable, TooManyRounds, TooMuchMemory

MOST_ROUNDS: Final = 10_000_000
MOST_MEMORY: Final = 64 * 1024 * 1024
_MOST_SCRYPT_WORK: Final = 2**24
"""N times r times p: 64 MiB of memory are 2^19 of it."""
_LARGEST: Final = 2**62
"""Larger numbers are shown as this one: a file may hold one of millions of digits."""
_DIGEST_NAMES: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


class _Digest(Protocol):
    """What hashlib makes."""

    block_size: int

    def digest(self) -> bytes:
        """The digest."""


KEY: Final = 1
"""The purposes of PKCS #12's derivation (RFC 7292 B.3)."""
IV: Final = 2
MAC: Final = 3

HMACS: Final[Mapping[str, type[hashes.HashAlgorithm]]] = {  # RFC 8018 B.1.2
    "1.2.840.113549.2.7": hashes.SHA1,
    "1.2.840.113549.2.8": hashes.SHA224,
    "1.2.840.113549.2.9": hashes.SHA256,
    "1.2.840.113549.2.10": hashes.SHA384,
    "1.2.840.113549.2.11": hashes.SHA512,
    "1.2.840.113549.2.12": hashes.SHA512_224,
    "1.2.840.113549.2.13": hashes.SHA512_256,
}
_DIGESTS: Final[Mapping[str, Callable[..., _Digest]]] = {
    name: partial(getattr(hashlib, name), usedforsecurity=False) for name in _DIGEST_NAMES
}


def checked(rounds: int) -> int:
    """The number of rounds. Raises TooManyRounds, der.Malformed."""
    if rounds < 1:
        raise der.Malformed("it names no rounds to turn the password into a key")
    if rounds > MOST_ROUNDS:
        raise TooManyRounds(min(rounds, _LARGEST), MOST_ROUNDS)
    return rounds


def pbkdf2(password: bytes, salt: bytes, rounds: int, size: int, algorithm: hashes.HashAlgorithm) -> bytes:
    """RFC 8018 5.2. Raises TooManyRounds, der.Malformed."""
    checked(rounds)
    with Otherwise(_refused):
        return PBKDF2HMAC(algorithm, size, salt, rounds).derive(password)


def scrypt(password: bytes, salt: bytes, cost: tuple[int, int, int], size: int) -> bytes:
    """RFC 7914; `cost` is N, r, p. Raises TooMuchMemory, TooManyRounds, der.Malformed."""
    n, r, p = (min(number, _LARGEST) for number in cost)
    if n < 2 or n & (n - 1) or r < 1 or p < 1 or n.bit_length() > 16 * r:
        raise der.Malformed("its scrypt parameters are against RFC 7914 section 2")
    if 128 * n * r > MOST_MEMORY:
        raise TooMuchMemory(min(128 * n * r, _LARGEST), MOST_MEMORY)
    if n * r * p > _MOST_SCRYPT_WORK:
        raise TooManyRounds(min(n * r * p, _LARGEST), _MOST_SCRYPT_WORK)
    with Otherwise(_refused):
        return Scrypt(salt, size, n, r, p).derive(password)


def pkcs12(digest: str, password: bytes, salt: bytes, rounds: int, purpose: int, size: int) -> bytes:
    """RFC 7292 B.2; `digest` is a name of hashlib's, `password` a BMPString with its end.

    Raises TooManyRounds, der.Malformed.
    """
    checked(rounds)
    digested = _DIGESTS[digest]
    block = digested().block_size
    seed = bytearray(_repeated(salt, block) + _repeated(password, block))
    found = b""
    while True:
        step = bytes([purpose]) * block + seed
        for _ in range(rounds):
            step = digested(step).digest()
        found += step
        if len(found) >= size:
            return found[:size]
        addend = int.from_bytes(_repeated(step, block)[:block], "big") + 1
        for at in range(0, len(seed), block):
            total = int.from_bytes(seed[at : at + block], "big") + addend
            seed[at : at + block] = (total % (1 << 8 * block)).to_bytes(block, "big")


def pbkdf1(digest: str, password: bytes, salt: bytes, rounds: int) -> bytes:
    """RFC 8018 5.1, all bytes of the last digest. Raises TooManyRounds, der.Malformed."""
    digested, step = _DIGESTS[digest], password + salt
    for _ in range(checked(rounds)):
        step = digested(step).digest()
    return step


def openssl(password: bytes, salt: bytes, size: int) -> bytes:
    """EVP_BytesToKey with MD5 and one round: what OpenSSL's own PEM encryption does."""
    found = step = b""
    while len(found) < size:
        step = hashlib.md5(step + password + salt, usedforsecurity=False).digest()
        found += step
    return found[:size]


def _refused(_: BaseException) -> ContainerUnreadable:
    return ContainerUnreadable("the encrypted part", "the parameters of its key derivation are damaged")


def _repeated(value: bytes, block: int) -> bytes:
    """As often as fills whole blocks; nothing stays nothing."""
    size = -(-len(value) // block) * block
    return (value * (size // len(value) + 1))[:size] if value else b""
