"""Keys of passwords: published vectors, and bounds that hold before any work."""

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes

from sealstone.x509 import der
from sealstone.x509.containers import derivation
from sealstone.x509.containers.problems import TooManyRounds, TooMuchMemory

SMEG: bytes = "smeg".encode("utf-16-be") + b"\0\0"


@pytest.mark.parametrize(
    ("purpose", "salt", "size", "expected"),
    [  # widely used vectors of PKCS #12's derivation with SHA-1, one round
        (derivation.KEY, "0a58cf64530d823f", 24, "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"),
        (derivation.IV, "0a58cf64530d823f", 8, "79993dfe048d3b76"),
        (derivation.MAC, "3d83c0e4546ac140", 20, "8d967d88f6caa9d714800ab3d48051d63f73a312"),
    ],
)
def test_pkcs12(purpose: int, salt: str, size: int, expected: str) -> None:
    assert derivation.pkcs12("sha1", SMEG, bytes.fromhex(salt), 1, purpose, size).hex() == expected


def test_pkcs12_longer_than_a_digest() -> None:
    long = derivation.pkcs12("sha1", SMEG, b"12345678", 3, derivation.KEY, 50)
    assert len(long) == 50
    assert long.startswith(derivation.pkcs12("sha1", SMEG, b"12345678", 3, derivation.KEY, 20))


def test_pkcs12_of_nothing() -> None:
    expected = hashlib.sha256(b"\1" * 64).digest()
    assert derivation.pkcs12("sha256", b"", b"", 1, derivation.KEY, 32) == expected


def test_pbkdf1() -> None:
    expected = hashlib.md5(hashlib.md5(b"pwsalt").digest()).digest()  # noqa: S324
    assert derivation.pbkdf1("md5", b"pw", b"salt", 2) == expected


def test_pbkdf2() -> None:  # RFC 6070
    found = derivation.pbkdf2(b"password", b"salt", 2, 20, hashes.SHA1())  # noqa: S303
    assert found.hex() == "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"


def test_scrypt() -> None:  # RFC 7914 section 12
    found = derivation.scrypt(b"", b"", (16, 1, 1), 64)
    assert found.hex().startswith("77d6576238657b203b19ca42c18a0497")


def test_openssl() -> None:
    first = hashlib.md5(b"pwsalt").digest()  # noqa: S324
    assert derivation.openssl(b"pw", b"salt", 24) == (first + hashlib.md5(first + b"pwsalt").digest())[:24]  # noqa: S324


@pytest.mark.parametrize("rounds", [derivation.MOST_ROUNDS + 1, 2**31, 2**100_000], ids=["one", "bomb", "long"])
def test_too_many_rounds_are_refused_before_any(rounds: int) -> None:
    with pytest.raises(TooManyRounds) as fault:
        derivation.checked(rounds)
    assert derivation.MOST_ROUNDS < fault.value.rounds <= 2**62
    with pytest.raises(TooManyRounds):
        derivation.pkcs12("sha1", b"", b"", rounds, derivation.KEY, 8)


@pytest.mark.parametrize("rounds", [0, -1])
def test_no_rounds_are_refused(rounds: int) -> None:
    with pytest.raises(der.Malformed, match="rounds"):
        derivation.checked(rounds)


def test_the_most_rounds_are_taken() -> None:
    assert derivation.checked(derivation.MOST_ROUNDS) == derivation.MOST_ROUNDS


@pytest.mark.parametrize("cost", [(2**33, 8, 1), (2**17, 8, 1), (2**100, 2**100, 2**100)])
def test_too_much_memory_is_refused_before_any(cost: tuple[int, int, int]) -> None:
    with pytest.raises((TooMuchMemory, der.Malformed)) as fault:
        derivation.scrypt(b"", b"", cost, 16)
    assert not isinstance(fault.value, TooMuchMemory) or fault.value.size > derivation.MOST_MEMORY


def test_too_much_work_is_refused() -> None:
    with pytest.raises(TooManyRounds):
        derivation.scrypt(b"", b"", (2, 1, 2**30), 16)


@pytest.mark.parametrize("cost", [(0, 1, 1), (1, 1, 1), (3, 1, 1), (16, 0, 1), (16, 1, 0), (-16, 1, 1), (2**17, 1, 1)])
def test_impossible_costs(cost: tuple[int, int, int]) -> None:
    with pytest.raises(der.Malformed, match="RFC 7914"):
        derivation.scrypt(b"", b"", cost, 16)


def test_what_the_engine_refuses_is_damage() -> None:
    assert "key derivation are damaged" in derivation._refused(ValueError()).cause
