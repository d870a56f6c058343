"""New private keys, and which keys may sign."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key
from tests.pki import ec_key, rsa_key

from sealstone.model.secret import Secret
from sealstone.x509.making import keys
from sealstone.x509.making.problems import UnknownKeyType, UnusableKey
from sealstone.x509.problems import Part, UnsupportedKey

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def secret_of(key: Key) -> Secret:
    return Secret(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize(
    ("kind", "bits", "digest"),
    [
        ("rsa:2048", 2048, SHA256),
        ("RSA:3072", 3072, SHA256),
        ("p256", 256, SHA256),
        ("P384", 384, SHA384),
        ("p521", 521, SHA512),
    ],
)
def test_a_key_is_of_the_type_asked_for(kind: str, bits: int, digest: type[keys.Digest]) -> None:
    key = keys.loaded(keys.new(kind))
    assert key.key_size == bits
    assert isinstance(keys.digest_for(key), digest)


def test_every_key_is_another() -> None:
    assert keys.new("p256").reveal() != keys.new("p256").reveal()


def test_the_default_is_one_of_the_types() -> None:
    assert keys.DEFAULT in keys.KINDS
    assert len(keys.KINDS) == 6


@pytest.mark.parametrize("kind", ["", "rsa", "rsa:1024", "ed25519", "p224", "rsa:2048\n"])
def test_other_types_are_not_made(kind: str) -> None:
    with pytest.raises(UnknownKeyType, match="use one of rsa:2048, rsa:3072"):
        keys.new(kind)


def test_a_key_is_never_shown() -> None:
    key = keys.new("p256")
    assert "***" in repr(key)
    assert key.reveal().hex() not in repr(key)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (rsa_key(1024), "RSA of 1024 bits"),
        (ec_key(ec.SECP256K1()), "EC secp256k1"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
    ],
    ids=["small", "curve", "kind"],
)
def test_what_is_no_longer_good_enough_signs_nothing(key: Key, told: str) -> None:
    with pytest.raises(UnsupportedKey, match=told):
        keys.loaded(secret_of(key))


def test_damage_is_told_without_the_key() -> None:
    with pytest.raises(UnusableKey, match="damaged") as refused:
        keys.loaded(Secret(b"0\x03secret"))
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_public_key_that_is_none_is_told() -> None:
    with pytest.raises(UnusableKey, match="cut short"):
        keys.judged(b"0\x05", Part.FILE)


@pytest.mark.parametrize("kind", ["rsa:2048", "p384"])
def test_only_the_own_signature_is_verified(kind: str) -> None:
    key = keys.loaded(keys.new(kind))
    with pytest.raises(InvalidSignature):
        keys.verify(key, b"0\x06\x02\x01\x01\x02\x01\x01", b"data")
    assert isinstance(keys.damaged(ValueError()), UnusableKey)


def test_the_private_half_is_pkcs8() -> None:
    loaded = load_der_private_key(keys.new("p256").reveal(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
