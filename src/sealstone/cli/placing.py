"""New files of one directory put in their places as one: all or none, whole, and on the disk when it is done.

    with held([folder]):                  # no other run writes there; what a killed one left is undone
        place(folder, files, force=True)

Each is written and synced under a name of its own first; then all get their names in one pass, and when a step of it
fails the ones before are undone. A kill in the middle of the pass leaves a part, each file whole, and a log by which
the next run undoes it (`undo_log`). The last of the files is the last of the pass, so the private key belongs there.
"""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from sealstone.cli import undo_log
from sealstone.cli.renaming import rename_to_nothing
from sealstone.cli.undo_log import Step

PRIVATE: Final = 0o600
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK})
_HELD: Final = frozenset({errno.EWOULDBLOCK, errno.EACCES})
_TRIES: Final = 100
_PAUSE: Final = 0.1  # seconds


@dataclass(frozen=True, slots=True)
class New:
    """A file to be: its name in the directory, what is in it, and its mode from its first byte on."""

    name: str
    content: bytes = field(repr=False)
    mode: int


@contextmanager
def held(folders: Sequence[Path], *, pause: Callable[[float], object] = time.sleep) -> Iterator[None]:
    """The directories, which must be there, for this run alone: others wait, 10 seconds at most.

    What killed runs left there is undone or taken away, and told on standard error. Raises ClickException.
    """
    with ExitStack() as locks:
        found: dict[tuple[int, int], tuple[Path, int]] = {}
        for folder in folders:
            with told(folder):
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                locks.callback(os.close, descriptor)
                status = os.fstat(descriptor)
                found.setdefault((status.st_dev, status.st_ino), (folder, descriptor))
        for _, (folder, descriptor) in sorted(found.items()):  # everybody in the same order, or two wait for ever
            if _locked(folder, descriptor, pause):
                with told(folder):
                    _settle(folder)
        yield


def place(folder: Path, files: Sequence[New], *, force: bool, without: Sequence[str] = ()) -> None:
    """All files in their places, in this order, and nothing under the names in `without`, which need not be there.

    The directory must be `held`. Without `force` nothing is overwritten. Raises ClickException, and then everything
    is as it was.
    """
    steps = [*_removals(folder, without), *(_step(folder, new, force=force) for new in files)]
    with ExitStack() as temporary:
        written = {new.name: _write(folder, new, temporary) for new in files}
        log = _begin(folder, steps, temporary)
        try:
            for step in steps:
                with told(folder / step.target):
                    _take(folder, step, written.get(step.target))
            with told(folder):
                _sync(folder)
                log.unlink()
        except BaseException:
            with suppress(OSError):  # what cannot be undone now, the next run undoes
                undo_log.undo(folder, steps)
                _sync(folder)
                log.unlink(missing_ok=True)
            raise
        with suppress(OSError):  # all is in its place; what was there may go now
            _sync(folder)
            for step in steps:
                (folder / step.kept).unlink(missing_ok=True)


def exists(path: Path) -> click.ClickException:
    """That something is there."""
    return click.ClickException(f"{shown(path)} exists already; it is left as it is unless --force is given")


def shown(path: Path) -> str:
    """A path for a message."""
    return click.format_filename(path)


# --- one run at a time, and what killed ones left ---


def _locked(folder: Path, descriptor: int, pause: Callable[[float], object]) -> bool:
    """Whether it is ours; False on file systems without locks, where nobody settles anything. Raises ClickException."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            if fault.errno not in _HELD:
                return False
        else:
            return True
        pause(_PAUSE)
    raise click.ClickException(
        f"another run has been writing into {shown(folder)} for {_TRIES * _PAUSE:.0f} seconds; wait until it has ended"
    )


def _settle(folder: Path) -> None:
    """Undoes what a killed run had begun, and takes away its other files. Raises ClickException, OSError."""
    for log in undo_log.left(folder, undo_log.LOG):
        try:
            steps = undo_log.read(log)
        except undo_log.Damaged:
            raise click.ClickException(
                f"{shown(log)}, by which a run that was killed can be undone, is damaged: look at the files there "
                f"whose names end in {undo_log.OLD}, rename what you need, and remove it"
            ) from None
        aside = undo_log.undo(folder, steps)
        _sync(folder)
        log.unlink()
        names = ", ".join(shown(Path(step.target)) for step in steps)
        _tell(f"Undone in {shown(folder)}: a run that was killed had begun to write {names}.")
        for path in aside:
            _tell(f"Kept as {shown(path)}: what was there before that run; something else is in its place now.")
    for ending in (undo_log.NEW, undo_log.OLD):
        for path in undo_log.left(folder, ending):
            path.unlink()
            _tell(f"Removed {shown(path)}: a run that was killed had left it.")


def _tell(line: str) -> None:
    click.echo(line, err=True)


# --- before the first step ---


def _step(folder: Path, new: New, *, force: bool) -> Step:
    """Raises ClickException for what may not be overwritten."""
    target = folder / new.name
    there = os.path.lexists(target)
    if there and not force:
        raise exists(target)
    kept = undo_log.fresh(folder, new.name, undo_log.OLD).name
    return Step(new.name, kept, there=there, digest=undo_log.digest_of(new.content))


def _removals(folder: Path, names: Sequence[str]) -> Iterator[Step]:
    for name in names:
        if os.path.lexists(folder / name):
            yield Step(name, undo_log.fresh(folder, name, undo_log.OLD).name, there=True, digest="")


def _write(folder: Path, new: New, temporary: ExitStack) -> Path:
    """A new file under a name that nobody else has, on the disk when this returns."""
    path = undo_log.fresh(folder, new.name, undo_log.NEW)
    with told(folder / new.name):
        # O_EXCL refuses a link, too, by POSIX; not every network file system kept that.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, new.mode)
        temporary.callback(_forget, path)
        try:
            rest = memoryview(new.content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return path


def _begin(folder: Path, steps: Sequence[Step], temporary: ExitStack) -> Path:
    """The log, whole under its name and on the disk before anything is changed."""
    log = undo_log.fresh(folder, "pass", undo_log.LOG)
    made = _write(folder, New(log.name, undo_log.text_of(steps), PRIVATE), temporary)
    with told(folder):
        made.rename(log)
        try:
            _sync(folder)
        except OSError:
            log.unlink()
            raise
    return log


# --- the pass ---


def _take(folder: Path, step: Step, written: Path | None) -> None:
    target, kept = folder / step.target, folder / step.kept
    if target.is_dir() and not target.is_symlink():
        raise IsADirectoryError(errno.EISDIR, "it is a directory")
    if written is None:
        target.rename(kept)
    elif step.there:
        try:
            os.link(target, kept, follow_symlinks=False)
        except OSError as fault:
            if fault.errno not in _NO_LINKS:
                raise
            target.rename(kept)
        written.replace(target)
    else:
        _add(written, target)


def _add(written: Path, target: Path) -> None:
    """Where nothing is, in one step: the name is taken with the whole content, or not at all."""
    try:
        target.hardlink_to(written)
    except OSError as fault:
        if fault.errno not in _NO_LINKS:
            raise
        rename_to_nothing(written, target)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Faults of the file system as messages about a path."""
    try:
        yield
    except FileExistsError as fault:
        raise exists(path) from fault
    except OSError as fault:
        raise click.ClickException(f"cannot write {shown(path)}: {fault.strerror}") from fault
