"""The load generator, a process of its own: keep-alive connections that send signed requests made beforehand.

    python -m tests.bench.load < plan.json > outcome.json

Each connection sends its next request when the answer to the one before is whole. Every answer's status and length
are checked; the first one that is not as expected ends the run. A server that closes the connection after an answer
is connected to again, since that is part of what it costs.
"""

import asyncio
import base64
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import cycle
from statistics import median
from time import perf_counter
from typing import Any, Final

import uvloop

_END_OF_HEADERS: Final = b"\r\n\r\n"
_CONNECT_WITHIN: Final = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send, and for how long. `once` sends each request one time, however long it takes."""

    port: int
    requests: list[str]
    """In base64."""
    connections: int
    seconds: float
    warm_up: float
    once: bool = False


@dataclass(slots=True)
class Outcome:
    """What came back. `answers` counts the warm-up too, `counted` only the `seconds` after it."""

    answers: int = 0
    counted: int = 0
    seconds: float = 0.0
    median_latency: float = 0.0
    fault: str = ""


@dataclass(slots=True)
class Run:
    """What the connections of one run share."""

    requests: Iterator[bytes]
    ended: asyncio.Future[None]
    fixed_length: bool
    """All answers must have the length of the first."""
    counting: bool = False
    answers: int = 0
    latencies: list[float] = field(default_factory=list)
    length: int | None = None
    connections: int = 0

    def end(self, fault: str = "") -> None:
        """Whoever comes first ends it for all."""
        if not self.ended.done():
            if fault:
                self.ended.set_exception(RuntimeError(fault))
            else:
                self.ended.set_result(None)


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, run: Run, reconnect: Any) -> None:
        """`reconnect` opens another one in place of this."""
        self._run = run
        self._reconnect = reconnect
        self._received = b""
        self._expected = 0
        self._sent_at = 0.0
        self._goodbye = False
        """The server closes after this answer."""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = transport  # type: ignore[assignment]
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fine between two requests, a fault within one."""
        if self._run.ended.done():
            return
        if self._received or exc:
            self._run.end(f"a connection broke within an answer: {exc}")
            return
        self._reconnect()

    def data_received(self, data: bytes) -> None:
        """Collect until the answer is whole, check it, send the next request."""
        self._received = self._received + data if self._received else data
        if not self._expected:
            end = self._received.find(_END_OF_HEADERS)
            if end < 0:
                return
            self._expected = self._checked(self._received[:end], end + len(_END_OF_HEADERS))
        if len(self._received) < self._expected:
            return
        if len(self._received) > self._expected:
            self._run.end("more bytes came than the answer's content-length says")
            return
        self._answered()

    def _checked(self, head: bytes, body_at: int) -> int:
        """The length of the whole answer; a wrong status or length ends the run."""
        fields = head.lower()
        at = fields.find(b"\r\ncontent-length:")
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")) or at < 0:
            self._run.end(f"not the answer expected: {self._received[:1500]!r}")
            return sys.maxsize
        line_end = fields.find(b"\r\n", at + 2)
        self._goodbye = b"\r\nconnection: close" in fields
        length = int(fields[at + 17 : line_end if line_end >= 0 else len(fields)])
        if self._run.length is None:
            self._run.length = length
        elif self._run.fixed_length and length != self._run.length:
            self._run.end(f"an answer of {length} bytes where the first one had {self._run.length}")
        return body_at + length

    def _answered(self) -> None:
        run = self._run
        run.answers += 1
        if run.counting:
            run.latencies.append(perf_counter() - self._sent_at)
        self._received = b""
        self._expected = 0
        if self._goodbye and self._transport is not None:
            self._transport.close()
            return
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        if self._run.ended.done():
            return
        request = next(self._run.requests, None)
        if request is None:
            self._run.connections -= 1
            if self._run.connections == 0:
                self._run.end()
            return
        self._sent_at = perf_counter()
        self._transport.write(request)


async def drive(plan: Plan) -> Outcome:
    """Carry out the plan. Raises RuntimeError for the first answer that is not as expected."""
    loop = asyncio.get_running_loop()
    texts = [base64.b64decode(text) for text in plan.requests]
    run = Run(iter(texts) if plan.once else cycle(texts), loop.create_future(), fixed_length=not plan.once)
    run.connections = plan.connections
    tasks: set[asyncio.Task[Any]] = set()

    def connect() -> None:
        task = loop.create_task(_connected(loop, run, connect, plan.port))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    for _ in range(plan.connections):
        connect()
    if not plan.once:
        await asyncio.wait([run.ended], timeout=plan.warm_up)
    run.counting = True
    before, began = run.answers, perf_counter()
    await asyncio.wait([run.ended], timeout=None if plan.once else plan.seconds)
    elapsed, counted = perf_counter() - began, run.answers - before
    run.end()
    await run.ended
    return Outcome(run.answers, counted, elapsed, median(run.latencies) if run.latencies else 0.0)


async def _connected(loop: asyncio.AbstractEventLoop, run: Run, connect: Any, port: int) -> None:
    try:
        async with asyncio.timeout(_CONNECT_WITHIN):
            await loop.create_connection(lambda: Connection(run, connect), "127.0.0.1", port)
    except (OSError, TimeoutError) as fault:
        run.end(f"cannot connect: {fault!r}")


def main() -> None:
    """Read a plan from standard input, write the outcome to standard output."""
    plan = Plan(**json.load(sys.stdin))
    try:
        outcome = uvloop.run(drive(plan))
    except RuntimeError as fault:
        outcome = Outcome(fault=str(fault))
    sys.stdout.write(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    main()
