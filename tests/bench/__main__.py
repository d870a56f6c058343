"""The bench: every budget measured beside its reference, a table printed, docs/performance.md written.

    python -m tests.bench            about five minutes
    python -m tests.bench --quick    under two minutes, coarser, writes no document

Exit status 1 when a budget is not met.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench import authorizing, house, judging, listing, reading, serving, starting, writing
from tests.bench.figures import Row, table
from tests.bench.processes import ROOT, durable_write
from tests.bench.report import Conditions, document
from tests.server import Server

_DOCUMENT: Final = ROOT / "docs" / "performance.md"
_STORED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    mode: str
    rounds: int
    seconds: float
    uploads: int
    listed: int
    starts: int
    helps: int


_WHOLE: Final = Extent("whole", rounds=8, seconds=1.5, uploads=120, listed=1_000_000, starts=5, helps=10)
_QUICK: Final = Extent("quick", rounds=3, seconds=1.0, uploads=60, listed=50_000, starts=2, helps=5)


def measured(extent: Extent, directory: Path, disk: float) -> Iterable[Row]:
    """All rows, in the order in which they are measured."""
    yield from starting.of_help(rounds=extent.helps)
    yield from judging.measure()
    material = house.material()
    full = Server(directory / "full", measured=False)
    empty = Server(directory / "empty", measured=False)
    try:
        full.start()
        house.fill(full, house.raise_quota(full), _STORED, material)
        yield from reading.measure(full, _STORED, material, directory, rounds=extent.rounds, seconds=extent.seconds)
        yield from authorizing.measure(full, _STORED, rounds=extent.rounds, seconds=extent.seconds)
        yield from writing.measure(full, material, rounds=extent.rounds, uploads=extent.uploads, disk=disk)
        full.stop()
        empty.start()
        empty.stop()
        yield from starting.of_server(full, _STORED, empty, rounds=extent.starts)
    finally:
        full.kill()
        empty.kill()
    yield from listing.measure(directory, extent.listed, rounds=extent.rounds, seconds=extent.seconds / 3)
    yield from serving.measure(directory, rounds=extent.rounds, window=extent.seconds)


def main() -> int:
    """Measure, print, write; 1 when a budget is not met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the budgets.")
    parser.add_argument("--quick", action="store_true", help="coarser, under two minutes, writes no document")
    extent = _QUICK if parser.parse_args().quick else _WHOLE
    load, began = os.getloadavg()[0], time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="sealstone-bench-") as name:
        directory = Path(name)
        disk = durable_write(directory)
        rows = []
        for row in measured(extent, directory, disk):
            rows.append(row)
            print(f"{row.what}: {row.ours}, {row.reference}, {row.ratio} {row.verdict}".rstrip(" -"), flush=True)
    conditions = Conditions(extent.mode, load, disk, time.perf_counter() - began)
    print(f"\n{table(rows)}\n\nTaken: {conditions.taken:.0f} s; load average before: {load:.1f}")
    if extent is _WHOLE:
        _DOCUMENT.write_text(document(rows, conditions), encoding="utf-8")
        print("Written: docs/performance.md")
    return int(any(row.met is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
