"""Every command line of the two IAM documents and of the load balancing one, as written, by the unmodified aws CLI."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from tests.server import Credentials, Server
from tests.uploads import Scene

Aws = Callable[..., "CompletedProcess[str]"]

UPLOAD = "iam upload-server-certificate --server-certificate-name"


@pytest.fixture
def account(server: Server) -> Credentials:
    """An account with nothing in it, so that the documents' names are free."""
    return server.account()


def typed(aws: Aws, line: str, who: Credentials, fails: int = 0) -> "CompletedProcess[str]":
    """A line as in the document, without its `aws`; line breaks and extra spaces are for reading only."""
    return aws(*line.removeprefix("aws ").split(), who=who, fails=fails)


def answered(aws: Aws, line: str, who: Credentials) -> Any:
    return json.loads(typed(aws, line, who).stdout)


def test_managing_server_certificates(cold_aws: Aws, account: Credentials, scene: Scene) -> None:
    """The first document: upload with a chain, verify the object, delete, CloudFront's path."""
    name = "certificate_object_name"
    uploaded = answered(
        cold_aws,
        "aws iam upload-server-certificate --server-certificate-name certificate_object_name --certificate-body "
        "file://public_key_certificate_file --private-key file://privatekey.pem --certificate-chain "
        "file://certificate_chain_file",
        account,
    )["ServerCertificateMetadata"]
    assert uploaded["Arn"] == f"arn:aws:iam::{account.account_id}:server-certificate/{name}"
    assert uploaded["Path"] == "/"
    assert uploaded["ServerCertificateName"] == name
    assert uploaded["ServerCertificateId"].startswith("ASCA")
    assert uploaded["Expiration"].startswith(f"{scene.rsa_leaf.certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%S}")

    found = answered(cold_aws, f"aws iam get-server-certificate --server-certificate-name {name}", account)
    assert found["ServerCertificate"]["ServerCertificateMetadata"] == uploaded
    assert found["ServerCertificate"]["CertificateBody"] == scene.rsa_leaf.certificate_pem.strip()
    assert found["ServerCertificate"]["CertificateChain"] == scene.rsa_leaf.chain_pem.strip()
    assert "PrivateKey" not in json.dumps(found)

    delete = f"aws iam delete-server-certificate --server-certificate-name {name}"
    # "If the command is successful, no output is displayed."
    assert typed(cold_aws, delete, account).stdout == ""
    gone = typed(cold_aws, delete, account, fails=255)
    assert "An error occurred (NoSuchEntity)" in gone.stderr

    cloudfront = answered(
        cold_aws,
        "aws iam upload-server-certificate --server-certificate-name certificate_object_name --certificate-body "
        "file://public_key_certificate_file --private-key file://privatekey.pem --certificate-chain "
        "file://certificate_chain_file --path /cloudfront/path/",
        account,
    )["ServerCertificateMetadata"]
    assert cloudfront["Arn"].endswith(f":server-certificate/cloudfront/path/{name}")
    # The name was free again, the id is a new one.
    assert cloudfront["ServerCertificateId"] != uploaded["ServerCertificateId"]


def test_self_signed_without_chain(aws: Aws, account: Credentials, scene: Scene) -> None:
    """The first document: "you can omit the --certificate-chain option"."""
    typed(
        aws,
        f"{UPLOAD} certificate_object_name --certificate-body file://self_signed_certificate_file "
        "--private-key file://self_signed_privatekey.pem",
        account,
    )
    line = "aws iam get-server-certificate --server-certificate-name certificate_object_name"
    found = answered(aws, line, account)["ServerCertificate"]
    assert found["CertificateBody"] == scene.alone.certificate_pem.strip()
    assert "CertificateChain" not in found
    assert found["Tags"] == []


def test_managing_server_certificates_in_iam(aws: Aws, account: Credentials, scene: Scene) -> None:
    """The second document: upload, get, list, rename and move, delete, with its line breaks and extra spaces."""
    uploaded = answered(
        aws,
        """aws iam upload-server-certificate --server-certificate-name ExampleCertificate
                                    --certificate-body file://Certificate.pem
                                    --certificate-chain file://CertificateChain.pem
                                    --private-key file://PrivateKey.pem""",
        account,
    )["ServerCertificateMetadata"]
    found = answered(aws, "aws iam get-server-certificate --server-certificate-name ExampleCertificate", account)
    assert found["ServerCertificate"]["ServerCertificateMetadata"] == uploaded
    assert found["ServerCertificate"]["CertificateChain"] == scene.leaf.chain_pem.strip()
    listed = answered(aws, "aws iam list-server-certificates", account)
    assert listed == {"ServerCertificateMetadataList": [uploaded]}

    update = """aws iam update-server-certificate --server-certificate-name ExampleCertificate
                                    --new-server-certificate-name CloudFrontCertificate
                                    --new-path /cloudfront/"""
    assert typed(aws, update, account).stdout == ""
    (renamed,) = answered(aws, "aws iam list-server-certificates", account)["ServerCertificateMetadataList"]
    arn = f"arn:aws:iam::{account.account_id}:server-certificate/cloudfront/CloudFrontCertificate"
    # The id stays, the ARN changes.
    changed = {"ServerCertificateName": "CloudFrontCertificate", "Path": "/cloudfront/", "Arn": arn}
    assert renamed == uploaded | changed

    delete = "aws iam delete-server-certificate --server-certificate-name"
    assert "ExampleCertificate cannot be found" in typed(aws, f"{delete} ExampleCertificate", account, 255).stderr
    assert typed(aws, f"{delete} CloudFrontCertificate", account).stdout == ""
    assert answered(aws, "aws iam list-server-certificates", account) == {"ServerCertificateMetadataList": []}


def test_certificates_for_load_balancers(aws: Aws, account: Credentials, files: Path, scene: Scene) -> None:
    """The third document: an ECDSA key without its parameters block; the example answer is text."""
    (files / "my-certificate.pem").write_text(scene.leaf.certificate_pem)
    (files / "my-private-key.pem").write_text(scene.leaf.private_key_with_parameters_pem)
    (files / "my-certificate-chain.pem").write_text(scene.leaf.chain_pem)
    upload = """aws iam upload-server-certificate --server-certificate-name my-server-certificate
--certificate-body file://my-certificate.pem --private-key file://my-private-key.pem
--certificate-chain file://my-certificate-chain.pem"""
    # "you must delete the lines containing EC PARAMETERS"
    refused = typed(aws, upload, account, fails=255)
    assert "(MalformedCertificate)" in refused.stderr
    assert "EC PARAMETERS" in refused.stderr
    (files / "my-private-key.pem").write_text(scene.leaf.traditional_private_key_pem)
    metadata = answered(aws, upload, account)["ServerCertificateMetadata"]

    get = "aws iam get-server-certificate --server-certificate-name my-server-certificate --output text"
    text = typed(aws, get, account).stdout
    # "The first line is the ARN of the server certificate and the second line is the ID."
    query = f"{get} --query ServerCertificate.ServerCertificateMetadata.[Arn,ServerCertificateId]"
    assert typed(aws, query, account).stdout.split() == [metadata["Arn"], metadata["ServerCertificateId"]]
    assert metadata["Arn"] in text
    assert scene.leaf.certificate_pem.strip() in text


def test_tagging(aws: Aws, account: Credentials) -> None:
    """Tags at upload, added, overwritten, removed; shown by list-server-certificate-tags and by get."""
    name = "--server-certificate-name tagged"
    made = answered(
        aws,
        f"{UPLOAD} tagged --certificate-body file://Certificate.pem --private-key file://PrivateKey.pem "
        "--tags Key=Department,Value=Web Key=Empty,Value=",
        account,
    )
    assert made["Tags"] == [{"Key": "Department", "Value": "Web"}, {"Key": "Empty", "Value": ""}]
    tag = f"aws iam tag-server-certificate {name} --tags Key=Department,Value=Build Key=department,Value=other"
    assert typed(aws, tag, account).stdout == ""
    assert typed(aws, f"aws iam untag-server-certificate {name} --tag-keys Empty Missing", account).stdout == ""
    expected = [{"Key": "Department", "Value": "Build"}, {"Key": "department", "Value": "other"}]
    assert answered(aws, f"aws iam list-server-certificate-tags {name}", account)["Tags"] == expected
    found = answered(aws, f"aws iam get-server-certificate {name}", account)
    assert found["ServerCertificate"]["Tags"] == expected


def test_upload_from_a_skeleton(aws: Aws, account: Credentials, files: Path, scene: Scene) -> None:
    """--generate-cli-skeleton filled in and sent with --cli-input-json."""
    skeleton = answered(aws, "aws iam upload-server-certificate --generate-cli-skeleton", account)
    skeleton |= {
        "Path": "/from/skeleton/",
        "ServerCertificateName": "skeleton",
        "CertificateBody": scene.leaf.certificate_pem,
        "PrivateKey": scene.leaf.private_key_pem,
        "CertificateChain": scene.leaf.chain_pem,
        "Tags": [{"Key": "Made", "Value": "by skeleton"}],
    }
    (files / "upload.json").write_text(json.dumps(skeleton))
    made = answered(aws, "aws iam upload-server-certificate --cli-input-json file://upload.json", account)
    assert made["ServerCertificateMetadata"]["Path"] == "/from/skeleton/"
    assert made["Tags"] == [{"Key": "Made", "Value": "by skeleton"}]
    listed = answered(aws, "aws iam list-server-certificates --path-prefix /from/ske", account)
    assert listed["ServerCertificateMetadataList"] == [made["ServerCertificateMetadata"]]
