"""Keystores that somebody changed, and passwords that do not fit: nothing of them is believed."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import click
import pytest
from tests.unit.x509.containers.samples import CERTIFICATE, recorded

from sealstone.cli import main, material
from sealstone.cli.check import _trusted as trusted
from sealstone.cli.expected import expected
from sealstone.cli.material import Passwords, material_of, proven_material_of
from sealstone.isolation.opening import Limits
from sealstone.isolation.problems import ReaderStopped
from sealstone.model.secret import Secret
from sealstone.server.clock import system_clock
from sealstone.x509.containers import reading
from sealstone.x509.containers.problems import WrongPassword
from sealstone.x509.material import EASILY_MADE, NO_MAC, UNCHECKED, Container, Piece, Unreadable

KEYSTORES = ("store.jks", "store.jceks", "open.p12")
"""Their certificates lie in the open, under the digest or MAC."""
Run = Callable[..., tuple[int, str, str]]


def changed(name: str) -> bytes:
    """With one bit of a certificate turned around."""
    data = recorded(name)
    at = data.index(CERTIFICATE) + 200
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with keystores, changed and not, and passwords, right and wrong. Opened in this process."""
    for name in (*KEYSTORES, "trust.jks", "nomac.p12", "empty.p12", "modern.p12", "cert.pem", "key.pem"):
        (tmp_path / name).write_bytes(recorded(name))
    for name in KEYSTORES:
        (tmp_path / f"changed-{name}").write_bytes(changed(name))
    trust = bytearray(recorded("trust.jks"))
    trust[-40] ^= 1
    (tmp_path / "changed-trust.jks").write_bytes(trust)
    for word in ("secret", "wrong"):
        (tmp_path / word).write_text(word)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "sealstone.isolation.opening.opened", lambda one, password, others, **_: reading.opened(one, password, others)
    )
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def runs(*arguments: str) -> tuple[int, str, str]:
        return (int(main(list(arguments))), *capsys.readouterr())

    return runs


def only_problem(file: str, *passwords: str) -> Exception:
    (item,) = material_of([file], Passwords(passwords))
    assert isinstance(item, Unreadable)
    return item.problem


@pytest.mark.parametrize("name", [*KEYSTORES, "trust.jks"])
def test_a_changed_keystore_is_not_believed_under_its_right_password(name: str) -> None:
    assert any(isinstance(item, Piece) for item in material_of([name], Passwords(["secret"])))
    problem = only_problem(f"changed-{name}", "secret")
    assert isinstance(problem, WrongPassword)
    assert "or the file has been changed" in str(problem)
    assert "--password-file" not in str(problem)


@pytest.mark.parametrize("name", [*KEYSTORES, "trust.jks", "nomac.p12"])
def test_a_wrong_password_is_no_missing_one(name: str) -> None:
    assert str(only_problem(name, "wrong")).startswith("the password does not open ")


def test_inspect_tells_it_and_ends_with_1(run: Run) -> None:
    status, out, _ = run("inspect", "cert.pem", "changed-open.p12", "--password-file", "secret", "--json")
    assert status == 1
    good, bad = json.loads(out)["items"]
    assert good["kind"] == "certificate"
    assert bad["cause"] == "the password does not open the PKCS #12 file, or the file has been changed"
    assert "no password was given" not in out


def test_inspect_shows_what_lies_open_without_a_password(run: Run) -> None:
    status, out, _ = run("inspect", "changed-open.p12")
    assert status == 0
    assert UNCHECKED in " ".join(out.split())


@pytest.mark.parametrize("name", [*KEYSTORES, "trust.jks"])
@pytest.mark.parametrize("command", [("convert",), ("create", "csr", "--name", "a.example", "--key")])
def test_nothing_is_made_of_it(run: Run, here: Path, command: tuple[str, ...], name: str) -> None:
    more = ("cert.pem", "key.pem") if command == ("convert",) else ()
    before = set(here.iterdir())
    status, _, err = run(*command, f"changed-{name}", *more, "--password-file", "secret")
    assert status == 1
    assert "the password does not open" in err
    assert set(here.iterdir()) == before


@pytest.mark.parametrize("name", [*KEYSTORES, "trust.jks"])
def test_nothing_in_it_is_trusted_or_expected(name: str) -> None:
    for use in (
        lambda: trusted((f"changed-{name}",), Passwords(["secret"])),
        lambda: proven_material_of([f"changed-{name}"], Passwords(["secret"])),
        lambda: expected(f"changed-{name}", Passwords(["secret"])),
    ):
        with pytest.raises(click.ClickException, match=r"the password does not open .* or the file has been changed"):
            use()


@pytest.mark.parametrize("name", [*KEYSTORES, "trust.jks"])
def test_what_is_trusted_or_expected_must_be_proven(name: str) -> None:
    with pytest.raises(click.ClickException, match=f"{name} is a keystore, and no password was given"):
        trusted((name,), Passwords())
    with pytest.raises(click.ClickException, match=f"{name} is a keystore, and no password was given"):
        expected(name, Passwords())
    ders, doubts = trusted((name,), Passwords(["secret"]))
    assert ders
    assert not doubts


@pytest.mark.parametrize(("name", "password", "why"), [("nomac.p12", "secret", NO_MAC), ("empty.p12", "", EASILY_MADE)])
def test_what_no_password_proves_is_noted(name: str, password: str, why: str) -> None:
    _, (doubt,) = trusted((name,), Passwords([password] if password else []))
    assert (doubt.rule, doubt.severity.value) == ("keystore-unproven", "note")
    assert why in doubt.cause
    assert name in doubt.cause


def test_the_empty_password_does_not_stand_in_for_one_that_was_given() -> None:
    """Anybody can make a keystore under the empty one."""
    assert isinstance(only_problem("empty.p12", "secret"), WrongPassword)


def test_convert_says_what_was_not_checked(run: Run) -> None:
    status, out, _ = run("convert", "nomac.p12", "--password-file", "secret", "-o", "out")
    assert status == 0
    assert f"Not checked: nomac.p12: {NO_MAC}" in out
    assert "Mended: nomac.p12" not in out


def test_a_person_is_asked_for_the_password_of_what_is_to_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = ["wrong", "secret", ""]
    monkeypatch.setattr(material, "_is_at_terminal", lambda: True)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: typed.pop(0))
    (piece,) = proven_material_of(["trust.jks"], Passwords())
    assert isinstance(piece, Piece)
    assert not piece.doubt
    (piece,) = proven_material_of(["trust.jks"], Passwords())
    assert isinstance(piece, Piece)
    assert piece.doubt == UNCHECKED
    assert len(material_of(["trust.jks"], Passwords())) == 1  # nobody is asked only to look
    assert typed == []


def test_a_password_typed_for_one_keystore_is_not_given_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords()
    passwords.known()
    passwords.keep(Secret(b"of another"))
    monkeypatch.setattr(material, "_is_at_terminal", lambda: False)
    (piece,) = material_of(["trust.jks"], passwords)
    assert isinstance(piece, Piece)


def test_all_passwords_of_one_container_share_one_time(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [system_clock()]
    limits: list[Limits] = []

    def slow(_one: Container, password: Secret | None, _others: object, *, limits: Limits, seen=limits) -> None:  # type: ignore[no-untyped-def]
        assert password is not None
        seen.append(limits)
        now[0] += min(timedelta(seconds=12), timedelta(seconds=limits.seconds))
        if limits.seconds < 12:
            raise ReaderStopped(f"took longer than {limits.seconds:g} seconds")
        raise WrongPassword("the file")

    monkeypatch.setattr("sealstone.cli.material.system_clock", lambda: now[0])
    monkeypatch.setattr("sealstone.isolation.opening.opened", slow)
    problem = only_problem("modern.p12", *["wrong"] * 20)
    assert isinstance(problem, ReaderStopped)
    assert "took more than 30 s for 3 passwords; give fewer passwords" in str(problem)
    assert [round(one.seconds) for one in limits] == [30, 18, 6]
    assert [one.cpu_seconds for one in limits] == [20, 19, 7]


def test_a_file_full_of_slow_keys_ends(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is within the limits; together they would take hours."""
    monkeypatch.setattr(material, "_PATIENCE", timedelta(0))
    path = here / "many.pem"
    path.write_bytes(recorded("aes-256-cbc.pem") * 3)
    first, *others = material_of([str(path)], Passwords(["secret"]))
    assert isinstance(first, Piece)
    assert len(others) == 2
    for other in others:
        assert isinstance(other, Unreadable)
        assert isinstance(other.problem, ReaderStopped)
