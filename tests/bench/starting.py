"""How soon the command answers, and how soon the server is ready."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Row, times
from tests.server import Server, child_environment


def of_help(*, rounds: int) -> list[Row]:
    """`sealstone --help` in a fresh process, in turn with an interpreter that does nothing."""
    command = [str(Path(sys.executable).parent / "sealstone"), "--help"]
    bare = [sys.executable, "-c", "pass"]
    ours: list[float] = []
    reference: list[float] = []
    for _ in range(rounds):
        ours.append(_run(command))
        reference.append(_run(bare))
    return [times("sealstone --help", ours, reference, "python -c pass", unit="ms", within=0.3)]


def _run(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=child_environment(measured=False), stdout=subprocess.DEVNULL, check=True, timeout=30)
    return time.perf_counter() - began


def of_server(full: Server, stored: int, empty: Server, *, rounds: int) -> list[Row]:
    """From the start of the process to the first answer of `/health`; both servers are stopped when this begins."""
    ours: list[float] = []
    reference: list[float] = []
    for _ in range(rounds):
        ours.append(_start(full))
        reference.append(_start(empty))
    return [times(f"start to ready, {stored:,} stored", ours, reference, "nothing stored", unit="s", within=2)]


def _start(server: Server) -> float:
    began = time.perf_counter()
    server.start(60)
    taken = time.perf_counter() - began
    server.stop()
    return taken
