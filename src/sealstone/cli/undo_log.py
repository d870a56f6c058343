"""What a pass over the files of one directory is about to do, written down so that it can be undone, also by others.

A log is there from before the first step of a pass until after its last one. Whoever finds one that no living run
holds knows that the pass was cut off, and takes each step back. A step whose file somebody has changed since is left
as it is. `placing` takes the steps; nothing is told to a person here.
"""

import errno
import hashlib
import json
import os
import re
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NEW: Final = "sealstone-new"
"""How names end that files have until they get to their places; worth nothing to anybody."""
OLD: Final = "sealstone-old"
"""How names end that replaced files have until the pass is done."""
LOG: Final = "sealstone-undo"
_NAME: Final = re.compile(rf"\..{{0,200}}\.[0-9a-f]{{12}}\.({NEW}|{OLD}|{LOG})", re.DOTALL)
_MOST_BYTES: Final = 32 * 2**20
_MEMBERS: Final = {"target", "kept", "there", "digest"}


class Damaged(Exception):
    """A log that is not one: its steps cannot be taken back."""


@dataclass(frozen=True, slots=True)
class Step:
    """One file of the directory, by names without a directory."""

    target: str
    kept: str
    """The name under which what was there is kept meanwhile."""
    there: bool
    """Whether anything was there."""
    digest: str
    """SHA-256 of the new content, hex; empty when the file is only taken away."""


def fresh(folder: Path, name: str, ending: str) -> Path:
    """A name that nobody else has, and that tells what it is."""
    # 255 bytes are the most that file systems take; a character has four at most.
    stem = os.fsdecode(os.fsencode(name)[:200])
    return folder / f".{stem}.{os.urandom(6).hex()}.{ending}"


def left(folder: Path, ending: str) -> tuple[Path, ...]:
    """This user's regular files of such names, in order. Raises OSError."""
    found = []
    for path in folder.iterdir():
        named = _NAME.fullmatch(path.name)
        if named and named[1] == ending:
            status = path.lstat()
            if status.st_uid == os.geteuid() and stat.S_ISREG(status.st_mode):
                found.append(path)
    return tuple(sorted(found))


def text_of(steps: Sequence[Step]) -> bytes:
    """A log's content."""
    return json.dumps(
        [{"target": one.target, "kept": one.kept, "there": one.there, "digest": one.digest} for one in steps]
    ).encode("ascii")


def read(path: Path) -> tuple[Step, ...]:
    """The steps in a log. Raises Damaged, OSError."""
    try:
        found = json.loads(_content(path) or b"")
        return tuple(_step(one) for one in found)
    except (ValueError, TypeError) as fault:
        raise Damaged(path.name) from fault


def undo(folder: Path, steps: Sequence[Step]) -> tuple[Path, ...]:
    """Takes back what was done of the steps, the last one first. May be cut off at any point, and begun again.

    Returns where files are now that could not go back, since something else has come to their places. Raises OSError.
    """
    aside = []
    for step in reversed(steps):
        target, kept = folder / step.target, folder / step.kept
        is_ours = bool(step.digest) and _digest(target) == step.digest
        if not step.there:
            if is_ours:
                target.unlink()
        elif os.path.lexists(kept):
            if os.path.lexists(target) and os.path.samestat(target.lstat(), kept.lstat()):
                kept.unlink()  # nothing had been replaced; renaming one name of a file to another does nothing (POSIX)
            elif is_ours or not os.path.lexists(target):
                kept.replace(target)
            else:
                aside.append(_put_aside(kept, target))
    return tuple(aside)


def digest_of(content: bytes) -> str:
    """How a log names a content."""
    return hashlib.sha256(content).hexdigest()


def _put_aside(kept: Path, target: Path) -> Path:
    place = target.with_name(f"{target.name[:200]}.{os.urandom(6).hex()}.old")
    kept.rename(place)
    return place


def _step(found: object) -> Step:
    """Raises ValueError: whoever wrote a log, it names files of its own directory only."""
    if not isinstance(found, dict) or found.keys() != _MEMBERS:
        raise ValueError("no step")
    step = Step(**found)
    if not all(isinstance(name, str) for name in (step.target, step.kept, step.digest)):
        raise ValueError("no names")
    named = _NAME.fullmatch(step.kept)
    if not named or named[1] != OLD or any("/" in name for name in (step.kept, step.target)) or not step.target:
        raise ValueError("no names of files")
    return step


def _digest(path: Path) -> str:
    with suppress(FileNotFoundError, PermissionError):
        content = _content(path)
        return "" if content is None else digest_of(content)
    return ""


def _content(path: Path) -> bytes | None:
    """A regular file's content; None for a link, a pipe, and what is larger than anything that is written here."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as fault:
        if fault.errno == errno.ELOOP:
            return None
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_BYTES:
            return None
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(_MOST_BYTES)
    finally:
        os.close(descriptor)
