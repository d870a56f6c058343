"""The process ends without a warning, or is asked to end, in the middle of writes: nothing acknowledged is lost."""

import signal
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from tests.faults.load import Load
from tests.server import Server, StartFailed, under_strace
from tests.uploads import Scene

KILLS: Final = 50
READY_WITHIN: Final = 5.0


def restarted(server: Server) -> float:
    """Seconds from the start of the process to ready."""
    began = time.monotonic()
    server.start()
    return time.monotonic() - began


def test_kill_9_fifty_times(server: Server, load: Load, record_property: Callable[[str, object], None]) -> None:
    waits: list[float] = []
    for number in range(KILLS):
        # The moment wanders: another number of writes, and a wait that is no multiple of anything.
        with load.running(after=3 + number % 17):
            threading.Event().wait(number * 0.00137 % 0.02)
            server.kill()
        waits.append(restarted(server))
        load.settle()
    # The middle one, not the slowest: what else runs on a shared machine may hold up one start, and not half of fifty.
    assert statistics.median(waits) <= READY_WITHIN
    load.check()
    server.stop()
    load.check_at_rest()
    restarts = f"restarts in {statistics.median(waits):.2f} s, the slowest in {max(waits):.2f} s"
    record_property("summary", f"{KILLS} kills, {load.acknowledged} writes, {restarts}")


def test_sigterm_under_load(server: Server, load: Load) -> None:
    for after in (5, 40, 150):
        with load.running(after=after):
            status, seconds = server.ended_by(signal.SIGTERM)
        assert status == 0, server.log_text()[-2000:]
        assert seconds <= 10
        restarted(server)
        load.settle()
    load.check()
    server.stop()
    load.check_at_rest()


@pytest.mark.parametrize("when", [1, 2, 3, 4, 7, 12, 25])
def test_killed_at_the_nth_fsync(tmp_path: Path, scene: Scene, when: int) -> None:
    """Of each thread: low numbers fall into the start itself, the others into writes."""
    try:
        prefix = under_strace("-e", "trace=fsync,fdatasync", "-e", f"inject=fsync,fdatasync:signal=SIGKILL:when={when}")
    except FileNotFoundError as fault:
        pytest.skip(str(fault))
    with Server(tmp_path, measured=False) as server:
        server.done("account", "quota", "set", server.credentials().account_id, "ServerCertificatesPerAccount", "1000")
        load = Load(server, server.credentials(), scene)
        with load.running(after=20):
            pass
        server.stop()
        server.prefix = prefix
        try:
            server.start()
        except StartFailed:
            pass
        else:
            with load.running(after=0):
                # The writers run until the trap closes on one of the threads.
                server.wait_for_end()
        server.kill()
        server.prefix = ()
        server.start()
        load.settle()
        load.check()
        server.stop()
        load.check_at_rest()


@pytest.mark.parametrize("when", [1, 2, 3, 4, 5, 6, 8])
def test_first_start_killed_at_the_nth_fsync(tmp_path: Path, when: int) -> None:
    """A first start that was cut off is done again, and its credentials work."""
    try:
        prefix = under_strace("-e", "trace=fsync,fdatasync", "-e", f"inject=fsync,fdatasync:signal=SIGKILL:when={when}")
    except FileNotFoundError as fault:
        pytest.skip(str(fault))
    server = Server(tmp_path, measured=False, prefix=prefix)
    with suppress(StartFailed):
        server.start()
    server.kill()
    server.prefix = ()
    with server:
        who = server.credentials()
        with server.client("sts", who) as sts:
            assert sts.get_caller_identity()["Account"] == who.account_id
        server.stop()
