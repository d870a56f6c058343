"""Several files get to their places as one, whatever fails, and what a killed run leaves is taken away by the next."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from sealstone.cli import files, placing
from sealstone.cli.placing import New, place, sweep

LEFTOVER = ".PrivateKey.pem.0123456789ab.sealstone-new"
OLD = {"Certificate.pem": "old certificate", "CertificateChain.pem": "old chain", "PrivateKey.pem": "old key"}
FRESH = {"Certificate.pem": "new certificate", "PrivateKey.pem": "new key"}


def new(folder: Path, contents: dict[str, str]) -> list[New]:
    return [New(folder / name, text.encode(), 0o600) for name, text in contents.items()]


def there(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def laid(folder: Path, contents: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in contents.items():
        (folder / name).write_text(text)
    return folder


def failing(original: Callable[..., Any], number: int) -> Callable[..., Any]:
    """The same function, out of space at the n-th call and at none after it."""
    calls = iter(range(1, 1000))

    def step(*arguments: Any, **options: Any) -> Any:
        if next(calls) == number:
            raise OSError(28, "No space left on device")
        return original(*arguments, **options)

    return step


STEPS = [
    *(("open", number) for number in (1, 2, 3)),  # two files, and the directory at the end
    *(("write", number) for number in (1, 2)),
    *(("fsync", number) for number in (1, 2, 3)),
    *(("replace", number) for number in (1, 2)),
    ("rename", 1),
]


@pytest.mark.parametrize(("step", "number"), STEPS)
def test_a_fault_at_any_step_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    folder = laid(tmp_path, OLD)
    stale = [folder / "CertificateChain.pem"]
    with monkeypatch.context() as broken:
        broken.setattr(os, step, failing(getattr(os, step), number))
        with pytest.raises(click.ClickException, match=r"cannot write .*: No space left on device"):
            place(new(folder, FRESH), force=True, without=stale)
    assert there(folder) == OLD
    place(new(folder, FRESH), force=True, without=stale)
    assert there(folder) == FRESH


@pytest.mark.parametrize(("step", "number"), [("link", 1), ("link", 2), ("fsync", 3)])
def test_a_fault_where_nothing_was_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(os, step, failing(getattr(os, step), number))
        with pytest.raises(click.ClickException, match="No space left on device"):
            place(new(tmp_path, FRESH), force=False)
    assert there(tmp_path) == {}


def test_forced_files_that_were_not_there_go_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", failing(os.replace, 2))
    with pytest.raises(click.ClickException, match="No space left"):
        place(new(tmp_path, FRESH), force=True)
    assert there(tmp_path) == {}


@pytest.mark.parametrize("planted", ["file", "link", "dangling link"])
def test_nothing_is_written_into_what_somebody_planted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    """A key would be readable there for whoever guessed the name of the new file."""
    theirs, guessed = tmp_path / "theirs", tmp_path / LEFTOVER
    if planted != "dangling link":
        theirs.write_text("theirs")
    if planted == "file":
        theirs.rename(guessed)
    else:
        guessed.symlink_to(theirs)
    monkeypatch.setattr(placing, "_fresh_name", lambda _: guessed)
    with pytest.raises(click.ClickException):
        place(new(tmp_path, {"PrivateKey.pem": "new key"}), force=True)
    assert "new key" not in [path.read_text() for path in tmp_path.iterdir() if path.exists()]
    assert not (tmp_path / "PrivateKey.pem").exists()


def test_a_short_write_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    place(new(tmp_path, FRESH), force=False)
    assert there(tmp_path) == FRESH


def test_a_name_taken_at_the_last_moment_undoes_the_others(tmp_path: Path) -> None:
    (tmp_path / "PrivateKey.pem").write_text("mine")
    with pytest.raises(click.ClickException, match=r"PrivateKey\.pem exists already"):
        place(new(tmp_path, FRESH), force=False)
    assert there(tmp_path) == {"PrivateKey.pem": "mine"}


def test_only_what_is_ours_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody replaces the first file before the second fails."""
    link, calls = os.link, iter(range(9))

    def stolen(source: Path, target: Path, **options: Any) -> None:
        if next(calls):
            os.replace(laid(tmp_path, {"other": "theirs"}) / "other", tmp_path / "Certificate.pem")  # noqa: PTH105
            raise OSError(28, "No space left on device")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", stolen)
    with pytest.raises(click.ClickException, match="No space left"):
        place(new(tmp_path, FRESH), force=False)
    assert there(tmp_path) == {"Certificate.pem": "theirs"}


def no_links(*_: object, **__: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_without_links_a_file_system_is_undone_as_far_as_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", no_links)
    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", failing(os.replace, 2))
        with pytest.raises(click.ClickException, match="No space left"):
            place(new(tmp_path, FRESH), force=False)
    assert there(tmp_path) == {}
    laid(tmp_path, OLD)
    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", failing(os.replace, 2))
        with pytest.raises(click.ClickException, match="No space left"):
            place(new(tmp_path, FRESH), force=True)
    assert there(tmp_path) == {**OLD, "Certificate.pem": "new certificate"}


def test_a_link_comes_back_as_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Certificate.pem").symlink_to("elsewhere")
    monkeypatch.setattr(os, "replace", failing(os.replace, 2))
    with pytest.raises(click.ClickException, match="No space left"):
        place(new(tmp_path, FRESH), force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["Certificate.pem"]
    assert os.readlink(tmp_path / "Certificate.pem") == "elsewhere"  # noqa: PTH115


def test_a_directory_is_not_taken_away(tmp_path: Path) -> None:
    (tmp_path / "CertificateChain.pem").mkdir()
    with pytest.raises(click.ClickException, match="it is a directory"):
        place(new(tmp_path, FRESH), force=True, without=[tmp_path / "CertificateChain.pem"])
    assert [path.name for path in tmp_path.iterdir()] == ["CertificateChain.pem"]


def test_what_must_go_need_not_be_there(tmp_path: Path) -> None:
    place(new(tmp_path, FRESH), force=True, without=[tmp_path / "CertificateChain.pem"])
    assert there(tmp_path) == FRESH


def test_an_interrupt_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = laid(tmp_path, OLD)
    fsync, calls = os.fsync, iter(range(9))

    def interrupted(descriptor: int) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        place(new(folder, FRESH), force=True)
    assert there(folder) == OLD


# --- leftovers ---


def test_a_leftover_is_taken_away_and_what_only_looks_like_one_is_not(tmp_path: Path) -> None:
    laid(tmp_path, {LEFTOVER: "half a key", ".PrivateKey.pem.new": "x", "a.0123456789ab.sealstone-new": "x"})
    (tmp_path / ".a.0123456789ab.sealstone-new").mkdir()
    (tmp_path / ".b.0123456789ab.sealstone-new").symlink_to(".PrivateKey.pem.new")
    assert sweep(tmp_path) == (LEFTOVER,)
    assert len(list(tmp_path.iterdir())) == 4
    assert sweep(tmp_path / "nowhere") == ()


def test_a_file_that_a_living_run_writes_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    fsync = os.fsync

    def look(descriptor: int) -> None:
        seen.append((sweep(tmp_path), len(list(tmp_path.iterdir()))))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    place(new(tmp_path, FRESH), force=False)
    assert seen[:2] == [((), 1), ((), 2)]


def test_a_file_of_somebody_else_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid(tmp_path, {LEFTOVER: "x"})
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert sweep(tmp_path) == ()


def test_file_systems_without_locks_are_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    place(new(tmp_path, FRESH), force=False)
    assert there(tmp_path) == FRESH
    laid(tmp_path, {LEFTOVER: "x"})
    assert sweep(tmp_path) == ()


KILLED = """
import os, signal, sys
from pathlib import Path
from sealstone.cli import files
from sealstone.model.secret import Secret
name, number, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
original, calls = getattr(os, name), iter(range(1, 1000))
def step(*arguments, **options):
    if next(calls) == number:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*arguments, **options)
setattr(os, name, step)
contents = {"PrivateKey.pem": Secret(b"new key"), "Certificate.pem": b"new certificate"}
files.write_all(folder, contents, True, ("CertificateChain.pem",))
"""


@pytest.mark.parametrize(
    ("step", "number", "left"),
    [
        ("write", 1, OLD),
        ("fsync", 2, OLD),
        ("rename", 1, OLD),
        ("replace", 1, {name: OLD[name] for name in ("Certificate.pem", "PrivateKey.pem")}),
        ("replace", 2, {"Certificate.pem": "new certificate", "PrivateKey.pem": "old key"}),
        ("fsync", 3, FRESH),
    ],
)
def test_a_kill_leaves_whole_files_and_nothing_that_the_next_run_does_not_take_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], step: str, number: int, left: dict[str, str]
) -> None:
    folder = laid(tmp_path, OLD)
    ended = subprocess.run([sys.executable, "-c", KILLED, step, str(number), str(folder)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert {name: text for name, text in there(folder).items() if not name.startswith(".")} == left
    leftovers = [path.name for path in folder.iterdir() if path.name.startswith(".")]
    assert leftovers, "a kill leaves something at each of these steps"
    files.write_public(folder / "Note.txt", b"note")
    assert there(folder) == {**left, "Note.txt": "note"}
    told = capsys.readouterr().err
    assert all(f"Removed {folder / name}: a run that was killed had left it." in told for name in leftovers)


def test_names_of_leftovers_are_those_that_are_written(tmp_path: Path) -> None:
    name = placing._fresh_name(tmp_path / ("x" * 300)).name
    assert placing._LEFTOVER.fullmatch(name)
