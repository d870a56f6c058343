"""Attacks by the URL inside a certificate: whoever wrote it must not reach what only this machine can reach."""

import socket
from collections.abc import Iterator
from itertools import count
from threading import Thread

import pytest
from tests.tls_servers import answering, listening

from sealstone.probe import fetch
from sealstone.probe.connection import Connect
from sealstone.probe.guard import Address
from sealstone.probe.problems import AddressRefused, FetchFailed, URLRefused

URL = "http://ca.example/issuer.cer"


def public(_host: str, _port: int) -> list[str]:
    return ["8.8.8.8"]


def never(_address: Address, _within: float) -> socket.socket:
    pytest.fail("something was connected to")


def to(port: int) -> Connect:
    def connect(_address: Address, within: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port), timeout=within)

    return connect


def test_a_resolver_that_changes_its_answer_is_asked_once() -> None:
    """DNS rebinding: public when it is checked, loopback when it is used."""
    answers = iter((["8.8.8.8"], ["127.0.0.1"]))
    connected: list[Address] = []

    def connect(address: Address, within: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError(111, "refused")

    with pytest.raises(Exception, match="refused"):
        fetch.issuer(URL, resolve=lambda *_: next(answers), connect=connect)
    assert connected == [Address("8.8.8.8", 80)]
    assert list(answers) == [["127.0.0.1"]]


def test_the_connection_is_made_by_address_and_never_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the real connector: what it hands to the operating system is the address that was checked."""
    seen: list[tuple[str, int]] = []

    def create_connection(address: tuple[str, int], timeout: float) -> socket.socket:
        seen.append(address)
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(socket, "create_connection", create_connection)
    with pytest.raises(Exception, match="refused"):
        fetch.issuer(URL, resolve=public)
    assert seen == [("8.8.8.8", 80)]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "169.254.169.254", "10.0.0.1", "100.64.0.1", "fe80::1"],
)
def test_a_name_that_leads_inside(address: str) -> None:
    with pytest.raises(AddressRefused):
        fetch.issuer(URL, resolve=lambda *_: ["8.8.8.8", address], connect=never)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "localhost",
        "LOCALHOST",
    ],
)
def test_inside_by_its_own_name(host: str) -> None:
    """With the system's resolver, as in earnest."""
    with pytest.raises(AddressRefused):
        fetch.issuer(f"http://{host}/", connect=never)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0X7F.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "127.0.0.01",
        "134744072",
        "8.8.2056",
        "1.2.3.4.5",
        "a.example.0x1",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
    ],
)
def test_addresses_in_odd_spellings(host: str) -> None:
    with pytest.raises(URLRefused):
        fetch.issuer(f"http://{host}/", resolve=lambda *_: pytest.fail("resolved"), connect=never)


@pytest.mark.parametrize(
    "url",
    [
        "http://user@ca.example/",
        "http://user:password@ca.example/",
        "http://8.8.8.8@127.0.0.1/",
        "http://ca.example:22/",
        "http://ca.example:0/",
        "http://ca.example:443/",
        "http://ca.example:8080/",
        "http://ca.example\\@127.0.0.1/",
        "http://ca.example/\r\nHost: inside",
        "http://ca.example/ HTTP/1.1\r\nX: y",
        "http://ca.exa\tmple/",
        "http://ca.example\x00.evil/",
        "http://ca%2eexample/",
        "http://[lo]/",
        " http://ca.example/",
        "gopher://ca.example/_x",
    ],
)
def test_urls_that_want_more_than_a_file(url: str) -> None:
    with pytest.raises(URLRefused):
        fetch.issuer(url, resolve=lambda *_: pytest.fail("resolved"), connect=never)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    answer = f"HTTP/1.1 {status} There\r\nLocation: http://127.0.0.1/admin\r\nContent-Length: 1\r\n\r\nx".encode()
    with answering(answer) as port, pytest.raises(FetchFailed, match=r"redirect to http://127\.0\.0\.1/admin"):
        fetch.issuer(URL, resolve=public, connect=to(port))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 70_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 70_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n" + b"x" * 200_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70_000 + b"\r\n\r\nissuer",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000 + b"\r\nissuer",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000,
    ],
)
def test_a_flood_is_cut(answer: bytes) -> None:
    with answering(answer) as port, pytest.raises(FetchFailed):
        fetch.issuer(URL, resolve=public, connect=to(port))


@pytest.mark.parametrize(
    ("start", "again", "words"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096, "longer than 65536"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "cut off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 4096 + b"\r\nx\r\n", "cut off"),
    ],
    ids=["body", "provisional answers", "chunks with long extensions"],
)
def test_no_more_than_the_limit_is_ever_read(start: bytes, again: bytes, words: str) -> None:
    """The other side would send for ever; how much of it was taken is counted on its side."""
    ours, theirs = socket.socketpair()
    sent = 0

    def send() -> None:
        nonlocal sent
        with theirs:
            try:
                theirs.sendall(start)
                while True:
                    sent += theirs.send(again)
            except OSError:
                return

    sender = Thread(target=send, daemon=True)
    sender.start()
    with pytest.raises(FetchFailed, match=words):
        fetch.issuer(URL, resolve=public, connect=lambda *_: ours)
    sender.join()
    assert sent < 2_000_000  # what the buffers of the kernel hold, and no more


def drip() -> Iterator[float]:
    """A clock that moves on by a second each time it is looked at."""
    return (float(second) for second in count())


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100])
def test_a_body_that_drips_has_one_deadline_for_all_of_it(sent: bytes) -> None:
    """Every single read is in time, and all together are not."""

    def one_by_one(connection: socket.socket) -> None:
        connection.recv(4096)
        for byte in sent:
            connection.send(bytes([byte]))
        connection.recv(1)  # holds the line open until the other side gives up

    clock = drip()
    with listening(one_by_one) as port, pytest.raises(FetchFailed, match="did not come within 5 s"):
        fetch.issuer(URL, resolve=public, connect=to(port), clock=lambda: next(clock))
