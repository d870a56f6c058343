"""`make test`: every test, in three steps, the coverage gate, and one line at the end.

    python -m tests.run [WORKERS]

First what runs in process, then campaigns of many cases and the real clients, at last the faults. The gate is over the
first and the last step, and the server processes that they start: in the second every line would cost twice, to be
covered once more.
`WORKERS` is the number of processes of each step, by default one for each CPU.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

ROOT: Final = Path(__file__).parent.parent
WHOLE: Final = ("x509", "policy", "endpoint", "seal")
GATES: Final = (
    ("the rooms where a gap is a hole", 100, "--include", [f"src/sealstone/{room}/*" for room in WHOLE]),
    ("everything else", 95, "--omit", [f"src/sealstone/{room}/*" for room in WHOLE]),
)


@dataclass(frozen=True)
class Step:
    """Folders that are run together."""

    title: str
    folders: tuple[str, ...]
    distribution: str
    """How pytest-xdist gives the tests to its workers: `worksteal` evens out best, `loadfile` keeps the fixtures of a
    module, which may fill a whole account, in one worker."""
    measured: bool = True
    """Whether their coverage counts for the gate."""


STEPS: Final = (
    Step("unit, protocol, house", ("tests/unit", "tests/protocol", "tests/house"), "worksteal"),
    Step("campaigns, clients", ("tests/campaigns", "tests/clients"), "loadfile", measured=False),
    Step("faults and listeners", ("tests/faults", "tests/dataplane"), "worksteal"),
)


@dataclass(frozen=True)
class Outcome:
    """What one step came to."""

    status: int
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    said: tuple[str, ...] = ()
    """Lines that tests recorded for the summary."""


def python(*arguments: str) -> int:
    """Run this Python with these arguments; its exit status.

    Whatever the environment says, it may keep what it compiled: hundreds of processes are started, and compiling the
    sources would be a third of each start.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # noqa: TID251
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=False).returncode


def run_step(step: Step, workers: int, report: Path) -> Outcome:
    """One pytest run over those of the folders that exist."""
    there = [folder for folder in step.folders if any((ROOT / folder).rglob("test_*.py"))]
    print(f"\n=== {step.title} ===", flush=True)  # noqa: T201
    began = time.monotonic()
    options = ["-q", "-rsfE", "-n", str(workers), "--dist", step.distribution, "-p", "no:cacheprovider"]
    measuring = ["-m", "coverage", "run"] if step.measured else []
    status = python(*measuring, "-m", "pytest", *options, f"--junitxml={report}", *there)
    print(f"{step.title}: {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201
    return counted(status, report)


def counted(status: int, report: Path) -> Outcome:
    """The numbers of a JUnit report; a run that wrote none has failed."""
    if not report.exists():
        return Outcome(status or 1, failed=1)
    tree = ET.parse(report)  # noqa: S314 - our own report
    suites = list(tree.iter("testsuite"))
    total, failures, errors, skipped = (
        sum(int(suite.get(name, "0")) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
    )
    said = tuple(item.get("value", "") for item in tree.iter("property") if item.get("name") == "summary")
    return Outcome(status, total - failures - errors - skipped, failures + errors, skipped, said)


def gate() -> bool:
    """Combine what all processes measured and hold it against the thresholds."""
    print("\n=== coverage ===", flush=True)  # noqa: T201
    if python("-m", "coverage", "combine", "--quiet"):
        return False
    good = True
    for title, least, option, patterns in GATES:
        print(f"\n{title}: at least {least} % of branches", flush=True)  # noqa: T201
        good &= python("-m", "coverage", "report", f"--fail-under={least}", f"{option}={','.join(patterns)}") == 0
    return good


def main(workers: int) -> int:
    """0 when every test passed and the coverage suffices."""
    began = time.monotonic()
    python("-m", "coverage", "erase")
    with tempfile.TemporaryDirectory(prefix="sealstone-tests-") as reports:
        outcomes = [run_step(step, workers, Path(reports) / f"{number}.xml") for number, step in enumerate(STEPS)]
    covered = gate()
    print(f"\n=== {time.monotonic() - began:.0f} s ===")  # noqa: T201
    for outcome in outcomes:
        for line in outcome.said:
            print(line)  # noqa: T201
    if not covered:
        print("The coverage gate is not met.")  # noqa: T201
    passed, failed, skipped = (
        sum(getattr(outcome, name) for outcome in outcomes) for name in ("passed", "failed", "skipped")
    )
    print(f"{passed} passed, {failed} failed, {skipped} skipped")  # noqa: T201
    return 0 if covered and not failed and not any(outcome.status for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else os.cpu_count() or 2))
