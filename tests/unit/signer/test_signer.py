"""The client's side: what is read from files, what a signed request looks like, and what a session signs."""

import base64
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import botocore.auth
import botocore.exceptions
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from tests.pki import NOW, Authority, Leaf, ec_key, rsa_key, self_signed

from sealstone import signer
from sealstone.signer import SigningCertificate, X509Auth, session, session_of, signed_headers
from sealstone.x509.problems import KeyEncrypted, KeyMismatch, NotPEM, X509Problem

URL = "http://sealstone.test:7420/"
BODY = b"Action=GetUser&Version=2010-05-08"
EC = self_signed("bob", key=ec_key())
RSA = self_signed("bob", key=rsa_key(2048))


def of(leaf: Leaf) -> SigningCertificate:
    return SigningCertificate.read(leaf.certificate_pem, leaf.private_key_pem)


def headers_of(leaf: Leaf, method: str = "POST", url: str = URL, body: bytes = BODY) -> dict[str, str]:
    with patch("botocore.auth.get_current_datetime", return_value=NOW):
        return signed_headers(of(leaf), method, url, body, service="iam", region="eu-west-1")


# --- what is read ---


def test_serial_number_and_certificate() -> None:
    made = of(EC)
    assert (made.access_key, made.der) == (str(EC.certificate.serial_number), EC.certificate_der)
    assert made.get_frozen_credentials() is made
    assert made.token is None


def test_the_first_certificate_of_a_file_with_its_chain() -> None:
    leaf = Authority("Root").authority("Below").leaf("bob")
    made = SigningCertificate.read(leaf.certificate_pem + leaf.chain_pem, leaf.traditional_private_key_pem)
    assert made.der == leaf.certificate_der


@pytest.mark.parametrize(
    ("certificate", "key", "problem"),
    [
        (EC.certificate_pem, RSA.private_key_pem, KeyMismatch),
        (EC.certificate_pem, self_signed("bob", key=ec_key()).private_key_pem, KeyMismatch),
        (EC.certificate_pem, EC.encrypted_private_key_pem(), KeyEncrypted),
        (EC.certificate_pem, "", NotPEM),
        ("", EC.private_key_pem, NotPEM),
        (EC.private_key_pem, EC.private_key_pem, X509Problem),
        (EC.certificate_pem, EC.certificate_pem, X509Problem),
    ],
)
def test_what_is_no_pair(certificate: str, key: str, problem: type[X509Problem]) -> None:
    with pytest.raises(problem):
        SigningCertificate.read(certificate, key)


def test_files(tmp_path: Path) -> None:
    certificate, key = tmp_path / "Certificate.pem", tmp_path / "PrivateKey.pem"
    with pytest.raises(FileNotFoundError):
        SigningCertificate.read_files(certificate, key)
    certificate.write_text(EC.certificate_pem)
    key.write_text(EC.private_key_pem)
    assert SigningCertificate.read_files(str(certificate), key).der == EC.certificate_der
    certificate.write_bytes(EC.certificate_der)
    with pytest.raises(NotPEM):
        SigningCertificate.read_files(certificate, key)


def test_it_shows_no_key() -> None:
    made = of(EC)
    shown = f"{made!r} {made!s} {made.private_key!r} {made.secret_key}"
    for line in EC.private_key_pem.splitlines()[1:-1]:
        assert line not in shown


# --- what is signed ---


@pytest.mark.parametrize(("leaf", "algorithm"), [(EC, "AWS4-X509-ECDSA-SHA256"), (RSA, "AWS4-X509-RSA-SHA256")])
def test_the_headers(leaf: Leaf, algorithm: str) -> None:
    headers = headers_of(leaf)
    assert base64.b64decode(headers["X-Amz-X509"]) == leaf.certificate_der
    assert headers["X-Amz-Date"] == f"{NOW:%Y%m%dT%H%M%SZ}"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded; charset=utf-8"
    scope = f"{leaf.certificate.serial_number}/{NOW:%Y%m%d}/eu-west-1/iam/aws4_request"
    start, _, signature = headers["Authorization"].rpartition("Signature=")
    assert start == f"{algorithm} Credential={scope}, SignedHeaders=content-type;host;x-amz-date;x-amz-x509, "
    assert signature == signature.lower()


@pytest.mark.parametrize("leaf", [EC, RSA], ids=["EC", "RSA"])
def test_the_signature_is_over_the_four_lines(leaf: Leaf) -> None:
    """Proven by `cryptography`, and by nothing of ours; the canonical request is botocore's."""
    texts: list[bytes] = []
    plain = botocore.auth.SigV4Auth.string_to_sign

    def listening(self: Any, request: Any, canonical: str) -> str:
        text: str = plain(self, request, canonical)
        texts.append(text.encode())
        return text

    with patch.object(botocore.auth.SigV4Auth, "string_to_sign", listening):
        headers = headers_of(leaf)
    signature = bytes.fromhex(headers["Authorization"].rpartition("=")[2])
    algorithm = headers["Authorization"].split(" ")[0]
    message = texts[0].replace(b"AWS4-HMAC-SHA256", algorithm.encode(), 1)
    assert message.split(b"\n")[0] == algorithm.encode()
    assert len(message.split(b"\n")) == 4
    key = leaf.certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))


def test_without_a_body_there_is_no_content_type() -> None:
    headers = headers_of(EC, "GET", f"{URL}?Action=GetUser", b"")
    assert "Content-Type" not in headers
    assert "SignedHeaders=host;x-amz-date;x-amz-x509" in headers["Authorization"]


def test_a_request_sent_again_shows_the_certificate_once() -> None:
    auth = X509Auth(of(EC), "iam", "us-east-1")
    request = AWSRequest("POST", URL, data=BODY)
    for _ in range(2):
        auth.add_auth(request)
    for name in ("X-Amz-X509", "Authorization", "X-Amz-Date"):
        assert len(request.headers.get_all(name)) == 1


# --- sessions ---


def client(session_made: Any, service: str = "iam") -> tuple[Any, list[AWSPreparedRequest]]:
    """A client that sends nothing, and the list of what it would have sent."""
    sent: list[AWSPreparedRequest] = []

    def before_send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        sent.append(request)
        answer = AWSResponse(request.url, 200, {}, None)
        answer._content = b"<R><GetUserResult/><GetCallerIdentityResult/></R>"
        return answer

    made = boto3.Session(botocore_session=session_made).client(service, region_name="eu-west-1", endpoint_url=URL)
    made.meta.events.register("before-send", before_send)
    return made, sent


@pytest.mark.parametrize("service", ["iam", "sts"])
def test_every_request_of_a_session_is_signed_so(tmp_path: Path, service: str) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.write_text(RSA.certificate_pem)
    key.write_text(RSA.private_key_pem)
    made, sent = client(session(certificate, key), service)
    made.get_user() if service == "iam" else made.get_caller_identity()
    authorization = sent[0].headers["Authorization"]
    authorization = authorization.decode() if isinstance(authorization, bytes) else authorization
    assert authorization.startswith(f"AWS4-X509-RSA-SHA256 Credential={RSA.certificate.serial_number}/")
    assert f"/eu-west-1/{service}/aws4_request" in authorization


def test_no_request_is_presigned() -> None:
    """The server takes none so, and a URL would carry the certificate."""
    made, _ = client(session_of(of(EC)))
    with pytest.raises(botocore.exceptions.UnsupportedSignatureVersionError):
        made.generate_presigned_url("get_user")


def test_other_sessions_are_left_as_they_are() -> None:
    session_of(of(EC))
    plain = boto3.Session(aws_access_key_id="AKIDEXAMPLE00000", aws_secret_access_key="x").client(
        "iam", region_name="us-east-1"
    )
    assert plain.meta.config.signature_version == "v4"
    assert botocore.auth.AUTH_TYPE_MAPS["v4"] is botocore.auth.SigV4Auth
    assert botocore.auth.AUTH_TYPE_MAPS[signer.SIGNATURE_VERSION] is X509Auth
