"""The listener of its own: real HTTP for /ca/, small bounds, no signals."""

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.authority import Installation, question

from sealstone.server import authority_listener
from sealstone.server.authority_door import LONGEST_BODY
from sealstone.server.authority_listener import listening
from sealstone.server.faults import StartError
from sealstone.server.listen import bound
from sealstone.server.settings import read


@pytest.fixture
def port() -> int:
    """One that was free a moment ago."""
    with bound("127.0.0.1", 0) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def made(tmp_path: Path, port: int) -> Iterator[Installation]:
    installation = Installation(tmp_path)
    installation.keeper.ensure()
    with listening(read({"data": str(tmp_path), "authority_listen": f"127.0.0.1:{port}"}, {}), installation.door):
        yield installation


def asked(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request(method, path, body)
    answer = line.getresponse()
    found = answer.status, answer.read()
    line.close()
    return found


def raw(port: int, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(sent)
        received = b""
        while piece := line.recv(4096):
            received += piece
    return received


def test_it_answers_below_ca_and_nowhere_else(made: Installation, port: int) -> None:
    assert asked(port, "GET", "/ca/root.pem")[0] == 200
    issued = made.issue()
    status, body = asked(port, "POST", "/ca/ocsp", question(issued.certificate, issued.chain[0]))
    assert status == 200
    assert body
    for path in ("/", "/health", "/metrics", "/?Action=ListUsers"):
        assert asked(port, "GET", path) == (404, b"not here\n")


def test_bounds(made: Installation, port: int) -> None:
    assert made.rows()
    assert asked(port, "POST", "/ca/ocsp", bytes(LONGEST_BODY))[0] == 200
    assert asked(port, "POST", "/ca/ocsp", bytes(LONGEST_BODY + 1)) == (413, b"too long\n")
    assert raw(port, b"what is this\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_a_slow_body_is_not_waited_for(made: Installation, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert made.rows()
    monkeypatch.setattr(authority_listener, "_BODY", 0.05)
    head = b"POST /ca/ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"
    answer = raw(port, head)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in answer


def test_a_port_that_is_taken_is_told(tmp_path: Path, port: int, made: Installation) -> None:
    settings = read({"data": str(tmp_path), "authority_listen": f"127.0.0.1:{port}"}, {})
    with pytest.raises(StartError, match=f"127.0.0.1:{port}"), listening(settings, made.door):
        pass


def test_an_address_that_is_none_is_told(tmp_path: Path, made: Installation) -> None:
    settings = read({"data": str(tmp_path), "authority_listen": "no-such-host.invalid:80"}, {})
    with pytest.raises(StartError, match="no-such-host"), listening(settings, made.door):
        pass


def test_without_an_address_there_is_none(tmp_path: Path, made: Installation) -> None:
    before = threading.active_count()
    with listening(read({"data": str(tmp_path)}, {}), made.door):
        assert threading.active_count() == before


def test_it_ends(tmp_path: Path, port: int) -> None:
    installation = Installation(tmp_path)
    with listening(read({"data": str(tmp_path), "authority_listen": f"127.0.0.1:{port}"}, {}), installation.door):
        assert asked(port, "GET", "/ca/root.pem")[0] == 404
    with pytest.raises(ConnectionRefusedError):
        asked(port, "GET", "/ca/root.pem")
    assert "authority-listener" not in {thread.name for thread in threading.enumerate()}
