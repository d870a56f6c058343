"""Clients that stall: cut by a deadline, and nobody else waits for them."""

import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.clients.wire import WHO_AM_I, Answer, Line, connected, headers_for, raw, received
from tests.server import Server

SLOW = {"header_timeout": "1.0", "body_timeout": "1.5"}
WELL_BEFORE = 9.0
"""Seconds: less than the patience of a server that is not hurried."""


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose patience is a second."""
    with Server(tmp_path_factory.mktemp("hurried"), settings=SLOW) as running:
        yield running
        running.stop()


def test_headers_that_never_end(hurried: Server) -> None:
    began = time.monotonic()
    with connected(hurried.endpoint) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n")
        assert received(connection) == b""
    assert time.monotonic() - began < WELL_BEFORE


def test_headers_that_drip(hurried: Server) -> None:
    """A byte now and then buys no time."""
    began = time.monotonic()
    with connected(hurried.endpoint) as connection:
        while time.monotonic() - began < 2 * WELL_BEFORE:
            try:
                connection.sendall(b"G")
            except ConnectionError:
                break
            time.sleep(0.1)
    assert time.monotonic() - began < WELL_BEFORE


def test_a_body_that_never_comes(hurried: Server) -> None:
    answer = body_of(hurried, b"half", 100)
    assert answer is not None
    assert (answer.status, answer.code) == (408, "RequestTimeout")


def body_of(server: Server, piece: bytes, announced: int) -> Answer | None:
    """A body of which only a piece arrives, on a connection that stays open."""
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {announced}\r\n\r\n".encode()
    with connected(server.endpoint) as connection:
        connection.sendall(head + piece)
        whole = received(connection)
    head, _, body = whole.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert b"connection: close" in head.lower()
    return Answer(status, "text/xml", body)


def test_a_client_that_goes_away(hurried: Server) -> None:
    """Half a body, then nobody: nothing is answered, nothing is logged as a failure."""
    for _ in range(20):
        with connected(hurried.endpoint) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
    answer = raw(hurried.endpoint, b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer is not None
    assert answer.status == 200
    assert "a fault of ours" not in hurried.log_text()


def test_two_hundred_stalled_connections_hold_up_nobody(server: Server) -> None:
    """Half of them stall in the headers, half in the body; others are answered as ever."""
    who = server.credentials()
    with ExitStack() as stack:
        stalled: list[socket.socket] = []
        for number in range(200):
            connection = stack.enter_context(connected(server.endpoint))
            end = b"\r\nContent-Length: 50\r\n\r\nhalf" if number % 2 else b"\r\nX-Slow: "
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost" + end)
            stalled.append(connection)
        headers = headers_for(who, server.endpoint, WHO_AM_I, service="sts")
        waits: list[float] = []
        for _ in range(30):
            with Line(server.endpoint, who) as line:
                asked = time.monotonic()
                assert line.send(WHO_AM_I, headers).status == 200
                waits.append(time.monotonic() - asked)
        assert statistics.median(waits) < 1.0
        assert len(stalled) == 200
