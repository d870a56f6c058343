"""Counts what the endpoint answered, and how long it took: by service, operation and code, for `GET /metrics`.

It is counted on the way of every answer, so each thread counts for itself: no lock, nothing is formatted, and only
names of ours are labels, so that no caller can make the numbers grow without bound. Made into text by `server.metrics`.
"""

import threading
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sealstone.operations.operation import Operation

BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the classes of duration, in seconds, each inclusive; what took longer is in one more class."""
UNKNOWN: Final = "-"
"""Service and operation of what was refused before it named one of ours."""
OK: Final = "ok"
"""The code of what was done, as in the audit log."""

Key = tuple[str, str, str]
"""Service (botocore's name), operation, code."""


@dataclass(slots=True)
class Tally:
    """How many answers fell into each class of duration, and the seconds that all of them took."""

    classes: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0


class _Own(threading.local):
    """What one thread has counted; it stays in `everybody` when the thread ends."""

    def __init__(self, everybody: list[dict[Key, Tally]]) -> None:
        self.tallies: dict[Key, Tally] = {}
        everybody.append(self.tallies)


class Measure:
    """The counters of one endpoint."""

    def __init__(self) -> None:
        self._everybody: list[dict[Key, Tally]] = []
        self._own = _Own(self._everybody)

    def note(self, operation: Operation | None, code: str, seconds: float) -> None:
        """One more answer: `code` is OK or that of an AWSError, a name of ours."""
        key = (operation.service, operation.name, code) if operation else (UNKNOWN, UNKNOWN, code)
        tallies = self._own.tallies
        tally = tallies.get(key)
        if tally is None:
            tally = tallies[key] = Tally()
        tally.classes[bisect_left(BOUNDS, seconds)] += 1
        tally.seconds += seconds

    def totals(self) -> Mapping[Key, Tally]:
        """What all threads have counted so far."""
        totals: dict[Key, Tally] = {}
        for tallies in tuple(self._everybody):
            for key, tally in tuple(tallies.items()):
                total = totals.setdefault(key, Tally())
                total.classes = [sum(pair) for pair in zip(total.classes, tally.classes, strict=True)]
                total.seconds += tally.seconds
        return totals
