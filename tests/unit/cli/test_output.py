"""A standard output that takes nothing: one line on standard error, exit status 1, and what was written is told."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Final

import click
import pytest
from tests.pki import self_signed

from sealstone.cli import main, output
from sealstone.cli.screen import Screen
from sealstone.server.clock import system_clock

FULL: Final = "Error: cannot write standard output: No space left on device"
RUN: Final = "import sys; from sealstone.cli import main; sys.exit(main(sys.argv[1:]))"
ALONE = self_signed("alone.example.com", valid_at=system_clock())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alone.pem").write_text(ALONE.certificate_pem + ALONE.private_key_pem)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "done"),
    [
        (["inspect", "alone.pem"], ""),
        (["inspect", "alone.pem", "--json"], ""),
        (["explain", "alone.pem"], ""),
        (["convert", "alone.pem"], "; written already: Certificate.pem, PrivateKey.pem"),
        (["create", "key"], "; written already: PrivateKey.pem"),
        (["create", "key", "-o", "-"], ""),
        (["create", "self-signed", "--name", "a.example", "-o", "-"], "; written already: PrivateKey.pem"),
        (["--help"], ""),
        (["inspect", "--help"], ""),
        (["--version"], ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_full_output_is_one_line(here: Path, arguments: list[str], done: str) -> None:
    options = ["-u"] if "convert" in arguments or "--version" in arguments else []
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        ended = subprocess.run(
            [sys.executable, *options, "-c", RUN, *arguments],
            cwd=here,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (ended.stderr.splitlines(), ended.returncode) == ([FULL + done], 1)


@pytest.mark.parametrize("arguments", ["inspect alone.pem", "create key -o -"])
def test_a_closed_output_is_one_line(here: Path, arguments: str) -> None:
    ended = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -c "$1" {arguments} >&-', sys.executable, RUN],
        cwd=here,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (ended.stderr, ended.returncode) == ("Error: standard output is closed\n", 1)


def test_a_full_standard_error_is_a_status(here: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        ended = subprocess.run([sys.executable, "-c", RUN, "inspect", "none.pem"], cwd=here, stderr=full, check=False)
    assert ended.returncode == 1


class Full(io.StringIO):
    """An output that takes nothing."""

    def flush(self) -> None:
        """As a full disk."""
        raise OSError(28, "No space left on device")


@pytest.mark.usefixtures("here")
def test_the_last_flush_is_told_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdout", Full())
    assert main(["create", "key"]) == 1
    assert main(["--version"]) == 1
    assert capsys.readouterr().err.splitlines() == [f"{FULL}; written already: PrivateKey.pem", FULL]


def test_other_faults_are_none_of_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not output.is_refused(BrokenPipeError(32, "Broken pipe"))
    assert not output.is_refused(FileNotFoundError(2, "No such file or directory", "x"))
    assert not output.is_refused(ConnectionResetError(104, "Connection reset by peer"))
    assert output.is_refused(OSError(28, "No space left on device"))
    monkeypatch.setattr(sys, "stdout", None)
    assert not output.is_refused(OSError(28, "No space left on device"))
    with pytest.raises(click.ClickException, match="is closed"):
        output.write(b"x")
    with pytest.raises(click.ClickException, match="is closed"):
        Screen()


def test_a_fault_that_is_not_of_the_output_is_seen_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ConnectionResetError(104, "Connection reset by peer")

    monkeypatch.setattr("sealstone.cli.create_keys.vacant", broken)
    with pytest.raises(ConnectionResetError):
        main(["create", "key"])


def test_without_a_command_nothing_is_remembered() -> None:
    output.wrote(Path("x"))
    assert str(output.refused(OSError(28, "No space left on device"))) == FULL.removeprefix("Error: ")
