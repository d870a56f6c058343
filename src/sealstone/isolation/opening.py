"""Opens a container in a child process: the same answer as `reading.opened`, whatever the file does to its reader.

The child has no environment, no arguments that matter, cannot open files or sockets, and has limits of memory,
processor time, time and size of its answer. Its answer is foreign, too: it is checked, and its words are escaped.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import Final

import msgspec

from sealstone.isolation.child import OUT_OF_MEMORY
from sealstone.isolation.messages import Answer, Finding, Found, Lost, Request
from sealstone.isolation.problems import ReaderStopped
from sealstone.model.secret import Secret
from sealstone.x509.containers.problems import FileProblem, again
from sealstone.x509.escaping import escaped, shown
from sealstone.x509.material import Container, Origin, Piece, Unreadable

_READER: Final = (sys.executable, "-I", "-m", "sealstone.isolation.child")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may take."""

    memory: int = 768 * 1024 * 1024
    """Bytes of address space; Python and its libraries take a quarter of it before they begin."""
    cpu_seconds: int = 20
    seconds: float = 30.0
    """From its start to its end."""
    answer: int = 64 * 1024 * 1024
    """Bytes."""


DEFAULT: Final = Limits()


def opened(
    container: Container,
    password: Secret | None,
    others: Sequence[Secret] = (),
    *,
    limits: Limits = DEFAULT,
    reader: Sequence[str] = _READER,
) -> tuple[Piece | Unreadable, ...]:
    """What is inside; `password` and `others` are as in `reading.opened`. `reader` is the command of the child.

    Raises what `reading.opened` raises, and ReaderStopped.
    """
    request = Request(
        form=container.form,
        data=container.data,
        place=container.origin.place,
        forms=container.origin.forms,
        password=None if password is None else password.reveal(),
        others=tuple(other.reveal() for other in others),
        memory=limits.memory,
        cpu_seconds=limits.cpu_seconds,
    )
    said = _asked(msgspec.msgpack.encode(request), limits, reader)
    try:
        answer = msgspec.msgpack.decode(said, type=Answer)
        if answer.refused:
            raise _problem(answer.refused)
        if not answer.items:
            raise ValueError("neither pieces nor a refusal")
        return tuple(_item(item, container.origin) for item in answer.items)
    except ValueError:  # what msgspec raises is one, too
        raise ReaderStopped("answered nonsense") from None


def _asked(request: bytes, limits: Limits, reader: Sequence[str]) -> bytes:
    """The child's answer. Raises ReaderStopped."""
    try:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            reader,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback could hold what it read
            cwd="/",
            env={},
            start_new_session=True,
        )
    except OSError as fault:
        raise ReaderStopped(f"could not be started: {fault.strerror}") from None
    alarm = _Alarm(child, limits.seconds)
    with child, alarm:
        said = _exchanged(child, request, limits.answer)
        if len(said) > limits.answer:
            raise ReaderStopped("answered without end")
        status = child.wait()
    if status or alarm.rang:
        raise ReaderStopped(_why(status, limits, timed_out=alarm.rang))
    return said


def _exchanged(child: subprocess.Popen[bytes], request: bytes, most: int) -> bytes:
    """All that the child says to the request, or a byte more than it may."""
    if child.stdin is None or child.stdout is None:
        raise AssertionError("both are pipes")
    with suppress(BrokenPipeError):  # it is gone; its status says why
        child.stdin.write(request)
    with suppress(BrokenPipeError):
        child.stdin.close()
    return child.stdout.read(most + 1)


class _Alarm:
    """Ends the child, and whatever it started, when its time is over or its answer is no longer wanted."""

    __slots__ = ("_child", "_timer", "rang")

    def __init__(self, child: subprocess.Popen[bytes], seconds: float) -> None:
        self.rang = False
        self._child = child
        self._timer = Timer(seconds, self._ring)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._end()

    def _ring(self) -> None:
        self.rang = True
        self._end()

    def _end(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # it has ended
            os.killpg(self._child.pid, signal.SIGKILL)


def _why(status: int, limits: Limits, *, timed_out: bool) -> str:
    if timed_out:
        return f"took longer than {limits.seconds:g} seconds"
    if status == OUT_OF_MEMORY:
        return f"wanted more than {limits.memory // 2**20} MiB of memory"
    if status in {-signal.SIGXCPU, -signal.SIGKILL}:
        return f"took more than {limits.cpu_seconds} seconds of the processor's time"
    return f"crashed (status {status})"


def _item(item: Found | Lost, outer: Origin) -> Piece | Unreadable:
    """Raises ValueError for a problem that there is none of."""
    origin = Origin(outer.file, shown(item.place, 200), item.forms)
    if isinstance(item, Lost):
        return Unreadable(origin, _problem(item.finding), item.label)
    return Piece(
        kind=item.kind,
        origin=origin,
        der=item.der,
        secret=None if item.secret is None else Secret(item.secret),
        label=item.label,
        remarks=tuple(escaped(remark) for remark in item.remarks),
    )


def _problem(finding: Finding) -> FileProblem:
    return again(finding.name, finding.arguments)
