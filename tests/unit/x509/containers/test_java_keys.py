"""PBEWithMD5AndTripleDES with equal halves of the salt, where OpenJDK's own mistake is part of the format."""

import hashlib

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from tests.unit.x509.containers.samples import KEY, PASSWORD, WRONG, algorithm, number, octets, sequence

from sealstone.x509.containers import java_keys
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import WrongPassword


def protected(plain: bytes, salt: bytes, halves: tuple[bytes, bytes]) -> bytes:
    derived = b""
    for half in halves:
        step = half
        for _ in range(3):
            step = hashlib.md5(step + b"secret").digest()  # noqa: S324
        derived += step
    padding = 8 - len(plain) % 8
    encryptor = Cipher(TripleDES(derived[:24]), modes.CBC(derived[24:])).encryptor()
    hidden = encryptor.update(plain + bytes([padding]) * padding)
    return sequence(algorithm("1.3.6.1.4.1.42.2.19.1", sequence(octets(salt), number(3))), octets(hidden))


@pytest.mark.parametrize(
    ("salt", "halves"), [(b"abcdefgh", (b"abcd", b"efgh")), (b"abcdabcd", (b"daba"[:2] + b"bd", b"abcd"))]
)
def test_both_ways(salt: bytes, halves: tuple[bytes, bytes]) -> None:
    assert java_keys.plain(protected(KEY, salt, halves), PASSWORD, "the key") == KEY


def test_a_plain_text_without_sequence_is_a_wrong_password() -> None:
    data = protected(b"nonsense", b"abcdefgh", (b"abcd", b"efgh"))
    for password in (PASSWORD, Password(WRONG)):
        with pytest.raises(WrongPassword):
            java_keys.plain(data, password, "the key")
