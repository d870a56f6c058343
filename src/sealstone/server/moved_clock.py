"""A clock that drills and tests move: the real one and an offset, kept in a file of the data directory.

`sealstone up --test-clock` alone makes that file, at the first start of a data directory, so that no directory with
real certificates ever gets one. `sealstone clock` moves it while the server runs. Signatures, the Date of answers
and the records of logs stay with the real time.
"""

import fcntl
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from sealstone.server.clock import system_clock
from sealstone.server.credentials import replace_durably
from sealstone.server.faults import ClockError
from sealstone.server.settings import Settings

NAME: Final = "test-clock"
_UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION: Final = re.compile(r"(?:[0-9]{1,9}[dhms])+")
_PART: Final = re.compile(r"([0-9]+)([dhms])")
# A century: beyond it certificates cannot be told from those without an end (RFC 5280 4.1.2.5).
_FURTHEST: Final = 36_525 * 86_400
_LOOK_EVERY: Final = 0.05


@dataclass(frozen=True, slots=True)
class Offset:
    """How far the clock is from the real one, and how far it has ever been, in seconds."""

    offset_seconds: int = 0
    furthest_seconds: int = 0

    @property
    def was_moved(self) -> bool:
        """Whether rows may have been written at another time than the real one."""
        return self.offset_seconds != 0 or self.furthest_seconds != 0


class MovedClock:
    """Now, moved by what the file says. The file is looked at every 50 ms; while it is gone, the last offset holds."""

    def __init__(
        self, path: Path, real: Callable[[], datetime] = system_clock, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """`ticks` counts seconds. Raises ClockError when the file cannot be read."""
        self._path, self._real, self._ticks = path, real, ticks
        self._look_at = ticks() + _LOOK_EVERY
        self._seen = _identity(path)
        self._offset = timedelta(seconds=read(path).offset_seconds)

    def __call__(self) -> datetime:
        """Now, with its zone."""
        if self._ticks() >= self._look_at:
            self._look()
        return self._real() + self._offset

    def _look(self) -> None:
        self._look_at = self._ticks() + _LOOK_EVERY
        seen = _identity(self._path)
        if seen is None or seen == self._seen:
            return
        try:
            self._offset = timedelta(seconds=read(self._path).offset_seconds)
        except ClockError:
            return
        self._seen = seen


def clock_of(settings: Settings) -> Callable[[], datetime]:
    """The clock by which this data directory lives, for a command that writes or judges beside the server.

    Raises ClockError.
    """
    path = settings.data_directory / NAME
    return MovedClock(path) if path.exists() else system_clock


def check_start(settings: Settings, *, test_clock: bool) -> None:
    """Refuse a start that would mix moved and real time; nothing is changed. Raises ClockError."""
    directory = settings.data_directory
    path = directory / NAME
    if test_clock:
        if settings.database.exists() and not path.exists():
            raise ClockError(
                f"{directory} was started without --test-clock before: what it holds lives by the real time; "
                "take another data directory for tests and drills"
            )
    elif path.exists() and read(path).was_moved:
        raise ClockError(
            f"the clock of {directory} was moved, so that its records may lie in the future; start it with "
            "--test-clock, or take another data directory"
        )


def started(settings: Settings, *, test_clock: bool) -> Callable[[], datetime]:
    """The clock of a server that starts; called once the data directory is there, after `check_start`.

    Without `test_clock` a directory whose clock was never moved becomes an ordinary one. Raises ClockError, OSError.
    """
    path = settings.data_directory / NAME
    if not test_clock:
        path.unlink(missing_ok=True)
        return system_clock
    if not path.exists():
        _write(path, Offset())
    return MovedClock(path)


def advance(settings: Settings, by: timedelta) -> Offset:
    """Move the clock, back too; a server that runs follows within 50 ms. Raises ClockError, OSError."""
    path = settings.data_directory / NAME
    with _alone(settings.data_directory):
        before = offset_of(settings)
        offset = before.offset_seconds + int(by.total_seconds())
        if abs(offset) > _FURTHEST:
            raise ClockError("the clock cannot be moved further than a century from the real time")
        after = Offset(offset, max(before.furthest_seconds, abs(offset)))
        _write(path, after)
    return after


def offset_of(settings: Settings) -> Offset:
    """How far the clock of the data directory is moved. Raises ClockError when it has none that can be."""
    path = settings.data_directory / NAME
    if not path.exists():
        raise ClockError(
            f"the clock of {settings.data_directory} cannot be moved: it was not started with "
            "`sealstone up --test-clock`"
        )
    return read(path)


def moved(now: datetime, offset: Offset) -> datetime:
    """The time that a clock shows that is moved so far, when it really is `now`."""
    return now + timedelta(seconds=offset.offset_seconds)


def read(path: Path) -> Offset:
    """What the file says. Raises ClockError."""
    try:
        offset = msgspec.json.decode(path.read_bytes(), type=Offset)
    except (OSError, msgspec.DecodeError) as fault:
        raise ClockError(f"cannot read the test clock {path}: {fault}") from fault
    if abs(offset.offset_seconds) > _FURTHEST:
        raise ClockError(f"the test clock {path} is further than a century from the real time")
    return offset


def duration(text: str) -> timedelta:
    """`30d`, `12h`, `1d12h30m`, `90s`: numbers with their units. Raises ClockError."""
    if not _DURATION.fullmatch(text):
        raise ClockError(f"a duration is a number with d, h, m or s behind it, such as 30d or 1d12h, not {text[:40]!r}")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if seconds > 2 * _FURTHEST:
        raise ClockError("the clock cannot be moved further than a century from the real time")
    return timedelta(seconds=seconds)


def _identity(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file is replaced; None while there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _write(path: Path, offset: Offset) -> None:
    replace_durably(path, json.dumps(msgspec.to_builtins(offset)) + "\n")


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Two who advance at once move it twice. Raises ClockError when there is no such directory."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as fault:
        raise ClockError(f"cannot open the data directory {directory}: {fault.strerror}") from fault
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
