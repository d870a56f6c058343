"""docs/performance.md: the table, how it was measured, and the facts of the machine without its name."""

import os
import platform
import sqlite3
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psutil
from cryptography.hazmat.backends.openssl import backend
from tests.bench.figures import Row, seconds, table

_PACKAGES: Final = ("uvicorn", "httptools", "uvloop", "SQLAlchemy", "cryptography", "botocore", "moto", "werkzeug")
# Per machine, not per processor: one busy process already takes a processor from server or load generator.
_BUSY: Final = 0.5
_METHOD: Final = Path(__file__).with_name("method.md")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the figures depend on and the code does not know."""

    mode: str
    load: float
    """One-minute load average before the bench began: other work on the same processors."""
    disk: float
    """Seconds of one durable 4 KiB write."""
    taken: float
    """Seconds of the whole bench."""


def document(rows: Sequence[Row], conditions: Conditions) -> str:
    """The whole document."""
    facts = "\n".join(f"- {name}: {value}" for name, value in _facts(conditions))
    method = _METHOD.read_text(encoding="utf-8").strip()
    parts = ("# Performance", _verdict(rows, conditions), table(rows), method, "## This run", facts)
    return "\n\n".join(parts) + "\n"


def _verdict(rows: Sequence[Row], conditions: Conditions) -> str:
    missed = sum(row.met is False for row in rows)
    found = f"Budgets not met: {missed}." if missed else "Every budget is met."
    busy = (
        f" The machine was not idle: its load average was {conditions.load:.1f} before the bench began, so the rounds "
        "differ widely; measure again on an idle one before you conclude anything from a single figure."
    )
    return textwrap.fill(f"Written by `make bench`. {found}{busy if conditions.load >= _BUSY else ''}", 120)


def _facts(conditions: Conditions) -> list[tuple[str, str]]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    memory = psutil.virtual_memory().total / 2**30
    return [
        ("mode", conditions.mode),
        ("processor", f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory"),
        ("system", f"{platform.system()} {platform.machine()}, {python}"),
        ("disk", f"one durable write of 4 KiB takes {seconds(conditions.disk, 'ms')}"),
        ("libraries", ", ".join(f"{name} {version(name)}" for name in _PACKAGES)),
        ("engines", f"SQLite {sqlite3.sqlite_version}, {backend.openssl_version_text()}"),
        ("load average before", f"{conditions.load:.1f}"),
        ("taken", seconds(conditions.taken, "s")),
    ]


def _processor() -> str:
    """The model's name, where the system tells it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return " ".join(names[0].split()) if names else platform.processor() or platform.machine()
