"""The private directory that HAProxy runs in: its place in memory, its files, what of them is being served.

Keys in use are written nowhere else. Files appear whole or not at all, readable for us alone.
"""

import json
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path
from typing import Final

from sealstone.dataplane.haproxy_config import CONFIGURATION, Rendered
from sealstone.dataplane.problems import DirectoryRefused
from sealstone.model.secret import Secret

FOLDERS: Final = ("certificates", "lists", "responses", "trust")
MEMORY: Final = ("tmpfs", "ramfs")

_SERVED: Final = "served.json"
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

    def __init__(self, path: Path, *, disk_allowed: bool = False, mounts: Path = _MOUNTS) -> None:
        """Makes it when it is not there. Raises DirectoryRefused unless it is ours alone, and in memory."""
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=disk_allowed, exist_ok=True)
            status = path.lstat()
        except OSError as error:
            raise DirectoryRefused(str(path), f"it cannot be made ({error.strerror})", "make it yourself") from None
        # Anybody may make names in /dev/shm: what stands there before us is believed only if nobody else can write it.
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise DirectoryRefused(
                str(path), "it is not a directory of ours alone", "remove it, or find out who made it"
            )
        if not disk_allowed and filesystem_of(path, mounts) not in MEMORY:
            raise DirectoryRefused(str(path), "it is not in memory", "mount a tmpfs there, or allow keys on a disk")
        for folder in FOLDERS:
            (path / folder).mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One at a time, between threads and between processes."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            flock(descriptor, LOCK_EX)
            yield
        finally:
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
        (self.path / _SERVED).unlink(missing_ok=True)

    def settled(self, served: Served) -> None:
        """From here on it is known again."""
        self._write(_SERVED, json.dumps({"digests": dict(served.digests), "lists": dict(served.lists)}).encode())

    def write(self, rendered: Rendered) -> Mapping[str, Secret | None]:
        """Write what differs; what stood there before, by name (None: nothing)."""
        before: dict[str, Secret | None] = {}
        for name, content in _contents(rendered).items():
            old = self._read(name)
            if old != content:
                before[name] = None if old is None else Secret(old)
                self._write(name, content)
        return before

    def restore(self, before: Mapping[str, Secret | None]) -> None:
        """Undo a `write`."""
        for name, content in before.items():
            if content is None:
                (self.path / name).unlink(missing_ok=True)
            else:
                self._write(name, content.reveal())

    def sweep(self, rendered: Rendered) -> None:
        """Remove every file of ours that is not among those rendered."""
        self._sweep(_contents(rendered).keys())

    def clear(self) -> None:
        """Remove everything that HAProxy reads."""
        self.changing()
        (self.path / CONFIGURATION).unlink(missing_ok=True)
        self._sweep(())

    def _sweep(self, keep: Collection[str]) -> None:
        for folder in FOLDERS:
            for path in (self.path / folder).iterdir():
                if f"{folder}/{path.name}" not in keep:
                    path.unlink(missing_ok=True)

    def write_text(self, name: str, text: str) -> None:
        """Write one file that is not part of what is rendered."""
        self._write(name, text.encode())

    def _read(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def _write(self, name: str, content: bytes) -> None:
        path = self.path / name
        beside = path.with_name(f".{path.name}.new")
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        beside.rename(path)


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
