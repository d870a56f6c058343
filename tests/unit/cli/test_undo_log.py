"""What is in a log, and how its steps are taken back; whoever wrote it names no file of another directory."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sealstone.cli import undo_log
from sealstone.cli.undo_log import Damaged, Step

KEPT = ".a.0123456789ab.sealstone-old"
GOOD: dict[str, Any] = {"target": "a", "kept": KEPT, "there": True, "digest": ""}


def step(digest: str = "", *, there: bool = True) -> Step:
    return Step("a", KEPT, there=there, digest=digest)


def test_a_log_is_read_as_it_was_written(tmp_path: Path) -> None:
    steps = (Step("\udcff \n\u00e4", KEPT, there=False, digest="00"), step())
    (tmp_path / "log").write_bytes(undo_log.text_of(steps))
    assert undo_log.read(tmp_path / "log") == steps


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "1",
        "[1]",
        json.dumps([{**GOOD, "more": 1}]),
        json.dumps([{**GOOD, "target": "../a"}]),
        json.dumps([{**GOOD, "target": ""}]),
        json.dumps([{**GOOD, "target": 1}]),
        json.dumps([{**GOOD, "kept": "b"}]),
        json.dumps([{**GOOD, "kept": ".a/.0123456789ab.sealstone-old"}]),
        json.dumps([{**GOOD, "kept": ".a.0123456789ab.sealstone-new"}]),
    ],
)
def test_what_is_no_log_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "log").write_text(text)
    with pytest.raises(Damaged):
        undo_log.read(tmp_path / "log")


def test_a_link_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("[]")
    (tmp_path / "log").symlink_to("other")
    with pytest.raises(Damaged):
        undo_log.read(tmp_path / "log")
    with pytest.raises(FileNotFoundError):
        undo_log.read(tmp_path / "none")


def test_a_name_s_end_says_what_it_is(tmp_path: Path) -> None:
    for ending in (undo_log.NEW, undo_log.OLD, undo_log.LOG):
        path = undo_log.fresh(tmp_path, "\u00e4" * 255, ending)
        path.write_text("x")
        assert undo_log.left(tmp_path, ending) == (path,)


def test_another_file_or_directory_or_an_unreadable_one_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = step(undo_log.digest_of(b"new"), there=False)
    (tmp_path / "a").write_text("theirs")
    assert undo_log.undo(tmp_path, [ours]) == ()
    assert (tmp_path / "a").exists()
    (tmp_path / "a").unlink()
    (tmp_path / "a").mkdir()
    assert undo_log.undo(tmp_path, [ours]) == ()
    assert (tmp_path / "a").is_dir()
    (tmp_path / "a").rmdir()
    (tmp_path / "a").write_text("new")

    def refused(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as closed:
        closed.setattr(os, "open", refused)
        undo_log.undo(tmp_path, [ours])
    assert (tmp_path / "a").exists()
    undo_log.undo(tmp_path, [ours])
    assert not (tmp_path / "a").exists()


def test_undoing_can_be_done_twice(tmp_path: Path) -> None:
    one = step(undo_log.digest_of(b"new"))
    (tmp_path / "a").write_text("new")
    (tmp_path / KEPT).write_text("old")
    for _ in range(2):
        assert undo_log.undo(tmp_path, [one]) == ()
        assert [path.name for path in tmp_path.iterdir()] == ["a"]
        assert (tmp_path / "a").read_text() == "old"
    (tmp_path / KEPT).hardlink_to(tmp_path / "a")
    undo_log.undo(tmp_path, [one])
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
