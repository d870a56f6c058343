"""`--expect`: which certificate a file or an ARN means. A running server: tests/clients."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import click
import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from tests.pki import Authority

from sealstone.cli.expected import expected
from sealstone.cli.material import Passwords

ROOT = Authority("Root")
INTERMEDIATE = ROOT.authority("Intermediate")
LEAF = INTERMEDIATE.leaf("build.example.com")
ARN = "arn:aws:iam::123456789012:server-certificate/web/Build"


def written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    "text",
    [
        LEAF.certificate_pem,
        LEAF.certificate_pem + LEAF.chain_pem,
        LEAF.chain_pem + LEAF.certificate_pem,
        LEAF.private_key_pem + LEAF.certificate_pem + LEAF.chain_pem,
    ],
    ids=["alone", "with its chain", "behind its chain", "with its key"],
)
def test_a_file(tmp_path: Path, text: str) -> None:
    assert expected(written(tmp_path / "file", text), Passwords()).piece.der == LEAF.certificate_der


def test_files_that_mean_none(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="there is no certificate in"):
        expected(written(tmp_path / "key", LEAF.private_key_pem), Passwords())
    with pytest.raises(click.ClickException, match=r"there is no certificate in .*: "):
        expected(written(tmp_path / "text", "nothing of the sort"), Passwords())
    two = LEAF.certificate_pem + INTERMEDIATE.leaf("other.example.com").certificate_pem
    with pytest.raises(click.ClickException, match="two"):
        expected(written(tmp_path / "two", two), Passwords())
    with pytest.raises(click.ClickException, match="cannot read"):
        expected(str(tmp_path / "absent"), Passwords())


class Client:
    """What botocore makes, as far as it is used."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self._answer = answer

    def get_server_certificate(self, *, ServerCertificateName: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        assert ServerCertificateName == "Build"
        if isinstance(self._answer, Exception):
            raise self._answer
        return {"ServerCertificate": self._answer}

    def close(self) -> None:
        """As botocore's."""


Answering = Callable[[dict[str, Any] | Exception], None]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """Lets the API answer so."""

    def answer(said: dict[str, Any] | Exception) -> None:
        def create_client(_session: object, service: str, region_name: str) -> Any:
            assert (service, region_name) == ("iam", "us-east-1")
            return Client(said)

        monkeypatch.delenv("AWS_REGION", raising=False)
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        monkeypatch.setattr(botocore.session.Session, "create_client", create_client)

    return answer


def test_an_arn(answering: Answering) -> None:
    answering({"CertificateBody": LEAF.certificate_pem, "ServerCertificateMetadata": {"Arn": ARN}})
    assert expected(ARN, Passwords()).piece.der == LEAF.certificate_der


def test_an_arn_of_another_account(answering: Answering) -> None:
    other = ARN.replace("123456789012", "210987654321")
    answering({"CertificateBody": LEAF.certificate_pem, "ServerCertificateMetadata": {"Arn": other}})
    with pytest.raises(click.ClickException, match=f"another account: there the certificate is {other}"):
        expected(ARN, Passwords())


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ClientError({"Error": {"Code": "NoSuchEntity", "Message": "not found"}}, "GetServerCertificate"), "not found"),
        (NoCredentialsError(), "Unable to locate credentials"),
    ],
)
def test_an_api_that_refuses(answering: Answering, fault: Exception, words: str) -> None:
    answering(fault)
    with pytest.raises(click.ClickException, match=f"cannot get server certificate Build: .*{words}"):
        expected(ARN, Passwords())


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:acm:us-east-1:123456789012:certificate/1",
        "arn:aws:iam::123456789012:user/Build",
        "arn:aws:iam::1:server-certificate/Build",
        "arn:aws:iam::123456789012:server-certificate/",
        "arn:aws:iam::123456789012:server-certificate/a b",
    ],
)
def test_what_is_no_arn_of_a_server_certificate(arn: str) -> None:
    with pytest.raises(click.ClickException, match="is not the ARN of an IAM server certificate"):
        expected(arn, Passwords())
