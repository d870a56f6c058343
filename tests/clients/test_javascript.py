"""The AWS SDK for JavaScript v3, on the Node.js of a package: installed from its lock file."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.backend import backend
from tests.listening import stopped_after
from tests.pki import rsa_key
from tests.server import Credentials, Server, cli_environment
from tests.uploads import Scene

_HERE: Final = Path(__file__).parent / "javascript"
_BIN: Final = Path(sys.executable).parent
_INSTANCE: Final = "i-0abc1234"
_FILES: Final = ("Certificate.pem", "PrivateKey.pem", "CertificateChain.pem")


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the scripts and `node_modules`, outside the project."""
    there = tmp_path_factory.mktemp("javascript")
    shutil.copytree(_HERE, there, dirs_exist_ok=True)
    command = [str(_BIN / "npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=there, capture_output=True, text=True, check=False, timeout=240)
    if done.returncode != 0:
        pytest.skip(f"the SDK cannot be installed from the npm registry: {done.stderr[-400:]}")
    return there


@pytest.fixture(scope="module")
def balancing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: its load balancers get addresses that nothing else here listens at."""
    settings = {"listener_addresses": "127.86.0.0/24", "listener_port_offset": "20000"}
    with Server(tmp_path_factory.mktemp("balancing"), settings=settings) as running, stopped_after(running):
        running.done("instance", "add", _INSTANCE, "127.0.0.1", "--account", running.credentials().account_id)
        yield running
        running.stop()


@pytest.fixture(scope="module")
def arns(balancing: Server, scene: Scene) -> tuple[str, ...]:
    """Of two server certificates."""
    with balancing.client("iam", balancing.credentials()) as iam:
        return tuple(
            iam.upload_server_certificate(
                ServerCertificateName=name,
                CertificateBody=leaf.certificate_pem,
                PrivateKey=leaf.private_key_pem,
                CertificateChain=leaf.chain_pem,
            )["ServerCertificateMetadata"]["Arn"]
            for name, leaf in (("first", scene.leaf), ("second", scene.rsa_leaf))
        )


def told(modules: Path, script: str, server: Server, who: Credentials, *arguments: str) -> None:
    """A story that asserts everything itself, and ends by saying so."""
    environment = cli_environment(modules) | {
        "AWS_ACCESS_KEY_ID": who.access_key_id,
        "AWS_SECRET_ACCESS_KEY": who.secret_access_key,
    }
    command = [str(_BIN / "node"), script, server.endpoint, *arguments]
    done = subprocess.run(
        command, cwd=modules, env=environment, capture_output=True, text=True, check=False, timeout=180
    )
    assert done.stdout.endswith("done\n"), done.stdout + done.stderr


@pytest.mark.parametrize("script", ["identity.mjs", "acm.mjs"])
def test_certificates(
    server: Server, administrator: Credentials, scene: Scene, modules: Path, tmp_path: Path, script: str
) -> None:
    """Commands, a paginator, a waiter and the error classes; a certificate that nobody else signs with here."""
    leaf = scene.lower.leaf(f"{script}.example.com", key=rsa_key())
    for name, text in zip(_FILES, (leaf.certificate_pem, leaf.private_key_pem, leaf.chain_pem), strict=True):
        (tmp_path / name).write_text(text)
    told(modules, script, server, administrator, *(str(tmp_path / name) for name in _FILES))


@pytest.mark.parametrize("script", ["elb.mjs", "elbv2.mjs"])
def test_load_balancers(balancing: Server, arns: tuple[str, ...], modules: Path, script: str) -> None:
    """From creation to deletion: listeners, certificates, rules, instances that are really asked, every waiter."""
    with backend() as port:
        told(modules, script, balancing, balancing.credentials(), *arns, _INSTANCE, str(port))
