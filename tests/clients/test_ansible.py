"""Ansible's modules against the server: every playbook runs twice, and the second run changes nothing."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from tests.server import Credentials, Server, cli_environment

_PLAYBOOKS: Final = Path(__file__).parent / "playbooks"
_ANSIBLE: Final = Path(sys.executable).parent / "ansible-playbook"
_RECAP: Final = re.compile(r"ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")


@pytest.fixture
def owner(server: Server) -> Credentials:
    """An account of its own: Ansible sets what the whole account has, its password policy too."""
    return server.account()


def _play(server: Server, name: str, who: Credentials, files: Path) -> int:
    """How many tasks changed something; none may fail."""
    environment = cli_environment(files) | {
        "AWS_ACCESS_KEY_ID": who.access_key_id,
        "AWS_SECRET_ACCESS_KEY": who.secret_access_key,
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        "ANSIBLE_LOCAL_TEMP": str(files / "ansible"),
    }
    command = [
        *(str(_ANSIBLE), str(_PLAYBOOKS / name)),
        *("-e", f"endpoint={server.endpoint}", "-e", f"ansible_python_interpreter={sys.executable}"),
        *("-e", f"files={files}", "-e", f"account={who.account_id}"),
    ]
    done = subprocess.run(command, env=environment, cwd=files, capture_output=True, text=True, check=False, timeout=240)
    recap = _RECAP.search(done.stdout)
    assert recap, done.stdout + done.stderr
    assert (recap[3], recap[4], done.returncode) == ("0", "0", 0), done.stdout + done.stderr
    return int(recap[2])


def test_users_groups_policies_keys_and_certificates(server: Server, owner: Credentials, files: Path) -> None:
    """Made in the first run, found as wanted in the second, gone without a trace in the end."""
    assert _play(server, "identity.yml", owner, files) >= 8
    assert _play(server, "identity.yml", owner, files) == 0
    assert _play(server, "gone.yml", owner, files) == 6
    with server.client("iam", owner) as iam:
        assert iam.list_users()["Users"] == []
        assert iam.list_groups()["Groups"] == []
        assert iam.list_policies(Scope="Local")["Policies"] == []
        assert iam.list_server_certificates()["ServerCertificateMetadataList"] == []


def test_roles_and_instance_profiles(server: Server, owner: Credentials, files: Path) -> None:
    """A role with all that Ansible can give it."""
    assert _play(server, "roles.yml", owner, files) == 3
    assert _play(server, "roles.yml", owner, files) == 0
    assert _play(server, "roles_gone.yml", owner, files) == 2
    assert _play(server, "roles_gone.yml", owner, files) == 0
    with server.client("iam", owner) as iam:
        assert iam.list_roles()["Roles"] == []
        assert iam.list_instance_profiles()["InstanceProfiles"] == []
