"""Processes of the bench: the reference servers, the load generator, and what a process has used of the processors."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from tests.bench.load import Outcome, Plan
from tests.server import child_environment

ROOT: Final = Path(__file__).resolve().parents[2]
_START_WITHIN: Final = 30.0
_STOP_WITHIN: Final = 10.0


@dataclass(frozen=True)
class Peer:
    """A server under load: where it listens and which process it is."""

    port: int
    pid: int
    settles: float = 0.0
    """Seconds after its last answer in which it still works off what the answers left to do."""

    @property
    def cpu(self) -> float:
        """Seconds of processor time used so far, by all its threads, in the system too."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)


@dataclass(frozen=True)
class Window:
    """One window of load on one server."""

    rate: float
    cpu_per_request: float
    latency: float
    answers: int


def answer_to(module: str, question: object, *, within: float = 120.0) -> Any:
    """Run a module of the bench in a process of its own: JSON in, JSON out."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=child_environment(measured=False),
        timeout=within,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{module} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def window(
    peer: Peer,
    requests: Sequence[bytes],
    *,
    connections: int,
    seconds: float = 0.0,
    warm_up: float = 0.3,
    once: bool = False,
) -> Window:
    """Put load on a server and say what came of it. Raises RuntimeError for any answer that is not as expected."""
    texts = [base64.b64encode(request).decode() for request in requests]
    plan = Plan(peer.port, texts, connections, seconds, warm_up, once)
    before = peer.cpu
    outcome = Outcome(**answer_to("tests.bench.load", asdict(plan)))
    if outcome.fault:
        raise RuntimeError(outcome.fault)
    time.sleep(peer.settles)
    used = peer.cpu - before
    return Window(outcome.counted / outcome.seconds, used / outcome.answers, outcome.median_latency, outcome.answers)


@contextmanager
def moto_server() -> Iterator[Peer]:
    """Moto's own server, as its command starts it."""
    port = _free_port()
    with _running([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]) as process:
        yield Peer(port, process.pid)


@contextmanager
def hello_server(headers: Sequence[tuple[str, str]], body: bytes, directory: Path) -> Iterator[Peer]:
    """The constant answer, from the server that ours runs in."""
    answer = directory / "hello.json"
    answer.write_text(json.dumps({"headers": list(headers), "body": base64.b64encode(body).decode()}), encoding="utf-8")
    port = _free_port()
    with _running([sys.executable, "-m", "tests.bench.hello", str(port), str(answer)]) as process:
        yield Peer(port, process.pid)


@contextmanager
def _running(command: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A server of our own: begun here, waited for, and ended here by its own id."""
    port = int(command[command.index("-p") + 1] if "-p" in command else command[3])
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=child_environment(measured=False),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(process, port)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"a reference server ended with status {process.returncode}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("a reference server did not start")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def exchanged(port: int, request: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """Send one request, and read its answer: headers and body."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += _more(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in lines[1:]]
        headers = [(pair[0].lower(), pair[1]) for pair in pairs]
        length = int(dict(headers)["content-length"])
        while len(body) < length:
            body += _more(connection)
    if " 200 " not in f"{lines[0]} ":
        raise RuntimeError(f"{lines[0]}: {body[:500]!r}")
    return headers, body


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise RuntimeError("the server closed the connection within an answer")
    return piece


def durable_write(directory: Path) -> float:
    """Seconds that this disk takes for 4 KiB appended and fsynced: the least that a durable write can take."""
    path = directory / "durable-write"
    with path.open("wb") as stream:
        began = time.perf_counter()
        for _ in range(50):
            stream.write(b"\0" * 4096)
            stream.flush()
            os.fsync(stream.fileno())
        taken = (time.perf_counter() - began) / 50
    path.unlink()
    return taken
