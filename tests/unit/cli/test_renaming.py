"""A rename overwrites nothing: by the system's own call, and by a look where there is none."""

import ctypes
import errno
from pathlib import Path

import pytest

from sealstone.cli import renaming


class NoLibrary:
    """A C library without the call."""

    def __init__(self, *_: object, **__: object) -> None: ...


@pytest.mark.parametrize("system", ["call", "no call", "not by this file system"])
def test_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    if system == "no call":
        monkeypatch.setattr(ctypes, "CDLL", NoLibrary)
    elif system != "call":
        monkeypatch.setattr(renaming, "_renameat2", lambda *_: errno.EINVAL)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("new")
    target.write_text("old")
    with pytest.raises(FileExistsError):
        renaming.rename_to_nothing(source, target)
    assert (source.read_text(), target.read_text()) == ("new", "old")
    target.unlink()
    renaming.rename_to_nothing(source, target)
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    with pytest.raises(FileNotFoundError):
        renaming.rename_to_nothing(source, target.with_name("other"))
