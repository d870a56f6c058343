"""Signatures of every kind: those that hold, those that fail, those that nobody checks."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.forged import bits, integer, sequence, tlv
from tests.pki import rsa_key

from sealstone.x509 import signatures
from sealstone.x509.algorithms import Signature
from sealstone.x509.signatures import Verdict

DATA = b"what is signed"
RSA = rsa_key()
EC = ec.generate_private_key(ec.SECP384R1())
DSA = dsa.generate_private_key(1024)  # noqa: S505 - it is quick
ED25519 = ed25519.Ed25519PrivateKey.generate()
ED448 = ed448.Ed448PrivateKey.generate()
RSA_OID = bytes.fromhex("06092a864886f70d010101")
EC_OID = bytes.fromhex("06072a8648ce3d0201")


def info(key: PrivateKeyTypes) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("key", "algorithm", "sign"),
    [
        (RSA, Signature("RSA", "SHA-512"), lambda data: RSA.sign(data, PKCS1v15(), hashes.SHA512())),
        (RSA, Signature("RSA", "SHA-1"), lambda data: RSA.sign(data, PKCS1v15(), hashes.SHA1())),  # noqa: S303
        (
            RSA,
            Signature("RSASSA-PSS", "SHA-256", 20, "SHA-256"),
            lambda data: RSA.sign(data, PSS(MGF1(hashes.SHA256()), 20), hashes.SHA256()),
        ),
        (
            RSA,
            Signature("RSASSA-PSS", "SHA-256", 32, "SHA-384"),
            lambda data: RSA.sign(data, PSS(MGF1(hashes.SHA384()), 32), hashes.SHA256()),
        ),
        (EC, Signature("EC", "SHA-384"), lambda data: EC.sign(data, ec.ECDSA(hashes.SHA384()))),
        (DSA, Signature("DSA", "SHA-256"), lambda data: DSA.sign(data, hashes.SHA256())),
        (ED25519, Signature("Ed25519"), ED25519.sign),
        (ED448, Signature("Ed448"), ED448.sign),
    ],
    ids=lambda value: str(value) if isinstance(value, Signature) else "",
)
def test_signatures(key: PrivateKeyTypes, algorithm: Signature, sign: Callable[[bytes], bytes]) -> None:
    assert signatures.verdict(info(key), algorithm, sign(DATA), DATA) is Verdict.HOLDS
    assert signatures.verdict(info(key), algorithm, sign(DATA), DATA + b".") is Verdict.FAILS
    assert signatures.verdict(info(key), algorithm, b"", DATA) is Verdict.FAILS


def test_a_key_of_another_kind_did_not_sign() -> None:
    assert signatures.verdict(info(EC), Signature("RSA", "SHA-256"), b"", DATA) is Verdict.FAILS
    assert signatures.verdict(info(ED448), Signature("Ed25519"), b"", DATA) is Verdict.FAILS


@pytest.mark.parametrize(
    ("public", "algorithm"),
    [
        (b"", Signature("RSA", "SHA-256")),
        (info(RSA), Signature("RSA", "MD2")),
        (info(RSA), Signature("algorithm 1.2.3")),
        (info(RSA), Signature("RSASSA-PSS", "SHA-256", 100_000, "SHA-256")),
        (info(RSA), Signature("RSASSA-PSS", "SHA-256", -1, "SHA-256")),
        (info(RSA), Signature("RSASSA-PSS", "SHA-256", 32, "1.2.3")),
        (sequence(sequence(RSA_OID), bits(sequence(integer(2**16384), integer(3)))), Signature("RSA", "SHA-256")),
        (sequence(sequence(RSA_OID), bits(sequence(integer(4), integer(2)))), Signature("RSA", "SHA-256")),
        (sequence(sequence(EC_OID, sequence(integer(1))), bits(b"")), Signature("EC", "SHA-256")),
        (sequence(sequence(EC_OID, tlv(6, b"\x2a\x03")), bits(b"")), Signature("EC", "SHA-256")),
    ],
)
def test_what_is_not_checked(public: bytes, algorithm: Signature) -> None:
    assert signatures.verdict(public, algorithm, b"", DATA) is Verdict.NOT_CHECKED
