"""Ansible's module for certificates of ACM: run twice, the second run changes nothing; another file is a re-import."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from tests.pki import Authority, rsa_key, self_signed
from tests.server import Credentials, Server, cli_environment

from sealstone.server.clock import system_clock

_PLAYBOOKS: Final = Path(__file__).parent / "playbooks"
_ANSIBLE: Final = Path(sys.executable).parent / "ansible-playbook"
_RECAP: Final = re.compile(r"ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")


@pytest.fixture
def owner(server: Server) -> Credentials:
    return server.account()


def _play(server: Server, name: str, who: Credentials, files: Path, certificate: str = "first") -> int:
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
        *("-e", f"files={files}", "-e", f"certificate={certificate}"),
    ]
    done = subprocess.run(command, env=environment, cwd=files, capture_output=True, text=True, check=False, timeout=240)
    recap = _RECAP.search(done.stdout)
    assert recap, done.stdout + done.stderr
    assert (recap[3], recap[4], done.returncode) == ("0", "0", 0), done.stdout + done.stderr
    return int(recap[2])


def test_certificates_are_imported_once_and_again_when_they_differ(
    server: Server, owner: Credentials, tmp_path: Path
) -> None:
    now = system_clock()
    root = Authority("Ansible Root", valid_at=now)
    made = {
        "first": root.leaf("first.example.com", key=rsa_key()),
        "second": root.leaf("second.example.com", key=rsa_key()),
        "alone": self_signed("alone.example.com", key=rsa_key(2048, 1), valid_at=now),
    }
    for name, leaf in made.items():
        (tmp_path / f"{name}.pem").write_text(leaf.certificate_pem)
        (tmp_path / f"{name}.key").write_text(leaf.private_key_pem)
    (tmp_path / "chain.pem").write_text(root.certificate_pem)
    assert _play(server, "certificates.yml", owner, tmp_path) == 2
    assert _play(server, "certificates.yml", owner, tmp_path) == 0
    with server.client("acm", owner) as acm:
        before = acm.list_certificates()["CertificateSummaryList"]
        assert _play(server, "certificates.yml", owner, tmp_path, certificate="second") == 1
        after = acm.list_certificates()["CertificateSummaryList"]
        assert [one["CertificateArn"] for one in before] == [one["CertificateArn"] for one in after]
        assert {one["DomainName"] for one in after} == {"second.example.com", "alone.example.com"}
        assert _play(server, "certificates_gone.yml", owner, tmp_path) == 2
        assert acm.list_certificates()["CertificateSummaryList"] == []
