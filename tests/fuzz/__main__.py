"""Coverage-guided fuzzing of every reader: `python -m tests.fuzz [--seconds 60] [--jobs 2] [TARGET ...]`.

Each target runs in a process of its own, from the corpus on. Prints the executions of each; exit status 1 when one
crashed, hung or took too much memory, and then what broke it is kept in the folder `crashes` beside this file. What
is kept there is run first the next time.
"""

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
CRASHES: Final = Path(__file__).parent / "crashes"
TARGETS: Final = ("contents", "pkcs12", "pkcs7", "keystores", "encrypted_keys", "openssh", "structures")

_GRACE: Final = 120
"""Seconds for starting, reading the seeds and the last input."""
_OPTIONS: Final = ("-timeout=10", "-rss_limit_mb=2048", "-max_len=16384", "-print_final_stats=1", "-verbosity=0")
_EXECUTED: Final = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
_SAID: Final = 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one target."""

    target: str
    executions: int
    good: bool
    crashers: tuple[Path, ...]
    said: str
    """The end of what the fuzzer said."""


def run(target: str, seconds: int) -> Outcome:
    """Fuzz one target for so many seconds."""
    kept = CRASHES / target
    with tempfile.TemporaryDirectory(prefix="sealstone-fuzz-") as folder:
        seeds, found = Path(folder) / "seeds", Path(folder) / "found"
        found.mkdir()
        python("tests.fuzz.seeds", target, str(seeds))
        folders = [seeds, kept] if kept.is_dir() else [seeds]
        options = [*_OPTIONS, f"-max_total_time={seconds}", f"-artifact_prefix={found}/"]
        try:
            done = python("tests.fuzz.one", target, *options, *map(str, folders), timeout=seconds + _GRACE)
            status, said = done.returncode, done.stderr + done.stdout
        except subprocess.TimeoutExpired as fault:
            status, said = 1, f"it did not stop: {fault}"
        crashers = keep(found, kept)
    executed = _EXECUTED.search(said)
    executions = int(executed.group(1)) if executed else 0
    # A run that executed nothing has proven nothing.
    good = status == 0 and executions > 0 and not crashers
    return Outcome(target, executions, good, crashers, "\n".join(said.splitlines()[-_SAID:]))


def python(module: str, *arguments: str, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a module in a process of its own; what it wrote."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=timeout,
    )


def keep(found: Path, kept: Path) -> tuple[Path, ...]:
    """Copy what broke a target to where it stays."""
    crashers = []
    for crasher in sorted(found.iterdir()):
        kept.mkdir(parents=True, exist_ok=True)
        crashers.append(Path(shutil.copy(crasher, kept)))
    return tuple(crashers)


def report(outcomes: Sequence[Outcome]) -> str:
    """One line for each target, and what a broken one said."""
    lines = []
    for outcome in outcomes:
        lines.append(f"{outcome.target:<15} {outcome.executions:>9,} executions  {'' if outcome.good else 'BROKEN'}")
        lines += [f"  kept: {path}" for path in outcome.crashers]
        lines += [] if outcome.good else [outcome.said]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when nothing broke, and when there is no Atheris here."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz every reader.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--jobs", type=int, default=2, help="targets at once (default: 2)")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)} (default: all)")
    chosen = parser.parse_args(arguments)
    if unknown := [name for name in chosen.targets if name not in TARGETS]:
        parser.error(f"no such target: {', '.join(unknown)}")
    if importlib.util.find_spec("atheris") is None:
        sys.stdout.write("Nothing was fuzzed: Atheris is not installed; it exists for Linux on x86_64.\n")
        return 0
    with ThreadPoolExecutor(max(1, chosen.jobs)) as jobs:
        outcomes = list(jobs.map(partial(run, seconds=chosen.seconds), chosen.targets or TARGETS))
    sys.stdout.write(report(outcomes))
    return 0 if all(outcome.good for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
