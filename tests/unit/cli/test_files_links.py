"""Somebody else in the directory guesses the name under which a private key is written first, and is there before us.

Each way of taking the name is tried: a file of theirs, which they would read the key from; a link to one of ours, which
would be overwritten. Both flags of `open` have to be there, one for each file system and operating system.
"""

import os
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from sealstone.cli import files
from sealstone.model.secret import Secret

KEY = Secret(b"private key")
Plant = Callable[[Path], object]


@pytest.fixture
def guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Plant], list[Path]]:
    """The next new file's name is taken just before it is opened; the paths that were."""

    def prepared(plant: Plant) -> list[Path]:
        taken: list[Path] = []
        opened = os.open

        def open_late(path: str | Path, flags: int, mode: int = 0o777, **options: int) -> int:
            if flags & os.O_CREAT and not taken:
                taken.append(Path(path))
                plant(Path(path))
            return opened(path, flags, mode, **options)

        monkeypatch.setattr(os, "open", open_late)
        return taken

    return prepared


@pytest.mark.parametrize("force", [False, True])
def test_a_file_of_somebody_else_s_does_not_get_the_key(
    tmp_path: Path, guessed: Callable[[Plant], list[Path]], force: bool
) -> None:
    """Fails without O_EXCL."""
    taken = guessed(lambda path: path.write_text("theirs"))
    with pytest.raises(click.ClickException):
        files.write_private(tmp_path / "key", KEY, force)
    (path,) = taken
    assert path.parent == tmp_path
    assert not path.exists() or path.read_text() == "theirs"
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("force", [False, True])
def test_a_link_is_not_followed(
    tmp_path: Path, guessed: Callable[[Plant], list[Path]], force: bool, there: bool
) -> None:
    """Fails when neither O_EXCL nor O_NOFOLLOW is there."""
    other = tmp_path / "other"
    if there:
        other.write_text("mine")
    guessed(lambda path: path.symlink_to(other))
    with pytest.raises(click.ClickException):
        files.write_private(tmp_path / "key", KEY, force)
    assert other.read_text() == "mine" if there else not other.exists()


@pytest.mark.parametrize("force", [False, True])
def test_new_files_are_opened_with_both_flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool) -> None:
    """POSIX promises that O_EXCL refuses a link; NFS of version 2 and others did not keep it. Fails without either."""
    flags: list[int] = []
    opened = os.open

    def noted(path: str | Path, how: int, mode: int = 0o777, **options: int) -> int:
        if how & os.O_CREAT:
            flags.append(how)
        return opened(path, how, mode, **options)

    monkeypatch.setattr(os, "open", noted)
    files.write_all(tmp_path, {"Certificate.pem": b"public", "PrivateKey.pem": KEY}, force)
    assert len(flags) == 3  # the log, too
    assert all(how & os.O_EXCL and how & os.O_NOFOLLOW for how in flags)
