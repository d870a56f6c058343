"""Files that the operator puts beside the database for trust stores: the place of the buckets that AWS reads from.

A bucket is a directory below `trust`, a key a path in it. Names begin with a letter, a digit or an underscore and
have letters, digits, dots, hyphens and underscores, so that none means a place outside; symbolic links are not
followed. What the files say is for others to judge.
"""

import os
import re
import stat
from pathlib import Path
from typing import Final

from sqlalchemy import text

from sealstone.store.engine import Tx

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a file that is read."""
DIRECTORY: Final = "trust"
"""Beside the database, in the data directory."""

_DATABASES: Final = text("PRAGMA database_list")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}", re.ASCII)
_MOST_PARTS: Final = 32
_FOLLOWING_NOTHING: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW


class NoSuchFile(Exception):
    """There is nothing that can be read; the text says why, without a path of this machine."""


class TooLarge(Exception):
    """The file is larger than `LARGEST`."""


def read(tx: Tx, bucket: str, key: str) -> bytes:
    """The file `trust/BUCKET/KEY` in the data directory. Raises NoSuchFile, TooLarge."""
    parts = key.split("/")
    if len(parts) > _MOST_PARTS or not all(_NAME.fullmatch(part) for part in (bucket, *parts)):
        raise NoSuchFile("names are letters, digits, dots, hyphens and underscores, and begin with no dot or hyphen")
    return _read(_directory(tx), (bucket, *parts))


def _directory(tx: Tx) -> Path:
    file = tx.rows(_DATABASES, {})[0][2]
    return Path(file).with_name(DIRECTORY)


def _read(directory: Path, parts: tuple[str, ...]) -> bytes:
    """Raises NoSuchFile, TooLarge."""
    name = "/".join((DIRECTORY, *parts))
    try:
        file = _open(directory, parts)
    except OSError as fault:
        raise NoSuchFile(f"{name} in the data directory: {fault.strerror}") from None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise NoSuchFile(f"{name} in the data directory is no regular file")
        with os.fdopen(file, "rb", closefd=False) as opened:
            content = opened.read(LARGEST + 1)
    finally:
        os.close(file)
    if len(content) > LARGEST:
        raise TooLarge(f"{name} has more than {LARGEST} bytes")
    return content


def _open(directory: Path, parts: tuple[str, ...]) -> int:
    """Step by step, each from the one before: nothing can be exchanged for a link meanwhile. Raises OSError."""
    *folders, name = parts
    at = os.open(directory, _FOLLOWING_NOTHING | os.O_DIRECTORY)
    try:
        for folder in folders:
            at, left = os.open(folder, _FOLLOWING_NOTHING | os.O_DIRECTORY, dir_fd=at), at
            os.close(left)
        # Not blocking: opening a pipe would wait for a writer.
        return os.open(name, _FOLLOWING_NOTHING | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)
