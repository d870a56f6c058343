"""Names and sizes of keys, names of signatures."""

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.forged import bits, integer, sequence, tlv
from tests.pki import rsa_key

from sealstone.x509 import algorithms, der
from sealstone.x509.algorithms import PublicKey, Signature

NULL = b"\x05\x00"
RSA_OID = bytes.fromhex("06092a864886f70d010101")
PSS_OID = bytes.fromhex("06092a864886f70d01010a")
EC_OID = bytes.fromhex("06072a8648ce3d0201")
DSA_OID = bytes.fromhex("06072a8648ce380401")
DH_OID = bytes.fromhex("06092a864886f70d010301")
MODULUS = integer(2**2047 + 1)
SHA256_OID = bytes.fromhex("0609608648016503040201")

Key = (
    rsa.RSAPublicKey
    | ec.EllipticCurvePublicKey
    | dsa.DSAPublicKey
    | ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
    | x25519.X25519PublicKey
    | x448.X448PublicKey
)


def info_of(key: Key) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("info", "name", "size"),
    [
        (info_of(rsa_key(2048).public_key()), "RSA 2048", 2048),
        (info_of(ec.generate_private_key(ec.SECP256R1()).public_key()), "EC P-256", 256),
        (info_of(ec.generate_private_key(ec.SECP521R1()).public_key()), "EC P-521", 521),
        (info_of(ec.generate_private_key(ec.SECP256K1()).public_key()), "EC secp256k1", 256),
        (info_of(ed25519.Ed25519PrivateKey.generate().public_key()), "Ed25519", 256),
        (info_of(ed448.Ed448PrivateKey.generate().public_key()), "Ed448", 456),
        (info_of(x25519.X25519PrivateKey.generate().public_key()), "X25519", 256),
        (info_of(x448.X448PrivateKey.generate().public_key()), "X448", 448),
        (sequence(sequence(DH_OID, sequence(MODULUS, integer(2))), bits(integer(4))), "DH 2048", 2048),
        (sequence(sequence(PSS_OID), bits(sequence(MODULUS, integer(3)))), "RSASSA-PSS 2048", 2048),
        (sequence(sequence(RSA_OID, NULL), bits(sequence(integer(-5), integer(3)))), "RSA", 0),
        (sequence(sequence(DSA_OID, sequence(MODULUS, integer(3))), bits(b"")), "DSA 2048", 2048),
        (sequence(sequence(DSA_OID), bits(b"")), "DSA", 0),
        (sequence(sequence(EC_OID), bits(b"")), "EC without a curve", 0),
        (sequence(sequence(EC_OID, sequence(integer(1))), bits(b"")), "EC with explicit parameters", 0),
        (sequence(sequence(EC_OID, tlv(6, b"\x2a\x03")), bits(b"")), "EC curve 1.2.3", 0),
        (sequence(sequence(tlv(6, b"\x2a\x03")), bits(b"")), "algorithm 1.2.3", 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_public_keys(info: bytes, name: str, size: int) -> None:
    found = algorithms.public_key(info)
    assert (str(found), found.bits) == (name, size)


@pytest.mark.parametrize(
    "info",
    [
        b"",
        sequence(sequence(RSA_OID)),
        sequence(sequence(), bits(b"")),
        sequence(integer(1), bits(b"")),
        sequence(sequence(RSA_OID), integer(1)),
        sequence(sequence(RSA_OID), bits(b"")),
        sequence(sequence(RSA_OID), bits(sequence())),
        sequence(sequence(DSA_OID, sequence()), bits(b"")),
    ],
)
def test_what_is_no_public_key(info: bytes) -> None:
    with pytest.raises(der.Malformed):
        algorithms.public_key(info)


def signature(data: bytes) -> Signature:
    return algorithms.signature(data, der.element(data, 0, len(data)))


@pytest.mark.parametrize(
    ("data", "name", "proves_nothing"),
    [
        (sequence(bytes.fromhex("06092a864886f70d01010b"), NULL), "SHA-256 with RSA", False),
        (sequence(bytes.fromhex("06092a864886f70d010105"), NULL), "SHA-1 with RSA", True),
        (sequence(bytes.fromhex("06092a864886f70d010104"), NULL), "MD5 with RSA", True),
        (sequence(bytes.fromhex("06082a8648ce3d040303")), "SHA-384 with ECDSA", False),
        (sequence(bytes.fromhex("0609608648016503040302")), "SHA-256 with DSA", False),
        (sequence(bytes.fromhex("06032b6570")), "Ed25519", False),
        (sequence(tlv(6, b"\x2a\x03")), "algorithm 1.2.3", False),
        (sequence(PSS_OID), "SHA-1 with RSASSA-PSS", True),
        (sequence(PSS_OID, sequence()), "SHA-1 with RSASSA-PSS", True),
        (
            sequence(PSS_OID, sequence(tlv(0xA0, sequence(SHA256_OID)), tlv(0xA2, integer(32)), tlv(0xA3, integer(1)))),
            "SHA-256 with RSASSA-PSS",
            False,
        ),
        (sequence(PSS_OID, sequence(tlv(0xA0, sequence(tlv(6, b"\x2a\x03"))))), "1.2.3 with RSASSA-PSS", False),
    ],
)
def test_signatures(data: bytes, name: str, proves_nothing: bool) -> None:
    assert str(signature(data)) == name
    assert signature(data).proves_nothing is proves_nothing


def test_the_salt_and_the_mask_of_pss() -> None:
    mgf1 = bytes.fromhex("06092a864886f70d010108")
    own = tlv(0xA1, sequence(mgf1, sequence(SHA256_OID)))
    found = signature(sequence(PSS_OID, sequence(own, tlv(0xA2, integer(32)))))
    assert (found.digest, found.mask, found.salt) == ("SHA-1", "SHA-256", 32)
    assert signature(sequence(PSS_OID)) == Signature("RSASSA-PSS", "SHA-1", 20, "SHA-1")
    assert signature(sequence(PSS_OID, sequence(tlv(0xA1, sequence(mgf1))))).mask == ""


def test_a_size_that_nobody_knows_is_not_told() -> None:
    assert str(PublicKey("RSA", 0)) == "RSA"
    assert str(PublicKey("Ed25519", 256)) == "Ed25519"
