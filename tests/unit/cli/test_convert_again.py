"""A second conversion into the same directory: nothing of the first one stays beside it, and nothing else goes."""

from pathlib import Path

import pytest
from tests.pki import Authority, self_signed

from sealstone.cli import main
from sealstone.server.clock import system_clock

ROOT = Authority("Example Root", valid_at=system_clock())
UPPER = ROOT.authority("Example Upper")
LOWER = UPPER.authority("Example Lower")
LEAF = LOWER.leaf("build.example.com")
SHORT = ROOT.leaf("short.example.com")
ALONE = self_signed("alone.example.com", valid_at=system_clock())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, one in {"long": LEAF, "short": SHORT, "alone": ALONE}.items():
        (tmp_path / f"{name}.pem").write_text(one.certificate_pem + one.chain_pem + one.private_key_pem)
    return tmp_path / "out"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_shorter_chain_in_der(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "long.pem", "--to", "der", "--with-root", "-o", "out"]) == 0
    chain = {f"CertificateChain-{number}.der" for number in (1, 2, 3)}
    assert names(here) == {"Certificate.der", "PrivateKey.der", *chain}
    (here / "CertificateChain-old.der").write_text("mine")
    before = names(here)
    assert main(["convert", "short.pem", "--to", "der", "--with-root", "-o", "out"]) == 1
    assert names(here) == before
    capsys.readouterr()
    assert main(["convert", "short.pem", "--to", "der", "--with-root", "-o", "out", "--force"]) == 0
    assert names(here) == before - {"CertificateChain-2.der", "CertificateChain-3.der"}
    assert (here / "CertificateChain-1.der").read_bytes() == ROOT.certificate_der
    assert capsys.readouterr().err.splitlines() == [
        f"Removed out/CertificateChain-{number}.der: it is of an earlier chain." for number in (2, 3)
    ]


def test_no_chain_in_pem(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "long.pem", "-o", "out"]) == 0
    assert main(["convert", "alone.pem", "-o", "out", "--force"]) == 0
    assert names(here) == {"Certificate.pem", "PrivateKey.pem"}
    assert "Removed out/CertificateChain.pem" in capsys.readouterr().err
