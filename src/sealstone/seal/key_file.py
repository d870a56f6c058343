"""The master key in a file of its own, outside the data directory: created once, read at every start.

Form: a version line, then `id = <16 hex digits>` and `key = <base64 of 32 bytes>`. The file must be a regular
file that only its owner may read, in a directory where nobody else may put another in its place; anything else is
refused, since a key that others could read or replace protects nothing.
"""

import base64
import binascii
import os
import stat
from pathlib import Path
from typing import Final, Protocol

from sealstone.model.ids import Chance
from sealstone.model.secret import Secret
from sealstone.seal.envelope import MasterKeys
from sealstone.seal.faults import MasterKeyUnusable

_VERSION: Final = "sealstone master key 1"
_LONGEST: Final = 4096


class MasterKeySource(Protocol):
    """Where master keys come from: a file now; a passphrase, a PKCS#11 token or a transit service later.

    A source answers the same keys at every call for as long as it is not rotated, never writes what it answers to
    a log, and raises a SealFault of one line when it cannot answer. Callers ask once, at start, and hold the keys
    in memory only; they must not ask on the path of a request.
    """

    def master_keys(self) -> MasterKeys:
        """All master keys that are needed to open what was sealed, and which one seals."""


class KeyFile:
    """A master key file. Nothing is read before `master_keys` is called."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self, chance: Chance) -> None:
        """Make a new key, durably, mode 0600. Raises MasterKeyUnusable when the file exists or cannot be made."""
        text = f"{_VERSION}\nid = {chance(8).hex()}\nkey = {base64.b64encode(chance(32)).decode()}\n"
        try:
            make_directory(self._path.parent)
            # Linked into place whole: a start that is killed half-way leaves no half key behind.
            fresh = self._path.with_name(f".{self._path.name}.{chance(6).hex()}")
            try:
                _write(fresh, text)
                os.link(fresh, self._path)
            finally:
                fresh.unlink(missing_ok=True)
            _sync_directory(self._path.parent)
        except OSError as fault:
            raise MasterKeyUnusable(f"cannot create the master key file {self._path}: {fault.strerror}") from fault

    def master_keys(self) -> MasterKeys:
        """Read the key. Raises MasterKeyUnusable for a file that is not there, not private or not a master key."""
        lines = self._text().splitlines()
        values = dict(line.split(" = ", 1) for line in lines[1:] if " = " in line)
        try:
            identifier = values["id"]
            key = base64.b64decode(values["key"], validate=True)
            well_formed = lines[0] == _VERSION and len(bytes.fromhex(identifier)) == 8 and len(key) == 32
        except (KeyError, IndexError, ValueError, binascii.Error):
            well_formed = False
            identifier, key = "", b""
        if not well_formed:
            raise MasterKeyUnusable(f"{self._path} is not a master key file of Sealstone")
        return MasterKeys({identifier: Secret(key)}, identifier)

    def _text(self) -> str:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                self._check(os.fstat(descriptor), self._path.parent.stat())
                return os.read(descriptor, _LONGEST).decode("ascii", "replace")
            finally:
                os.close(descriptor)
        except OSError as fault:
            raise MasterKeyUnusable(f"cannot read the master key file {self._path}: {fault.strerror}") from fault

    def _check(self, file: os.stat_result, directory: os.stat_result) -> None:
        """Raises MasterKeyUnusable for a file that others could read, or exchange for another."""
        if not stat.S_ISREG(file.st_mode):
            raise MasterKeyUnusable(f"the master key file {self._path} is not a regular file")
        if file.st_mode & 0o077:
            raise MasterKeyUnusable(
                f"the master key file {self._path} is open to others (mode {stat.S_IMODE(file.st_mode):04o}); "
                f"run: chmod 600 {self._path}"
            )
        # In a directory with the sticky bit nobody renames or removes a file that is not their own.
        if directory.st_mode & 0o022 and not directory.st_mode & stat.S_ISVTX:
            raise MasterKeyUnusable(
                f"others may exchange files in {self._path.parent}, where the master key file is "
                f"(mode {stat.S_IMODE(directory.st_mode):04o}); run: chmod go-w {self._path.parent}"
            )


def make_directory(path: Path) -> None:
    """With its parents where they lack, each durable before the next: a lost directory would be a lost key."""
    if not path.exists():
        make_directory(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        _sync_directory(path.parent)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
