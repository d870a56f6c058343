"""OCSP: requests as clients write them and as nobody should, responses as `cryptography` reads them."""

import os
from collections.abc import Sequence
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from tests.pki import NOW

from sealstone.x509 import der
from sealstone.x509.making import authority, keys, names, online_status
from sealstone.x509.making.authority import Authority
from sealstone.x509.making.online_status import Failure, Responder, Status

LATER = NOW + timedelta(hours=12)
NONCE = bytes(range(16))


@pytest.fixture(scope="module")
def root() -> Authority:
    key = keys.new("p384")
    made = authority.root(names.authority("CN=Root,O=Example"), key, at=NOW, random=os.urandom)
    return authority.opened((made.certificate,), key)


@pytest.fixture(scope="module")
def responder(root: Authority) -> Responder:
    return online_status.responder(root, at=NOW, random=os.urandom)


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def sent(root: Authority, algorithm: HashAlgorithm | None = None, nonce: bytes | None = None) -> bytes:
    """A request of `cryptography`'s about the root itself."""
    own = root.certificates[0]
    builder = ocsp.OCSPRequestBuilder().add_certificate(own, own, algorithm or SHA1())  # noqa: S303 - as clients do
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


# --- requests ---


@pytest.mark.parametrize("algorithm", [SHA1(), SHA256(), SHA384(), SHA512()], ids=lambda one: str(one.name))  # noqa: S303
def test_an_issuer_is_named_by_any_digest(root: Authority, algorithm: HashAlgorithm) -> None:
    (asked,) = online_status.read(sent(root, algorithm)).asked
    assert asked.issuer in online_status.names_of(der_of(root.certificates[0]))
    assert asked.serial_number == root.certificates[0].serial_number


def test_a_nonce_is_read(root: Authority) -> None:
    assert online_status.read(sent(root)).nonce == b""
    assert online_status.read(sent(root, nonce=NONCE)).nonce == b"\x04\x10" + NONCE


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    head = bytes([tag, len(content)]) if len(content) < 128 else bytes([tag, 0x82]) + len(content).to_bytes(2, "big")
    return head + content


SHA1_ID = tlv(0x30, bytes.fromhex("06052b0e03021a0500"))
CERT_ID = tlv(0x30, SHA1_ID, tlv(4, bytes(20)), tlv(4, bytes(20)), tlv(2, b"\x07"))
ONE = tlv(0x30, CERT_ID)
NONCE_ID = bytes.fromhex("06092b0601050507300102")
CRITICAL, NOT_CRITICAL = bytes.fromhex("0101ff"), bytes.fromhex("010100")


def extensions(tag: int, *each: bytes) -> bytes:
    return tlv(tag, tlv(0x30, *each))


def request_of(*parts: bytes, after: Sequence[bytes] = ()) -> bytes:
    return tlv(0x30, tlv(0x30, *parts), *after)


UNKNOWN = tlv(0x30, bytes.fromhex("06032a0304"), tlv(4, b""))
GOOD = {
    "plain": request_of(tlv(0x30, ONE)),
    "with a version": request_of(tlv(0xA0, tlv(2, b"\x00")), tlv(0x30, ONE)),
    "by somebody": request_of(tlv(0xA1, b"anybody"), tlv(0x30, ONE)),
    "signed": request_of(tlv(0x30, ONE), after=[tlv(0xA0, b"whatever")]),
    "with an extension": request_of(tlv(0x30, ONE), extensions(0xA2, UNKNOWN)),
    "with one of a single certificate": request_of(tlv(0x30, tlv(0x30, CERT_ID, extensions(0xA0, UNKNOWN)))),
    "digest without parameters": request_of(
        tlv(0x30, tlv(0x30, tlv(0x30, tlv(0x30, SHA1_ID[2:9]), tlv(4, b"a"), tlv(4, b"b"), tlv(2, b"\x07"))))
    ),
    "not critical, and said so": request_of(
        tlv(0x30, ONE), extensions(0xA2, tlv(0x30, bytes.fromhex("06032a0304"), NOT_CRITICAL, tlv(4, b"")))
    ),
}
BAD = {
    "nothing": b"",
    "a text": b"GET me",
    "cut": GOOD["plain"][:-1],
    "more after it": GOOD["plain"] + b"\x00",
    "empty": tlv(0x30),
    "three parts": request_of(tlv(0x30, ONE), after=[tlv(0xA0, b""), tlv(0xA0, b"")]),
    "something else than a signature": request_of(tlv(0x30, ONE), after=[tlv(0xA1, b"")]),
    "another version": request_of(tlv(0xA0, tlv(2, b"\x01")), tlv(0x30, ONE)),
    "no list": request_of(),
    "nobody in the list": request_of(tlv(0x30)),
    "too many": request_of(tlv(0x30, *[ONE] * 65)),
    "an unnamed one": request_of(tlv(0x30, tlv(0x30))),
    "three values": request_of(tlv(0x30, tlv(0x30, tlv(0x30, SHA1_ID, tlv(4, b""), tlv(2, b"\x07"))))),
    "no digest": request_of(tlv(0x30, tlv(0x30, tlv(0x30, tlv(0x30), tlv(4, b""), tlv(4, b""), tlv(2, b"\x07"))))),
    "a digest with parameters": request_of(
        tlv(
            0x30, tlv(0x30, tlv(0x30, tlv(0x30, SHA1_ID[2:9], tlv(4, b"x")), tlv(4, b""), tlv(4, b""), tlv(2, b"\x07")))
        )
    ),
    "an empty number": request_of(tlv(0x30, tlv(0x30, tlv(0x30, SHA1_ID, tlv(4, b""), tlv(4, b""), tlv(2, b""))))),
    "a short extension": request_of(tlv(0x30, ONE), extensions(0xA2, tlv(0x30, NONCE_ID))),
    "a critical one": request_of(
        tlv(0x30, ONE), extensions(0xA2, tlv(0x30, bytes.fromhex("06032a0304"), CRITICAL, tlv(4, b"")))
    ),
    "a critical one of a single certificate": request_of(
        tlv(
            0x30,
            tlv(0x30, CERT_ID, extensions(0xA0, tlv(0x30, bytes.fromhex("06032a0304"), CRITICAL, tlv(4, b"")))),
        )
    ),
    "an empty nonce": request_of(tlv(0x30, ONE), extensions(0xA2, tlv(0x30, NONCE_ID, tlv(4, tlv(4, b""))))),
    "a long nonce": request_of(tlv(0x30, ONE), extensions(0xA2, tlv(0x30, NONCE_ID, tlv(4, tlv(4, bytes(129)))))),
    "a nonce and more": request_of(
        tlv(0x30, ONE), extensions(0xA2, tlv(0x30, NONCE_ID, tlv(4, tlv(4, bytes(8)) + b"\x05\x00")))
    ),
    "too long": request_of(tlv(0x30, ONE), tlv(0xA2, bytes(4100))),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_optional_may_be_there(name: str) -> None:
    (asked,) = online_status.read(GOOD[name]).asked
    assert asked.serial_number == 7


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_request_is_refused(name: str) -> None:
    with pytest.raises(der.Malformed):
        online_status.read(BAD[name])


# --- responses ---


@pytest.mark.parametrize("reason", Failure)
def test_a_failure_says_nothing_else(reason: Failure) -> None:
    response = ocsp.load_der_ocsp_response(online_status.failure(reason))
    assert response.response_status.value == reason


def answered(responder: Responder, *statuses: Status, nonce: bytes = b"") -> ocsp.OCSPResponse:
    data = online_status.answered(responder, statuses, nonce=nonce, at=NOW, next_update=LATER)
    return ocsp.load_der_ocsp_response(data)


def test_a_response_is_signed_by_its_responder(root: Authority, responder: Responder) -> None:
    response = answered(responder, Status(CERT_ID, known=True))
    (certificate,) = response.certificates
    certificate.verify_directly_issued_by(root.certificates[0])
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(SHA256()))
    own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert response.responder_key_hash == own.digest
    assert response.produced_at_utc == NOW
    assert responder.not_after == certificate.not_valid_after_utc
    assert "PrivateKey" not in repr(responder)


def test_each_status_is_told(responder: Responder) -> None:
    revoked = NOW - timedelta(days=1)
    statuses = (
        Status(CERT_ID, known=True),
        Status(CERT_ID, known=False),
        Status(CERT_ID, known=True, revoked_at=revoked),
        Status(CERT_ID, known=True, revoked_at=revoked, reason=1),
    )
    response = answered(responder, *statuses, nonce=b"\x04\x10" + NONCE)
    told = [(one.certificate_status.name, one.revocation_reason) for one in response.responses]
    assert told == [
        ("GOOD", None),
        ("UNKNOWN", None),
        ("REVOKED", None),
        ("REVOKED", x509.ReasonFlags.key_compromise),
    ]
    assert [one.revocation_time_utc for one in response.responses] == [None, None, revoked, revoked]
    assert {(one.this_update_utc, one.next_update_utc, one.serial_number) for one in response.responses} == {
        (NOW, LATER, 7)
    }
    assert response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == NONCE


def test_many_fit_into_one_response(responder: Responder) -> None:
    response = answered(responder, *[Status(CERT_ID, known=True)] * 64)
    assert len(list(response.responses)) == 64
