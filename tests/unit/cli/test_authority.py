"""`sealstone ca`: what it shows and writes, that it makes no authority, and that no key comes out."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from cryptography import x509
from tests.authority import HOLDER, order_of

from sealstone.cli import authority, main
from sealstone.issuers.issuer import Issued
from sealstone.model.authority import AuthorityCertificate, AuthorityPlan, RevocationReason, Role, State
from sealstone.seal.envelope import Keyring
from sealstone.server.clock import system_clock
from sealstone.server.settings import read
from sealstone.server.vault import open_vault
from sealstone.store import accounts, audit, authorities, issued_certificates
from sealstone.workers.authority import AuthorityKeeper
from sealstone.x509.making.problems import UnusableKey

PLAN = AuthorityPlan(url="http://127.0.0.1:7420/ca")


@pytest.fixture
def empty(tmp_path: Path) -> str:
    """A data directory before the server made its authority."""
    folder = str(tmp_path / "data")
    with open_vault(read({"data": folder}, {}), create=True):
        pass
    return folder


@pytest.fixture
def data(empty: str) -> str:
    """A data directory after its first start."""
    with open_vault(read({"data": empty}, {}), create=False) as vault:
        AuthorityKeeper(vault.store, vault.keyring, os.urandom, system_clock, PLAN).ensure()
    (Path(empty) / "authority-url").write_text(f"{PLAN.url}\n")
    return empty


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["ca", *arguments])
    captured = capsys.readouterr()
    assert "PRIVATE" not in captured.out + captured.err
    return int(status), captured.out, captured.err


def shown(capsys: pytest.CaptureFixture[str], data: str) -> dict[str, Any]:
    status, out, _ = run(capsys, "show", "--data", data, "--json", "--region", "eu-west-1")
    assert status == 0
    found: dict[str, Any] = json.loads(out)
    return found


def issue(data: str, revoked: bool) -> None:
    """One certificate, as a server issues it."""
    with open_vault(read({"data": data}, {}), create=False) as vault:
        keeper = AuthorityKeeper(vault.store, vault.keyring, lambda n: b"\x11" * n, system_clock, AuthorityPlan())
        issued = keeper.issuer(HOLDER).issue(order_of(at=system_clock()))
        assert isinstance(issued, Issued)
        with vault.store.writing() as tx:
            assert len(issued_certificates.of(tx, HOLDER)) == 1
            if revoked:
                issued_certificates.revoke_all(tx, HOLDER, system_clock(), RevocationReason.SUPERSEDED)


@pytest.mark.parametrize("arguments", [["show"], ["export"], ["rotate"], ["rotate", "--root"]])
def test_nothing_but_the_server_makes_it(capsys: pytest.CaptureFixture[str], empty: str, arguments: list[str]) -> None:
    """What is set here may be other than what the server was started with, and goes into certificates for years."""
    status, out, err = run(capsys, *arguments, "--data", empty)
    assert (status, out) == (1, "")
    assert "there is no private authority yet: the server makes it; run: sealstone up" in err
    with open_vault(read({"data": empty}, {}), create=False) as vault, vault.store.reading() as tx:
        assert authorities.find_id(tx) is None


@pytest.mark.parametrize("told", ["http://127.0.0.9:8000/ca", ""])
def test_a_rotation_names_the_url_that_the_server_told(
    capsys: pytest.CaptureFixture[str], data: str, told: str
) -> None:
    (Path(data) / "authority-url").write_text(f"{told}\n")
    assert run(capsys, "rotate", "--data", data)[0] == 0
    assert shown(capsys, data)["Url"] == told
    with open_vault(read({"data": data}, {}), create=False) as vault, vault.store.reading() as tx:
        below = authorities.find(tx, authorities.active_id(tx) or "")
    assert below is not None
    found = [one.value for one in x509.load_der_x509_certificate(below.certificate).extensions]
    points = [one[0].full_name for one in found if isinstance(one, x509.CRLDistributionPoints)]
    assert points == ([[x509.UniformResourceIdentifier(f"{told}/{below.issued_by}.crl")]] if told else [])


def test_a_url_that_is_set_counts_more(
    capsys: pytest.CaptureFixture[str], data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALSTONE_AUTHORITY_URL", "http://ca.example.com/ca")
    assert shown(capsys, data)["Url"] == "http://ca.example.com/ca"


def test_only_accounts_that_may_name_it_are_shown_an_arn(
    capsys: pytest.CaptureFixture[str], data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALSTONE_AUTHORITY_ACCOUNTS", "123456789012")
    assert shown(capsys, data)["Arns"] == []


def test_it_lives_by_the_clock_of_the_data_directory(capsys: pytest.CaptureFixture[str], data: str) -> None:
    day = 86_400
    offset = {"offset_seconds": 400 * day, "furthest_seconds": 400 * day}
    (Path(data) / "test-clock").write_text(json.dumps(offset))
    issue(data, revoked=False)  # by the real time: a year ago
    assert run(capsys, "rotate", "--data", data)[0] == 0
    _, before, after = shown(capsys, data)["Certificates"]
    assert (before["State"], before["Issued"], after["State"]) == ("retired", 0, "active")
    began = datetime.fromisoformat(after["NotAfter"]) - timedelta(days=1826)
    assert timedelta(days=399) < began - system_clock() < timedelta(days=401)


def test_it_is_shown(capsys: pytest.CaptureFixture[str], data: str) -> None:
    first = shown(capsys, data)
    assert shown(capsys, data) == first
    with open_vault(read({"data": data}, {}), create=False) as vault, vault.store.reading() as tx:
        (account,) = accounts.every(tx)
    assert first["Arns"] == [
        f"arn:aws:acm-pca:eu-west-1:{account.account_id}:certificate-authority/{first['AuthorityId']}"
    ]
    root, below = first["Certificates"]
    assert (root["Role"], root["State"], root["Subject"]) == ("root", "active", root["Issuer"])
    assert below["Issuer"] == root["Subject"]
    assert below["Subject"].startswith("CN=Sealstone Issuing CA ")
    assert below["RevocationList"] == f"http://127.0.0.1:7420/ca/{below['CertificateId']}.crl"
    assert (root["Issued"], below["Issued"]) == (1, 0)


@pytest.mark.parametrize("revoked", [False, True])
def test_what_it_issued_is_counted(capsys: pytest.CaptureFixture[str], data: str, revoked: bool) -> None:
    run(capsys, "show", "--data", data)
    issue(data, revoked)
    below = shown(capsys, data)["Certificates"][1]
    assert (below["Issued"], below["Revoked"]) == (1, int(revoked))


def test_it_is_shown_to_people(capsys: pytest.CaptureFixture[str], data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    status, out, err = run(capsys, "show", "--data", data)
    assert (status, err) == (0, "")
    assert "ARN        arn:aws:acm-pca:us-east-1:" in out
    assert "root       CN=Sealstone Root CA " in out
    assert "issued     1 that have not expired, 0 of them revoked" in out
    assert "list       http://127.0.0.1:7420/ca/" in out
    assert "set authority_url" not in out
    (Path(data) / "authority-url").unlink()
    assert "list       http://127.0.0.1:7420/ca/" in run(capsys, "show", "--data", data)[1]
    monkeypatch.setenv("SEALSTONE_LISTEN", "127.0.0.1:0")
    out = run(capsys, "show", "--data", data)[1]
    assert "set authority_url" in out
    assert "list  " not in out


def test_a_certificate_that_cannot_be_read_is_told() -> None:
    at = system_clock()
    row = AuthorityCertificate("c", "a", Role.ROOT, State.RETIRED, None, b"", at, at)
    with pytest.raises(click.ClickException, match="cannot be read"):
        authority._described(row)


def test_the_root_is_exported_once(capsys: pytest.CaptureFixture[str], data: str, tmp_path: Path) -> None:
    path = tmp_path / "root.pem"
    status, out, err = run(capsys, "export", "--data", data, "--out", str(path))
    assert (status, out) == (0, "")
    assert "CN=Sealstone Root CA" in err
    root = x509.load_pem_x509_certificate(path.read_bytes())
    root.verify_directly_issued_by(root)
    status, _, err = run(capsys, "export", "--data", data, "--out", str(path))
    assert status == 1
    assert "root.pem" in err
    assert run(capsys, "export", "--data", data, "--out", str(path), "--force")[0] == 0
    assert run(capsys, "export", "--data", data)[0] == 0


def test_rotation_is_told_and_audited(capsys: pytest.CaptureFixture[str], data: str) -> None:
    before = shown(capsys, data)
    status, out, _ = run(capsys, "rotate", "--data", data)
    assert status == 0
    assert out.startswith("intermediate is now CN=Sealstone Issuing CA")
    assert "root" not in out.lower().replace("root ca", "")
    status, out, _ = run(capsys, "rotate", "--root", "--data", data)
    assert status == 0
    assert "root is now CN=Sealstone Root CA" in out
    assert "sealstone ca export" in out
    after = shown(capsys, data)
    assert after["AuthorityId"] == before["AuthorityId"]
    roles = [(one["Role"], one["State"]) for one in after["Certificates"]]
    assert sorted(roles) == [
        ("cross", "active"),
        ("intermediate", "active"),
        ("intermediate", "retired"),
        ("intermediate", "retired"),
        ("root", "active"),
        ("root", "retired"),
    ]
    assert run(capsys, "show", "--data", data)[0] == 0
    with open_vault(read({"data": data}, {}), create=False) as vault, vault.store.reading() as tx:
        last = audit.tail(tx, 1)[0]
        assert all(chain.broken_at is None for chain in audit.verify(tx, vault.audit_key))
    assert (last.operation, last.parameters) == (
        "RotateAuthority",
        {"AuthorityId": after["AuthorityId"], "Root": True},
    )


def test_faults_are_one_line(
    capsys: pytest.CaptureFixture[str], data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, err = run(capsys, "show", "--data", str(tmp_path / "none"))
    assert (status, out) == (1, "")
    assert "sealstone up" in err
    run(capsys, "show", "--data", data)

    def broken(*_: object, **__: object) -> object:
        raise UnusableKey("damaged")

    monkeypatch.setattr(Keyring, "unseal", broken)
    status, _, err = run(capsys, "rotate", "--data", data)
    assert status == 1
    assert "the private authority cannot be used: the private key cannot be used: damaged" in err
    assert err.count("\n") == 1
