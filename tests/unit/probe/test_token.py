"""Asking a host for a token: what is asked, which answers show it, and that nothing else of an answer is told."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat

import pytest
from tests.tls_servers import answering, listening, refusing

from sealstone.probe import token
from sealstone.probe.connection import Connect
from sealstone.probe.guard import Address
from sealstone.probe.problems import AnswerShowsNothing, FetchFailed, NotConnected, NotResolved

HOST = "www.a.example"
PATH = "/.well-known/pki-validation/0123.txt"
TOKEN = "5f" * 32
ELSEWHERE = "http://validation.eu-central-1.sealstone.internal" + PATH
MARK = "S3cret-of-the-network"
OK = b"HTTP/1.1 200 OK\r\n"


def private(host: str, _port: int) -> list[str]:
    assert host == HOST
    return ["10.0.0.9"]


def to(port: int) -> Connect:
    """Connects to a server on loopback, whatever the address."""

    def connect(_address: Address, within: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port), timeout=within)

    return connect


def none(_address: str) -> str:
    """Of doubts."""
    return ""


def check(port: int, clock: Callable[[], float] = lambda: 0.0, redirect_to: str = ELSEWHERE) -> None:
    token.check(HOST, PATH, TOKEN, doubt=none, redirect_to=redirect_to, resolve=private, connect=to(port), clock=clock)


def reason(port: int, clock: Callable[[], float] = lambda: 0.0, redirect_to: str = ELSEWHERE) -> str:
    with pytest.raises(FetchFailed) as failed:
        check(port, clock, redirect_to)
    cause = failed.value.cause
    assert cause.startswith(f"nothing was got from http://{HOST}{PATH}: ")
    assert MARK not in str(failed.value)
    return cause.rpartition(": ")[2]


def redirect(to_url: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Found\r\nLocation: {to_url}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"\r\n" + TOKEN.encode(),
        OK + b"Content-Length: 66\r\n\r\n" + TOKEN.encode() + b"\r\n" + b"x" * 10,
        OK + b"Transfer-Encoding: chunked\r\n\r\n40\r\n" + TOKEN.encode() + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"\r\n" + TOKEN.encode(),
        *(redirect(ELSEWHERE, status) for status in (301, 302, 303, 307, 308)),
    ],
)
def test_answers_that_show_it(answer: bytes) -> None:
    with answering(answer) as port:
        check(port)


@pytest.mark.parametrize("number", [80, 8080])
def test_what_is_asked(number: int) -> None:
    ours, theirs = socket.socketpair()
    asked: list[Address] = []

    def connect(address: Address, _within: float) -> socket.socket:
        asked.append(address)
        return ours

    with theirs:
        theirs.sendall(OK + b"Content-Length: 64\r\n\r\n" + TOKEN.encode())
        token.check(HOST, PATH, TOKEN, doubt=none, port=number, resolve=private, connect=connect)
        sent = theirs.recv(4096)
    assert sent.startswith(f"GET {PATH} HTTP/1.0\r\nHost: {HOST}\r\n".encode())
    assert sent.endswith(b"\r\n\r\n")
    assert asked == [Address("10.0.0.9", number)]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (OK + b"\r\n" + MARK.encode(), "the answer is another than the token"),
        (OK + b"\r\n", "the answer is another than the token"),
        (OK + b"Content-Length: 64\r\n\r\n" + TOKEN[:-1].encode(), "the answer is another than the token"),
        (OK + b"\r\n" + TOKEN.encode() + b" " + MARK.encode(), "the answer is another than the token"),
        (OK + b"\r\n" + TOKEN.upper().encode(), "the answer is another than the token"),
        (OK + b"\r\n" + b" " * 1024 + TOKEN.encode(), "the answer is another than the token"),
        (OK + b"\r\n" + b"x" * 10_000, "the answer is another than the token"),
        (b"HTTP/1.1 404 " + MARK.encode() + b"\r\n\r\n" + TOKEN.encode(), "the answer has the status 404"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "the answer has the status 204"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "the answer has the status 304"),
        (redirect(f"http://{MARK}.example/"), "the redirect does not lead where the token is"),
        (redirect(ELSEWHERE + "?"), "the redirect does not lead where the token is"),
        (redirect(ELSEWHERE.replace("http:", "https:")), "the redirect does not lead where the token is"),
        (b"HTTP/1.1 302 Found\r\n\r\n", "the redirect does not lead where the token is"),
        (b"", "the answer is not HTTP, or was cut off (RemoteDisconnected)"),
        (MARK.encode(), "the answer is not HTTP, or was cut off (BadStatusLine)"),
        (OK + f"{MARK}: x\r\n".encode() * 101, "the answer is not HTTP, or was cut off (HTTPException)"),
        (OK + MARK.encode() * 4000 + b"\r\n\r\n", "the answer is not HTTP, or was cut off (LineTooLong)"),
        (
            OK + b"Transfer-Encoding: chunked\r\n\r\n" + MARK.encode() + b"\r\n",
            "the answer is not HTTP, or was cut off (IncompleteRead)",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 5000, "the answer is not HTTP, or was cut off (RemoteDisconnected)"),
    ],
)
def test_answers_that_show_nothing(answer: bytes, words: str) -> None:
    with answering(answer) as port:
        assert reason(port) == words


def test_without_a_place_for_it_every_redirect_is_refused() -> None:
    for location in ("", ELSEWHERE):
        with answering(redirect(location)) as port:
            assert reason(port, redirect_to="") == "the answer has the status 302"


def test_a_redirect_is_never_followed() -> None:
    with (
        answering(OK + b"\r\n" + TOKEN.encode()) as other,
        answering(redirect(f"http://127.0.0.1:{other}{PATH}")) as port,
    ):
        assert reason(port) == "the redirect does not lead where the token is"


# --- addresses whose answers are doubted ---

SHARED, OTHER = "10.0.0.9", "10.0.0.10"
ANSWER = OK + b"\r\n" + TOKEN.encode()


def doubted(*addresses: str, host: str, doubt: Callable[[str], str], answer: bytes = ANSWER) -> list[str]:
    """Which addresses are connected to, of those that the name has."""
    asked: list[str] = []
    with answering(answer) as port:

        def connect(address: Address, within: float) -> socket.socket:
            asked.append(address.host)
            return socket.create_connection(("127.0.0.1", port), timeout=within)

        token.check(
            host, PATH, TOKEN, doubt=doubt, redirect_to=ELSEWHERE, resolve=lambda *_: addresses, connect=connect
        )
    return asked


def of_shared(address: str) -> str:
    return "several accounts share it" if address == SHARED else ""


@pytest.mark.parametrize("answer", [ANSWER, redirect(ELSEWHERE)])
def test_a_doubted_address_is_not_even_asked(answer: bytes) -> None:
    with pytest.raises(AnswerShowsNothing) as refused:
        doubted(SHARED, host=HOST, doubt=of_shared, answer=answer)
    said = f"{HOST} leads to {SHARED}, and what answers there shows nothing: several accounts share it"
    assert refused.value.cause == said
    assert refused.value.cure.startswith("validate it by DNS, or give the setting listener_addresses a network ")


@pytest.mark.parametrize("addresses", [(SHARED, OTHER), (OTHER, SHARED)])
def test_of_several_addresses_the_others_are_asked(addresses: tuple[str, str]) -> None:
    assert doubted(*addresses, host=HOST, doubt=of_shared) == [OTHER]


def test_when_all_are_doubted_the_first_is_told() -> None:
    with pytest.raises(AnswerShowsNothing, match=f"leads to {OTHER}, "):
        doubted(OTHER, SHARED, host=HOST, doubt=lambda address: f"{address} is shared")


def test_an_address_that_is_doubted_once_the_answer_is_there_shows_nothing() -> None:
    """Somebody else got a load balancer there meanwhile."""
    words = iter(["", "several accounts share it"])
    with pytest.raises(AnswerShowsNothing):
        doubted(SHARED, host=HOST, doubt=lambda _: next(words))


def test_nothing_is_no_token() -> None:
    with pytest.raises(ValueError, match="a token is expected"):
        token.check(HOST, PATH, "", doubt=none, resolve=lambda *_: pytest.fail("resolved"))


def test_a_machine_that_is_not_there() -> None:
    with refusing() as port, pytest.raises(NotConnected, match="Connection refused"):
        check(port)


def test_a_name_that_is_not_there() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("the name has no address")

    with pytest.raises(NotResolved, match="has no address"):
        token.check(HOST, PATH, TOKEN, doubt=none, resolve=unknown)


@pytest.mark.parametrize("before", [3, 4], ids=["asking", "reading"])
def test_time_runs_out(before: int) -> None:
    clock = chain([0.0] * (before - 1), repeat(9.0))
    with answering(OK + b"\r\n" + TOKEN.encode()) as port:
        assert reason(port, lambda: next(clock)) == "the whole answer did not come within 5 s"


@contextmanager
def dripping(answer: bytes, ticks: list[float]) -> Iterator[int]:
    """Sends a byte, and lets a second pass, for ever."""

    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        for number in range(len(answer)):
            ticks[0] += 1.0
            connection.sendall(answer[number : number + 1])

    with listening(drip) as port:
        yield port


def test_a_host_that_drips_is_not_waited_for() -> None:
    ticks = [0.0]
    with dripping(OK + b"X: " + b"x" * 1000, ticks) as port:
        assert reason(port, lambda: ticks[0]) == "the whole answer did not come within 5 s"


def test_ten_megabytes_are_not_read() -> None:
    sent, done = [0], threading.Event()

    def flood(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        connection.recv(65536)
        connection.sendall(OK + b"Content-Length: 10000000\r\n\r\n")
        try:
            for _ in range(1000):
                connection.sendall(MARK.encode().ljust(10_000))
                sent[0] += 10_000
        finally:
            done.set()

    with listening(flood) as port:
        assert reason(port) == "the answer is another than the token"
        assert done.wait(10)
    assert sent[0] < 10_000_000


def test_a_connection_that_is_reset() -> None:
    def reset(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with listening(reset) as port:
        assert reason(port).startswith("the answer is not HTTP, or was cut off (")
