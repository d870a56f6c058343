"""The second generation of the aws CLI, as distributions package it (Debian's `awscli`), through ACM and listeners.

It is no package of the index, so it is looked for on this machine; where there is none the test says so and is left
out. The first generation does the same in test_acm.py and test_acm_requests.py.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tests.backend import free_port
from tests.listening import PATIENCE, Site, stopped_after
from tests.pki import Authority, key_pem
from tests.server import Server, cli_environment

NAME: Final = "www.corp.example"
PHRASE: Final = "correct horse battery"
_OWN: Final = str(Path(sys.executable).parent)


@cache
def second_generation() -> str | None:
    """The command, when there is one outside of this environment."""
    elsewhere = os.pathsep.join(
        part for part in os.get_exec_path() if part != _OWN and "shims" not in part and ".venv" not in part
    )
    found = shutil.which("aws", path=elsewhere)
    if found is None:
        return None
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False, timeout=60)
    return found if told.stdout.startswith("aws-cli/2.") else None


class Cli:
    """`aws` of the second generation as one account's root; this one knows no AWS_ENDPOINT_URL yet."""

    def __init__(self, server: Server, site: Site, directory: Path) -> None:
        command = second_generation()
        if command is None:
            pytest.skip("there is no aws CLI of the second generation on PATH (Debian: apt-get install awscli)")
        self._command, self._endpoint, self._directory = command, server.endpoint, directory
        self._environment = cli_environment(directory) | site.who.environment(server.endpoint)

    def __call__(self, *arguments: str, status: int = 0) -> Any:
        """The answer of a command that succeeds, or what one that fails says."""
        command = [self._command, "--endpoint-url", self._endpoint, *arguments]
        done = subprocess.run(
            command,
            cwd=self._directory,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert (done.returncode == 0) == (status == 0), done.stdout + done.stderr
        return done.stderr if status else json.loads(done.stdout or "null")

    def until(self, arn: str, **members: Any) -> dict[str, Any]:
        """Describe until these members have these values."""
        deadline = time.monotonic() + PATIENCE
        while True:
            told: dict[str, Any] = self("acm", "describe-certificate", "--certificate-arn", arn)["Certificate"]
            if all(told.get(name) == value for name, value in members.items()):
                return told
            assert time.monotonic() < deadline, told


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """One of its own, with a data plane."""
    with Server(tmp_path / "server") as running, stopped_after(running):
        yield running


def files_of(directory: Path, number: int) -> tuple[str, ...]:
    """Three files, and the options that name them as blobs."""
    leaf = Authority("CLI Root").leaf(NAME)
    names = {"certificate": leaf.certificate_pem, "private-key": key_pem(leaf.key), "certificate-chain": leaf.chain_pem}
    options: list[str] = []
    for name, text in names.items():
        (directory / f"{name}-{number}.pem").write_text(text)
        options += [f"--{name}", f"fileb://{name}-{number}.pem"]
    return tuple(options)


def padded(directory: Path) -> str:
    """A file with a certificate whose base64 ends with padding: Python decodes it with BEGIN, and stops there."""
    leaves = (Authority("CLI Root").leaf("x" * size + ".example") for size in range(1, 30))
    leaf = next(leaf for leaf in leaves if len(leaf.certificate_der) % 3)
    (directory / "padded.pem").write_text(leaf.certificate_pem)
    return "padded.pem"


def test_imported_twice_and_issued(server: Server, tmp_path: Path) -> None:
    site, port = Site(server), free_port()
    aws = Cli(server, site, tmp_path)
    imported = aws("acm", "import-certificate", *files_of(tmp_path, 1))["CertificateArn"]
    before = aws.until(imported, Type="IMPORTED")
    again = aws("acm", "import-certificate", "--certificate-arn", imported, *files_of(tmp_path, 2))
    assert again == {"CertificateArn": imported}
    assert aws.until(imported, Type="IMPORTED")["Serial"] != before["Serial"]
    assert "Invalid base64" in aws(
        "acm", "import-certificate", "--certificate", "file://certificate-1.pem", "--private-key", "x", status=252
    )
    decoded = ("--certificate", f"file://{padded(tmp_path)}", "--private-key", "fileb://private-key-1.pem")
    told = aws("acm", "import-certificate", *decoded, status=254)
    assert "is PEM that was decoded as base64 on its way. Write --certificate fileb://Certificate.pem" in told

    authority = next(
        arn for arn in json.loads(server.done("ca", "show", "--json"))["Arns"] if site.who.account_id in arn
    )
    issued = aws("acm", "request-certificate", "--domain-name", NAME, "--certificate-authority-arn", authority)[
        "CertificateArn"
    ]
    told = aws.until(issued, Status="ISSUED")
    assert aws("acm", "wait", "certificate-validated", "--certificate-arn", issued) is None
    listed = aws("acm", "list-certificates")["CertificateSummaryList"]
    assert {one["CertificateArn"] for one in listed} >= {issued}
    (tmp_path / "phrase").write_text(PHRASE)
    exported = aws("acm", "export-certificate", "--certificate-arn", issued, "--passphrase", "fileb://phrase")
    key = load_pem_private_key(exported["PrivateKey"].encode(), PHRASE.encode())
    assert isinstance(key, RSAPrivateKey)

    site.balance(port, issued)
    group = _application(aws, issued)
    assert len(aws.until(issued)["InUseBy"]) == 2
    aws("acm", "renew-certificate", "--certificate-arn", issued)
    deadline = time.monotonic() + PATIENCE
    while aws.until(issued)["Serial"] == told["Serial"]:
        assert time.monotonic() < deadline
    assert "ResourceInUseException" in aws("acm", "delete-certificate", "--certificate-arn", issued, status=254)
    site.remove(port)
    aws("elbv2", "delete-load-balancer", "--load-balancer-arn", group)
    for arn in (issued, imported):
        aws("acm", "delete-certificate", "--certificate-arn", arn)
    site.close()


def _application(aws: Cli, certificate: str) -> str:
    """An application load balancer with the certificate on a listener; its ARN."""
    subnets = ("--subnets", "subnet-0a", "subnet-0b")
    arn: str = aws("elbv2", "create-load-balancer", "--name", "second", *subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    action = "Type=fixed-response,FixedResponseConfig={StatusCode=200}"
    aws(
        *("elbv2", "create-listener", "--load-balancer-arn", arn, "--protocol", "HTTPS", "--port", str(free_port())),
        *("--certificates", f"CertificateArn={certificate}", "--default-actions", action),
    )
    return arn
