"""`sealstone ca rotate` after authority_permitted_names was changed; what `ca show` tells of cross certificates."""

import os
from pathlib import Path

import pytest
from tests.unit.cli.test_authority import PLAN, run, shown

from sealstone.model.authority import AuthorityPlan
from sealstone.server.clock import system_clock
from sealstone.server.settings import read
from sealstone.server.vault import open_vault
from sealstone.store import events
from sealstone.workers.authority import AuthorityKeeper

NAMES = "SEALSTONE_AUTHORITY_PERMITTED_NAMES"


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Of an authority for a.example."""
    folder = str(tmp_path / "data")
    with open_vault(read({"data": folder}, {}), create=True) as vault:
        plan = AuthorityPlan(url=PLAN.url, permitted_names=("a.example",))
        AuthorityKeeper(vault.store, vault.keyring, os.urandom, system_clock, plan).ensure()
    (Path(folder) / "authority-url").write_text(f"{PLAN.url}\n")
    return folder


@pytest.mark.parametrize("names", ["b.example", "a.example,b.example", ""])
def test_what_the_root_does_not_permit_is_refused(
    capsys: pytest.CaptureFixture[str], data: str, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    monkeypatch.setenv(NAMES, names)
    before = shown(capsys, data)
    status, out, err = run(capsys, "rotate", "--data", data)
    assert (status, out) == (1, "")
    assert "the root permits hosts below a.example only" in err
    assert "sealstone ca rotate --root" in err
    assert "cannot be used" not in err
    assert err.count("\n") == 1
    assert shown(capsys, data) == before


def test_a_narrower_one_is_no_word_about_roots(
    capsys: pytest.CaptureFixture[str], data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAMES, "x.a.example")
    status, out, _ = run(capsys, "rotate", "--data", data)
    assert (status, out.count("\n")) == (0, 1)
    assert out.startswith("intermediate is now CN=")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("x.a.example", "Until then they get to it by the old one."),
        ("a.example,b.example", "Until then they take only certificates for hosts below a.example."),
        ("example", "Until then they take only certificates for hosts below a.example."),
        ("", "Until then they take only certificates for hosts below a.example."),
    ],
)
def test_of_a_new_root_it_is_told_how_clients_get_there(
    capsys: pytest.CaptureFixture[str], data: str, monkeypatch: pytest.MonkeyPatch, names: str, said: str
) -> None:
    monkeypatch.setenv(NAMES, names)
    status, out, _ = run(capsys, "rotate", "--root", "--data", data)
    assert status == 0
    root, intermediate, words = out.splitlines()
    assert root.startswith("root is now CN=Sealstone Root CA ")
    assert intermediate.startswith("intermediate is now CN=Sealstone Issuing CA ")
    assert words.startswith(f"Give clients the new root: sealstone ca export. {said}")
    with open_vault(read({"data": data}, {}), create=False) as vault, vault.store.reading() as tx:
        (event,) = events.after(tx, 0)
    assert event.document["detail"]["Explanation"] == words


def test_a_cross_certificate_answers_for_nothing(
    capsys: pytest.CaptureFixture[str], data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under its id there is no list; the certificate itself is there to be fetched."""
    monkeypatch.setenv(NAMES, "a.example")
    assert run(capsys, "rotate", "--root", "--data", data)[0] == 0
    rows = shown(capsys, data)["Certificates"]
    for row in rows:
        named = (bool(row["RevocationList"]), bool(row["Status"]))
        assert named == ((False, False) if row["Role"] == "cross" else (True, True))
        assert row["Certificate"] == f"{PLAN.url}/{row['CertificateId']}.cer"
    assert [row["Role"] for row in rows].count("cross") == 1
