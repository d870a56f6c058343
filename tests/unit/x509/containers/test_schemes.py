"""Every scheme that OpenSSL writes, and parameters that nobody writes."""

import pytest
from tests.unit.x509.containers.samples import (
    KEY,
    NULL,
    PASSWORD,
    WRONG,
    algorithm,
    identifier,
    number,
    octets,
    of,
    only_key,
    opened,
    recorded,
    sequence,
)

from sealstone.x509 import der
from sealstone.x509.containers import reading, schemes
from sealstone.x509.containers.problems import (
    ContainerUnreadable,
    TooManyRounds,
    TooMuchMemory,
    UnsupportedContainer,
    WrongPassword,
)
from sealstone.x509.containers.schemes import Sealed
from sealstone.x509.material import Form

WRITTEN = (
    *(f"PBE-MD5-{cipher}.p8" for cipher in ("DES", "RC2-64")),
    *(
        f"PBE-SHA1-{cipher}.p8"
        for cipher in ("DES", "RC2-64", "3DES", "2DES", "RC2-40", "RC2-128", "RC4-128", "RC4-40")
    ),
    *(f"v2-{cipher}.p8" for cipher in ("aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des3", "des", "camellia-128-cbc")),
    "v2-sha512.p8",
    "scrypt.p8",
)
AES = "2.16.840.1.101.3.4.1.2"
PBES2 = "1.2.840.113549.1.5.13"
PBKDF2 = "1.2.840.113549.1.5.12"
SCRYPT = "1.3.6.1.4.1.11591.4.11"
PKCS12_3DES = "1.2.840.113549.1.12.1.3"
IV = octets(bytes(16))
SALT = octets(b"12345678")


def sealed(described: bytes, ciphertext: bytes = bytes(16)) -> Sealed:
    return Sealed("the thing", described, ciphertext)


def pbes2(derivation: bytes, cipher: bytes = algorithm(AES, IV)) -> bytes:
    return algorithm(PBES2, sequence(derivation, cipher))


def pbkdf2(*parameters: bytes) -> bytes:
    return pbes2(algorithm(PBKDF2, sequence(*parameters)))


@pytest.mark.parametrize("name", WRITTEN)
def test_what_openssl_writes_is_read(name: str) -> None:
    assert only_key(opened(name)) == KEY


@pytest.mark.parametrize("name", WRITTEN)
def test_a_wrong_password_is_told(name: str) -> None:
    with pytest.raises(WrongPassword, match="the password does not open the encrypted private key"):
        opened(name, WRONG)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_cut_file_is_no_wrong_password(name: str) -> None:
    cut = of(Form.ENCRYPTED_PKCS8, recorded(name)[:-3])
    with pytest.raises(ContainerUnreadable, match="cut short"):
        reading.opened(cut, WRONG)


def test_rc2_in_pbes2_is_not_read() -> None:
    with pytest.raises(UnsupportedContainer, match=r"1\.2\.840\.113549\.3\.2.*-provider legacy"):
        opened("v2-rc2-cbc.p8")


@pytest.mark.parametrize(
    ("described", "words"),
    [
        (algorithm("1.2.3"), r"1\.2\.3"),
        (pbes2(algorithm("1.2.4")), r"1\.2\.4"),
        (pbes2(algorithm(PBKDF2), algorithm("1.2.5")), r"1\.2\.5"),
        (pbkdf2(SALT, number(1), algorithm("1.2.6")), r"1\.2\.6"),
    ],
)
def test_unknown_algorithms_are_named(described: bytes, words: str) -> None:
    with pytest.raises(UnsupportedContainer, match=words):
        sealed(described).opened(PASSWORD)


@pytest.mark.parametrize(
    ("described", "words"),
    [
        (b"", "ends in the middle"),
        (NULL, "tag 0x05"),
        (sequence(), "not named"),
        (sequence(number(1)), "tag 0x02"),
        (algorithm(PBES2), "middle of a value"),
        (algorithm(PBES2, sequence(algorithm(PBKDF2))), "a derivation and a cipher"),
        (pbes2(algorithm(PBKDF2, sequence(SALT))), "no salt or no rounds"),
        (pbkdf2(number(1), number(1)), "tag 0x02"),
        (pbkdf2(SALT, number(0)), "names no rounds"),
        (pbkdf2(SALT, number(1), number(17)), "another size"),
        (pbes2(algorithm(PBKDF2, sequence(SALT, number(1))), algorithm(AES, octets(bytes(8)))), "not 16 bytes"),
        (pbes2(algorithm(PBKDF2, sequence(SALT, number(1))), algorithm(AES, NULL)), "tag 0x05"),
        (pbes2(algorithm(SCRYPT, sequence(SALT, number(2), number(1)))), "three numbers"),
        (pbes2(algorithm(SCRYPT, sequence(SALT, number(3), number(1), number(1)))), "RFC 7914"),
        (algorithm(PKCS12_3DES, sequence(SALT)), "a salt and a number"),
    ],
)
def test_damaged_parameters(described: bytes, words: str) -> None:
    with pytest.raises(der.Malformed, match=words):
        sealed(described).opened(PASSWORD)


@pytest.mark.parametrize(
    "described",
    [
        pbkdf2(SALT, number(2**31)),
        algorithm(PKCS12_3DES, sequence(SALT, number(2**31))),
        algorithm("1.2.840.113549.1.5.3", sequence(SALT, number(2**31))),
        pbes2(algorithm(SCRYPT, sequence(SALT, number(2), number(1), number(2**40)))),
    ],
)
def test_bombs_of_rounds_are_refused(described: bytes) -> None:
    with pytest.raises(TooManyRounds):
        sealed(described).opened(PASSWORD)


def test_a_bomb_of_memory_is_refused() -> None:
    with pytest.raises(TooMuchMemory, match="1,099,511,627,776 bytes"):
        sealed(pbes2(algorithm(SCRYPT, sequence(SALT, number(2**30), number(8), number(1))))).opened(PASSWORD)


def test_a_key_length_that_fits_is_taken() -> None:
    with pytest.raises(WrongPassword):
        sealed(pbkdf2(SALT, number(1), number(16))).opened(PASSWORD)


@pytest.mark.parametrize("size", [0, 15, 17])
def test_half_blocks_are_damage(size: int) -> None:
    with pytest.raises(der.Malformed, match="whole blocks"):
        sealed(pbkdf2(SALT, number(1)), bytes(size)).opened(PASSWORD)


@pytest.mark.parametrize(
    ("plain", "whole"),
    [
        (sequence(), True),
        (sequence(number(1)), True),
        (b"\x30\x80\x02\x01\x05\0\0", True),
        (b"\x30\x80\x02\x01\x05", False),
        (sequence() + b"\0", False),
        (b"\x30\x05\x02", False),
        (octets(b"a"), False),
        (b"", False),
    ],
)
def test_a_sequence_is_told(plain: bytes, whole: bool) -> None:
    assert schemes.is_sequence(plain) is whole


def test_an_algorithm_has_at_most_two_values() -> None:
    data = sequence(identifier("1.2.3"), NULL, NULL)
    with pytest.raises(der.Malformed, match="more than 2"):
        schemes.algorithm(data, der.element(data, 0, len(data)))
