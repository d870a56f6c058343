"""The MAC of PKCS #12: every digest, PBMAC1, and what is none of them."""

import hashlib
import hmac

import pytest
from tests.unit.x509.containers.samples import NULL, PASSWORD, WRONG, algorithm, number, octets, sequence

from sealstone.x509 import der
from sealstone.x509.containers import derivation, integrity
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import TooManyRounds, UnsupportedContainer

CONTENT = b"content"
SALT = octets(b"salt")
PBMAC1 = "1.2.840.113549.1.5.14"
PBKDF2 = "1.2.840.113549.1.5.12"
SHA1 = algorithm("1.3.14.3.2.26", NULL)
HMAC_SHA256 = algorithm("1.2.840.113549.2.9", NULL)


def holds(mac: bytes, password: Password = PASSWORD) -> bool:
    return integrity.holds("the file", mac, CONTENT, password)


@pytest.mark.parametrize(("identifier", "name"), integrity._DIGESTS.items())
def test_every_digest(identifier: str, name: str) -> None:
    key = derivation.pkcs12(name, PASSWORD.bmp, b"salt", 2, derivation.MAC, hashlib.new(name).digest_size)
    digest = octets(hmac.digest(key, CONTENT, name))
    mac = sequence(sequence(algorithm(identifier, NULL), digest), SALT, number(2))
    assert holds(mac)
    assert not holds(mac, Password(WRONG))
    assert not integrity.holds("the file", mac, CONTENT + b".", PASSWORD)


def test_one_round_is_the_default() -> None:  # RFC 7292 section 4
    key = derivation.pkcs12("sha1", PASSWORD.bmp, b"salt", 1, derivation.MAC, 20)
    assert holds(sequence(sequence(SHA1, octets(hmac.digest(key, CONTENT, "sha1"))), SALT))


def pbmac1(digest: bytes, rounds: int = 3, scheme: bytes = HMAC_SHA256, function: str = PBKDF2) -> bytes:
    derived = algorithm(function, sequence(SALT, number(rounds), number(32), HMAC_SHA256))
    return sequence(sequence(algorithm(PBMAC1, sequence(derived, scheme)), octets(digest)), octets(b""), number(1))


def test_pbmac1() -> None:  # RFC 9579
    key = hashlib.pbkdf2_hmac("sha256", b"secret", b"salt", 3, 32)
    mac = pbmac1(hmac.digest(key, CONTENT, "sha256"))
    assert holds(mac)
    assert not holds(mac, Password(WRONG))


@pytest.mark.parametrize(
    "mac",
    [
        sequence(sequence(algorithm("1.2.3"), octets(b"")), SALT),
        pbmac1(b"", scheme=algorithm("1.2.3")),
        pbmac1(b"", function="1.2.3"),
    ],
)
def test_other_algorithms_are_named(mac: bytes) -> None:
    with pytest.raises(UnsupportedContainer, match=r"1\.2\.3"):
        holds(mac)


@pytest.mark.parametrize("mac", [pbmac1(b"", 2**31), sequence(sequence(SHA1, octets(b"")), SALT, number(2**31))])
def test_bombs_are_refused(mac: bytes) -> None:
    with pytest.raises(TooManyRounds):
        holds(mac)


@pytest.mark.parametrize(
    ("mac", "words"),
    [
        (sequence(), "two or three values"),
        (sequence(sequence(), SALT), "names no digest"),
        (sequence(sequence(SHA1, NULL), SALT), "tag 0x05"),
        (sequence(sequence(SHA1, octets(b"")), NULL), "tag 0x05"),
        (sequence(sequence(algorithm(PBMAC1, sequence()), octets(b"")), SALT), "a derivation and a digest"),
    ],
)
def test_damage(mac: bytes, words: str) -> None:
    with pytest.raises(der.Malformed, match=words):
        holds(mac)
