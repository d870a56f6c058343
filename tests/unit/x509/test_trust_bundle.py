"""Bundles of authorities for TLS clients, and their revocation lists."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import KeyUsage, ObjectIdentifier, UnrecognizedExtension
from tests.pki import NOW, Authority, chain_of, ec_key, issue, rsa_key
from tests.rest_json import USAGES, revocation_list

from sealstone.x509 import trust_bundle, writing
from sealstone.x509.problems import X509Problem
from sealstone.x509.revocation import UnusableRevocationList
from sealstone.x509.trust_bundle import UnusableBundle, UnusableList

ROOT = Authority("Clients")
BELOW = ROOT.authority("Clients Below")


def read(text: str, most: int = 25) -> trust_bundle.Bundle:
    return trust_bundle.read(text.encode(), most)


def usage(**said: bool) -> KeyUsage:
    return KeyUsage(**(USAGES | said))


def test_authorities_of_any_rank_with_comments_between() -> None:
    text = f"\ufeff# all\r\n{chain_of([BELOW, ROOT])}# the end"
    found = read(text)
    assert found.text == chain_of([BELOW, ROOT])
    assert [one.subject for one in found.authorities] == ["CN=Clients Below,O=Example", "CN=Clients,O=Example"]
    assert trust_bundle.stored(found.text) == found


def test_what_is_taken() -> None:
    keys = (rsa_key(2048), rsa_key(4096), ec_key(ec.SECP384R1()), ec_key(ec.SECP521R1()))
    many = [Authority("A", key=key) for key in keys]
    may_sign = Authority("A", extensions=[usage(key_cert_sign=True, crl_sign=True)])
    expired = Authority("A", not_before=NOW - timedelta(days=9), not_after=NOW - timedelta(days=1))
    assert len(read(chain_of([*many, may_sign, expired])).authorities) == 6


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("rubbish", ""),
        (ROOT.certificate_pem.replace("END", "ENDE"), "END line"),
        (ROOT.certificate_pem + "rest", "after the last END line"),
        (ROOT.certificate_pem.replace("M", "!", 1), "not base64"),
        (ROOT.private_key_pem, "block 1 is something else than a certificate"),
        (ROOT.certificate_pem * 3, "there are more than 2 certificates"),
        ("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "certificate 1 cannot be read"),
        (ROOT.leaf("client").certificate_pem, "no certificate of an authority"),
        (Authority("A", is_authority=None).certificate_pem, "do not say CA:TRUE"),
        (Authority("A", extensions=[usage(digital_signature=True)]).certificate_pem, "may not sign certificates"),
        (Authority("A", key=rsa_key(1024)).certificate_pem, "has the key RSA 1024"),
        (Authority("A", key=ec_key(ec.SECP256K1())).certificate_pem, "has the key EC secp256k1"),
    ],
)
def test_what_is_refused(text: str, told: str) -> None:
    with pytest.raises(UnusableBundle) as caught:
        read(text, 2)
    assert told in caught.value.cause
    assert "PRIVATE" not in str(caught.value)


def built(*, serial: int = 7, version_one: bool = False, critical: bool = False) -> str:
    """An authority of an odd kind."""
    key = ec_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(ROOT.certificate.subject)
        .issuer_name(ROOT.certificate.subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    if not version_one:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if critical:
        odd = UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
        builder = builder.add_extension(odd, critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def patched(text: str, old: bytes, new: bytes) -> str:
    """The certificate with other bytes of the same length: its signature no longer holds."""
    content = trust_bundle.stored(text).authorities[0].piece.der
    assert content.count(old) == 1
    return writing.pem("CERTIFICATE", content.replace(old, new))


def test_odd_certificates() -> None:
    with pytest.raises(UnusableBundle, match=r"critical extension not known here: 1\.3"):
        read(built(critical=True))
    with pytest.raises(UnusableBundle, match="a serial number that is not positive"):
        read(patched(built(), b"\xa0\x03\x02\x01\x02\x02\x01\x07", b"\xa0\x03\x02\x01\x02\x02\x01\x00"))
    with pytest.raises(UnusableBundle, match="is of version 2, and it must be 3"):
        read(patched(built(), b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x01"))


def test_a_certificate_that_others_could_not_read() -> None:
    """The point of its key is not on the curve: our own reader does not look at that, the data plane would."""
    root = Authority("A")
    key = root.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    y = key.public_numbers().y.to_bytes(32, "big")
    with pytest.raises(UnusableBundle, match="certificate 1 is against RFC 5280"):
        read(patched(root.certificate_pem, y, bytes(31) + b"\x01"))


def test_sizes_and_signatures_that_prove_nothing() -> None:
    large = UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), bytes(17_000))
    with pytest.raises(UnusableBundle, match="and 16384 is the most"):
        read(Authority("A", extensions=[large]).certificate_pem)
    weak = hashes.SHA224()
    certificate, _ = issue("Below", signed_by=ROOT, is_authority=True, algorithm=weak)  # type: ignore[arg-type]
    with pytest.raises(UnusableBundle, match="is signed by SHA-224"):
        read(certificate.public_bytes(Encoding.PEM).decode())
    alone, _ = issue("Root", is_authority=True, algorithm=weak)  # type: ignore[arg-type]
    assert read(alone.public_bytes(Encoding.PEM).decode()).authorities, "a root is believed whatever it says of itself"


def test_a_key_of_another_kind() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    builder = (
        x509.CertificateBuilder()
        .subject_name(ROOT.certificate.subject)
        .issuer_name(ROOT.certificate.subject)
        .public_key(key.public_key())
        .serial_number(9)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    with pytest.raises(UnusableBundle, match="has the key Ed25519"):
        read(builder.sign(key, None).public_bytes(Encoding.PEM).decode())


# --- lists ---


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_list_of_one_of_the_authorities(encoding: Encoding) -> None:
    authorities = read(chain_of([BELOW, ROOT])).authorities
    found = trust_bundle.read_list(revocation_list(ROOT, 5, 6, encoding=encoding), authorities)
    assert found.entries == 2
    assert found.text.splitlines()[0] == "-----BEGIN X509 CRL-----"
    assert trust_bundle.read_list(found.text.encode(), authorities) == found


def test_lists_that_cannot_be_gone_by() -> None:
    authorities = read(ROOT.certificate_pem).authorities
    with pytest.raises(UnusableList, match="no certificate of the trust store signed"):
        trust_bundle.read_list(revocation_list(BELOW, 5), authorities)
    with pytest.raises(UnusableRevocationList):
        trust_bundle.read_list(b"rubbish", authorities)
    assert issubclass(UnusableList, X509Problem)
