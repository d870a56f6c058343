r"""Hosts of other people on addresses of loopback: what they answer over plain HTTP, right, wrong or never.

with hosting("127.88.1.1", 20080, says(b"HTTP/1.0 200 OK\r\n\r\nhello")) as host:
    ... host.asked
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

_PATIENCE: Final = 60.0


@dataclass
class Host:
    """A server on one address."""

    answer: Callable[["Host", socket.socket], None]
    asked: list[str] = field(default_factory=list)
    """The first line of each request, in order."""
    ended: threading.Event = field(default_factory=threading.Event)
    sent: int = 0
    """Bytes that somebody took."""

    def send(self, connection: socket.socket, data: bytes) -> None:
        """And count them. Raises OSError when the other side has gone."""
        connection.sendall(data)
        self.sent += len(data)


Answer = Callable[[Host, socket.socket], None]


def says(data: bytes) -> Answer:
    """Exactly these bytes."""
    return lambda host, connection: host.send(connection, data)


def redirects(url: str) -> Answer:
    """To that URL, with a body."""
    return says(f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 5\r\n\r\nthere".encode())


def hangs(host: Host, connection: socket.socket) -> None:
    """Takes the question and says nothing, until whoever asked goes."""
    connection.recv(1)
    host.sent += 0


def drips(host: Host, connection: socket.socket) -> None:
    """A byte every now and then, for ever."""
    host.send(connection, b"HTTP/1.1 200 OK\r\nX: ")
    while not host.ended.wait(0.2):
        host.send(connection, b"x")


def flooding(start: bytes) -> Answer:
    """Ten megabytes after the start."""

    def flood(host: Host, connection: socket.socket) -> None:
        host.send(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + start)
        for _ in range(1000):
            host.send(connection, b"x" * 10_000)

    return flood


@contextmanager
def hosting(address: str, port: int, answer: Answer) -> Iterator[Host]:
    """A running one. Each connection has a thread of its own."""
    host = Host(answer)
    with socket.create_server((address, port)) as listener:
        threading.Thread(target=_accept, args=(host, listener), daemon=True).start()
        try:
            yield host
        finally:
            host.ended.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes accept


def _accept(host: Host, listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(host, connection), daemon=True).start()


def _serve(host: Host, connection: socket.socket) -> None:
    with connection, suppress(OSError):
        connection.settimeout(_PATIENCE)
        host.asked.append(connection.recv(65536).decode("latin-1").split("\r\n")[0])
        host.answer(host, connection)
