"""The private directory that HAProxy runs in: its place in memory, its files, what of them is being served.

Keys in use are written nowhere else. Files appear whole or not at all, readable for us alone.
"""

import json
import os
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path
from typing import Final, cast

from sealstone.dataplane.haproxy_config import CONFIGURATION, Rendered
from sealstone.dataplane.ownership import NOTE, Owner, noted
from sealstone.dataplane.problems import DirectoryRefused, NotUsable

FOLDERS: Final = ("certificates", "lists", "maps", "responses", "trust")
MEMORY: Final = ("tmpfs", "ramfs")

_LOCK: Final = "lock"
_SERVED: Final = "served.json"
_UNDO: Final = "undo.json"
_MOUNTS: Final = Path("/proc/self/mountinfo")
_ROOM: Final = Path("/dev/shm")  # noqa: S108 - the directory beneath is made by us, for us alone, and looked at closely


@dataclass(frozen=True, slots=True)
class Served:
    """What HAProxy was last brought to serve."""

    digests: Mapping[str, str]
    """SHA-256 of each file, by name."""
    lists: Mapping[str, tuple[str, ...]]
    """The lines of each list of certificates."""


def place_for(data_directory: Path) -> Path:
    """Where the keys in use of a data directory belong: in memory, one place for each user and data directory."""
    digest = sha256(str(data_directory.resolve()).encode()).hexdigest()[:16]
    return _ROOM / f"sealstone-{os.getuid()}-{digest}"


def served_by(rendered: Rendered) -> Served:
    """What files that were rendered come to."""
    contents = _contents(rendered)
    lists = {name: tuple(text.splitlines()) for name, text in rendered.texts.items() if name.startswith("lists/")}
    return Served({name: _digest(content) for name, content in contents.items()}, lists)


class Directory:
    """One such directory."""

    def __init__(
        self, path: Path, *, owner: Owner | None = None, disk_allowed: bool = False, mounts: Path = _MOUNTS
    ) -> None:
        """Makes it when it is not there, and notes whose it is if that is told.

        Raises DirectoryRefused unless it is ours alone, and in memory.
        """
        self.path = path
        self._owner = owner
        self._disk_allowed = disk_allowed
        self._mounts = mounts
        self._make()

    def _make(self) -> None:
        path = self.path
        try:
            path.mkdir(mode=0o700, parents=self._disk_allowed, exist_ok=True)
            status = path.lstat()
        except OSError as error:
            raise DirectoryRefused(str(path), f"it cannot be made ({error.strerror})", "make it yourself") from None
        # Anybody may make names in /dev/shm: what stands there before us is believed only if nobody else can write it.
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise DirectoryRefused(
                str(path), "it is not a directory of ours alone", "remove it, or find out who made it"
            )
        if not self._disk_allowed and filesystem_of(path, self._mounts) not in MEMORY:
            raise DirectoryRefused(str(path), "it is not in memory", "mount a tmpfs there, or allow keys on a disk")
        with _usable(path):
            for folder in FOLDERS:
                (path / folder).mkdir(mode=0o700, exist_ok=True)
        if self._owner is not None and noted(path) != self._owner:
            self.write_text(NOTE, self._owner.note())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One at a time, between threads and between processes.

        The directory is made anew if it was removed, and a change undone that was cut off. Raises DirectoryRefused,
        and NotUsable as everything here that writes.
        """
        descriptor = self._lock()
        try:
            self.restore()
            yield
        finally:
            os.close(descriptor)

    def _lock(self) -> int:
        """Whoever waited may have got the lock of a directory that was removed: then once more, with a new one."""
        while True:
            self._make()
            with _usable(self.path), suppress(FileNotFoundError):
                descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    flock(descriptor, LOCK_EX)
                    if os.path.samestat(os.fstat(descriptor), (self.path / _LOCK).stat()):
                        self._make()  # who removes the directory may have got half way before this lock was made
                        return descriptor
                except BaseException:
                    os.close(descriptor)
                    raise
                os.close(descriptor)

    def served(self) -> Served | None:
        """What is being served, if it is known: a change was not cut off half way."""
        try:
            found = json.loads((self.path / _SERVED).read_text())
            lists = {name: tuple(lines) for name, lines in found["lists"].items()}
            return Served(found["digests"], lists)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def changing(self) -> None:
        """From here on it is not known what is served."""
        with _usable(self.path):
            (self.path / _SERVED).unlink(missing_ok=True)

    def settled(self, served: Served) -> None:
        """From here on it is known again; without room to note it, it is not, and the next change is a reload."""
        self._forget()
        with suppress(NotUsable):
            self.write_text(_SERVED, json.dumps({"digests": dict(served.digests), "lists": dict(served.lists)}))

    def write(self, rendered: Rendered) -> None:
        """Write what differs, all of it or nothing. It can be undone until it is `settled`, by whoever comes next."""
        with _usable(self.path):
            changed = {name: new for name, new in _contents(rendered).items() if self.read(name) != new}
            try:
                for name, content in changed.items():
                    self._stage(name, content)
                there = {name: self._put_by(name) for name in changed}
                self._write(_UNDO, json.dumps(there).encode())
            except OSError:
                for name in changed:
                    self._beside(name, "new").unlink(missing_ok=True)
                    self._beside(name, "old").unlink(missing_ok=True)
                raise
            self.changing()
            for name in changed:
                self._beside(name, "new").rename(self.path / name)

    def restore(self) -> None:
        """Undo a `write` that was not settled. Needs no room: what stood there before is still there, put by."""
        there = self._undo()
        if there is None:
            return
        with _usable(self.path):
            self.changing()
            for name, was_there in there.items():
                if not was_there:
                    (self.path / name).unlink(missing_ok=True)
                elif self._beside(name, "old").exists():
                    self._beside(name, "old").replace(self.path / name)
            self._forget()

    def sweep(self, rendered: Rendered) -> None:
        """Remove every file of ours that is not among those rendered. Then nothing can be undone."""
        self._forget()
        self._sweep(_contents(rendered).keys())

    def clear(self) -> None:
        """Remove everything that HAProxy reads."""
        self.changing()
        self._forget()
        with _usable(self.path):
            (self.path / CONFIGURATION).unlink(missing_ok=True)
        self._sweep(())

    def remove_all(self) -> None:
        """Remove the directory with all that is in it, the lock last; it is held, and worth nothing from then on.

        Who is killed within leaves a directory that can be used, or removed, as any other.
        """
        with _usable(self.path):
            for path in self.path.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.name != _LOCK:
                    path.unlink(missing_ok=True)
            (self.path / _LOCK).unlink()
            with suppress(OSError):  # somebody has made a lock of his own in it by now
                self.path.rmdir()

    def _sweep(self, keep: Collection[str]) -> None:
        with _usable(self.path):
            for folder in FOLDERS:
                for path in (self.path / folder).iterdir():
                    if f"{folder}/{path.name}" not in keep:
                        path.unlink(missing_ok=True)

    def write_text(self, name: str, text: str) -> None:
        """Write one file that is not part of what is rendered."""
        with _usable(self.path):
            self._write(name, text.encode())

    def remove(self, name: str) -> None:
        """Remove one such file."""
        with _usable(self.path):
            (self.path / name).unlink(missing_ok=True)

    def read(self, name: str) -> bytes | None:
        """What a file holds; None when there is none."""
        with _usable(self.path):
            try:
                return (self.path / name).read_bytes()
            except FileNotFoundError:
                return None

    # --- one file ---

    def _undo(self) -> Mapping[str, bool] | None:
        """The files of a change that is not settled: whether each was there before; no files when that is illegible."""
        content = self.read(_UNDO)
        if content is None:
            return None
        try:
            found = json.loads(content)
        except ValueError:
            found = None
        return cast("Mapping[str, bool]", found) if isinstance(found, dict) else {}

    def _forget(self) -> None:
        """What was put by is not needed any more: the keys in it go first."""
        with _usable(self.path):
            for name in self._undo() or {}:
                self._beside(name, "old").unlink(missing_ok=True)
                self._beside(name, "new").unlink(missing_ok=True)
            self._beside(_UNDO, "new").unlink(missing_ok=True)
            (self.path / _UNDO).unlink(missing_ok=True)

    def _beside(self, name: str, kind: str) -> Path:
        path = self.path / name
        return path.with_name(f".{path.name}.{kind}")

    def _put_by(self, name: str) -> bool:
        """A second name for what stands there, if anything does."""
        old = self._beside(name, "old")
        old.unlink(missing_ok=True)
        try:
            os.link(self.path / name, old)
        except FileNotFoundError:
            return False
        return True

    def _stage(self, name: str, content: bytes) -> Path:
        beside = self._beside(name, "new")
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return beside

    def _write(self, name: str, content: bytes) -> None:
        try:
            self._stage(name, content).rename(self.path / name)
        except OSError:
            self._beside(name, "new").unlink(missing_ok=True)
            raise


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    """What a file system says against us, as a problem of the data plane's. Raises NotUsable."""
    try:
        yield
    except OSError as error:
        raise NotUsable(str(path), error.strerror or str(error)) from None


def filesystem_of(path: Path, mounts: Path = _MOUNTS) -> str:
    """The type of the file system that a path is on, by proc(5)'s mountinfo; empty when that cannot be told."""
    resolved = path.resolve()
    longest, kind = -1, ""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return ""
    for line in lines:
        before, _, after = line.partition(" - ")
        point = Path(before.split(" ")[4].encode().decode("unicode_escape"))
        # Of two on one place the later one is in force.
        if resolved.is_relative_to(point) and len(point.parts) >= longest:
            longest, kind = len(point.parts), after.split(" ")[0]
    return kind


def _contents(rendered: Rendered) -> dict[str, bytes]:
    texts = {name: text.encode() for name, text in rendered.texts.items()}
    return texts | {name: key.reveal() for name, key in rendered.keys.items()}


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
