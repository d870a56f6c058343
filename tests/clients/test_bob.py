"""Bob's story of the first document, by the aws CLI: a developer who may manage one certificate."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from tests.server import Credentials, Server

Aws = Callable[..., "CompletedProcess[str]"]
NAMED = "--server-certificate-name"


@pytest.fixture
def company(server: Server) -> Credentials:
    """The company ABC: an account of its own, its administrator acting as root."""
    return server.account()


def allow(aws: Aws, company: Credentials, files: Path, resource: str) -> None:
    """Bob may do everything to this one certificate."""
    arn = f"arn:aws:iam::{company.account_id}:server-certificate/{resource}"
    statement = {"Effect": "Allow", "Action": "iam:*ServerCertificate*", "Resource": arn}
    (files / "policy.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    document = ("--policy-document", "file://policy.json")
    aws("iam", "put-user-policy", "--user-name", "Bob", "--policy-name", "build", *document, who=company)


def upload(aws: Aws, name: str, path: str, who: Credentials, fails: int = 0) -> "CompletedProcess[str]":
    pair = ("--certificate-body", "file://Certificate.pem", "--private-key", "file://PrivateKey.pem")
    return aws("iam", "upload-server-certificate", NAMED, name, "--path", path, *pair, who=who, fails=fails)


@pytest.fixture
def bob(aws: Aws, company: Credentials, files: Path) -> Credentials:
    """A user with an access key and the policy of the document."""
    aws("iam", "create-user", "--user-name", "Bob", who=company)
    key = json.loads(aws("iam", "create-access-key", "--user-name", "Bob", who=company).stdout)["AccessKey"]
    allow(aws, company, files, "abc/certs/build")
    return Credentials(company.account_id, key["AccessKeyId"], key["SecretAccessKey"])


def denied(result: "CompletedProcess[str]", bob: Credentials, action: str, resource: str) -> None:
    """AWS's wording: caller, action, the resource as the caller named it, and the kind of policy that is missing."""
    assert "An error occurred (AccessDenied)" in result.stderr
    account = f"arn:aws:iam::{bob.account_id}"
    assert (
        f"User: {account}:user/Bob is not authorized to perform: iam:{action} on resource: "
        f"{account}:server-certificate/{resource} because no identity-based policy allows the iam:{action} action"
    ) in result.stderr


def test_bob_manages_exactly_that_certificate(aws: Aws, company: Credentials, bob: Credentials) -> None:
    upload(aws, "build", "/abc/certs/", bob)
    upload(aws, "other", "/abc/certs/", company)
    aws("iam", "get-server-certificate", NAMED, "build", who=bob)
    aws("iam", "tag-server-certificate", NAMED, "build", "--tags", "Key=Owner,Value=Bob", who=bob)
    assert "Bob" in aws("iam", "list-server-certificate-tags", NAMED, "build", who=bob).stdout
    get, delete = "get-server-certificate", "delete-server-certificate"
    denied(aws("iam", get, NAMED, "other", who=bob, fails=255), bob, "GetServerCertificate", "other")
    denied(aws("iam", delete, NAMED, "other", who=bob, fails=255), bob, "DeleteServerCertificate", "other")
    # A missing name is told from an existing one only by its ARN: nothing says that it is missing.
    denied(aws("iam", get, NAMED, "missing", who=bob, fails=255), bob, "GetServerCertificate", "missing")
    # The same name elsewhere is another ARN.
    denied(upload(aws, "build", "/", bob, fails=255), bob, "UploadServerCertificate", "build")
    denied(aws("iam", "list-server-certificates", who=bob, fails=255), bob, "ListServerCertificates", "")
    rename = ("iam", "update-server-certificate", NAMED, "build", "--new-server-certificate-name", "mine")
    denied(aws(*rename, who=bob, fails=255), bob, "UpdateServerCertificate", "mine")
    assert "(AccessDenied)" in aws("iam", "list-users", who=bob, fails=255).stderr
    aws("iam", delete, NAMED, "build", who=bob)
    aws("iam", get, NAMED, "other", who=company)


def test_a_rename_locks_bob_out_until_his_policy_is_changed(
    aws: Aws, company: Credentials, bob: Credentials, files: Path
) -> None:
    upload(aws, "build", "/abc/certs/", company)
    aws("iam", "get-server-certificate", NAMED, "build", who=bob)
    rename = ("iam", "update-server-certificate", NAMED, "build", "--new-server-certificate-name", "build_01")
    aws(*rename, who=company)
    get = ("iam", "get-server-certificate", NAMED, "build_01")
    denied(aws(*get, who=bob, fails=255), bob, "GetServerCertificate", "build_01")
    allow(aws, company, files, "abc/certs/build_01")
    aws(*get, who=bob)
    aws("iam", "update-server-certificate", NAMED, "build_01", "--new-path", "/abc/", who=company)
    denied(aws(*get, who=bob, fails=255), bob, "GetServerCertificate", "build_01")
