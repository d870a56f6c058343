"""`sealstone convert` and `inspect` of keystores with several keys and several passwords, as keytool writes them."""

import json
from pathlib import Path

import pytest
from tests.corpus.answers import FILES, OTHER_PASSWORD, PASSWORD
from tests.pki import Authority

from sealstone.cli import main
from sealstone.server.clock import system_clock
from sealstone.x509 import paths

NOW = system_clock().replace(microsecond=0)
ROOT = Authority("Example Root", valid_at=NOW)
LEAF = ROOT.leaf("build.example.com")
SEVERAL = str(FILES / "keystore-several-keys.jks")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main([*arguments])
    captured = capsys.readouterr()
    return int(status), captured.out, captured.err


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the passwords of the corpus in files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "store.password").write_text(PASSWORD)
    (tmp_path / "key.password").write_text(OTHER_PASSWORD)
    return tmp_path


STORE = ("--password-file", "store.password")
KEY = ("--password-file", "key.password")


@pytest.mark.parametrize("form", [("--to", "pem"), ("--to", "nginx")])
def test_an_entry_is_named(capsys: pytest.CaptureFixture[str], here: Path, form: tuple[str, str]) -> None:
    status, _, err = run(capsys, "convert", SEVERAL, *STORE, *form)
    assert status == 1
    assert "2 certificates that could be meant" in err
    assert "(--alias): " in err
    assert not list(here.glob("*.key"))
    status, out, err = run(capsys, "convert", SEVERAL, *STORE, *form, "--alias", "rsa")
    assert (status, err) == (0, "")
    assert "CN=www.example,O=Example in " in out  # left out
    assert list(here.glob("*ginx.key")) or (here / "PrivateKey.pem").exists()


def test_an_alias_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "convert", SEVERAL, *STORE, "--alias", "mail")
    assert status == 1
    assert "no certificate with the alias mail" in err
    assert "rsa" in err


def test_inspect_shows_each_alias(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "inspect", SEVERAL, *STORE)
    assert [line.split()[1] for line in sorted(out.splitlines()) if line.startswith("  Alias")] == 2 * ["rsa"] + [
        "web",
        "web",
    ]


@pytest.mark.parametrize(
    "name", ["keystore-both-passwords-jks.jks", "keystore-both-passwords-jceks.jks", "pkcs12-two-passwords.p12"]
)
def test_two_passwords(capsys: pytest.CaptureFixture[str], here: Path, name: str) -> None:
    """In either order; one alone is not enough."""
    for order in ((*STORE, *KEY), (*KEY, *STORE)):
        status, _, err = run(capsys, "convert", str(FILES / name), *order, "--force")
        assert (status, err) == (0, "")
        assert (here / "PrivateKey.pem").read_text().startswith("-----BEGIN PRIVATE KEY-----")
    status, _, err = run(capsys, "convert", str(FILES / name), *STORE, "-o", "other")
    assert status == 1
    assert "--password-file may be given more than once" in err
    assert PASSWORD not in err


def test_what_is_not_looked_at_is_said(
    capsys: pytest.CaptureFixture[str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "all.pem").write_text(LEAF.certificate_pem + LEAF.private_key_pem + ROOT.certificate_pem)
    line = "1 more certificate was not looked at: 1 is the most"
    for command in ("convert", "inspect", "explain"):
        _, out, err = run(capsys, command, "all.pem")
        assert "not looked at" not in out + err
    monkeypatch.setattr(paths, "MOST", 1)
    status, out, err = run(capsys, "convert", "all.pem", "--force")
    assert (status, err) == (0, f"Warning: {line}; give fewer files.\n")
    assert "Missing: " in out
    assert line in " ".join(run(capsys, "inspect", "all.pem")[1].split())
    assert json.loads(run(capsys, "inspect", "--json", "all.pem")[1])["not_linked"] == 1
    assert "too-many-certificates" in run(capsys, "explain", "all.pem")[1]


def test_what_is_not_looked_at_is_said_when_it_was_needed(
    capsys: pytest.CaptureFixture[str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "all.pem").write_text(ROOT.certificate_pem + LEAF.certificate_pem + LEAF.private_key_pem)
    monkeypatch.setattr(paths, "MOST", 1)
    status, _, err = run(capsys, "convert", "all.pem")
    assert status == 1
    assert err.startswith("Warning: 1 more certificate was not looked at")


def test_one_password_protects_a_new_key(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    status, _, err = run(capsys, "create", "key", "--encrypt", "-o", "new.pem", *STORE, *KEY)
    assert status == 1
    assert "takes one password for the new key, and 2 were given" in err
    assert not (here / "new.pem").exists()


def test_a_file_of_passwords_is_not_shown(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    """Given by mistake where the certificate belongs."""
    (here / "key.pem").write_text(LEAF.private_key_pem)
    (here / "other.pem").write_text(f"{PASSWORD}\n{LEAF.certificate_pem}")
    for file in ("store.password", "other.pem"):
        for command in ("explain", "convert", "inspect"):
            _, out, err = run(capsys, command, file, "key.pem", "--force" if command == "convert" else "key.pem")
            assert PASSWORD not in out + err
    assert "one line of 14 characters" in " ".join(run(capsys, "explain", "store.password", "key.pem")[1].split())


def test_an_empty_alias_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "convert", SEVERAL, *STORE, "--alias", "")
    assert status == 2
    assert "--alias is empty" in err


def test_java_is_not_given_a_password_that_it_cannot_open(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "new").write_text("pässwort")
    arguments = ("convert", SEVERAL, *STORE, "--alias", "rsa", "--new-password-file", "new")
    status, _, err = run(capsys, *arguments, "--to", "java")
    assert status == 1
    assert "Java opens no keystore whose password" in err
    assert "pässwort" not in err
    assert not list(here.glob("*.p12"))
    assert run(capsys, *arguments, "--to", "pkcs12")[0] == 0


def test_issuers_are_fetched_for_the_entry_that_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("convert", SEVERAL, *STORE, "--alias", "rsa", "--fetch-issuers", "--to", "nginx")
    assert run(capsys, *arguments)[0] == 0
