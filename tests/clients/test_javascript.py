"""The AWS SDK for JavaScript v3, on the Node.js of a package: installed from its lock file."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from tests.server import Credentials, Server, cli_environment

_HERE: Final = Path(__file__).parent / "javascript"
_BIN: Final = Path(sys.executable).parent


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


def test_users_and_certificates(server: Server, administrator: Credentials, modules: Path, files: Path) -> None:
    """Commands, a paginator, a waiter and the error classes; the script asserts all of it."""
    environment = cli_environment(files) | {
        "AWS_ACCESS_KEY_ID": administrator.access_key_id,
        "AWS_SECRET_ACCESS_KEY": administrator.secret_access_key,
    }
    names = ("Certificate.pem", "PrivateKey.pem", "CertificateChain.pem")
    command = [str(_BIN / "node"), "identity.mjs", server.endpoint, *(str(files / name) for name in names)]
    done = subprocess.run(
        command, cwd=modules, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.endswith("done\n"), done.stdout + done.stderr
