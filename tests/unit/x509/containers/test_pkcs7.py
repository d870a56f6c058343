"""PKCS #7 of OpenSSL, DER and BER, and what is none."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from tests.pki import Authority
from tests.unit.x509.containers.samples import (
    CERTIFICATE,
    NULL,
    SECOND,
    explicit,
    identifier,
    number,
    of,
    opened,
    recorded,
    sequence,
    told,
)

from sealstone.x509.containers import reading
from sealstone.x509.containers.problems import ContainerUnreadable, UnsupportedContainer
from sealstone.x509.material import Form, Kind, Piece, Unreadable

SIGNED = identifier("1.2.840.113549.1.7.2")


def signed_data(*fields: bytes) -> bytes:
    return sequence(SIGNED, explicit(0, sequence(number(1), *fields)))


@pytest.mark.parametrize("name", ["two.p7b", "stream.p7m"])
def test_all_certificates_are_found(name: str) -> None:
    assert told(opened(name, None)) == [("certificate 1", "", CERTIFICATE), ("certificate 2", "", SECOND)]


def test_revocation_lists_are_found() -> None:
    certificate, revoked = opened("crl.p7b", None)
    assert isinstance(certificate, Piece)
    assert isinstance(revoked, Piece)
    assert revoked.kind is Kind.REVOCATION_LIST
    assert x509.load_der_x509_crl(revoked.der).is_signature_valid(
        x509.load_der_x509_certificate(CERTIFICATE).public_key()  # type: ignore[arg-type]
    )


def test_what_our_own_engine_writes_is_read() -> None:
    authorities = [Authority(f"Root {n}") for n in range(3)]
    data = pkcs7.serialize_certificates([one.certificate for one in authorities], Encoding.DER)
    found = reading.opened(of(Form.PKCS7, data), None)
    assert {one.der for one in found if isinstance(one, Piece)} == {one.certificate_der for one in authorities}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (sequence(), "empty"),
        (sequence(SIGNED), "signed data are missing"),
        (sequence(SIGNED, NULL), "signed data are missing"),
        (sequence(SIGNED, explicit(0, NULL)), "tag 0x05"),
        (recorded("two.p7b")[:-1], "cut short"),
    ],
)
def test_damage(data: bytes, words: str) -> None:
    with pytest.raises(ContainerUnreadable, match=words):
        reading.opened(of(Form.PKCS7, data), None)


def test_encrypted_data_is_refused() -> None:
    with pytest.raises(UnsupportedContainer, match="encrypted"):
        opened("enveloped.p7m", None)


def test_an_empty_one_says_so() -> None:
    (found,) = reading.opened(of(Form.PKCS7, signed_data()), None)
    assert isinstance(found, Unreadable)
    assert "the PKCS #7 file is empty" in str(found.problem)


def test_what_is_no_certificate_is_told_beside_the_others() -> None:
    data = signed_data(explicit(0, CERTIFICATE + sequence(NULL) + recorded("two.p7b")))
    good, bad, container = reading.opened(of(Form.PKCS7, data), None)
    assert isinstance(good, Piece)
    assert isinstance(bad, Unreadable)
    assert isinstance(container, Unreadable)
