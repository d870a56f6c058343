"""Files and passwords of the command line: where they come from, what is asked, and what is never shown."""

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from tests.unit.x509.containers.samples import (
    CERTIFICATE,
    KEY,
    SECRET,
    WRONG,
    container,
    opened,
    recorded,
    told,
)

from sealstone.cli import material
from sealstone.cli.material import Passwords, material_of, password_options
from sealstone.isolation.problems import ReaderStopped
from sealstone.model.secret import Secret
from sealstone.x509.containers import reading
from sealstone.x509.containers.problems import ContainerUnreadable, PasswordNeeded, WrongPassword
from sealstone.x509.material import Container, Piece, Unreadable

Write = Callable[[str], str]
VARIABLE = "SEALSTONE_TEST_PASSWORD"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A recorded file on the disk, by its name."""

    def written(name: str) -> str:
        path = tmp_path / name
        path.write_bytes(recorded(name))
        return str(path)

    return written


@pytest.fixture(autouse=True)
def no_child(monkeypatch: pytest.MonkeyPatch) -> list[Secret | None]:
    """Containers are opened in this process; the passwords tried are written down."""
    tried: list[Secret | None] = []

    def opened_here(
        one: Container, password: Secret | None, others: Sequence[Secret], **_: object
    ) -> tuple[Piece | Unreadable, ...]:
        tried.append(password)
        return reading.opened(one, password, others)

    monkeypatch.setattr("sealstone.isolation.opening.opened", opened_here)
    return tried


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a person types at a terminal, one after the other; the prompts take their place."""
    lines: list[str] = []
    prompts: list[str] = []
    monkeypatch.setattr(material, "_is_at_terminal", lambda: True)

    def prompt(text: str, **options: object) -> str:
        assert options["hide_input"]
        assert options["err"]
        prompts.append(text)
        return lines.pop(0)

    monkeypatch.setattr(click, "prompt", prompt)
    monkeypatch.setattr(material, "_PROMPTS", prompts, raising=False)
    return lines


def problems(items: Sequence[Piece | Unreadable]) -> list[type[Exception]]:
    return [type(item.problem) for item in items if isinstance(item, Unreadable)]


def with_password(tmp_path: Path, *contents: bytes) -> Passwords:
    """A file for each."""
    files = []
    for number, content in enumerate(contents or (b"secret\n",)):
        file = tmp_path / f"password{number}"
        file.write_bytes(content)
        files.append(str(file))
    return Passwords(files)


# --- files ---


def test_everything_in_all_files_in_their_order(write: Write, tmp_path: Path) -> None:
    files = [write("cert.pem"), write("modern.p12"), write("key.pem")]
    found = material_of(files, with_password(tmp_path))
    assert [content for _, _, content in told(found)] == [CERTIFICATE, CERTIFICATE, KEY, KEY]
    assert [item.origin.file for item in found] == [files[0], files[1], files[1], files[2]]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(recorded("cert.pem"))))
    (found,) = material_of(["-"], Passwords())
    assert found.origin.file == "-"


def test_a_file_that_is_too_long_is_told(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(bytes(reading.MOST_BYTES + 5))
    (found,) = material_of([str(path)], Passwords())
    assert isinstance(found, Unreadable)
    assert "16,777,216" in str(found.problem)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x", "cannot read .*/x: No such file"),
        ("", "cannot read .*: Is a directory"),
        ("a\0b", r"cannot read .*a\\00b: it is no name of a file"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(click.ClickException, match=words) as fault:
        material_of([f"{tmp_path}/{name}"], Passwords())
    assert "\n" not in fault.value.message


# --- passwords given ---


@pytest.mark.parametrize("content", [b"secret", b"secret\n", b"secret\r\nmore\n"])
def test_the_first_line_of_a_file(content: bytes, write: Write, tmp_path: Path) -> None:
    assert told(material_of([write("modern.p12")], with_password(tmp_path, content))) == told(opened("modern.p12"))


def test_an_environment_variable(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "secret")
    assert told(material_of([write("modern.p12")], Passwords(variables=[VARIABLE]))) == told(opened("modern.p12"))


def test_bytes_of_a_variable_stay_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "p\udce4")
    (password,) = Passwords(variables=[VARIABLE]).known()
    assert password.reveal() == b"p\xe4"


def test_a_variable_that_is_not_set_is_not_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("hunter2", raising=False)
    with pytest.raises(click.ClickException, match=r"the environment variable .* is not set") as fault:
        material_of([write("modern.p12")], Passwords(variables=["hunter2"]))
    assert "hunter2" not in fault.value.message  # the password itself, typed in its place


def test_a_password_file_that_is_not_there(write: Write) -> None:
    with pytest.raises(click.ClickException, match="cannot read the password file /nowhere"):
        material_of([write("modern.p12")], Passwords(["/nowhere"]))


def test_a_password_is_not_looked_for_when_none_is_needed(write: Write) -> None:
    assert len(material_of([write("two.p7b")], Passwords(["/nowhere"]))) == 2


def test_a_container_without_password_opens_beside_one_with(write: Write, tmp_path: Path) -> None:
    found = material_of([write("empty.p12"), write("modern.p12")], with_password(tmp_path, b"secret", b""))
    assert len(found) == 4
    assert not problems(found)


def test_a_wrong_password_is_told(write: Write, tmp_path: Path) -> None:
    found = material_of([write("modern.p12")], with_password(tmp_path, b"hunter2"))
    assert problems(found) == [WrongPassword]
    assert "hunter2" not in repr(found)


def test_no_password_is_told(write: Write) -> None:
    assert problems(material_of([write("modern.p12")], Passwords())) == [PasswordNeeded]


def test_a_damaged_container_is_told_at_once(tmp_path: Path, typed: list[str], no_child: list[Secret | None]) -> None:
    path = tmp_path / "cut.p12"
    path.write_bytes(recorded("modern.p12")[:900])
    found = material_of([str(path)], with_password(tmp_path))
    assert problems(found) == [ContainerUnreadable]
    assert len(no_child) == 1
    assert typed == []


def test_a_crash_is_told(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def crashed(*_: object, **__: object) -> None:
        raise ReaderStopped("crashed")

    monkeypatch.setattr("sealstone.isolation.opening.opened", crashed)
    assert problems(material_of([write("modern.p12")], Passwords())) == [ReaderStopped]


# --- passwords typed ---


def test_a_person_is_asked(write: Write, typed: list[str]) -> None:
    typed.append("secret")
    file = write("modern.p12")
    assert told(material_of([file], Passwords())) == told(opened("modern.p12"))
    (prompt,) = material._PROMPTS  # type: ignore[attr-defined]
    assert file[-20:] in prompt or "…" in prompt
    assert "PKCS #12" in prompt


def test_a_person_may_err_twice(write: Write, typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    typed += ["wrong", "worse", "secret"]
    assert not problems(material_of([write("modern.p12")], Passwords()))
    printed = capsys.readouterr()
    assert printed.err.count("does not open it") == 2
    assert printed.out == ""
    assert "worse" not in printed.err


def test_three_wrong_passwords_are_the_end(write: Write, typed: list[str]) -> None:
    typed += ["wrong", "worse", "worst", "secret"]
    assert problems(material_of([write("modern.p12")], Passwords())) == [WrongPassword]
    assert typed == ["secret"]


def test_an_empty_line_skips(write: Write, typed: list[str]) -> None:
    typed.append("")
    assert problems(material_of([write("modern.p12")], Passwords())) == [PasswordNeeded]


def test_what_opened_one_is_tried_at_the_next(write: Write, typed: list[str]) -> None:
    typed.append("secret")
    assert not problems(material_of([write("modern.p12"), write("legacy.p12")], Passwords()))


def test_a_person_is_asked_after_a_given_password_failed(write: Write, tmp_path: Path, typed: list[str]) -> None:
    typed.append("secret")
    assert not problems(material_of([write("modern.p12")], with_password(tmp_path, b"wrong")))


def test_a_container_that_breaks_after_its_password_is_told(
    write: Write, typed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(
        one: Container, password: Secret | None, _: Sequence[Secret], **__: object
    ) -> tuple[Piece | Unreadable, ...]:
        if password is None:
            raise PasswordNeeded("the file")
        raise ContainerUnreadable("the file", "it is cut short")

    monkeypatch.setattr("sealstone.isolation.opening.opened", breaks)
    typed += ["secret", "secret"]
    assert problems(material_of([write("modern.p12")], Passwords())) == [ContainerUnreadable]
    assert len(typed) == 1


def test_a_java_keystore_shows_its_certificates_without_a_password(write: Write) -> None:
    found = material_of([write("store.jks")], Passwords())
    assert problems(found) == [PasswordNeeded, PasswordNeeded]
    assert len(found) == 5


def test_a_person_is_asked_for_the_keys_of_a_java_keystore(write: Write, typed: list[str]) -> None:
    typed += ["secret", ""]
    assert problems(material_of([write("store.jks")], Passwords())) == [WrongPassword]


# --- keys with passwords of their own ---


@pytest.mark.parametrize("name", ["store.jks", "store.jceks"])
@pytest.mark.parametrize("contents", [(b"secret", b"other1"), (b"other1", b"secret"), (b"x", b"other1", b"secret")])
def test_one_password_opens_the_store_and_another_a_key(
    name: str, contents: tuple[bytes, ...], write: Write, tmp_path: Path
) -> None:
    found = material_of([write(name)], with_password(tmp_path, *contents))
    assert not problems(found)
    assert len(found) == 5


def test_a_key_with_a_password_of_its_own_says_what_to_do(write: Write, tmp_path: Path) -> None:
    found = material_of([write("store.jks")], with_password(tmp_path))
    (bad,) = (item for item in found if isinstance(item, Unreadable))
    assert isinstance(bad.problem, WrongPassword)
    assert "--password-file may be given more than once" in bad.problem.cause


def test_a_person_is_asked_for_both(write: Write, typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    typed += ["secret", "wrong", "other1"]
    found = material_of([write("store.jks"), write("store.jceks")], Passwords())
    assert not problems(found)
    first, *more = material._PROMPTS  # type: ignore[attr-defined]
    assert "of its own" not in first
    assert [prompt.startswith("Password of the key of the entry zwei in ") for prompt in more] == [True, True]
    assert capsys.readouterr().err == "That password opens no further key.\n"


def test_a_person_is_asked_for_the_key_s_after_the_store_s_was_given(
    write: Write, tmp_path: Path, typed: list[str]
) -> None:
    typed.append("other1")
    assert not problems(material_of([write("store.jks")], with_password(tmp_path)))


def test_three_wrong_passwords_of_a_key_are_the_end(write: Write, tmp_path: Path, typed: list[str]) -> None:
    typed += ["a", "b", "c", "other1"]
    assert problems(material_of([write("store.jks")], with_password(tmp_path))) == [WrongPassword]
    assert typed == ["other1"]


def test_what_is_there_stays_when_the_next_attempt_breaks(
    write: Write, tmp_path: Path, typed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(
        one: Container, password: Secret | None, others: Sequence[Secret], **_: object
    ) -> tuple[Piece | Unreadable, ...]:
        if others:
            raise ReaderStopped("crashed")
        return reading.opened(one, password)

    monkeypatch.setattr("sealstone.isolation.opening.opened", breaks)
    typed += ["other1", "other1"]
    found = material_of([write("store.jks")], with_password(tmp_path))
    assert problems(found) == [WrongPassword]
    assert len(found) == 5
    assert len(typed) == 1


def test_certificates_stay_when_a_person_skips(write: Write, typed: list[str]) -> None:
    typed.append("")
    assert problems(material_of([write("store.jks")], Passwords())) == [PasswordNeeded, PasswordNeeded]


def test_nothing_stays_when_a_person_errs(write: Write, typed: list[str]) -> None:
    typed += ["wrong", ""]
    assert problems(material_of([write("store.jks")], Passwords())) == [WrongPassword]


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert Passwords().asked(container("modern.p12")) is None


def test_the_place_is_part_of_the_prompt(tmp_path: Path, typed: list[str]) -> None:
    path = tmp_path / "both.pem"
    path.write_bytes(recorded("cert.pem") + recorded("des-cbc.pem"))
    typed.append("secret")
    assert len(material_of([str(path)], Passwords())) == 2
    assert ", block 2 " in material._PROMPTS[0]  # type: ignore[attr-defined]


# --- the options ---


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


@click.command()
@click.argument("files", nargs=-1)
@password_options
def command(files: tuple[str, ...], passwords: Passwords) -> None:
    """A command of its own."""
    click.echo(f"{len(files)} {[password.reveal() == SECRET.reveal() for password in passwords.known()]}")


def test_a_command_gets_its_passwords(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b"secret")
    told = runner.invoke(command, ["a", "b", "--password-file", str(file)])
    assert (told.exit_code, told.output) == (0, "2 [True]\n")
    told = runner.invoke(command, ["--password-env", VARIABLE], env={VARIABLE: "other"})
    assert (told.exit_code, told.output) == (0, "0 [False]\n")
    assert runner.invoke(command, []).output == "0 []\n"


def test_a_command_gets_several_passwords(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b"secret")
    arguments = ["--password-file", str(file), "--password-env", VARIABLE, "--password-file", str(file)]
    assert runner.invoke(command, arguments, env={VARIABLE: "other"}).output == "0 [True, True, False]\n"


def test_the_options_are_told(runner: CliRunner) -> None:
    told = runner.invoke(command, ["--help"]).output
    assert "--password-file FILE" in told
    assert "--password-env NAME" in told
    assert "A command of its own." in told


def test_no_password_can_be_an_argument(runner: CliRunner) -> None:
    assert runner.invoke(command, ["--password", WRONG.reveal().decode()]).exit_code == 2
