"""Several files get to their places as one, whatever fails. What kills do is in tests/faults/test_placing_kills.py."""

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from sealstone.cli import placing, undo_log
from sealstone.cli.placing import New, held

LEFTOVER = ".PrivateKey.pem.0123456789ab.sealstone-new"
OLD = {"Certificate.pem": "old certificate", "CertificateChain.pem": "old chain", "PrivateKey.pem": "old key"}
FRESH = {"Certificate.pem": "new certificate", "PrivateKey.pem": "new key"}


def new(contents: dict[str, str]) -> list[New]:
    return [New(name, text.encode(), 0o600) for name, text in contents.items()]


def place(folder: Path, files: list[New], *, force: bool, without: tuple[str, ...] = ()) -> None:
    with held([folder]):
        placing.place(folder, files, force=force, without=without)


def settle(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with held([folder]):
        pass
    return capsys.readouterr().err


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
    *(("open", number) for number in (2, 3, 4, 5, 6)),  # two files, the log, the directory twice; 1 is the lock's
    *(("write", number) for number in (1, 2, 3)),
    *(("fsync", number) for number in (1, 2, 3, 4, 5)),
    *(("link", number) for number in (1, 2)),
    *(("replace", number) for number in (1, 2)),
    *(("rename", number) for number in (1, 2)),  # of the log, and of what must go
    ("unlink", 1),
]


@pytest.mark.parametrize(("step", "number"), STEPS)
def test_a_fault_at_any_step_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    folder = laid(tmp_path, OLD)
    stale = ("CertificateChain.pem",)
    with monkeypatch.context() as broken:
        broken.setattr(os, step, failing(getattr(os, step), number))
        with pytest.raises(click.ClickException, match=r"cannot write .*: No space left on device"):
            place(folder, new(FRESH), force=True, without=stale)
    assert there(folder) == OLD
    place(folder, new(FRESH), force=True, without=stale)
    assert there(folder) == FRESH


@pytest.mark.parametrize(("step", "number"), [("link", 1), ("link", 2), ("fsync", 3), ("fsync", 4), ("fsync", 5)])
def test_a_fault_where_nothing_was_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(os, step, failing(getattr(os, step), number))
        with pytest.raises(click.ClickException, match="No space left on device"):
            place(tmp_path, new(FRESH), force=False)
    assert there(tmp_path) == {}


def test_forced_files_that_were_not_there_go_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", failing(os.link, 2))
    with pytest.raises(click.ClickException, match="No space left"):
        place(tmp_path, new(FRESH), force=True)
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
    monkeypatch.setattr(undo_log, "fresh", lambda *_: guessed)
    with pytest.raises(click.ClickException):
        placing.place(tmp_path, new({"PrivateKey.pem": "new key"}), force=True)
    assert "new key" not in [path.read_text() for path in tmp_path.iterdir() if path.exists()]
    assert not (tmp_path / "PrivateKey.pem").exists()


def test_a_short_write_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    place(tmp_path, new(FRESH), force=False)
    assert there(tmp_path) == FRESH


def test_a_name_taken_at_the_last_moment_undoes_the_others(tmp_path: Path) -> None:
    (tmp_path / "PrivateKey.pem").write_text("mine")
    with pytest.raises(click.ClickException, match=r"PrivateKey\.pem exists already"):
        place(tmp_path, new(FRESH), force=False)
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
        place(tmp_path, new(FRESH), force=False)
    assert there(tmp_path) == {"Certificate.pem": "theirs"}


def no_links(*_: object, **__: object) -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("step", [("replace", 1), ("replace", 2), ("rename", 2), ("rename", 3), ("fsync", 5)])
def test_without_links_a_file_system_is_undone_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: tuple[str, int]
) -> None:
    monkeypatch.setattr(os, "link", no_links)
    laid(tmp_path, OLD)
    name, number = step
    with monkeypatch.context() as broken:
        broken.setattr(os, name, failing(getattr(os, name), number))
        with pytest.raises(click.ClickException, match="No space left"):
            place(tmp_path, new(FRESH), force=True)
    assert there(tmp_path) == OLD
    place(tmp_path, new(FRESH), force=True)
    assert there(tmp_path) == {**OLD, **FRESH}


def test_without_links_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_links)
    laid(tmp_path, {"PrivateKey.pem": "mine"})
    with pytest.raises(click.ClickException, match=r"PrivateKey\.pem exists already"):
        place(tmp_path, new(FRESH), force=False)
    (tmp_path / "PrivateKey.pem").unlink()
    place(tmp_path, new(FRESH), force=False)
    assert there(tmp_path) == FRESH


def test_what_came_between_look_and_pass_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = placing._begin

    def late(folder: Path, *rest: Any) -> Path:
        laid(folder, {"PrivateKey.pem": "theirs"})
        return begin(folder, *rest)

    monkeypatch.setattr(placing, "_begin", late)
    for links in (os.link, no_links):
        monkeypatch.setattr(os, "link", links)
        with pytest.raises(click.ClickException, match=r"PrivateKey\.pem exists already"):
            place(tmp_path, new(FRESH), force=True)
        assert there(tmp_path) == {"PrivateKey.pem": "theirs"}
        (tmp_path / "PrivateKey.pem").unlink()


def test_a_link_comes_back_as_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Certificate.pem").symlink_to("elsewhere")
    monkeypatch.setattr(os, "link", failing(os.link, 2))
    with pytest.raises(click.ClickException, match="No space left"):
        place(tmp_path, new(FRESH), force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["Certificate.pem"]
    assert os.readlink(tmp_path / "Certificate.pem") == "elsewhere"  # noqa: PTH115


def test_a_directory_is_not_taken_away(tmp_path: Path) -> None:
    (tmp_path / "CertificateChain.pem").mkdir()
    with pytest.raises(click.ClickException, match="it is a directory"):
        place(tmp_path, new(FRESH), force=True, without=("CertificateChain.pem",))
    assert [path.name for path in tmp_path.iterdir()] == ["CertificateChain.pem"]


def test_what_must_go_need_not_be_there(tmp_path: Path) -> None:
    place(tmp_path, new(FRESH), force=True, without=("CertificateChain.pem",))
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
        place(folder, new(FRESH), force=True)
    assert there(folder) == OLD


# --- one run at a time ---


def test_runs_wait_for_each_other_and_not_for_ever(tmp_path: Path) -> None:
    pauses: list[float] = []
    with (
        held([tmp_path]),
        pytest.raises(click.ClickException, match=r"another run has been writing into .* for 10 seconds"),
        held([tmp_path], pause=pauses.append),
    ):
        pytest.fail("two at once")
    assert sum(pauses) == pytest.approx(10)
    with held([tmp_path, tmp_path / ".." / tmp_path.name]):  # the same by another name is no other run
        pass


def test_who_waits_goes_on_when_the_other_has_ended(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with held([tmp_path], pause=lambda _: os.close(descriptor)):
        place_in = [path.name for path in tmp_path.iterdir()]
    assert place_in == []


def test_directories_are_locked_in_one_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (one := tmp_path / "one").mkdir()
    (two := tmp_path / "two").mkdir()
    locked: list[int] = []
    flock = fcntl.flock

    def noted(descriptor: int, how: int) -> None:
        locked.append(os.fstat(descriptor).st_ino)
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", noted)
    with held([one, two]):
        pass
    with held([two, one]):
        pass
    assert locked[:2] == locked[2:] == sorted(locked[:2])


def test_file_systems_without_locks_are_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody knows there what belongs to a living run, so all of it stays."""

    def none(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    laid(tmp_path, {LEFTOVER: "x"})
    place(tmp_path, new(FRESH), force=False)
    assert there(tmp_path) == {LEFTOVER: "x", **FRESH}
    assert settle(tmp_path, capsys) == ""


# --- what killed runs left ---


def test_a_leftover_is_taken_away_and_what_only_looks_like_one_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    laid(tmp_path, {LEFTOVER: "half a key", ".PrivateKey.pem.new": "x", "a.0123456789ab.sealstone-new": "x"})
    (tmp_path / ".a.0123456789ab.sealstone-new").mkdir()
    (tmp_path / ".b.0123456789ab.sealstone-new").symlink_to(".PrivateKey.pem.new")
    assert settle(tmp_path, capsys) == f"Removed {tmp_path / LEFTOVER}: a run that was killed had left it.\n"
    assert len(list(tmp_path.iterdir())) == 4


def test_a_file_of_somebody_else_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    laid(tmp_path, {LEFTOVER: "x"})
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert settle(tmp_path, capsys) == ""
    assert there(tmp_path) == {LEFTOVER: "x"}


def test_a_damaged_log_is_told_and_nothing_is_taken_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged = {".pass.0123456789ab.sealstone-undo": "[", ".PrivateKey.pem.0123456789ab.sealstone-old": "old key"}
    laid(tmp_path, damaged)
    with pytest.raises(click.ClickException, match=r"sealstone-undo, .* is damaged: .* end in sealstone-old"):
        settle(tmp_path, capsys)
    assert there(tmp_path) == damaged


def test_what_somebody_has_put_there_since_stays_and_so_does_what_was_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = ".PrivateKey.pem.0123456789ab.sealstone-old"
    step = {"target": "PrivateKey.pem", "kept": kept, "there": True, "digest": "0" * 64}
    laid(tmp_path, {".pass.0123456789ab.sealstone-undo": json.dumps([step]), kept: "old key", "PrivateKey.pem": "mine"})
    said = settle(tmp_path, capsys)
    assert sorted(there(tmp_path).values()) == ["mine", "old key"]
    assert (tmp_path / "PrivateKey.pem").read_text() == "mine"
    (aside,) = tmp_path.glob("PrivateKey.pem.*.old")
    assert said.splitlines() == [
        f"Undone in {tmp_path}: a run that was killed had begun to write PrivateKey.pem.",
        f"Kept as {aside}: what was there before that run; something else is in its place now.",
    ]


def test_what_cannot_be_undone_now_is_undone_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    laid(tmp_path, OLD)
    with monkeypatch.context() as broken:
        replace, calls = os.replace, iter(range(9))

        def full(source: Path, target: Path) -> None:
            if next(calls):
                raise OSError(5, "Input/output error")
            replace(source, target)

        broken.setattr(os, "replace", full)
        with pytest.raises(click.ClickException, match="Input/output error"):
            place(tmp_path, new(FRESH), force=True)
    assert there(tmp_path) != OLD
    assert "Undone in" in settle(tmp_path, capsys)
    assert there(tmp_path) == OLD
