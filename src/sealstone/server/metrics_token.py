"""The token of `GET /metrics` in a file of its own: made at the first start, read at every start, kept as a digest.

It opens nothing but the metrics. A monitoring system reads the same file, so its group may read it too; one that
anybody may read, or that more than its owner may change, is refused.
"""

import base64
import logging
import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import Final

from sealstone.model.ids import Chance
from sealstone.seal.key_file import make_directory
from sealstone.server.faults import StartError

_LOG: Final = logging.getLogger("sealstone.metrics")
_RANDOM_BYTES: Final = 32
_SHORTEST: Final = 20
_LONGEST: Final = 1024
_TOO_OPEN: Final = 0o037


def token_digest(path: Path, chance: Chance) -> bytes | None:
    """SHA-256 of the token, which is made when there is none. None, and a warning, when it cannot be made.

    Raises StartError for a file that is open to others, or holds no token.
    """
    try:
        if not path.exists():
            _make(path, chance)
    except OSError as fault:
        _LOG.warning("GET /metrics is answered to nobody: cannot make the token file %s: %s", path, fault.strerror)
        return None
    return sha256(_read(path).encode()).digest()


def _make(path: Path, chance: Chance) -> None:
    """Whole or not at all, mode 0600; of two first starts that race, both use the token of one. Raises OSError."""
    make_directory(path.parent)
    fresh = path.with_name(f".{path.name}.{chance(6).hex()}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(base64.urlsafe_b64encode(chance(_RANDOM_BYTES)).decode().rstrip("=") + "\n")
        os.link(fresh, path)
    except FileExistsError:
        if not path.exists():
            raise
    finally:
        fresh.unlink(missing_ok=True)


def _read(path: Path) -> str:
    """Raises StartError."""
    try:
        with path.open("rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            text = stream.read(_LONGEST + 1).decode("ascii", "replace").strip()
    except OSError as fault:
        raise StartError(f"cannot read the token file {path}: {fault.strerror}") from fault
    if mode & _TOO_OPEN:
        raise StartError(f"the token file {path} is open to others (mode {mode:04o}); run: chmod 600 {path}")
    if not _SHORTEST <= len(text) <= _LONGEST or not text.isascii() or not text.isprintable() or " " in text:
        raise StartError(
            f"{path} holds no token: one line of {_SHORTEST} to {_LONGEST} printable ASCII characters without blanks; "
            "remove the file and start again to have one made"
        )
    return text
