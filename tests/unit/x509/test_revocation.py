"""Revocation lists: what is read of them, what is refused, who made them."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.pki import NOW, Authority
from tests.rest_json import USAGES, revocation_list

from sealstone.x509 import anchored, revocation
from sealstone.x509.description import CertificateDescription
from sealstone.x509.revocation import UnusableRevocationList

ROOT = Authority("Example Root")
OTHER = Authority("Example Root")


def der(*contents: bytes, tag: int = 0x30) -> bytes:
    body = b"".join(contents)
    length = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + length + body


ALGORITHM = der(bytes.fromhex("06082a8648ce3d040302"))
NAME = der()
THEN = der(b"261120120000Z", tag=0x17)


def signed_list(*values: bytes) -> bytes:
    return der(der(*values), ALGORITHM, der(b"\0\0", tag=0x03))


def described(authority: Authority) -> CertificateDescription:
    return anchored.stored(authority.certificate_pem)[0]


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_what_is_read(encoding: Encoding) -> None:
    found = revocation.read(revocation_list(ROOT, 5, 2**70, encoding=encoding))
    assert found.serial_numbers == {5, 2**70}
    assert found.this_update == NOW - timedelta(days=1)
    assert found.next_update == NOW + timedelta(days=30)
    assert revocation.read(revocation_list(ROOT)).serial_numbers == frozenset()


def test_a_list_of_version_1_without_an_end_and_with_odd_numbers() -> None:
    entries = der(der(b"\x02\x01\xff", THEN), der(b"\x02\x01\x00", THEN))
    found = revocation.read(signed_list(ALGORITHM, NAME, THEN, entries))
    assert found.next_update is None
    assert found.serial_numbers == {-1, 0}
    assert found.this_update == datetime.fromisoformat("2026-11-20T12:00:00Z")


def test_certificates_beside_a_list() -> None:
    middle = ROOT.authority("Middle")
    chain = (middle.certificate_pem + ROOT.certificate_pem).encode()
    data = revocation_list(middle, 5)
    for text in (data + chain, chain + data):
        assert revocation.read(text).serial_numbers == {5}
        assert set(revocation.issuers(text)) == {middle.certificate_der, ROOT.certificate_der}
    assert revocation.issuers(data) == ()
    assert revocation.issuers(revocation_list(ROOT, encoding=Encoding.DER)) == ()


def test_who_made_it() -> None:
    found = revocation.read(revocation_list(ROOT, 1))
    assert found.is_of(described(ROOT))
    assert not found.is_of(described(OTHER)), "the same name, another key"
    assert not found.is_of(described(Authority("Example Other"))), "another name"
    assert not revocation.read(revocation_list(ROOT, signed_by=OTHER)).is_of(described(ROOT))


def test_a_key_usage_must_allow_it() -> None:
    for may in (True, False):
        usage = x509.KeyUsage(**(USAGES | {"key_cert_sign": True, "crl_sign": may}))
        authority = Authority("Root", extensions=[usage])
        assert revocation.read(revocation_list(authority)).is_of(described(authority)) is may


def test_an_algorithm_that_proves_nothing() -> None:
    weak = der(bytes.fromhex("06072a8648ce3d0401"))  # ecdsa-with-SHA1
    name = ROOT.certificate.subject.public_bytes()
    found = revocation.read(der(der(weak, name, THEN), weak, der(b"\0\0", tag=0x03)))
    assert found.signed.algorithm.proves_nothing
    assert not found.is_of(described(ROOT))


def extensions(critical: bytes = b"\xff") -> bytes:
    return der(der(b"\x06\x03\x55\x1d\x15", der(critical, tag=0x01), der(b"\x0a\x01\x01", tag=0x04)))


def test_extensions_that_are_not_critical_are_passed_over() -> None:
    number = (x509.CRLNumber(7), False)
    assert revocation.read(revocation_list(ROOT, 1, extensions=[number])).serial_numbers == {1}
    entries = der(der(b"\x02\x01\x05", THEN, extensions(b"\x00")))
    assert revocation.read(signed_list(ALGORITHM, NAME, THEN, THEN, entries)).serial_numbers == {5}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "neither DER"),
        (b"x", "neither DER"),
        (b"\xff", "neither DER"),
        (b"-----BEGIN X509 CRL-----\n!\n-----END X509 CRL-----\n", "neither DER"),
        (ROOT.certificate_pem.encode(), "exactly one block X509 CRL"),
        (revocation_list(ROOT) * 2, "exactly one block X509 CRL"),
        (revocation_list(ROOT) + ROOT.private_key_pem.encode(), "nothing but certificates"),
        (b"\x30\x00", "three values"),
        (signed_list(b"\x02\x01\x01", ALGORITHM, NAME), "fewer values"),
        (signed_list(ALGORITHM, NAME, der(b"x", tag=0x17)), "no date|not written as a date"),
        (signed_list(ALGORITHM, NAME, THEN, der(der(b"\x02\x01\x05"))), "two or three"),
        (signed_list(ALGORITHM, NAME, THEN, der(der(b"\x02\x01\x05", THEN, extensions()))), "critical extension"),
        (signed_list(ALGORITHM, NAME, THEN, der(extensions(), tag=0xA0)), "critical extension"),
        (signed_list(ALGORITHM, NAME, THEN, der(der(der(b"\x05\x00")), tag=0xA0)), "two or three"),
        (signed_list(ALGORITHM, NAME, THEN, b"\x05\x00"), "tag"),
        (revocation_list(ROOT, extensions=[(x509.DeltaCRLIndicator(1), True)]), "2.5.29.27"),
    ],
)
def test_what_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(UnusableRevocationList, match=told):
        revocation.read(data)
