"""Load of handshakes on a listener, from processes of their own: what failed, when, and what was served.

with Handshakes(port) as load:
    ...
load.failed, load.done, load.rate
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Final, Self

from tests.server import child_environment

_PATIENCE: Final = 10.0
_END: Final = 60


@dataclass(frozen=True, slots=True)
class Failure:
    """One handshake that came to nothing; moments of `time.monotonic()`."""

    began: float
    ended: float
    reason: str


class Handshakes:
    """Load on one port, from entry to exit; the numbers are there afterwards."""

    def __init__(self, port: int, *, processes: int = 2, clients: int = 2, patience: float = _PATIENCE) -> None:
        """So many clients in each process; entry waits for the first handshake, `patience` seconds at most."""
        self._plan = json.dumps({"port": port, "clients": clients, "patience": patience})
        self._processes = processes
        self._running: list[subprocess.Popen[str]] = []
        self.done = 0
        self.seconds = 0.0
        self.longest = 0.0
        """Of the handshakes that succeeded."""
        self.failed: list[Failure] = []
        self.served: set[bytes] = set()
        """The certificates that were seen, in DER."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.handshaking", self._plan]
        for _ in range(self._processes):
            environment = child_environment(measured=False)
            self._running.append(
                subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, bufsize=1
                )
            )
        for process in self._running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            assert process.stdin is not None
            process.stdin.close()
            process.stdin = None
        for process in self._running:
            try:
                self._add(process.communicate(timeout=_END)[0])
            finally:
                process.kill()
                process.wait()

    def _add(self, told: str) -> None:
        seen = json.loads(told)
        self.done += seen["done"]
        self.seconds = max(self.seconds, seen["seconds"])
        self.longest = max(self.longest, seen["longest"])
        self.failed += [Failure(*failure) for failure in seen["failed"]]
        self.served |= {bytes.fromhex(der) for der in seen["served"]}

    @property
    def rate(self) -> float:
        """Handshakes a second."""
        return self.done / self.seconds

    def outside(self, *outages: tuple[float, float]) -> list[Failure]:
        """The failures that no outage explains: they end before it or begin after it."""
        return [
            failure
            for failure in self.failed
            if not any(down <= failure.ended and failure.began <= up for down, up in outages)
        ]
