"""The master key in a file of its own, outside the data directory: created once, read at every start.

Form: a version line, then `id = <16 hex digits>` and `key = <base64 of 32 bytes>`. The file must be a regular
file of its owner only; anything else is refused, since a key that others could read or replace protects nothing.
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
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Linked into place whole: a start that is killed half-way leaves no half key behind.
            fresh = self._path.with_name(f".{self._path.name}.{chance(6).hex()}")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            try:
                os.link(fresh, self._path)
            finally:
                fresh.unlink()
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
        except OSError as fault:
            raise MasterKeyUnusable(f"cannot read the master key file {self._path}: {fault.strerror}") from fault
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise MasterKeyUnusable(f"the master key file {self._path} is not a regular file")
            if status.st_mode & 0o077:
                raise MasterKeyUnusable(
                    f"the master key file {self._path} is open to others (mode {stat.S_IMODE(status.st_mode):04o}); "
                    f"run: chmod 600 {self._path}"
                )
            return os.read(descriptor, _LONGEST).decode("ascii", "replace")
        finally:
            os.close(descriptor)


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
