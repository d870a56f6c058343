"""Signing certificates by unmodified clients: the document's command lines, skeletons, paginators, many at once."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from threading import Lock
from typing import Any

import pytest
from tests.clients.test_concurrency import at_once
from tests.pki import Leaf, rsa_key, self_signed
from tests.server import Credentials, Server
from tests.uploads import Scene

Aws = Callable[..., "CompletedProcess[str]"]

BOB = ("--user-name", "Bob")
UPLOAD = ("iam", "upload-signing-certificate")
LIST = ("iam", "list-signing-certificates")
UPDATE = ("iam", "update-signing-certificate")
DELETE = ("iam", "delete-signing-certificate")
FULL = "Cannot exceed quota for CertificatesPerUser: 2"


@pytest.fixture
def company(server: Server) -> Credentials:
    """An account of its own, acting as its root, with a user Bob."""
    account = server.account()
    with server.client("iam", account) as iam:
        iam.create_user(UserName="Bob")
    return account


@pytest.fixture
def certificates(scene: Scene, files: Path) -> list[Leaf]:
    """Three that nobody else has, and the first as the document's file."""
    made = [self_signed(f"bob-{number}.example.com", valid_at=scene.at) for number in range(3)]
    for number, item in enumerate(made):
        (files / f"certificate-{number}.pem").write_text(item.certificate_pem)
    (files / "certificate.pem").write_text(made[0].certificate_pem)
    return made


def answered(result: "CompletedProcess[str]") -> Any:
    return json.loads(result.stdout)


def test_the_document_s_command_line(aws: Aws, company: Credentials, certificates: list[Leaf]) -> None:
    """As written: `aws iam upload-signing-certificate --user-name Bob --certificate-body file://certificate.pem`."""
    body = ("--certificate-body", "file://certificate.pem")
    made = answered(aws(*UPLOAD, *BOB, *body, who=company))["Certificate"]
    assert list(made) == ["UserName", "CertificateId", "CertificateBody", "Status", "UploadDate"]
    assert (made["UserName"], made["Status"]) == ("Bob", "Active")
    assert made["CertificateBody"] == certificates[0].certificate_pem
    assert len(made["CertificateId"]) >= 24
    assert answered(aws(*LIST, *BOB, who=company)) == {"Certificates": [made]}

    again = aws(*UPLOAD, *BOB, *body, who=company, fails=255)
    assert "An error occurred (DuplicateCertificate) when calling the UploadSigningCertificate" in again.stderr

    which = ("--certificate-id", made["CertificateId"])
    for status in ("Inactive", "Inactive", "Active"):
        assert aws(*UPDATE, *BOB, *which, "--status", status, who=company).stdout == ""
        assert answered(aws(*LIST, *BOB, who=company))["Certificates"][0]["Status"] == status
    keeps = aws("iam", "delete-user", *BOB, who=company, fails=255)
    assert "(DeleteConflict)" in keeps.stderr
    assert "Cannot delete entity, must delete certificates first." in keeps.stderr

    assert aws(*DELETE, *BOB, *which, who=company).stdout == ""
    assert answered(aws(*LIST, *BOB, who=company)) == {"Certificates": []}
    gone = f"(NoSuchEntity) when calling the DeleteSigningCertificate operation: The Certificate with id {which[1]}"
    assert gone in aws(*DELETE, *BOB, *which, who=company, fails=255).stderr
    aws("iam", "delete-user", *BOB, who=company)
    assert "The user with name Bob cannot be found." in aws(*LIST, *BOB, who=company, fails=255).stderr


def test_who_names_no_user_is_the_user(aws: Aws, company: Credentials, certificates: list[Leaf]) -> None:
    """Determined by the access key; root's own are root's (documented), and have no name."""
    assert certificates
    body = ("--certificate-body", "file://certificate-0.pem")
    made = answered(aws(*UPLOAD, *body, who=company))["Certificate"]
    assert "UserName" not in made
    assert answered(aws(*LIST, who=company)) == {"Certificates": [made]}
    assert answered(aws(*LIST, *BOB, who=company)) == {"Certificates": []}
    summary = answered(aws("iam", "get-account-summary", who=company))["SummaryMap"]
    assert summary["AccountSigningCertificatesPresent"] == 1
    aws(*UPDATE, "--certificate-id", made["CertificateId"], "--status", "Inactive", who=company)
    aws(*DELETE, "--certificate-id", made["CertificateId"], who=company)


def test_from_skeletons(aws: Aws, company: Credentials, files: Path, certificates: list[Leaf]) -> None:
    """--generate-cli-skeleton filled in and sent with --cli-input-json, for all four; options win over the file."""
    skeleton = answered(aws(*UPLOAD, "--generate-cli-skeleton", who=company))
    assert skeleton == {"UserName": "", "CertificateBody": ""}
    # `--generate-cli-skeleton output` fails in the command itself: its made-up id is shorter than its model allows.

    def sent(command: tuple[str, ...], *more: str, **values: str) -> "CompletedProcess[str]":
        (files / "input.json").write_text(json.dumps(values))
        return aws(*command, "--cli-input-json", "file://input.json", *more, who=company)

    made = answered(sent(UPLOAD, UserName="Bob", CertificateBody=certificates[1].certificate_pem))["Certificate"]
    assert answered(sent(LIST, UserName="Bob"))["Certificates"] == [made]
    sent(UPDATE, "--status", "Inactive", UserName="Bob", CertificateId=made["CertificateId"], Status="Active")
    assert answered(sent(LIST, "--user-name", "Bob", UserName="Eve"))["Certificates"][0]["Status"] == "Inactive"
    sent(DELETE, UserName="Bob", CertificateId=made["CertificateId"])
    assert answered(sent(LIST, UserName="Bob")) == {"Certificates": []}


def test_what_people_send_by_mistake(aws: Aws, company: Credentials, certificates: list[Leaf]) -> None:
    assert certificates
    forgotten = aws(*UPLOAD, *BOB, "--certificate-body", "certificate.pem", who=company, fails=255).stderr
    assert "(MalformedCertificate)" in forgotten
    assert "Certificate certificate.pem is malformed. " in forgotten
    assert "Put file:// before the name" in forgotten
    key = aws(*UPLOAD, *BOB, "--certificate-body", "file://PrivateKey.pem", who=company, fails=255).stderr
    assert "(MalformedCertificate)" in key
    assert "The text holds a private key." in key
    chain = aws(*UPLOAD, *BOB, "--certificate-body", "file://CertificateChain.pem", who=company, fails=255).stderr
    assert "it must hold exactly one" in chain


def test_a_third_is_refused_one_by_one_and_eight_at_once(
    server: Server, company: Credentials, scene: Scene, certificates: list[Leaf]
) -> None:
    eight = [self_signed(f"eight-{number}.example.com", valid_at=scene.at) for number in range(8)]
    with server.client("iam", company) as iam:

        def upload(number: int) -> Any:
            return iam.upload_signing_certificate(UserName="Bob", CertificateBody=eight[number].certificate_pem)

        assert at_once(8, upload) == {("ok", ""): 2, ("LimitExceeded", FULL): 6}
        kept = iam.list_signing_certificates(UserName="Bob")["Certificates"]
        assert len(kept) == 2
        iam.update_signing_certificate(UserName="Bob", CertificateId=kept[0]["CertificateId"], Status="Inactive")
        with pytest.raises(iam.exceptions.LimitExceededException, match=FULL):
            iam.upload_signing_certificate(UserName="Bob", CertificateBody=certificates[0].certificate_pem)
        iam.delete_signing_certificate(UserName="Bob", CertificateId=kept[0]["CertificateId"])
        iam.upload_signing_certificate(UserName="Bob", CertificateBody=certificates[0].certificate_pem)


def test_one_certificate_sent_for_eight_users_at_once_is_one_s(
    server: Server, company: Credentials, certificates: list[Leaf]
) -> None:
    """Whoever is first: a certificate names one caller."""
    with server.client("iam", company) as iam:
        names = [f"user-{number}" for number in range(8)]
        for name in names:
            iam.create_user(UserName=name)
        told: list[str] = []
        lock = Lock()

        def upload(number: int) -> None:
            iam.upload_signing_certificate(UserName=names[number], CertificateBody=certificates[0].certificate_pem)
            with lock:
                told.append(names[number])

        outcomes = at_once(8, upload)
        assert sum(count for (code, _), count in outcomes.items() if code == "ok") == 1
        assert sum(count for (code, _), count in outcomes.items() if code == "DuplicateCertificate") == 7
        owners = [name for name in names if iam.list_signing_certificates(UserName=name)["Certificates"]]
        assert owners == told
        with pytest.raises(iam.exceptions.DuplicateCertificateException):
            iam.upload_signing_certificate(CertificateBody=certificates[0].certificate_pem)


def test_paginator_and_error_classes(server: Server, company: Credentials, certificates: list[Leaf]) -> None:
    with server.client("iam", company) as iam:
        made = [
            iam.upload_signing_certificate(UserName="Bob", CertificateBody=item.certificate_pem)["Certificate"]
            for item in certificates[:2]
        ]
        pages = iam.get_paginator("list_signing_certificates")
        for settings, count in (({}, 1), ({"PageSize": 1}, 2)):
            found = list(pages.paginate(UserName="Bob", PaginationConfig=settings))
            assert len(found) == count
            every = [item for page in found for item in page["Certificates"]]
            assert every == sorted(made, key=lambda item: str(item["CertificateId"]))
        whole = pages.paginate(UserName="Bob", PaginationConfig={"MaxItems": 1}).build_full_result()
        assert len(whole["Certificates"]) == 1
        assert "NextToken" in whole
        with pytest.raises(iam.exceptions.MalformedCertificateException):
            iam.upload_signing_certificate(UserName="Bob", CertificateBody="hello")
        small = self_signed("small.example.com", key=rsa_key(1024), valid_at=certificates[0].valid_at)
        with pytest.raises(iam.exceptions.InvalidCertificateException):
            iam.upload_signing_certificate(UserName="Bob", CertificateBody=small.certificate_pem)
        with pytest.raises(iam.exceptions.NoSuchEntityException):
            iam.update_signing_certificate(UserName="Bob", CertificateId="A" * 32, Status="Active")
