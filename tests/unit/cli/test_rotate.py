"""`sealstone rotate` without listeners: what it lists, what it leaves alone, and the signals it hears."""

import os
import signal
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from tests.pki import Leaf, self_signed

from sealstone.cli import main
from sealstone.cli.rotate import _interruptible
from sealstone.model.listener import CertificateUse, Listener
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.model.server_certificate import ServerCertificate
from sealstone.server import rotation
from sealstone.server.clock import system_clock
from sealstone.server.settings import Settings
from sealstone.server.vault import Vault, open_vault
from sealstone.store import accounts, certificate_uses, listeners, load_balancers, rotations, server_certificates


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with open_vault(Settings(data=str(tmp_path / "data")), create=True) as opened:
        yield opened


def stored(vault: Vault, name: str, fingerprint: str = "00") -> ServerCertificate:
    now = system_clock().replace(microsecond=0)
    with vault.store.writing() as tx:
        (owner,) = accounts.every(tx)
        made = ServerCertificate(owner.account_id, f"ASCA-{name}", name, "/", "PEM", None, fingerprint, now, now)
        sealed = vault.keyring.seal(vault.audit_key, bound_to=made.bound_to)
        server_certificates.add(tx, made, sealed)
    return made


def fresh(tmp_path: Path) -> tuple[Leaf, str]:
    leaf = self_signed("next.example.com", valid_at=system_clock())
    file = tmp_path / "next.pem"
    file.write_text(leaf.private_key_pem + leaf.certificate_pem)
    return leaf, str(file)


def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, *arguments: str) -> tuple[int, str, str]:
    status = main(["rotate", "site", "--data", str(tmp_path / "data"), *arguments])
    captured = capsys.readouterr()
    return int(status), captured.out, captured.err


def names(vault: Vault) -> list[str]:
    with vault.store.reading() as tx:
        return sorted(one.name for one in server_certificates.every(tx))


def test_what_is_left_is_listed_and_removed(capsys: pytest.CaptureFixture[str], tmp_path: Path, vault: Vault) -> None:
    old, left = stored(vault, "site"), stored(vault, "site-new-20261121120000")
    stored(vault, "site-new-20261231120000")
    with vault.store.writing() as tx:
        rotations.begin(tx, left, old)
    _, file = fresh(tmp_path)
    status, out, err = run(capsys, tmp_path, "--with", file, "--dry-run")
    assert (status, err) == (0, "")
    assert f"  {left.name} ({left.unique_id}) was left by a rotation that did not end; it is removed.\n" in out
    assert "20261231120000" not in out
    assert "No listener uses it" in out
    assert len(names(vault)) == 3
    status, out, err = run(capsys, tmp_path, "--with", file)
    assert (status, err) == (0, "")
    assert "the old one is deleted" in out
    assert names(vault) == ["site", "site-new-20261231120000"]


def test_a_dry_run_judges_too(capsys: pytest.CaptureFixture[str], tmp_path: Path, vault: Vault) -> None:
    leaf, file = fresh(tmp_path)
    stored(vault, "site", sha256(leaf.certificate_der).hexdigest())
    status, _, err = run(capsys, tmp_path, "--with", file, "--dry-run")
    assert (status, "this very certificate already" in err) == (1, True)


def test_every_listener_is_listed(capsys: pytest.CaptureFixture[str], tmp_path: Path, vault: Vault) -> None:
    old = stored(vault, "site")
    with vault.store.writing() as tx:
        owner, made = old.account_id, old.upload_date
        place = ("us-east-1", Generation.CLASSIC, Kind.CLASSIC, "lb", "127.0.0.1", made)
        load_balancers.add(tx, LoadBalancer(owner, "0a", *place))
        listeners.add(tx, Listener(owner, "0b", "0a", 443, "HTTPS"))
        certificate_uses.add(tx, CertificateUse(owner, "0b", old.unique_id))
    status, out, err = run(capsys, tmp_path, "--with", fresh(tmp_path)[1], "--dry-run")
    assert (status, err) == (0, "")
    assert "  lb, port 443\n" in out
    assert "No listener" not in out


def test_files_that_no_upload_takes_are_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, vault: Vault
) -> None:
    stored(vault, "site")
    file = tmp_path / "bad.pem"
    file.write_text(fresh(tmp_path)[0].certificate_pem)
    status, out, err = run(capsys, tmp_path, "--with", str(file))
    assert (status, out, err.count("\n")) == (1, "", 1)


def test_another_rotation_is_not_disturbed(capsys: pytest.CaptureFixture[str], tmp_path: Path, vault: Vault) -> None:
    stored(vault, "site")
    _, file = fresh(tmp_path)
    with rotation.alone(tmp_path / "data"):
        status, _, err = run(capsys, tmp_path, "--with", file)
    assert (status, err) == (1, "Error: another rotation goes on; wait for its end\n")
    assert names(vault) == ["site"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_noted_and_tears_nothing(number: signal.Signals) -> None:
    # Whatever these tests were started by: a job in the background ignores some.
    found = signal.signal(number, signal.default_int_handler)
    try:
        with _interruptible() as is_interrupted:
            assert not is_interrupted()
            os.kill(os.getpid(), number)
            assert is_interrupted()
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, found)


def test_what_is_ignored_stays_so() -> None:
    """As nohup does it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with _interruptible() as is_interrupted:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not is_interrupted()
    finally:
        signal.signal(signal.SIGHUP, before)
