"""Certificates that sign themselves, and what every certificate has."""

import os
from datetime import timedelta
from unittest.mock import patch

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.pki import NOW

from sealstone.x509.making import certificates, keys, names
from sealstone.x509.making.certificates import Period, Usage
from sealstone.x509.making.problems import UnusableKey

HOST = names.server("CN=build.example.com,O=Example", [])
SERVER = (Usage.SERVER,)


def made(kind: str = "p256", subject: names.Subject = HOST, **options: object) -> x509.Certificate:
    settings: dict[str, object] = {"at": NOW, "usages": SERVER, "random": os.urandom}
    data = certificates.self_signed(subject, keys.new(kind), **(settings | options))  # type: ignore[arg-type]
    return x509.load_der_x509_certificate(data)


def test_it_signs_itself() -> None:
    certificate = made()
    certificate.verify_directly_issued_by(certificate)
    own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    issuer = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert own.digest == issuer.key_identifier


@pytest.mark.parametrize(("kind", "decrypts"), [("rsa:2048", True), ("p256", False)])
def test_it_is_a_server_s_and_no_authority_s(kind: str, decrypts: bool) -> None:
    extensions = made(kind).extensions
    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert (basic.critical, basic.value.ca) == (True, False)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    assert usage.value.key_encipherment is decrypts
    extended = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(extended.value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not extended.critical


def test_it_can_be_a_client_s_too() -> None:
    extended = made(usages=(Usage.SERVER, Usage.CLIENT)).extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(extended.value) == [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]


@pytest.mark.parametrize(("kind", "digest"), [("rsa:2048", "sha256"), ("p384", "sha384"), ("p521", "sha512")])
def test_the_digest_is_as_strong_as_the_key(kind: str, digest: str) -> None:
    algorithm = made(kind).signature_hash_algorithm
    assert algorithm
    assert algorithm.name == digest


def test_it_is_valid_for_exactly_the_days_asked_for() -> None:
    certificate = made(at=NOW.replace(microsecond=999), days=47)
    assert certificate.not_valid_before_utc == NOW - timedelta(hours=1)
    # RFC 5280 4.1.2.5: the last second belongs to it.
    assert certificate.not_valid_after_utc + timedelta(seconds=1) - certificate.not_valid_before_utc == timedelta(47)
    assert Period.of(NOW, 47) == Period(certificate.not_valid_before_utc, certificate.not_valid_after_utc)


@pytest.mark.parametrize("chance", [bytes(20), b"\xff" * 20])
def test_serial_numbers_are_positive_and_as_long_as_they_may_be(chance: bytes) -> None:
    serial = made(random=lambda size: chance[:size]).serial_number
    assert serial > 0
    assert len(serial.to_bytes((serial.bit_length() + 8) // 8, "big")) == 20


def test_serial_numbers_come_from_the_chance_handed_in() -> None:
    sizes: list[int] = []

    def chance(size: int) -> bytes:
        sizes.append(size)
        return b"\x11" * size

    assert made(random=chance).serial_number == int("44" * 20, 16) >> 4 | 1 << 158
    assert sizes == [20]


@pytest.mark.parametrize(
    ("subject", "critical"),
    [(HOST, False), (names.server("", ["a." * 40 + "example"]), True)],
    ids=["subject", "no-subject"],
)
def test_names_are_critical_only_when_there_is_no_subject(subject: names.Subject, critical: bool) -> None:
    found = made(subject=subject).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert found.critical is critical
    assert tuple(found.value) == subject.alternatives


def test_there_may_be_no_names() -> None:
    with pytest.raises(x509.ExtensionNotFound):
        made(subject=names.server("O=Example", [])).extensions.get_extension_for_class(x509.SubjectAlternativeName)


def test_a_damaged_private_half_is_noticed() -> None:
    with (
        patch.object(keys, "verify", side_effect=ValueError),
        pytest.raises(UnusableKey, match="private half is damaged"),
    ):
        made()
