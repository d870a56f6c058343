"""Requests signed by a certificate's key: botocore, signing with it, is the peer; forgeries are refused."""

import base64
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from tests.pki import Leaf, PrivateKey, ec_key, issue, rsa_key, self_signed
from tests.unit.endpoint.signing import header_signed

from sealstone.endpoint import x509_signature
from sealstone.endpoint.claim import Claim, check_scope, read_claim
from sealstone.endpoint.request import Request
from sealstone.operations.errors import AWSError, IncompleteSignature, InvalidClientTokenId, SignatureDoesNotMatch
from sealstone.signer import SigningCertificate, signed_headers
from sealstone.x509 import request_signatures
from sealstone.x509.problems import NotCertificate
from sealstone.x509.request_signatures import BY_ECDSA, BY_RSA, Verifier

BODY = b"Action=GetUser&Version=2010-05-08"
KEYS: dict[str, Callable[[], PrivateKey]] = {
    "RSA 2048": lambda: rsa_key(2048),
    "P-256": ec_key,
    "P-384": lambda: ec_key(ec.SECP384R1()),
    "P-521": lambda: ec_key(ec.SECP521R1()),
}


def signer_of(leaf: Leaf) -> SigningCertificate:
    return SigningCertificate.read(leaf.certificate_pem, leaf.private_key_pem)


def signed(leaf: Leaf, body: bytes = BODY, **changed: str) -> Request:
    """A request as a client sends it; `changed` are headers put in after signing."""
    headers = signed_headers(
        signer_of(leaf), "POST", "http://sealstone.test/", body, service="iam", region="us-east-1"
    ) | {"Host": "sealstone.test"}
    lower = {name.lower(): value for name, value in headers.items()} | {
        name.replace("_", "-"): value for name, value in changed.items()
    }
    return Request("POST", "/", "", tuple(lower.items()), body, "127.0.0.1")


def proven(request: Request, by: Leaf | None = None) -> Claim:
    claim = read_claim(request)
    check_scope(claim, ("iam",))
    der = x509_signature.certificate(request)
    x509_signature.verify(request, claim, Verifier(by.certificate_der if by else der))
    return claim


@pytest.fixture(scope="module")
def bob() -> Leaf:
    return self_signed("bob", key=ec_key())


@pytest.mark.parametrize("kind", KEYS)
def test_what_the_signer_signs_is_proven(kind: str) -> None:
    leaf = self_signed("bob", key=KEYS[kind]())
    request = signed(leaf)
    claim = proven(request)
    assert claim.by_certificate
    assert claim.algorithm == (BY_RSA if kind.startswith("RSA") else BY_ECDSA)
    assert claim.access_key_id == str(leaf.certificate.serial_number)
    assert "x-amz-x509" in claim.signed_headers
    assert x509_signature.fingerprint(x509_signature.certificate(request)) == signer_fingerprint(leaf)


def signer_fingerprint(leaf: Leaf) -> str:
    return sha256(leaf.certificate_der).hexdigest()


def test_a_key_s_claim_is_none_by_certificate() -> None:
    assert not read_claim(header_signed()).by_certificate


def without(request: Request, name: str) -> Request:
    return replace(request, headers=tuple(pair for pair in request.headers if pair[0] != name))


def with_header(request: Request, name: str, value: str) -> Request:
    return replace(request, headers=(*request.headers, (name, value)))


def authorization(request: Request, old: str, new: str) -> Request:
    assert old in request.header("authorization")
    headers = tuple(
        (name, value.replace(old, new) if name == "authorization" else value) for name, value in request.headers
    )
    return replace(request, headers=headers)


def test_another_body_another_header_another_scope(bob: Leaf) -> None:
    request = signed(bob)
    for forged in (
        replace(request, body=BODY + b"&UserName=eve"),
        replace(request, path="/x"),
        replace(request, query="a=b"),
        authorization(request, "/us-east-1/", "/eu-west-1/"),
        replace(request, method="GET"),
    ):
        with pytest.raises(SignatureDoesNotMatch):
            proven(forged)


def test_the_certificate_shown_must_be_signed_and_be_there_once(bob: Leaf) -> None:
    request = signed(bob)
    with pytest.raises(IncompleteSignature, match="exactly one"):
        proven(with_header(request, "x-amz-x509", request.header("x-amz-x509")))
    with pytest.raises(IncompleteSignature, match="exactly one"):
        proven(without(request, "x-amz-x509"))
    with pytest.raises(SignatureDoesNotMatch, match="x-amz-x509"):
        proven(authorization(request, ";x-amz-x509", ""))
    with pytest.raises(IncompleteSignature, match="not taken"):
        proven(with_header(request, "x-amz-x509-chain", "AAAA"))


@pytest.mark.parametrize("value", ["", "!", "AAAAA", "MIIB\nMIIB", "MIIB MIIB", "MIIB=", "é", "A" * 16_388])
def test_a_certificate_that_is_no_base64(bob: Leaf, value: str) -> None:
    request = with_header(without(signed(bob), "x-amz-x509"), "x-amz-x509", value)
    with pytest.raises(IncompleteSignature):
        x509_signature.certificate(request)


@pytest.mark.parametrize("algorithm", [BY_RSA, "AWS4-X509-ECDSA-SHA1", "AWS4-X509-MLDSA", "AWS4-HMAC-SHA256"])
def test_another_algorithm_than_the_key_s(bob: Leaf, algorithm: str) -> None:
    with pytest.raises((SignatureDoesNotMatch, IncompleteSignature, InvalidClientTokenId)):
        proven(authorization(signed(bob), BY_ECDSA, algorithm))


def test_an_rsa_signature_under_the_other_name() -> None:
    with pytest.raises(SignatureDoesNotMatch):
        proven(authorization(signed(self_signed("r", key=rsa_key(2048))), BY_RSA, BY_ECDSA))


def test_a_certificate_of_the_same_name_and_serial_number_proves_nothing(bob: Leaf) -> None:
    """Its key is another one: whoever shows Bob's certificate must have Bob's key."""
    eve = self_signed("bob", key=ec_key())
    shown = with_header(
        without(signed(eve), "x-amz-x509"), "x-amz-x509", base64.b64encode(bob.certificate_der).decode()
    )
    with pytest.raises(SignatureDoesNotMatch):
        proven(shown)
    with pytest.raises(SignatureDoesNotMatch):
        proven(signed(eve), by=bob)


@pytest.mark.parametrize("signature", ["", "0", "00", "zz", "30060201000201 00", "3006020100020100", "00" * 72])
def test_a_signature_that_is_none(bob: Leaf, signature: str) -> None:
    request = signed(bob)
    given = read_claim(request).signature
    claim = replace(read_claim(request), signature=signature)
    assert given != signature
    with pytest.raises(SignatureDoesNotMatch):
        x509_signature.verify(request, claim, Verifier(bob.certificate_der))


def test_a_bit_of_the_signature(bob: Leaf) -> None:
    request = signed(bob)
    given = read_claim(request).signature
    forged = given[:-1] + ("0" if given[-1] != "0" else "1")
    with pytest.raises(SignatureDoesNotMatch):
        proven(authorization(request, given, forged))


@pytest.mark.parametrize("serial", ["", "0x10", "-5", "1" * 156, "AKIDEXAMPLE00000"])
def test_a_serial_number_that_is_no_decimal_number(bob: Leaf, serial: str) -> None:
    with pytest.raises(AWSError) as refused:
        proven(authorization(signed(bob), f"Credential={bob.certificate.serial_number}/", f"Credential={serial}/"))
    assert refused.type in {InvalidClientTokenId, IncompleteSignature}


@pytest.mark.parametrize("cut", [0, 1, 20, 200, -1])
def test_a_certificate_that_is_none_has_no_verifier(bob: Leaf, cut: int) -> None:
    with pytest.raises(NotCertificate):
        Verifier(bob.certificate_der[:cut])


def test_a_certificate_of_another_kind_of_key_has_no_verifier() -> None:
    certificate, _ = issue("x", key=ed25519.Ed25519PrivateKey.generate(), signing_key=ec_key())
    with pytest.raises(NotCertificate, match="no requests"):
        Verifier(certificate.public_bytes(Encoding.DER))


def test_serial_numbers_are_read_as_they_are_encoded(bob: Leaf) -> None:
    assert request_signatures.serial_number(bob.certificate_der) == bob.certificate.serial_number
    for broken in (b"", b"\x30\x00", b"\x30\x02\x30\x00", bob.certificate_der[:40]):
        with pytest.raises(NotCertificate):
            request_signatures.serial_number(broken)
