"""New files of one directory put in their places as one: all or none, whole, and on the disk when it is done.

Each is written and synced under a name of its own first; then all get their names in one pass, and when a step of it
fails the ones before are undone. Only a kill in the middle of the pass leaves a part: each file is whole then, too. The
last of the files is the last of the pass, so the private key belongs there: until then the old one, which nobody can
get again, is where it was.

What a killed run left is known by its name and by its lock, which its writer holds as long as it lives.
"""

import errno
import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

PRIVATE: Final = 0o600
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK})
_LEFTOVER: Final = re.compile(r"\..{1,200}\.[0-9a-f]{12}\.sealstone-new", re.DOTALL)


@dataclass(frozen=True, slots=True)
class New:
    """A file to be: where, what is in it, and its mode from its first byte on."""

    target: Path
    content: bytes = field(repr=False)
    mode: int


@dataclass(frozen=True, slots=True)
class _Written:
    """A file under its first name; the descriptor holds its lock."""

    new: New
    path: Path
    descriptor: int


def place(files: Sequence[New], *, force: bool, without: Sequence[Path] = ()) -> None:
    """All files in their places, in this order, and nothing under the names in `without`, which need not be there.

    Without `force` nothing is overwritten. Raises ClickException, and then everything is as it was.
    """
    with ExitStack() as temporary:
        written = [_write(new, temporary) for new in files]
        with ExitStack() as undo:
            for path in without:
                with _told(path):
                    _take_away(path, temporary, undo)
            for one in written:
                with _told(one.new.target):
                    (_replace if force else _add)(one, temporary, undo)
            for folder in dict.fromkeys(path.parent for path in (*without, *(new.target for new in files))):
                with _told(folder):
                    _sync(folder)
            undo.pop_all()


def sweep(folder: Path) -> tuple[str, ...]:
    """Removes what killed runs of this user left in the directory, and tells the names. What is in use stays."""
    try:
        names = [entry.name for entry in os.scandir(folder) if _LEFTOVER.fullmatch(entry.name)]
    except OSError:
        return ()
    return tuple(sorted(name for name in names if _removed(folder / name)))


def exists(path: Path) -> click.ClickException:
    """That something is there."""
    return click.ClickException(f"{shown(path)} exists already; it is left as it is unless --force is given")


def shown(path: Path) -> str:
    """A path for a message."""
    return click.format_filename(path)


# --- leftovers ---


def _removed(path: Path) -> bool:
    """Whether it was a file of this user that no living run holds, and is gone."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_uid == os.geteuid():
                path.unlink()
                return True
        finally:
            os.close(descriptor)
    return False


# --- writing ---


def _fresh_name(target: Path) -> Path:
    return target.with_name(f".{target.name[:200]}.{os.urandom(6).hex()}.sealstone-new")


def _write(new: New, temporary: ExitStack) -> _Written:
    """A new file under a name that nobody else has, on the disk when this returns."""
    path = _fresh_name(new.target)
    with _told(new.target):
        # O_EXCL refuses a link, too, by POSIX; not every network file system kept that.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, new.mode)
        temporary.callback(os.close, descriptor)
        temporary.callback(_forget, path)
        with suppress(OSError):  # some file systems have no locks; then nobody takes the file for a leftover either
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        rest = memoryview(new.content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    return _Written(new, path, descriptor)


# --- putting in place ---


def _replace(one: _Written, temporary: ExitStack, undo: ExitStack) -> None:
    """Over whatever file or link is there, in one step."""
    target = one.new.target
    _no_directory(target)
    if os.path.lexists(target):
        kept = _fresh_name(target)
        with suppress(OSError):  # where there are no links, nothing can be undone
            os.link(target, kept, follow_symlinks=False)
            temporary.callback(_forget, kept)
            undo.callback(_bring_back, kept, target)
    else:
        undo.callback(_forget_own, one)
    one.path.replace(target)


def _add(one: _Written, _: ExitStack, undo: ExitStack) -> None:
    """Where nothing is, in one step. A link, unlike a rename, fails when the name is taken."""
    target = one.new.target
    try:
        target.hardlink_to(one.path)
    except OSError as fault:
        if fault.errno not in _NO_LINKS:
            raise
        # FAT, some network file systems: the name is taken first, and what is complete replaces it at once.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
        undo.callback(_forget, target)
        one.path.replace(target)
    else:
        undo.callback(_forget_own, one)


def _take_away(path: Path, temporary: ExitStack, undo: ExitStack) -> None:
    """A file that must not stay: a chain that does not belong to the new certificate."""
    if os.path.lexists(path):
        _no_directory(path)
        kept = _fresh_name(path)
        path.rename(kept)
        temporary.callback(_forget, kept)
        undo.callback(_bring_back, kept, path)


def _no_directory(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        raise IsADirectoryError(errno.EISDIR, "it is a directory")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- undoing ---


def _forget(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _forget_own(one: _Written) -> None:
    """Takes the new file away, unless another one has come to its place."""
    with suppress(OSError):
        if os.path.samestat(one.new.target.lstat(), os.fstat(one.descriptor)):
            one.new.target.unlink()


def _bring_back(kept: Path, target: Path) -> None:
    with suppress(OSError):
        kept.replace(target)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Faults of the file system as messages about a path."""
    try:
        yield
    except FileExistsError as fault:
        raise exists(path) from fault
    except OSError as fault:
        raise click.ClickException(f"cannot write {shown(path)}: {fault.strerror}") from fault
