"""Public halves of keys of every kind, and fingerprints as OpenSSL computes them."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.forged import bits, integer, octets, sequence, split, tlv
from tests.pki import ec_key, rsa_key

from sealstone.model.secret import Secret
from sealstone.x509 import der, public_halves

PSS = sequence(bytes.fromhex("06092a864886f70d01010a"))
EC_OID = bytes.fromhex("06072a8648ce3d0201")
P256_OID = bytes.fromhex("06082a8648ce3d030107")
ON_P256 = ec_key()
SECT163K1 = bytes.fromhex("06052b81040001")
ON_SECT163K1 = sequence(integer(0), sequence(EC_OID, SECT163K1), octets(sequence(integer(1), octets(b"\x01" * 21))))
"""A private key on a curve that is not worked with."""


def private(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def info(key: PrivateKeyTypes) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (rsa_key(), "RSA 2048"),
        (ec_key(), "EC P-256"),
        (ec.generate_private_key(ec.SECP256K1()), "EC secp256k1"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
        (x25519.X25519PrivateKey.generate(), "X25519"),
        (dsa.generate_private_key(1024), "DSA 1024"),  # noqa: S505 - it is quick
    ],
)
def test_the_public_half(key: PrivateKeyTypes, name: str) -> None:
    half = public_halves.of(Secret(private(key)))
    assert str(half.key) == name
    assert half.fingerprint == sha256(info(key)).hexdigest() == public_halves.fingerprint(info(key))


def test_pss_stays_pss() -> None:
    version, _, key = split(private(rsa_key()))
    half = public_halves.of(Secret(sequence(version, PSS, key)))
    assert str(half.key) == "RSASSA-PSS 2048"
    public = split(info(rsa_key()))[1]
    assert half.fingerprint == sha256(sequence(PSS, public)).hexdigest()


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        (sequence(EC_OID, SECT163K1), "EC curve 1.3.132.0.1"),
        (sequence(EC_OID, P256_OID), "EC P-256"),
        (sequence(tlv(6, b"\x2a\x03")), "algorithm 1.2.3"),
        (sequence(bytes.fromhex("06092a864886f70d010301"), sequence(integer(23), integer(5))), "DH 5"),
    ],
)
def test_what_cannot_be_computed_has_no_fingerprint(identifier: bytes, name: str) -> None:
    half = public_halves.of(Secret(sequence(integer(0), identifier, octets(b"\x01"))))
    assert (str(half.key), half.fingerprint) == (name, "")


@pytest.mark.parametrize("data", [b"", sequence(), sequence(integer(0), integer(1), octets(b""))])
def test_what_is_no_key(data: bytes) -> None:
    with pytest.raises(der.Malformed):
        public_halves.of(Secret(data))


def test_a_point_without_its_second_coordinate_is_the_same_key() -> None:
    key = ec_key()
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    short = sequence(sequence(EC_OID, P256_OID), bits(point))
    assert public_halves.fingerprint(short) == public_halves.fingerprint(info(key))
    no_point = sequence(sequence(EC_OID, P256_OID), bits(b"\x02" + b"\xff" * 32))
    assert public_halves.fingerprint(no_point) == sha256(no_point).hexdigest()
    unknown = sequence(sequence(EC_OID, SECT163K1), bits(b"\x02\x01"))
    assert public_halves.fingerprint(unknown) == sha256(unknown).hexdigest()


def explicit(change: bytes = b"", into: bytes = b"") -> bytes:
    """The public half of a key on P-256, its curve in numbers (RFC 3279 2.3.5), as OpenSSL writes them."""
    numbers = ON_P256.public_key().public_numbers()
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = bytes.fromhex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b")
    generator = bytes.fromhex(
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    )
    order = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
    curve = sequence(
        integer(1),
        sequence(bytes.fromhex("06072a8648ce3d0101"), integer(prime)),
        sequence(octets((prime - 3).to_bytes(32, "big")), octets(b)),
        octets(generator),
        integer(order),
        integer(1),
    )
    point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    return sequence(sequence(EC_OID, curve.replace(change, into) if change else curve), bits(point))


def test_a_curve_in_numbers_is_the_named_one() -> None:
    assert public_halves.fingerprint(explicit()) == sha256(info(ON_P256)).hexdigest()


@pytest.mark.parametrize(
    "number",
    [
        bytes.fromhex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),  # the generator
        bytes.fromhex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"),
        bytes.fromhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    ],
    ids=["generator", "b", "order"],
)
def test_a_curve_that_differs_in_one_number_is_another(number: bytes) -> None:
    """CVE-2020-0601: with a generator of one's own choice, everybody's public key has a private key."""
    changed = explicit(number, number[:-1] + bytes([number[-1] ^ 2]))
    assert changed != explicit()
    assert public_halves.fingerprint(changed) == sha256(changed).hexdigest()
