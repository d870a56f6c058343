"""The one certificate of a signer: what is taken, what is refused, and that nothing of a private key is repeated."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from tests import forged
from tests.pki import NOW, Authority, PrivateKey, ec_key, key_pem, named, rsa_key, self_signed

from sealstone.x509 import signing_certificate
from sealstone.x509.certificate import Certificate
from sealstone.x509.problems import (
    Expired,
    NotCertificate,
    NotPEM,
    NotYetValid,
    TextAroundPEM,
    TooLong,
    UnsupportedKey,
    WrongBlock,
    X509Problem,
)

LEAF = Authority("Root").authority("Intermediate").leaf("bob.example.com")
PEM = LEAF.certificate_pem
ALONE = self_signed("bob")


def read(text: str, at: datetime = NOW) -> Certificate:
    return signing_certificate.read(text, at=at)


def refused(text: str, at: datetime = NOW) -> X509Problem:
    with pytest.raises(X509Problem) as problem:
        read(text, at)
    return problem.value


def test_what_comes_out() -> None:
    found = read(PEM)
    assert found.fingerprint == LEAF.certificate.fingerprint(hashes.SHA256()).hex()
    assert found.serial_number == LEAF.certificate.serial_number
    assert (found.not_before, found.not_after) == (NOW - timedelta(days=30), NOW + timedelta(days=365))


@pytest.mark.parametrize("text", [PEM, PEM.strip(), PEM.replace("\n", "\r\n"), f"\n\n {PEM}\n"])
def test_line_ends_and_outer_white_space_do_not_matter(text: str) -> None:
    assert read(text).fingerprint == read(PEM).fingerprint


@pytest.mark.parametrize(
    "key",
    [rsa_key(2048), rsa_key(4096), ec_key(), ec_key(ec.SECP384R1()), ec_key(ec.SECP521R1())],
    ids=["RSA 2048", "RSA 4096", "P-256", "P-384", "P-521"],
)
def test_keys_that_sign_requests_are_taken(key: PrivateKey) -> None:
    read(self_signed("bob", key=key).certificate_pem)


@pytest.mark.parametrize(
    "key",
    [rsa_key(1024), ec_key(ec.SECP256K1()), ec_key(ec.SECP224R1())],
    ids=["RSA 1024", "secp256k1", "P-224"],
)
def test_other_keys_are_not(key: PrivateKey) -> None:
    assert isinstance(refused(self_signed("bob", key=key).certificate_pem), UnsupportedKey)


@pytest.mark.parametrize("exponent", [65537, 2**33 + 1])
def test_larger_rsa_keys_are_not(exponent: int) -> None:
    """Each request would cost their proof. The bounds are judged before the key is one: any odd number will do."""
    key = forged.rsa_public_key(2**4096 + 1 if exponent == 65537 else 2**2047 + 1, exponent)
    assert isinstance(refused(forged.forged(ALONE, ALONE.key, public_key=key)), UnsupportedKey)


def test_ed25519_is_not() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    builder = (
        x509.CertificateBuilder()
        .subject_name(named("bob"))
        .issuer_name(named("bob"))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
    )
    text = builder.sign(key, None).public_bytes(Encoding.PEM).decode()
    assert isinstance(refused(text), UnsupportedKey)


def test_no_usage_is_looked_at() -> None:
    """Recorded: an authority's certificate, one without extensions and one without its chain are all the same."""
    read(Authority("Root").certificate_pem)
    read(self_signed("bob", alternative_names=()).certificate_pem)


def test_both_ends_of_the_validity_belong_to_it() -> None:
    begin, end = LEAF.certificate.not_valid_before_utc, LEAF.certificate.not_valid_after_utc
    read(PEM, begin)
    read(PEM, end + timedelta(milliseconds=999))
    assert isinstance(refused(PEM, begin - timedelta(milliseconds=1)), NotYetValid)
    assert isinstance(refused(PEM, end + timedelta(seconds=1)), Expired)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", NotPEM),
        ("hello", NotPEM),
        (PEM[:200], NotPEM),
        (PEM.replace("MII", "M*I", 1), NotPEM),
        (f"Certificate:\n{PEM}", TextAroundPEM),
        (f"{PEM}and more", TextAroundPEM),
        (PEM.replace("CERTIFICATE", "CERTIFICATE REQUEST"), WrongBlock),
        ("-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n", NotCertificate),
        (f"{PEM}{' ' * 16384}", TooLong),
    ],
)
def test_what_is_no_certificate_is_told(text: str, kind: type[X509Problem]) -> None:
    assert type(refused(text)) is kind


def test_exactly_one_certificate() -> None:
    problem = refused(PEM + LEAF.chain_pem)
    assert "holds 3 certificates" in problem.cause
    assert "no chain is looked at" in problem.cure
    assert "2 certificates" in refused(PEM + PEM).cause


@pytest.mark.parametrize("text", [LEAF.private_key_pem, PEM + LEAF.private_key_pem, LEAF.traditional_private_key_pem])
def test_a_private_key_is_not_wanted_and_not_repeated(text: str) -> None:
    problem = refused(text)
    assert isinstance(problem, WrongBlock)
    assert "make a new pair" in problem.cure
    assert not any(line in str(problem) for line in key_pem(LEAF.key).splitlines())


@pytest.mark.parametrize("number", [0, -1])
def test_a_serial_number_that_is_not_positive(number: int) -> None:
    """RFC 5280 4.1.2.2; the engine that proves requests warns of them."""
    problem = refused(forged.forged(ALONE, ALONE.key, serial=forged.integer(number)))
    assert isinstance(problem, NotCertificate)
    assert "not positive" in problem.cause


@pytest.mark.parametrize("number", [1, 2**127, 2**159 - 1])
def test_every_positive_serial_number_is_read(number: int) -> None:
    assert read(forged.forged(ALONE, ALONE.key, serial=forged.integer(number))).serial_number == number


def test_version_1_is_taken() -> None:
    """What `openssl x509 -req -signkey` makes."""
    read(forged.version_1(ALONE, ALONE.key))
