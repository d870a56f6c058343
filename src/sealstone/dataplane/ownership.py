"""Whose a directory in memory is: a note in it, by which one is found whose data directory has moved or is gone.

No process is looked at or ended here.
"""

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NOTE: Final = "owner.json"
_MOST_BYTES: Final = 65_536
"""Of a note: a path has 4096 bytes at most, and each of them six characters."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who serves from a directory in memory."""

    installation: str
    """The same for all copies of a data directory, and for no other."""
    store: Path
    """The store within the data directory, by its whole path."""

    def note(self) -> str:
        """The text of the note."""
        return json.dumps({"installation": self.installation, "store": str(self.store)})


def noted(place: Path) -> Owner | None:
    """What the note says; None when there is none that can be read, or the directory is not ours.

    Anybody may make names beside ours in /dev/shm: what is another user's is not looked into, and nothing is waited
    for, nor read without an end.
    """
    try:
        found = json.loads(_content(place))
        return Owner(str(found["installation"]), Path(found["store"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _content(place: Path) -> bytes:
    """Raises OSError; nothing is in a note that is no file of a note's size in a directory of ours."""
    within = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if os.fstat(within).st_uid != os.getuid():
            return b""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(NOTE, flags, dir_fd=within), "rb") as note:
            status = os.fstat(note.fileno())
            return note.read() if stat.S_ISREG(status.st_mode) and status.st_size <= _MOST_BYTES else b""
    finally:
        os.close(within)


def abandoned(mine: Owner, own: Path) -> tuple[Path, ...]:
    """The directories beside `own` of which it can be proven that what serves there is nobody's but ours.

    They were made for this installation, and where its store was then is none any more, or this very one under another
    name: it was moved, or brought back elsewhere. A copy whose original is still there says nothing against that one.
    """
    prefix = own.name.rpartition("-")[0]
    found = ((place, noted(place)) for place in sorted(own.parent.glob(f"{prefix}-*")) if place != own)
    return tuple(
        place
        for place, owner in found
        if owner is not None and owner.installation == mine.installation and not _stands(owner.store, mine.store)
    )


def _stands(store: Path, mine: Path) -> bool:
    """Whether another store than ours is there, or cannot be ruled out."""
    try:
        return not store.samefile(mine)
    except FileNotFoundError:
        return not mine.exists()
    except (OSError, ValueError):  # or it can be no path at all
        return True
