"""boto3 as programs use it: exceptions by class, paginators, read-after-write, presigned URLs, regions, clock skew."""

import urllib.error
import urllib.request
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, cast
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import botocore.auth
import botocore.awsrequest
import botocore.compat
import botocore.credentials
import botocore.exceptions
import pytest
from tests.clients.wire import IAM, WHO_AM_I, Line
from tests.pki import key_pem
from tests.server import Credentials, Server
from tests.uploads import Scene

from sealstone.server.clock import system_clock

ClientError = botocore.exceptions.ClientError


@pytest.fixture
def account(server: Server) -> Credentials:
    return server.account(certificates=1000)


def upload(iam: Any, scene: Scene, name: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = iam.upload_server_certificate(
        ServerCertificateName=name,
        CertificateBody=scene.leaf.certificate_pem,
        PrivateKey=scene.leaf.private_key_pem,
        **more,
    )
    return made


def test_exceptions_have_their_classes(iam: Any, scene: Scene) -> None:
    errors = iam.exceptions
    with pytest.raises(errors.NoSuchEntityException) as missing:
        iam.get_server_certificate(ServerCertificateName="missing")
    assert missing.value.response["Error"] == {
        "Type": "Sender",
        "Code": "NoSuchEntity",
        "Message": "The Server Certificate with name missing cannot be found.",
    }
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert missing.value.response["ResponseMetadata"]["RequestId"]
    upload(iam, scene, "classes")
    with pytest.raises(errors.EntityAlreadyExistsException, match="with name classes already exists"):
        upload(iam, scene, "classes")
    with pytest.raises(errors.EntityAlreadyExistsException):
        upload(iam, scene, "CLASSES")
    with pytest.raises(errors.MalformedCertificateException):
        iam.upload_server_certificate(ServerCertificateName="x", CertificateBody="x", PrivateKey="y")
    with pytest.raises(errors.KeyPairMismatchException):
        iam.upload_server_certificate(
            ServerCertificateName="x",
            CertificateBody=scene.leaf.certificate_pem,
            PrivateKey=key_pem(scene.alone.key),
        )
    with pytest.raises(errors.InvalidInputException, match="Duplicate tag keys found"):
        upload(iam, scene, "x", Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}])
    with pytest.raises(errors.MalformedPolicyDocumentException):
        iam.put_user_policy(UserName="administrator", PolicyName="bad", PolicyDocument="{}")
    with pytest.raises(ClientError, match=r"ValidationError.*'serverCertificateName' failed to satisfy constraint"):
        upload(iam, scene, "no/slash")
    iam.delete_server_certificate(ServerCertificateName="classes")


def test_read_after_write(iam: Any, scene: Scene) -> None:
    """No write is answered before every read sees it; the client keeps several connections."""
    for number in range(30):
        name = f"at-once-{number}"
        made = upload(iam, scene, name, Tags=[{"Key": "n", "Value": str(number)}])["ServerCertificateMetadata"]
        found = iam.get_server_certificate(ServerCertificateName=name)["ServerCertificate"]
        assert found["ServerCertificateMetadata"] == made
        assert found["Tags"] == [{"Key": "n", "Value": str(number)}]
        iam.update_server_certificate(ServerCertificateName=name, NewServerCertificateName=f"{name}-b")
        renamed = iam.get_server_certificate(ServerCertificateName=f"{name}-b")["ServerCertificate"]
        assert renamed["ServerCertificateMetadata"]["ServerCertificateId"] == made["ServerCertificateId"]
        iam.delete_server_certificate(ServerCertificateName=f"{name}-b")
        with pytest.raises(iam.exceptions.NoSuchEntityException):
            iam.get_server_certificate(ServerCertificateName=f"{name}-b")


def test_paginators(server: Server, account: Credentials, scene: Scene) -> None:
    """250 certificates in pages of 100 (the default) and of 7; users too."""
    pair = {"CertificateBody": scene.leaf.certificate_pem, "PrivateKey": scene.leaf.private_key_pem}
    names = [f"page-{number:03}" for number in range(250)]
    with Line(server.endpoint, account) as line:
        for name in names:
            path = "/even/" if int(name[-1]) % 2 == 0 else "/odd/"
            answer = line.call("UploadServerCertificate", ServerCertificateName=name, Path=path, **pair)
            assert answer.status == 200, answer
        for number in range(30):
            assert line.call("CreateUser", UserName=f"user-{number:02}").status == 200
    with server.client("iam", account) as iam:
        first = iam.list_server_certificates()
        assert len(first["ServerCertificateMetadataList"]) == 100
        assert first["IsTruncated"] is True
        pages = iam.get_paginator("list_server_certificates")
        for settings in ({}, {"PageSize": 7}):
            found = pages.paginate(PaginationConfig=settings).build_full_result()["ServerCertificateMetadataList"]
            assert [item["ServerCertificateName"] for item in found] == names
        even = pages.paginate(PathPrefix="/ev", PaginationConfig={"PageSize": 20}).build_full_result()
        assert len(even["ServerCertificateMetadataList"]) == 125
        users = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 4}).build_full_result()
        assert [user["UserName"] for user in users["Users"]] == [f"user-{number:02}" for number in range(30)]
        with pytest.raises(ClientError, match=r"ValidationError.*Invalid Marker\."):
            iam.list_server_certificates(Marker="not one of ours")


def test_any_region(server: Server, administrator: Credentials) -> None:
    for region in ("eu-central-1", "us-gov-west-1", "local"):
        with server.client("sts", administrator, region=region) as sts:
            assert sts.get_caller_identity()["Account"] == administrator.account_id


def test_get_form(server: Server, administrator: Credentials) -> None:
    """The parameters in the query string of a GET, signed in the header."""
    request = botocore.awsrequest.AWSRequest("GET", f"{server.endpoint}/?{WHO_AM_I}")
    keys = botocore.credentials.Credentials(administrator.access_key_id, administrator.secret_access_key)
    botocore.auth.SigV4Auth(keys, "sts", "us-east-1").add_auth(request)
    with Line(server.endpoint, administrator) as line:
        answer = line.send(b"", dict(request.headers.items()), method="GET", path=f"/?{WHO_AM_I}")
    assert answer.status == 200, answer
    assert administrator.account_id.encode() in answer.body


def test_presigned_url_by_plain_get(server: Server, administrator: Credentials) -> None:
    with server.client("sts", administrator) as sts:
        url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own server
        tree = ET.fromstring(answer.read())  # noqa: S314 - our own answer
    assert tree.findtext(".//{*}Arn") == f"arn:aws:iam::{administrator.account_id}:user/administrator"
    with pytest.raises(urllib.error.HTTPError) as tampered:
        urllib.request.urlopen(f"{url}0", timeout=30)  # noqa: S310 - our own server
    with tampered.value:
        assert tampered.value.code == 403


def test_presigned_request_of_iam(server: Server, administrator: Credentials) -> None:
    """What SDKs offer no method for: a presigned IAM read."""
    query = urlencode({"Action": "GetUser", "Version": IAM})
    request = botocore.awsrequest.AWSRequest("GET", f"{server.endpoint}/?{query}")
    keys = botocore.credentials.Credentials(administrator.access_key_id, administrator.secret_access_key)
    botocore.auth.SigV4QueryAuth(keys, "iam", "us-east-1", expires=30).add_auth(request)
    with urllib.request.urlopen(request.url, timeout=30) as answer:  # noqa: S310 - our own server
        assert b"<UserName>administrator</UserName>" in answer.read()


@pytest.mark.parametrize(("hours", "words"), [(-3, "Signature expired: "), (3, "Signature not yet current: ")])
def test_a_client_with_a_wrong_clock_is_told_the_time(
    server: Server, administrator: Credentials, monkeypatch: pytest.MonkeyPatch, hours: int, words: str
) -> None:
    """AWS's sentence, by which SDKs know a skewed clock, and the Date header, by which they correct it."""
    true_now = botocore.compat.get_current_datetime

    def skewed(**options: bool) -> datetime:
        return cast("datetime", true_now(**options)) + timedelta(hours=hours)

    monkeypatch.setattr(botocore.auth, "get_current_datetime", skewed)
    with server.client("sts", administrator) as sts, pytest.raises(ClientError, match=words) as refused:
        sts.get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    told = parsedate_to_datetime(refused.value.response["ResponseMetadata"]["HTTPHeaders"]["date"])
    assert abs(system_clock() - told) < timedelta(minutes=1)
