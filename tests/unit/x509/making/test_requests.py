"""Certificate requests: made, and read with suspicion."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st
from tests import forged
from tests.pki import ec_key, named, rsa_key
from tests.weak_moduli import prime_from, prime_of_the_faulty_generator

from sealstone.x509.making import keys, names, requests
from sealstone.x509.making.problems import RequestRefused, UnusableKey

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
HOST = "build.example.com"
P = prime_from(7 << 1021)  # of 1,024 bits: smaller keys are refused for their size
FAULTY = prime_of_the_faulty_generator(1234567, 1 << 805) * prime_of_the_faulty_generator(7654321, 1 << 806)
Builder = x509.CertificateSigningRequestBuilder


def asked(*extensions: x509.ExtensionType, key: Key | None = None, subject: x509.Name | None = None) -> bytes:
    builder = Builder().subject_name(named(HOST) if subject is None else subject)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    key = key or ec_key()
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256()
    return builder.sign(key, algorithm).public_bytes(Encoding.DER)


def recorded(name: str) -> bytes:
    """A request that OpenSSL made."""
    return (Path(__file__).parent / "recorded" / name).read_bytes()


def of_names(*general: x509.GeneralName) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(general)


@pytest.mark.parametrize(
    ("modulus", "words"),
    [(P * prime_from(P + 2), "close together"), (FAULTY, "ROCA"), (751 * P * P, "prime factor below 752")],
    ids=["close primes", "ROCA", "small factor"],
)
def test_a_key_that_protects_nothing_gets_no_certificate(modulus: int, words: str) -> None:
    """Whoever holds the public key has the private one; its signature is not even looked at."""
    data = asked(key=rsa_key())
    info, *rest = forged.split(data)
    fields = forged.split(info)
    fields[2] = forged.rsa_public_key(modulus, 65537)
    with pytest.raises(RequestRefused, match=f"its key protects nothing: .*{words}") as refused:
        requests.read(forged.sequence(forged.sequence(*fields), *rest))
    assert refused.value.cure == "make a new key with other software, and the request with it"


@pytest.mark.parametrize("kind", ["rsa:2048", "p256", "p384", "p521"])
def test_what_is_asked_comes_back(kind: str) -> None:
    key = keys.new(kind)
    subject = names.server("CN=build.example.com,O=Example", ["10.0.0.1", "https://a.example/", "a@example.com"])
    request = requests.read(requests.new(subject, key))
    assert request.subject == subject
    assert request.public_key == keys.loaded(key).public_key()
    assert request.left_out == ()
    requests.check_key(request, key)


def test_a_request_without_names_has_no_extension() -> None:
    made = x509.load_der_x509_csr(requests.new(names.server("O=Example", []), keys.new("p256")))
    assert not list(made.extensions)


def test_names_of_nobody_are_critical() -> None:
    long = "a." * 40 + "example"
    made = x509.load_der_x509_csr(requests.new(names.server("", [long]), keys.new("p256")))
    assert next(iter(made.extensions)).critical


def test_another_key_is_noticed() -> None:
    request = requests.read(asked())
    with pytest.raises(RequestRefused, match="made with another private key"):
        requests.check_key(request, keys.new("p256"))


def test_the_common_name_becomes_an_alternative_name() -> None:
    assert requests.read(asked()).subject.alternative_texts == ("DNS:build.example.com",)


def test_only_names_are_taken() -> None:
    """Attack: CA:TRUE, key usages and constraints from a request."""
    request = requests.read(
        asked(
            x509.BasicConstraints(ca=True, path_length=None),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]),
            x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"),
            of_names(x509.DNSName("a.example"), x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))),
        )
    )
    assert request.subject.alternative_texts == ("DNS:build.example.com", "DNS:a.example")
    assert request.left_out == (
        "the extension basicConstraints",
        "the extension extendedKeyUsage",
        "the extension 1.2.3.4",
        "an alternative name of the kind RegisteredID",
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: b"", "cannot be read"),
        (lambda: asked()[:-1], "cannot be read"),
        (lambda: b"0" * 200_000, "200,000 bytes"),
        (lambda: recorded("pss.csr"), "its key is RSASSA-PSS"),
        (lambda: recorded("explicit.csr"), "its key is EC with explicit curve parameters"),
        (lambda: recorded("sha1.csr"), "signed with SHA1, which proves nothing"),
        (lambda: asked()[:-2] + bytes(2), "its signature does not hold|cannot be checked"),
        (lambda: asked(key=rsa_key(1024)), "its key is RSA of 1024 bits"),
        (lambda: asked(key=ec_key(ec.SECP256K1())), "its key is EC secp256k1 of 256 bits"),
        (lambda: asked(key=ed25519.Ed25519PrivateKey.generate()), "its key is Ed25519;"),
        (lambda: asked(subject=x509.Name([])), "no subject and no alternative name"),
        (lambda: asked(subject=named("a\nb")), "control character"),
        (lambda: asked(of_names(x509.DNSName("a..example"))), "no host name"),
        (lambda: asked(of_names(x509.DNSName("a\0.example"))), "no host name"),
        (lambda: asked(of_names(x509.DNSName(""))), "no host name"),
        (lambda: asked(of_names(*(x509.DNSName(f"h{n}.example") for n in range(1001)))), "more than 1,000"),
    ],
)
def test_what_nothing_is_issued_for_is_told(data: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(RequestRefused, match=reason):
        requests.read(data())


def test_a_subject_that_is_too_long_is_refused_without_a_warning() -> None:
    with pytest.warns(UserWarning, match="length"):
        subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "Germany", _validate=False)])
    with pytest.raises(RequestRefused, match="subject or its extensions cannot be read"):
        requests.read(asked(subject=subject))


def test_values_of_a_subject_that_are_no_text_are_kept() -> None:
    bits = x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\0\1", x509.name._ASN1Type.BitString)
    subject = x509.Name([*named(HOST), bits])
    assert requests.read(asked(subject=subject)).subject.name == subject


def test_a_public_key_that_cannot_be_judged_is_told() -> None:
    data = asked()
    with (
        patch.object(keys, "judged", side_effect=UnusableKey("it is damaged")),
        pytest.raises(RequestRefused, match="it is damaged"),
    ):
        requests.read(data)


def test_a_damaged_private_half_is_noticed() -> None:
    with (
        patch.object(keys, "verify", side_effect=ValueError),
        pytest.raises(UnusableKey, match="private half is damaged"),
    ):
        requests.new(names.server(HOST, []), keys.new("p256"))


@given(st.integers(0, 300), st.binary(max_size=6))
def test_damage_never_raises_anything_else(at: int, patch_: bytes) -> None:
    data = asked(key=_KEY)
    broken = data[:at] + patch_ + data[at + len(patch_) :]
    with suppress(RequestRefused):
        requests.read(broken)


_KEY = ec_key()
