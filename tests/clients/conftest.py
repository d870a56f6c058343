"""One running server for each worker, its administrator, and certificates that are valid now."""

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from tests.server import SERVICE_QUOTA, Credentials, Server
from tests.uploads import Scene

from sealstone.server.clock import system_clock

Aws = Callable[..., "CompletedProcess[str]"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Stopped in good order at the end; by then nothing of it may hold a private key in the clear."""
    with Server(tmp_path_factory.mktemp("sealstone")) as running:
        account_id = running.credentials().account_id
        running.done("account", "quota", "set", account_id, SERVICE_QUOTA, "100000")
        yield running
        running.stop()
        files = [running.log, *(path for path in running.data.rglob("*") if path.is_file())]
        assert [path.name for path in files if b"PRIVATE KEY" in path.read_bytes()] == []


@pytest.fixture(scope="session")
def administrator(server: Server) -> Credentials:
    """A user who may do everything; the account has room for many certificates."""
    return server.credentials()


@pytest.fixture(scope="session")
def iam(server: Server, administrator: Credentials) -> Iterator[Any]:
    """The administrator's boto3 client."""
    with server.client("iam", administrator) as client:
        yield client


@pytest.fixture(scope="session")
def scene() -> Scene:
    """An authority, intermediates and leaves, valid now."""
    return Scene.around(system_clock())


@pytest.fixture
def files(tmp_path: Path, scene: Scene) -> Path:
    """A directory with the files that the documents name."""
    directory = tmp_path / "files"
    directory.mkdir()
    for name, text in (
        ("Certificate.pem", scene.leaf.certificate_pem),
        ("CertificateChain.pem", scene.leaf.chain_pem),
        ("PrivateKey.pem", scene.leaf.private_key_pem),
        ("public_key_certificate_file", scene.rsa_leaf.certificate_pem),
        ("privatekey.pem", scene.rsa_leaf.traditional_private_key_pem),
        ("certificate_chain_file", scene.rsa_leaf.chain_pem),
        ("self_signed_certificate_file", scene.alone.certificate_pem),
        ("self_signed_privatekey.pem", scene.alone.private_key_pem),
    ):
        (directory / name).write_text(text)
    return directory


@pytest.fixture
def aws(server: Server, administrator: Credentials, files: Path) -> Aws:
    """`aws ARGUMENTS` in the directory of the files; it must succeed, unless `fails` is the status expected."""
    return _runner(server, administrator, files, cold=False)


@pytest.fixture
def cold_aws(server: Server, administrator: Credentials, files: Path) -> Aws:
    """The same, started as a user starts it: the interpreter, the console script and all that it imports."""
    return _runner(server, administrator, files, cold=True)


def _runner(server: Server, administrator: Credentials, files: Path, *, cold: bool) -> Aws:
    def run(*arguments: str, who: Credentials = administrator, fails: int = 0) -> "CompletedProcess[str]":
        result = server.aws(*arguments, who=who, cwd=files, cold=cold)
        assert result.returncode == fails, f"aws {' '.join(arguments)}: {result.stdout}{result.stderr}"
        return result

    return run
