"""What people get wrong at the command line: AWS's sentence first, then the cause and the cure; never a stack trace."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from tests.server import Credentials, Server
from tests.uploads import NOT_A_CERTIFICATE, Scene

Aws = Callable[..., "CompletedProcess[str]"]
UPLOAD = ("iam", "upload-server-certificate", "--server-certificate-name", "mistake")


def upload(aws: Aws, body: str, key: str, *more: str) -> str:
    """The message on stderr of an upload that must fail; nothing may be stored or printed."""
    result = aws(*UPLOAD, "--certificate-body", body, "--private-key", key, *more, fails=255)
    assert result.stdout == ""
    return result.stderr.strip()


def test_forgotten_file_prefix(aws: Aws) -> None:
    message = upload(aws, "Certificate.pem", "file://PrivateKey.pem")
    assert message.endswith("--certificate-body file://Certificate.pem.")
    assert f"(MalformedCertificate) when calling the UploadServerCertificate operation: {NOT_A_CERTIFICATE}" in message


def test_forgotten_file_prefix_of_the_key(aws: Aws) -> None:
    message = upload(aws, "file://Certificate.pem", "PrivateKey.pem")
    assert "(MalformedCertificate)" in message
    assert "--private-key file://PrivateKey.pem" in message


def test_wrong_key(aws: Aws, scene: Scene, files: Path) -> None:
    """The key of another certificate; the diagnosis says whose certificate it is, and shows nothing of the key."""
    message = upload(aws, "file://Certificate.pem", "file://privatekey.pem")
    assert "(KeyPairMismatch)" in message
    assert "build.example.com" in message
    lines = (files / "privatekey.pem").read_text().splitlines()[1:-1]
    assert not any(line in message for line in lines)


def test_chain_in_the_wrong_order(aws: Aws, scene: Scene, files: Path) -> None:
    backwards = "".join(issuer.certificate_pem for issuer in reversed(scene.leaf.issuers))
    (files / "backwards.pem").write_text(backwards)
    chain = ("--certificate-chain", "file://backwards.pem")
    message = upload(aws, "file://Certificate.pem", "file://PrivateKey.pem", *chain)
    assert "(MalformedCertificate)" in message
    assert (
        "Unable to validate certificate chain. The certificate chain must start with the immediate signing" in message
    )


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (Credentials("", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), "InvalidClientTokenId"),
        (None, "SignatureDoesNotMatch"),
    ],
    ids=["unknown key", "wrong secret"],
)
def test_credentials_that_are_not_right(
    aws: Aws, administrator: Credentials, who: Credentials | None, code: str
) -> None:
    caller = who or Credentials(administrator.account_id, administrator.access_key_id, "x" * 40)
    assert f"({code})" in aws("sts", "get-caller-identity", who=caller, fails=255).stderr


def test_a_profile_written_by_sealstone_env(server: Server, tmp_path: Path, administrator: Credentials) -> None:
    """`sealstone env --profile NAME` writes what `aws --profile NAME` reads, the endpoint included."""
    files = {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }
    written = server.command("env", "--profile", "here", more=files)
    assert "Wrote profile here" in written.stdout, written.stderr
    who = ("sts", "get-caller-identity", "--query", "Account", "--output", "text")
    found = server.aws("--profile", "here", *who, more=files)
    assert found.stdout.strip() == administrator.account_id, found.stderr
