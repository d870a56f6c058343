"""Calls of IAM Roles Anywhere: written by botocore's serializer, signed by key or certificate, read by its parser.

    answered = call(world, "CreateTrustAnchor", {"name": "x", "source": {...}})
    answered = session(world, leaf, {"profileArn": ..., "roleArn": ..., "trustAnchorArn": ...})

The scene of the tests: an authority, an anchor for it, a role that trusts the service, a profile that names the role.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import quote, urlencode, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from tests.house_fixture import ACCOUNT, HOST, SOURCE, Answer, Key, World
from tests.pki import NOW, Authority, Leaf

from sealstone.endpoint.request import Request, Response
from sealstone.model.role import Role
from sealstone.operations.service_model import service
from sealstone.signer import SigningCertificate, signed_headers
from sealstone.store import roles

REGION: Final = "eu-central-1"
UNTRUSTED: Final = "Untrusted signing certificate"
TRUSTED: Final = {
    "Effect": "Allow",
    "Principal": {"Service": "rolesanywhere.amazonaws.com"},
    "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
}
USAGES: Final = {
    name: name == "digital_signature"
    for name in (
        "digital_signature",
        *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"),
        *("encipher_only", "decipher_only"),
    )
}
SIGNING: Final = x509.KeyUsage(**USAGES)


def workload(authority: Authority, name: str = "build", **options: Any) -> Leaf:
    """A certificate as Roles Anywhere asks for it."""
    extensions = (*options.pop("extensions", ()), SIGNING)
    return authority.leaf(name, **({"is_authority": False, "extensions": extensions} | options))


def revocation_list(
    issuer: Authority,
    *serial_numbers: int,
    at: datetime | None = None,
    next_update: datetime | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    signed_by: Authority | None = None,
    encoding: Encoding = Encoding.PEM,
) -> bytes:
    """A list of this authority, made a day before `at` and due 30 days after; `signed_by` forges its signature."""
    moment = at or issuer.valid_at
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(moment - timedelta(days=1))
        .next_update(next_update or moment + timedelta(days=30))
    )
    for number in serial_numbers:
        revoked = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(moment - timedelta(days=1))
        builder = builder.add_revoked_certificate(revoked.build())
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign((signed_by or issuer).key, hashes.SHA256()).public_bytes(encoding)


# --- requests ---


def request_for(
    world: World, operation: str, parameters: Mapping[str, Any], key: Key | None = None, region: str = REGION
) -> Request:
    """As an SDK sends it."""
    model = service("rolesanywhere").operation_model(operation)
    made = create_serializer("rest-json").serialize_to_request(dict(parameters), model)
    query = f"?{urlencode(made['query_string'], doseq=True, quote_via=quote)}" if made["query_string"] else ""
    unsigned = AWSRequest(made["method"], f"https://{HOST}{made['url_path']}{query}", data=made["body"])
    for name, value in made["headers"].items():
        unsigned.headers[name] = value
    who = key or world.administrator
    with patch("botocore.auth.get_current_datetime", return_value=world.clock.now):
        SigV4Auth(Credentials(who.access_key_id, who.secret, who.token), "rolesanywhere", region).add_auth(unsigned)
    parts = urlsplit(unsigned.url)
    headers = [("host", HOST), *((name.lower(), _text(value)) for name, value in unsigned.headers.items())]
    body = unsigned.body or b""
    return Request(made["method"], parts.path, parts.query, tuple(headers), body, SOURCE)


def call(world: World, operation: str, parameters: Mapping[str, Any] | None = None, **how: Any) -> Answer:
    """Whatever the answer is."""
    return read(world.endpoint.handle(request_for(world, operation, parameters or {}, **how)), operation)


def done(world: World, operation: str, parameters: Mapping[str, Any] | None = None, **how: Any) -> Any:
    """The members of an answer that must be good."""
    answer = call(world, operation, parameters, **how)
    assert answer.status < 300, answer
    return answer.parsed


def read(response: Response, operation: str) -> Answer:
    """As botocore's parser reads it."""
    raw = {"status_code": response.status, "headers": dict(response.headers), "body": response.body}
    shape = service("rolesanywhere").operation_model(operation).output_shape
    parsed = create_parser("rest-json").parse(raw, shape)
    return Answer(response.status, dict(response.headers), response.body, parsed)


def session_request(
    leaf: Leaf,
    members: Mapping[str, Any],
    *,
    chain: Sequence[bytes] = (),
    in_query: Sequence[str] = (),
    at: datetime = NOW,
    serial_number: str = "",
    region: str = REGION,
) -> Request:
    """CreateSession as the credential helpers send it: the ARNs in the body, or in the query."""
    query = urlencode({name: members[name] for name in in_query}, quote_via=quote)
    body = json.dumps({name: value for name, value in members.items() if name not in in_query}).encode()
    signer = SigningCertificate.read(leaf.certificate_pem, leaf.private_key_pem)
    signer.access_key = serial_number or signer.access_key
    url = f"https://{HOST}/sessions" + (f"?{query}" if query else "")
    more = {"X-Amz-X509-Chain": ",".join(base64.b64encode(one).decode() for one in chain)} if chain else {}
    with patch("botocore.auth.get_current_datetime", return_value=at), _with_headers(more):
        headers = signed_headers(signer, "POST", url, body, service="rolesanywhere", region=region)
    received = [("host", HOST), *((name.lower(), value) for name, value in headers.items())]
    return Request("POST", "/sessions", query, tuple(received), body, SOURCE)


def _with_headers(more: Mapping[str, str]) -> Any:
    """The signer signs every `x-amz-*` header that is there, and sends what it signs."""
    made = AWSRequest.__init__

    def with_more(self: AWSRequest, *arguments: Any, **options: Any) -> None:
        made(self, *arguments, **options)
        for name, value in more.items():
            self.headers[name] = value

    return patch.object(AWSRequest, "__init__", with_more)


def session(world: World, leaf: Leaf, members: Mapping[str, Any], **how: Any) -> Answer:
    """Ask for a session."""
    request = session_request(leaf, members, **({"at": world.clock.now} | how))
    return read(world.endpoint.handle(request), "CreateSession")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


# --- the scene ---


@dataclass(frozen=True)
class Scene:
    """An authority that is trusted, and what is needed for its certificates to have sessions."""

    world: World
    authority: Authority
    leaf: Leaf
    anchor: Mapping[str, Any]
    profile: Mapping[str, Any]
    role: Role

    @property
    def members(self) -> dict[str, Any]:
        """Of a request for a session of the role."""
        return {
            "profileArn": self.profile["profileArn"],
            "roleArn": self.role.arn,
            "trustAnchorArn": self.anchor["trustAnchorArn"],
        }

    def ask(self, leaf: Leaf | None = None, *, chain: Sequence[bytes] = (), **members: Any) -> Answer:
        """Ask for a session, with other members or another certificate; a member that is None is left out."""
        sent = {name: value for name, value in (self.members | members).items() if value is not None}
        return session(self.world, leaf or self.leaf, sent, chain=chain)

    def trusting(self, *statements: Mapping[str, Any]) -> None:
        """Give the role another trust policy."""
        changed = self.role.trusting(json.dumps({"Version": "2012-10-17", "Statement": statements}), {})
        with self.world.store.writing() as tx:
            roles.save(tx, changed)


def source(*authorities: Authority) -> dict[str, Any]:
    """Of a trust anchor for these."""
    pem = "".join(one.certificate_pem for one in authorities)
    return {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": pem}}


def add_role(world: World, name: str = "Build", **more: Any) -> Role:
    """A role that the service may assume."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUSTED]})
    role = Role(ACCOUNT, f"AROA{name.upper():A<17}", name, "/", NOW, trust)
    role = replace(role, **more)
    with world.store.writing() as tx:
        roles.add(tx, role)
    return role


def made_scene(world: World, **profile: Any) -> Scene:
    """All of it, in order."""
    authority = Authority("Example Root")
    role = add_role(world)
    anchor = done(world, "CreateTrustAnchor", {"name": "a", "source": source(authority), "enabled": True})
    sent = {"name": "p", "roleArns": [role.arn], "enabled": True} | profile
    made = done(world, "CreateProfile", sent)
    leaf = workload(authority)
    return Scene(world, authority, leaf, anchor["trustAnchor"], made["profile"], role)


def refusal(answer: Answer) -> str:
    """The sentence of a refusal, which is always of the same kind."""
    assert (answer.status, answer.code) == (403, "AccessDeniedException"), answer
    return answer.message


def credentials(answer: Answer) -> Key:
    """Those of a session that was given."""
    assert answer.status == 201, answer
    found = answer.parsed["credentialSet"][0]["credentials"]
    return Key(found["accessKeyId"], found["secretAccessKey"], found["sessionToken"])


def who(world: World, answer: Answer) -> str:
    """The ARN behind them."""
    return str(world.done("sts", {"Action": "GetCallerIdentity"}, key=credentials(answer))["Arn"])
