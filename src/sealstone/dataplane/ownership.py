"""Whose a directory in memory is: a note in it, by which one is found whose data directory has moved or is gone.

No process is looked at or ended here.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NOTE: Final = "owner.json"


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
    """What the note says; None when there is none that can be read."""
    try:
        found = json.loads((place / NOTE).read_text())
        return Owner(str(found["installation"]), Path(found["store"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


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
    except OSError:
        return True
