"""Listeners change, the control plane comes and goes, HAProxy is killed, all under handshakes without a pause.

Only a kill of HAProxy may fail handshakes, each for less than five seconds.
"""

import itertools
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Final

import pytest
from tests.backend import free_port
from tests.faults.handshakes import Handshakes
from tests.handshaking import trusting
from tests.listening import Site, kill_haproxy, stopped_after, wait_for, wait_for_refusal
from tests.pki import self_signed
from tests.server import Server

from sealstone.server.clock import system_clock

ROUNDS: Final = 10
SWAPS: Final = 5
"""In each round, beside two listener changes; a restart or a kill of HAProxy in turn."""
BACK_WITHIN: Final = 5.0
_KILLS: Final = {1: slice(None), 3: slice(0, 1), 5: slice(-1, None), 7: slice(None), 9: slice(-1, None)}
"""By round: all processes, the master alone, or the worker alone."""


class Scenario:
    """One listener under load, whose certificate changes, and others that come and go."""

    def __init__(self, server: Server) -> None:
        self.site = Site(server)
        self.server = server
        self.port = free_port()
        # Without a chain: what clients spend on it is spent on more handshakes.
        leaves = [self_signed(f"swap-{number}.example.com", valid_at=system_clock()) for number in range(4)]
        self.leaves = itertools.cycle([(leaf, self.site.upload(f"swap-{at}", leaf)) for at, leaf in enumerate(leaves)])
        self.context = trusting()
        self.latencies: list[float] = []
        self.outages: list[tuple[float, float]] = []
        self.leaf, arn = next(self.leaves)
        self.site.balance(self.port, arn)
        wait_for(self.port, self.leaf)

    def swapped(self) -> None:
        """Another certificate, seen by a client; the seconds from the call to that are kept."""
        began = time.perf_counter()
        self.ask_for_another()
        wait_for(self.port, self.leaf, self.context)
        self.latencies.append(time.perf_counter() - began)

    def ask_for_another(self) -> None:
        self.leaf, arn = next(self.leaves)
        self.site.swap(self.port, arn)

    def another_listener(self) -> None:
        """Two changes: it comes, it goes."""
        port = free_port()
        leaf, arn = next(self.leaves)
        self.site.balance(port, arn)
        wait_for(port, leaf)
        self.site.remove(port)
        wait_for_refusal(port)

    def restarted(self, number: int) -> None:
        """By SIGTERM, or in the middle of a change that was acknowledged already."""
        self.ask_for_another()
        if number % 4:
            self.server.kill()
        else:
            assert self.server.ended_by(signal.SIGTERM)[0] == 0
        self.server.start(within=30)
        self.site.connect()
        wait_for(self.port, self.leaf)

    def killed(self, which: slice) -> None:
        """From the kill to the first handshake."""
        down = time.monotonic()
        kill_haproxy(self.server, which)
        time.sleep(0.05)
        wait_for(self.port, self.leaf)
        self.outages.append((down, time.monotonic()))


@pytest.fixture
def scenario(tmp_path: Path) -> Iterator[Scenario]:
    with Server(tmp_path, measured=False) as server, stopped_after(server):
        made = Scenario(server)
        yield made
        made.site.close()


def test_nothing_but_a_kill_fails_a_handshake(
    scenario: Scenario, record_property: Callable[[str, object], None]
) -> None:
    with Handshakes(scenario.port) as load:
        for number in range(ROUNDS):
            for _ in range(SWAPS):
                scenario.swapped()
            scenario.another_listener()
            if number in _KILLS:
                scenario.killed(_KILLS[number])
            else:
                scenario.restarted(number)
    slowest = max(up - down for down, up in scenario.outages)
    record_property(
        "summary",
        f"{load.done} handshakes ({load.rate:.0f}/s), {ROUNDS * SWAPS} swaps (first seen after "
        f"{median(scenario.latencies) * 1000:.0f} ms), {ROUNDS * 2} listener changes, {ROUNDS - len(_KILLS)} restarts, "
        f"{len(_KILLS)} kills of HAProxy (back after {slowest:.2f} s at most), "
        f"{len(load.outside(*scenario.outages))} other failures",
    )
    assert not load.outside(*scenario.outages)
    assert slowest < BACK_WITHIN
    assert len(load.served) == 4


def test_the_load_counts_failures() -> None:
    """Otherwise nothing above means anything."""
    with Handshakes(free_port(), processes=1, patience=0.1) as load:
        pass
    assert load.failed
    assert load.done == 0
    assert not load.outside((load.failed[0].began, load.failed[-1].ended))
    assert load.outside((0, 1)) == load.failed
