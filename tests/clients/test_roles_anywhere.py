"""Unmodified clients of Roles Anywhere: AWS's Python package for sessions by certificate, boto3 for all the rest."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.exceptions
import pytest
from cryptography.x509 import SubjectKeyIdentifier
from iam_rolesanywhere_session import CredentialsRetrievalError, IAMRolesAnywhereSession
from tests.pki import Authority, Leaf, ec_key, rsa_key, self_signed
from tests.rest_json import SIGNING, TRUSTED, revocation_list, source, workload
from tests.server import Credentials, Server

from sealstone.server.clock import system_clock

ClientError = botocore.exceptions.ClientError
NOW = system_clock().replace(microsecond=0)
ROOT = Authority("Example Root", valid_at=NOW)
ISSUING = ROOT.authority("Example Issuing", valid_at=NOW)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that speaks TLS, as the credential helpers want it."""
    folder = tmp_path_factory.mktemp("secure")
    key = ec_key()
    identifier = SubjectKeyIdentifier.from_public_key(key.public_key())
    own = self_signed("127.0.0.1", key=key, valid_at=NOW, alternative_names=["127.0.0.1"], extensions=[identifier])
    certificate, private_key = folder / "own.pem", folder / "own.key"
    certificate.write_text(own.certificate_pem)
    private_key.write_text(own.private_key_pem)
    private_key.chmod(0o600)
    settings = {"tls_certificate_file": str(certificate), "tls_private_key_file": str(private_key)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(certificate))
        patch.setenv("AWS_CA_BUNDLE", str(certificate))
        with Server(folder / "server", settings=settings) as running:
            yield running
            running.stop()


@pytest.fixture
def company(secure: Server) -> Credentials:
    """An account of its own, so that tests do not meet."""
    return secure.account()


@pytest.fixture
def anywhere(secure: Server, company: Credentials) -> Iterator[Any]:
    with secure.client("rolesanywhere", company) as client:
        yield client


@pytest.fixture
def iam(secure: Server, company: Credentials) -> Iterator[Any]:
    with secure.client("iam", company) as client:
        yield client


@pytest.fixture
def arns(anywhere: Any, iam: Any) -> dict[str, str]:
    """A role that may read one server certificate, a profile that names it, an anchor."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUSTED]})
    role = iam.create_role(RoleName="Build", AssumeRolePolicyDocument=trust)["Role"]
    statement = {"Effect": "Allow", "Action": "iam:ListServerCertificates", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="Build", PolicyName="read", PolicyDocument=policy)
    anchor = anywhere.create_trust_anchor(name="root", source=source(ROOT), enabled=True)["trustAnchor"]
    profile = anywhere.create_profile(name="build", roleArns=[role["Arn"]], enabled=True)["profile"]
    return {
        "trust_anchor_arn": anchor["trustAnchorArn"],
        "profile_arn": profile["profileArn"],
        "role_arn": role["Arn"],
    }


def helper(secure: Server, arns: Any, leaf: Leaf, **options: Any) -> IAMRolesAnywhereSession:
    """As its README has it, with our endpoint."""
    return IAMRolesAnywhereSession(
        **arns,
        certificate=leaf.certificate_pem.encode(),
        private_key=leaf.private_key_pem.encode(),
        endpoint=urlsplit(secure.endpoint).netloc,
        verify=str(Path(secure.directory).parent / "own.pem"),
        **options,
    )


def ask(secure: Server, made: IAMRolesAnywhereSession) -> tuple[Any, Any]:
    session = made.get_session()
    return (
        session.client("sts", endpoint_url=secure.endpoint),
        session.client("iam", endpoint_url=secure.endpoint),
    )


@pytest.mark.parametrize("key", [ec_key(), rsa_key(2048)], ids=["EC", "RSA"])
def test_the_package_of_aws(secure: Server, company: Credentials, arns: dict[str, str], key: Any) -> None:
    leaf = workload(ROOT, "build.example.com", key=key)
    sts, iam = ask(secure, helper(secure, arns, leaf, session_duration=900))
    number = f"{leaf.certificate.serial_number:x}"
    arn = sts.get_caller_identity()["Arn"]
    assert arn.startswith(f"arn:aws:sts::{company.account_id}:assumed-role/Build/")
    assert arn.endswith(number)
    assert iam.list_server_certificates()["ServerCertificateMetadataList"] == []
    with pytest.raises(ClientError, match="AccessDenied"):
        iam.list_users()


def test_a_chain(secure: Server, arns: dict[str, str]) -> None:
    leaf = workload(ISSUING, "build.example.com")
    sts, _ = ask(secure, helper(secure, arns, leaf, certificate_chain=ISSUING.certificate_pem.encode()))
    assert ":assumed-role/Build/" in sts.get_caller_identity()["Arn"]
    with pytest.raises(CredentialsRetrievalError, match="Untrusted signing certificate"):
        ask(secure, helper(secure, arns, leaf))[0].get_caller_identity()


def test_revoked(secure: Server, arns: dict[str, str], anywhere: Any) -> None:
    leaf = workload(ROOT, "build.example.com")
    data = revocation_list(ROOT, leaf.certificate.serial_number)
    made = anywhere.import_crl(name="crl", crlData=data, trustAnchorArn=arns["trust_anchor_arn"], enabled=True)["crl"]
    assert made["crlData"] == data
    with pytest.raises(CredentialsRetrievalError, match="revoked"):
        ask(secure, helper(secure, arns, leaf))[0].get_caller_identity()
    assert anywhere.disable_crl(crlId=made["crlId"])["crl"]["enabled"] is False
    ask(secure, helper(secure, arns, leaf))[0].get_caller_identity()


def test_a_signing_certificate_of_a_user(secure: Server, company: Credentials, iam: Any) -> None:
    leaf = self_signed("bob", valid_at=NOW, is_authority=False, extensions=[SIGNING])
    user = iam.create_user(UserName="Bob")["User"]
    statement = {"Effect": "Allow", "Action": "iam:ListServerCertificates", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="Bob", PolicyName="read", PolicyDocument=policy)
    made = iam.upload_signing_certificate(UserName="Bob", CertificateBody=leaf.certificate_pem)["Certificate"]
    prefix = f"arn:aws:rolesanywhere:us-east-1:{company.account_id}"
    arns = {
        "trust_anchor_arn": f"{prefix}:trust-anchor/signing-certificates",
        "profile_arn": f"{prefix}:profile/signing-certificates",
        "role_arn": user["Arn"],
    }
    sts, his = ask(secure, helper(secure, arns, leaf))
    assert sts.get_caller_identity()["Arn"] == user["Arn"]
    assert his.list_server_certificates()["ServerCertificateMetadataList"] == []
    iam.update_signing_certificate(UserName="Bob", CertificateId=made["CertificateId"], Status="Inactive")
    with pytest.raises(CredentialsRetrievalError, match="Untrusted signing certificate"):
        ask(secure, helper(secure, arns, leaf))[0].get_caller_identity()


def test_the_life_of_each_resource(anywhere: Any, arns: dict[str, str]) -> None:
    anchor = anywhere.list_trust_anchors()["trustAnchors"][0]
    assert anchor["trustAnchorArn"] == arns["trust_anchor_arn"]
    named = {"trustAnchorId": anchor["trustAnchorId"]}
    assert anywhere.get_trust_anchor(**named)["trustAnchor"] == anchor
    assert anywhere.disable_trust_anchor(**named)["trustAnchor"]["enabled"] is False
    assert anywhere.enable_trust_anchor(**named)["trustAnchor"]["enabled"] is True
    assert anywhere.update_trust_anchor(**named, name="other")["trustAnchor"]["name"] == "other"
    anywhere.tag_resource(resourceArn=anchor["trustAnchorArn"], tags=[{"key": "team", "value": "a/b"}])
    assert anywhere.list_tags_for_resource(resourceArn=anchor["trustAnchorArn"])["tags"][0]["value"] == "a/b"
    by_arn = anywhere.get_profile(profileId=arns["profile_arn"])["profile"]
    assert by_arn["roleArns"] == [arns["role_arn"]]
    rules = [{"specifier": "CN"}, {"specifier": "OU"}]
    mapped = {"profileId": by_arn["profileId"], "certificateField": "x509Subject"}
    changed = anywhere.put_attribute_mapping(**mapped, mappingRules=rules)["profile"]
    assert {"certificateField": "x509Subject", "mappingRules": rules} in changed["attributeMappings"]
    kept = anywhere.delete_attribute_mapping(**mapped, specifiers=["CN"])["profile"]["attributeMappings"]
    assert {"certificateField": "x509Subject", "mappingRules": rules[1:]} in kept
    anywhere.delete_profile(profileId=by_arn["profileId"])
    anywhere.delete_trust_anchor(**named)
    with pytest.raises(anywhere.exceptions.ResourceNotFoundException) as missing:
        anywhere.get_trust_anchor(**named)
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_pages(anywhere: Any) -> None:
    for number in range(23):
        anywhere.create_trust_anchor(name=f"anchor {number}", source=source(ROOT))
    pages = anywhere.get_paginator("list_trust_anchors").paginate(pageSize=7)
    sizes = [len(page["trustAnchors"]) for page in pages]
    assert sum(sizes) == 23
