"""Requests signed by a certificate's key, as the signer sends them, and what a forger makes of them."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from unittest.mock import patch

from tests.house_fixture import ACCOUNT, FORM, HOST, SOURCE, Answer, Key, World, allow, form, read
from tests.pki import NOW, Leaf, ec_key, rsa_key, self_signed

from sealstone.endpoint.request import Request
from sealstone.signer import SigningCertificate, signed_headers

WHO: Final = {"Action": "GetCallerIdentity"}
GET_USER: Final = {"Action": "GetUser"}
MISMATCH: Final = (403, "SignatureDoesNotMatch")
UNKNOWN: Final = (403, "InvalidClientTokenId")
INCOMPLETE: Final = (400, "IncompleteSignature")
BOB: Final = self_signed("bob", key=ec_key())
BOB_RSA: Final = self_signed("bob", key=rsa_key(2048))
EVE: Final = self_signed("eve", key=ec_key())


def signed(
    leaf: Leaf,
    parameters: Mapping[str, str] = GET_USER,
    *,
    service: str = "iam",
    at: datetime = NOW,
    serial_number: str = "",
) -> Request:
    """As the signer sends it, or in the name of another serial number."""
    body = form(service, parameters)
    signer = SigningCertificate.read(leaf.certificate_pem, leaf.private_key_pem)
    signer.access_key = serial_number or signer.access_key
    with patch("botocore.auth.get_current_datetime", return_value=at):
        headers = signed_headers(signer, "POST", f"https://{HOST}/", body, service=service, region="x-1")
    received = [("host", HOST), *((name.lower(), value) for name, value in headers.items())]
    assert ("content-type", FORM) in received
    return Request("POST", "/", "", tuple(received), body, SOURCE)


def ask(world: World, leaf: Leaf, parameters: Mapping[str, str] = GET_USER, **how: Any) -> Answer:
    return answered(world, signed(leaf, parameters, **how), how.get("service", "iam"), parameters["Action"])


def answered(world: World, request: Request, service: str = "iam", action: str = "GetUser") -> Answer:
    return read(world.endpoint.handle(request), service, action)


def outcome(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code


def upload(world: World, leaf: Leaf, user: str | None = "bob", key: Key | None = None) -> str:
    """Its id."""
    owner = {"UserName": user} if user else {}
    body = {"Action": "UploadSigningCertificate", "CertificateBody": leaf.certificate_pem}
    return str(world.done("iam", body | owner, key=key)["Certificate"]["CertificateId"])


def change(world: World, verb: str, certificate_id: str, user: str = "bob", **more: str) -> None:
    action = f"{verb}SigningCertificate"
    world.done("iam", {"Action": action, "UserName": user, "CertificateId": certificate_id, **more})


def with_header(request: Request, name: str, *values: str) -> Request:
    kept = tuple(pair for pair in request.headers if pair[0] != name)
    return replace(request, headers=(*kept, *((name, value) for value in values)))


def rewritten(request: Request, old: str, new: str) -> Request:
    """With another Authorization header."""
    header = request.header("authorization")
    assert old in header
    return with_header(request, "authorization", header.replace(old, new))


def shown(leaf: Leaf) -> str:
    return base64.b64encode(leaf.certificate_der).decode()


def signature_of(request: Request) -> str:
    return request.header("authorization").rpartition("Signature=")[2]


def with_signature(request: Request, signature: bytes | str) -> Request:
    text = signature if isinstance(signature, str) else signature.hex()
    return rewritten(request, f"Signature={signature_of(request)}", f"Signature={text}")


def bob_of(world: World) -> str:
    """The id of the certificate of Bob, who may look at himself."""
    world.user("bob", allow("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"))
    return upload(world, BOB)
