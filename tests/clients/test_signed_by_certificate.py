"""Bob calls with a certificate in place of an access key: boto3 through the signer, curl, and the document's lines."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import botocore.exceptions
import pytest
from tests.documents import ROOT
from tests.pki import Leaf, rsa_key, self_signed
from tests.server import Credentials, Server, cli_environment
from tests.uploads import Scene

from sealstone.server.clock import system_clock
from sealstone.signer import session

ClientError = botocore.exceptions.ClientError
BIN = Path(sys.executable).parent
BUILD = "build"


def now() -> datetime:
    return system_clock().replace(microsecond=0)


def written(folder: Path, leaf: Leaf) -> tuple[Path, Path]:
    """The two files that Bob has."""
    certificate, key = folder / "Certificate.pem", folder / "PrivateKey.pem"
    certificate.write_text(leaf.certificate_pem)
    key.write_text(leaf.private_key_pem)
    return certificate, key


@pytest.fixture
def company(server: Server) -> Credentials:
    """An account of its own, so that tests do not meet."""
    return server.account()


@pytest.fixture
def administrator_iam(server: Server, company: Credentials) -> Iterator[Any]:
    with server.client("iam", company) as iam:
        yield iam


@pytest.fixture
def bob(tmp_path: Path, company: Credentials, administrator_iam: Any, scene: Scene) -> tuple[Path, Path]:
    """His files; he may do everything to one server certificate, and has no access key."""
    iam = administrator_iam
    certificate, key = written(tmp_path, self_signed("bob", valid_at=now()))
    iam.create_user(UserName="Bob")
    arn = f"arn:aws:iam::{company.account_id}:server-certificate/{BUILD}"
    statement = {"Effect": "Allow", "Action": "iam:*ServerCertificate*", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="Bob", PolicyName="build", PolicyDocument=document)
    for name in (BUILD, "other"):
        pair = {"CertificateBody": scene.leaf.certificate_pem, "PrivateKey": scene.leaf.private_key_pem}
        iam.upload_server_certificate(ServerCertificateName=name, **pair)
    iam.upload_signing_certificate(UserName="Bob", CertificateBody=certificate.read_text())
    assert iam.list_access_keys(UserName="Bob")["AccessKeyMetadata"] == []
    return certificate, key


@contextmanager
def client(server: Server, files: tuple[Path, Path], service: str = "iam", **options: Any) -> Iterator[Any]:
    """As docs/signing-certificates.md has it."""
    config = botocore.config.Config(retries={"total_max_attempts": 1}, **options)
    made = boto3.Session(botocore_session=session(*files)).client(
        service, region_name="us-east-1", endpoint_url=server.endpoint, config=config
    )
    try:
        yield made
    finally:
        made.close()


def refusal(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return str(refused.value.response["Error"]["Code"])


def test_bob_without_a_secret_key(server: Server, company: Credentials, bob: tuple[Path, Path]) -> None:
    with client(server, bob, "sts") as sts:
        assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{company.account_id}:user/Bob"
    with client(server, bob) as iam:
        found = iam.get_server_certificate(ServerCertificateName=BUILD)["ServerCertificate"]
        assert found["ServerCertificateMetadata"]["ServerCertificateName"] == BUILD
        iam.tag_server_certificate(ServerCertificateName=BUILD, Tags=[{"Key": "by", "Value": "Böb + Co"}])
        assert iam.list_server_certificate_tags(ServerCertificateName=BUILD)["Tags"][0]["Value"] == "Böb + Co"
        assert refusal(iam.get_server_certificate, ServerCertificateName="other") == "AccessDenied"
        assert refusal(iam.list_users) == "AccessDenied"
        assert refusal(iam.delete_server_certificate, ServerCertificateName="other") == "AccessDenied"
        iam.delete_server_certificate(ServerCertificateName=BUILD)
        assert refusal(iam.get_server_certificate, ServerCertificateName=BUILD) == "NoSuchEntity"


def test_switched_off_he_is_refused_at_the_next_request(
    server: Server, bob: tuple[Path, Path], administrator_iam: Any
) -> None:
    [certificate] = administrator_iam.list_signing_certificates(UserName="Bob")["Certificates"]
    named = {"UserName": "Bob", "CertificateId": certificate["CertificateId"]}
    with client(server, bob) as iam:
        for _ in range(3):
            iam.get_server_certificate(ServerCertificateName=BUILD)
            administrator_iam.update_signing_certificate(**named, Status="Inactive")
            assert refusal(iam.get_server_certificate, ServerCertificateName=BUILD) == "InvalidClientTokenId"
            administrator_iam.update_signing_certificate(**named, Status="Active")
        iam.get_server_certificate(ServerCertificateName=BUILD)
        administrator_iam.delete_signing_certificate(**named)
        assert refusal(iam.get_server_certificate, ServerCertificateName=BUILD) == "InvalidClientTokenId"


@contextmanager
def as_it_was(file: Path) -> Iterator[None]:
    """Where the first server is found, which the second writes over."""
    before = file.read_text()
    yield
    file.write_text(before)


def test_switched_off_through_another_process(tmp_path: Path, server: Server, company: Credentials) -> None:
    """Two servers over one data directory: neither believes its memory."""
    files = written(tmp_path, self_signed("bob", valid_at=now(), key=rsa_key(2048)))
    other = Server(tmp_path / "other", measured=False)
    other.data = server.data
    kept = as_it_was(server.data / "endpoint")
    with kept, other, other.client("iam", company) as there, client(server, files) as here:
        there.create_user(UserName="Eve")
        made = there.upload_signing_certificate(UserName="Eve", CertificateBody=files[0].read_text())["Certificate"]
        named = {"UserName": "Eve", "CertificateId": made["CertificateId"]}
        for _ in range(3):
            assert refusal(here.list_users) == "AccessDenied", "it is hers, and she may do nothing"
            there.update_signing_certificate(**named, Status="Inactive")
            assert refusal(here.list_users) == "InvalidClientTokenId"
            there.update_signing_certificate(**named, Status="Active")
        there.delete_signing_certificate(**named)
        assert refusal(here.list_users) == "InvalidClientTokenId"


def test_a_large_certificate_fits_into_the_header(server: Server, company: Credentials, tmp_path: Path) -> None:
    """RSA of 4096 bits and some hundred names: about 6 kB of base64, in the middle of what may be uploaded."""
    names = [f"host-{number}.build.example.com" for number in range(120)]
    leaf = self_signed("root", key=rsa_key(4096), alternative_names=names, valid_at=now())
    with server.client("iam", company) as iam:
        iam.upload_signing_certificate(CertificateBody=leaf.certificate_pem)
    with client(server, written(tmp_path, leaf), "sts") as sts:
        assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{company.account_id}:root"


def test_pages_and_many_requests_on_one_connection(
    server: Server, bob: tuple[Path, Path], company: Credentials
) -> None:
    document = {"Statement": {"Effect": "Allow", "Action": "iam:ListServerCertificates", "Resource": "*"}}
    with server.client("iam", company) as iam:
        text = json.dumps({"Version": "2012-10-17"} | document)
        iam.put_user_policy(UserName="Bob", PolicyName="list", PolicyDocument=text)
    with client(server, bob) as iam:
        pages = iam.get_paginator("list_server_certificates").paginate(PaginationConfig={"PageSize": 1})
        names = [item["ServerCertificateName"] for page in pages for item in page["ServerCertificateMetadataList"]]
    assert names == [BUILD, "other"]


# --- sealstone sign-request ---


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("how", ["POST", "GET", "odd body"])
def test_the_line_for_curl(server: Server, bob: tuple[Path, Path], how: str, company: Credentials) -> None:
    asked = f"Action=GetServerCertificate&Version=2010-05-08&ServerCertificateName={BUILD}"
    arguments = {
        "POST": ("post", server.endpoint, asked),
        "GET": ("GET", f"{server.endpoint}/?{asked}"),
        "odd body": (
            "POST",
            f"{server.endpoint}/",
            "@/etc/hostname 'ä'\n\"$HOME\"`id`&Action=GetCallerIdentity&Version=2011-06-15",
        ),
    }[how]
    service = "sts" if how == "odd body" else "iam"
    sign = [str(BIN / "sealstone"), "sign-request", "--service", service, *arguments]
    printed = subprocess.run(sign, cwd=bob[0].parent, capture_output=True, text=True, check=True).stdout
    assert "PRIVATE KEY" not in printed
    answer = subprocess.run(["sh", "-c", printed], capture_output=True, text=True, check=True).stdout
    if how == "odd body":
        # Refused for what it asks: so it was taken for his, as it was typed.
        assert "<Code>ValidationError</Code>" in answer
    else:
        assert f"<Arn>arn:aws:iam::{company.account_id}:server-certificate/{BUILD}</Arn>" in answer


# --- the document ---


def test_the_document_does_what_it_says(server: Server, company: Credentials, tmp_path: Path) -> None:
    """Its lines in their order: those of the shell by sh, those of Python by Python, without any access key."""
    text = (ROOT / "docs" / "signing-certificates.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(sh|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert [language for language, _ in blocks] == ["sh", "sh", "python", "sh", "sh"]
    path = f"{BIN}:{cli_environment(tmp_path)['PATH']}"
    keyless = cli_environment(tmp_path) | {"PATH": path, "AWS_ENDPOINT_URL": server.endpoint}
    administrator = keyless | company.environment(server.endpoint)

    def run(number: int, environment: dict[str, str], certificate_id: str = "") -> str:
        language, lines = blocks[number]
        command = [sys.executable, "-c"] if language == "python" else ["sh", "-e", "-c"]
        lines = lines.replace("--certificate-id ID", f"--certificate-id {certificate_id}")
        done = subprocess.run(
            [*command, lines], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run(0, keyless)
    uploaded = json.loads(run(1, administrator).partition("}\n}\n")[2])["Certificate"]
    arn = f"arn:aws:iam::{company.account_id}:user/Bob"
    assert run(2, keyless) == f"{arn}\n"
    if shutil.which("curl"):
        assert f"<Arn>{arn}</Arn>" in run(3, keyless)
    assert uploaded["CertificateId"] in run(4, administrator, uploaded["CertificateId"])
    files = (tmp_path / "Certificate.pem", tmp_path / "PrivateKey.pem")
    with client(server, files, "sts") as sts:
        assert refusal(sts.get_caller_identity) == "InvalidClientTokenId"
