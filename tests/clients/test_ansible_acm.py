"""Ansible's module for certificates of ACM: run twice, the second run changes nothing; another file is a re-import."""

from pathlib import Path

import pytest
from tests.clients.ansible import play
from tests.pki import Authority, rsa_key, self_signed
from tests.server import Credentials, Server

from sealstone.server.clock import system_clock


@pytest.fixture
def owner(server: Server) -> Credentials:
    return server.account()


def _play(server: Server, name: str, who: Credentials, files: Path, certificate: str = "first") -> int:
    values = {"endpoint": server.endpoint, "files": str(files), "certificate": certificate}
    return play(name, who, files, values)


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
