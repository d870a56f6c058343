"""Key material in the wrong place is told by its look; names are not taken for it."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from sealstone.model.disclosure import QUOTED, may_hold_key

# Deterministic bytes: each number its own key-like material.
MATERIAL = st.integers(0, 2**64).map(lambda number: hashlib.sha512(str(number).encode()).digest())


@given(MATERIAL, st.integers(48, 64), st.booleans())
def test_encoded_bytes_are_told(material: bytes, size: int, url: bool) -> None:
    encode = base64.urlsafe_b64encode if url else base64.b64encode
    assert may_hold_key(encode(material[:size]).decode())
    assert may_hold_key(f"name={encode(material[:size]).decode()} and more")
    assert may_hold_key(material.hex())


@given(MATERIAL)
def test_a_part_of_them_is_told_in_an_error(material: bytes) -> None:
    assert may_hold_key(base64.b64encode(material[:48]).decode()[:40], QUOTED)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_the_shortest_keys_that_are_accepted(form: PrivateFormat) -> None:
    # One whose 20 random characters change seldom.
    assert may_hold_key("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglnZTCWAYqZPTFplpXIBA")
    for number in range(50):  # the same keys each time: of random ones, one in some thousands looks like words
        secret = int.from_bytes(hashlib.sha256(str(number).encode()).digest())
        der = ec.derive_private_key(secret, ec.SECP256R1()).private_bytes(Encoding.DER, form, NoEncryption())
        text = base64.b64encode(der).decode()
        for shown in (text, text.replace("/", "_").replace("+", "-"), text[:68], text[-60:]):
            assert may_hold_key(shown), shown
    seed = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x5a\xc3" * 16).private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    assert may_hold_key(seed.hex())


@pytest.mark.parametrize(
    "name",
    [
        "",
        "build",
        "ProductionLoadBalancerCertificateForEurope2026",
        "production-load-balancer-certificate-for-europe-2026-11-21",
        "/company/servers/Production-East-2026/certificates/current/",
        "550e8400-e29b-41d4-a716-446655440000",
        "tls-20261121103212345600000001",
        "AKIAIOSFODNN7EXAMPLE",
        "arn:aws:iam::123456789012:server-certificate/abc/certs/Build2026",
        "Botocore/1.44.5 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/E,b,Z,D",
        "1" * 60,
        "a" * 60,
        "A line of words that a person wrote, longer than any key would be, with 2026 in it.",
    ],
)
def test_names_are_names(name: str) -> None:
    assert not may_hold_key(name)


def test_words_in_errors_are_words() -> None:
    for text in (
        "Certificate:",
        "    Data:\n        Version: 3 (0x2)",
        "<html><body>",
        "subject=CN = build",
        "leaf.pem",
    ):
        assert not may_hold_key(text, QUOTED)


def test_pem_is_told_however_short() -> None:
    assert may_hold_key("-----BEGIN")
