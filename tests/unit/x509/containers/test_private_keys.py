"""Keys of every kind become PKCS #8; what is no key is damage; large numbers are refused unread."""

from collections.abc import Callable
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, x448, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from tests.corpus import answers
from tests.pki import ec_key, rsa_key
from tests.unit.x509.containers.samples import NULL, algorithm, explicit, identifier, number, octets, recorded, sequence

from sealstone.x509.containers import private_keys, reading
from sealstone.x509.containers.problems import Damaged, SeveralPrimes
from sealstone.x509.material import Piece, Unreadable

EC = "1.2.840.10045.2.1"
RSA = "1.2.840.113549.1.1.1"
RSA_PSS = "1.2.840.113549.1.1.10"
UNKNOWN_CURVE = identifier("1.3.132.0.6")  # secp112r1
NOT_KNOWN = ("its algorithm or curve is not known here, so its numbers were not checked",)
EXPLICIT = "its curve is written out in numbers instead of named"
Key = (
    ec.EllipticCurvePrivateKey
    | dsa.DSAPrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | x25519.X25519PrivateKey
    | x448.X448PrivateKey
)


def written(key: Key, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return key.private_bytes(Encoding.DER, form, NoEncryption())


@pytest.mark.parametrize(
    "make",
    [
        ed25519.Ed25519PrivateKey.generate,
        ed448.Ed448PrivateKey.generate,
        x25519.X25519PrivateKey.generate,
        x448.X448PrivateKey.generate,
        lambda: ec_key(ec.SECP256K1()),
        lambda: ec_key(ec.SECP521R1()),
    ],
)
def test_every_kind_is_read(make: Callable[[], Key]) -> None:
    data = written(make())
    secret, remarks = private_keys.normalised(data)
    assert secret.reveal() == data
    assert remarks == ()


def test_rsa_in_both_forms() -> None:
    key = rsa_key(2048)
    pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        assert private_keys.normalised(key.private_bytes(Encoding.DER, form, NoEncryption()))[0].reveal() == pkcs8


def test_ec_in_its_traditional_form() -> None:
    key = ec_key()
    assert private_keys.normalised(written(key, PrivateFormat.TraditionalOpenSSL))[0].reveal() == written(key)


def test_dsa_as_openssl_writes_it() -> None:
    (piece,) = reading.contents(recorded("dsat.pem"), "file")
    assert isinstance(piece, Piece)
    assert piece.secret
    assert isinstance(load_der_private_key(piece.secret.reveal(), None), dsa.DSAPrivateKey)


def test_kinds_that_the_engine_does_not_know_stay_as_they_are() -> None:
    traditional = sequence(number(1), octets(bytes(14)), explicit(0, UNKNOWN_CURVE))
    secret, remarks = private_keys.normalised(traditional)
    assert secret.reveal() == sequence(number(0), sequence(identifier(EC), UNKNOWN_CURVE), octets(traditional))
    assert remarks == NOT_KNOWN
    again, remarks = private_keys.normalised(secret.reveal())
    assert (again.reveal(), remarks) == (secret.reveal(), NOT_KNOWN)


@pytest.mark.parametrize("kind", ["1.2.840.113549.1.1.10", "1.2.840.113549.1.3.1", "1.2.840.10046.2.1"])
def test_rsa_pss_and_diffie_hellman_stay_as_they_are(kind: str) -> None:
    data = sequence(number(0), algorithm(kind, sequence()), octets(number(5)))
    secret, remarks = private_keys.normalised(data)
    assert (secret.reveal(), remarks) == (data, ())


def test_a_curve_in_numbers_is_remarked_on_and_named() -> None:
    found = [item for item in reading.contents(recorded("expl.pem"), "file") if isinstance(item, Piece)]
    key = found[-1]
    assert EXPLICIT in key.remarks
    assert key.secret
    assert private_keys.normalised(key.secret.reveal())[1] == ()
    secret, remarks = private_keys.normalised(recorded("explicit.der"))
    assert (secret.reveal(), remarks) == (key.secret.reveal(), (EXPLICIT,))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "middle of a value"),
        (NULL, "tag 0x05"),
        (sequence(number(0), sequence(), octets(b"")), "names no algorithm"),
        (sequence(number(0), algorithm(RSA, NULL), octets(b"nothing")), "damaged"),
        (sequence(number(0), algorithm(EC, identifier("1.2.840.10045.3.1.7")), octets(b"nothing")), "damaged"),
        (sequence(number(1), octets(bytes(32))), "damaged|not known"),
        (sequence(*[number(0)] * 9), "primes do not make up"),
        (sequence(number(0), *[number(15)] * 8), "primes do not make up"),
    ],
)
def test_what_is_no_key_is_damage(data: bytes, words: str) -> None:
    with pytest.raises(Damaged, match=words):
        private_keys.normalised(data)


THREE_PRIMES: Final = sequence(number(1), *[number(15)] * 8, sequence(sequence(number(3), number(5), number(7))))


@pytest.mark.parametrize(
    "data",
    [
        THREE_PRIMES,
        sequence(number(0), algorithm(RSA, NULL), octets(THREE_PRIMES)),
        sequence(number(0), algorithm(RSA_PSS), octets(THREE_PRIMES)),
    ],
)
def test_an_rsa_key_of_three_primes_is_no_damage(data: bytes) -> None:
    """RFC 8017 A.1.2."""
    with pytest.raises(SeveralPrimes, match="an RSA key of 3 primes") as found:
        private_keys.normalised(data)
    assert found.value.count == 3
    assert "sealstone create key" in found.value.cure


def test_openssl_s_key_of_three_primes() -> None:
    (case,) = (one for one in answers.read() if one.file == "key-rsa-three-primes.pem")
    (found,) = reading.contents(case.data, case.file)
    assert isinstance(found, Unreadable)
    assert isinstance(found.problem, SeveralPrimes)
    assert "damaged" not in str(found.problem)


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (sequence(number(0), algorithm(RSA), octets(bytes(17_000))), "16,384"),
        (sequence(*[octets(b"")] * 8, number(1), octets(bytes(17_000))), "16,384"),
        (sequence(number(0), algorithm("1.2.840.10040.4.1"), octets(bytes(4000))), "3,072"),
        (sequence(*[number(0)] * 5, octets(bytes(4000))), "3,072"),
        (sequence(number(0), algorithm(EC), octets(bytes(9000))), "8,192"),
    ],
)
def test_what_no_key_needs_is_refused_unread(data: bytes, limit: str) -> None:
    with pytest.raises(Damaged, match=limit):
        private_keys.normalised(data)


def test_a_kind_not_known_without_a_curve_is_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: bytes) -> None:
        raise private_keys._NotKnownHere("the key", "x")

    monkeypatch.setattr(private_keys, "_loaded", refuse)
    with pytest.raises(Damaged, match="of a kind that is not known here"):
        private_keys.normalised(sequence(number(1), octets(b"")))
