"""Ansible's modules against the server: every playbook runs twice, and the second run changes nothing."""

from pathlib import Path

import pytest
from tests.clients.ansible import play
from tests.server import Credentials, Server


@pytest.fixture
def owner(server: Server) -> Credentials:
    """An account of its own: Ansible sets what the whole account has, its password policy too."""
    return server.account()


def _play(server: Server, name: str, who: Credentials, files: Path) -> int:
    values = {"endpoint": server.endpoint, "files": str(files), "account": who.account_id}
    return play(name, who, files, values)


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
