"""What Terraform's aws_iam_server_certificate does and expects, imitated call by call with boto3."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from tests.server import Server
from tests.uploads import Scene


@pytest.fixture
def terraform(server: Server) -> Iterator[Any]:
    """A provider's client on an account of its own."""
    with server.client("iam", server.account()) as client:
        yield client


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n \t\n"], ids=["LF", "CRLF", "blank lines at the end"])
def test_the_second_plan_is_empty(terraform: Any, scene: Scene, end: str) -> None:
    """Create, read at once, compare what Get answers with the trimmed configuration, as the provider does."""
    line_end = "\r\n" if end == "\r\n" else "\n"
    body = scene.leaf.certificate_pem.strip().replace("\n", line_end) + end
    chain = scene.leaf.chain_pem.strip().replace("\n", line_end) + end
    made = terraform.upload_server_certificate(
        ServerCertificateName="plan",
        CertificateBody=body,
        PrivateKey=scene.leaf.private_key_pem + end,
        CertificateChain=chain,
        Path="/",
        Tags=[{"Key": "Name", "Value": "plan"}],
    )
    assert made["Tags"] == [{"Key": "Name", "Value": "plan"}]
    read = terraform.get_server_certificate(ServerCertificateName="plan")["ServerCertificate"]
    # The provider removes no CR from the configuration: with CRLF files AWS shows a diff for ever, too.
    assert read["CertificateBody"] == body.strip().replace("\r\n", "\n")
    assert read["CertificateChain"] == chain.strip().replace("\r\n", "\n")
    assert read["Tags"] == made["Tags"]
    metadata = read["ServerCertificateMetadata"]
    assert metadata == made["ServerCertificateMetadata"]
    for date in (metadata["Expiration"], metadata["UploadDate"]):
        assert isinstance(date, datetime)
        assert date.microsecond == 0
        assert date.utcoffset() is not None


def test_changes_in_place_keep_the_id(terraform: Any, scene: Scene) -> None:
    """Name, prefix and path change by UpdateServerCertificate; the resource's id is the ServerCertificateId."""
    pair = {"CertificateBody": scene.leaf.certificate_pem, "PrivateKey": scene.leaf.private_key_pem}
    made = terraform.upload_server_certificate(ServerCertificateName="a", **pair)["ServerCertificateMetadata"]
    for change, arn_end in (
        ({"NewServerCertificateName": "b"}, "/b"),
        ({"NewPath": "/moved/"}, "/moved/b"),
        ({"NewPath": "/", "NewServerCertificateName": "terraform-20261121"}, "/terraform-20261121"),
        ({}, "/terraform-20261121"),
    ):
        name = terraform.list_server_certificates()["ServerCertificateMetadataList"][0]["ServerCertificateName"]
        terraform.update_server_certificate(ServerCertificateName=name, **change)
        (now,) = terraform.list_server_certificates()["ServerCertificateMetadataList"]
        assert now["ServerCertificateId"] == made["ServerCertificateId"]
        assert now["Arn"].endswith(f":server-certificate{arn_end}")


def test_destroy_is_done_when_it_is_gone(terraform: Any, scene: Scene) -> None:
    pair = {"CertificateBody": scene.leaf.certificate_pem, "PrivateKey": scene.leaf.private_key_pem}
    terraform.upload_server_certificate(ServerCertificateName="gone", **pair)
    terraform.delete_server_certificate(ServerCertificateName="gone")
    for call in (terraform.delete_server_certificate, terraform.get_server_certificate):
        with pytest.raises(terraform.exceptions.NoSuchEntityException):
            call(ServerCertificateName="gone")


def test_tags_are_changed_by_difference(terraform: Any, scene: Scene) -> None:
    """The provider untags what went and tags what came, by name; a read without tags answers an empty list."""
    pair = {"CertificateBody": scene.leaf.certificate_pem, "PrivateKey": scene.leaf.private_key_pem}
    name = {"ServerCertificateName": "tags"}
    made = terraform.upload_server_certificate(**name, **pair)
    assert "Tags" not in made
    assert terraform.get_server_certificate(**name)["ServerCertificate"]["Tags"] == []
    terraform.tag_server_certificate(**name, Tags=[{"Key": "k1", "Value": "v1"}, {"Key": "k2", "Value": ""}])
    terraform.untag_server_certificate(**name, TagKeys=["k1"])
    found = terraform.list_server_certificate_tags(**name)
    assert found["Tags"] == [{"Key": "k2", "Value": ""}]
    assert found["IsTruncated"] is False
