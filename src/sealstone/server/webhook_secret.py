"""The secret that signs webhooks, in a file of its own beside the master key: receivers get a copy of it.

It lies in a file and not in the store, so that the operator can read it, and choose it.
"""

import os
import stat
from pathlib import Path
from typing import Final

from sealstone.model.ids import Chance
from sealstone.model.secret import Secret
from sealstone.seal.key_file import make_directory
from sealstone.server.faults import StartError

SHORTEST: Final = 32
"""Bytes: as many as the hash gives (RFC 2104, section 3)."""
_LONGEST: Final = 4096


def webhook_secret(path: Path, chance: Chance) -> Secret:
    """What the file holds, without blanks around it; made when there is none. Raises StartError."""
    try:
        if not path.exists():
            _make(path, chance)
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            secret = file.read(_LONGEST).strip()
    except OSError as fault:
        raise StartError(f"cannot read or make the webhook secret file {path}: {fault.strerror}") from fault
    if mode & 0o077:
        raise StartError(
            f"the webhook secret file {path} is open to others (mode {stat.S_IMODE(mode):04o}); run: chmod 600 {path}"
        )
    if len(secret) < SHORTEST:
        raise StartError(f"the webhook secret file {path} must hold at least {SHORTEST} bytes")
    return Secret(secret)


def _make(path: Path, chance: Chance) -> None:
    """Linked into place whole: of two first starts that race, both have the one that came first. Raises OSError."""
    make_directory(path.parent)
    fresh = path.with_name(f".{path.name}.{chance(6).hex()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"{chance(32).hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
    finally:
        fresh.unlink(missing_ok=True)
