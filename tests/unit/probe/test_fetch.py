"""Fetching an issuer: which URLs are followed, what is asked, which answers are taken. Attacks: tests/faults."""

import socket

import pytest
from tests.tls_servers import answering, refusing

from sealstone.probe import fetch
from sealstone.probe.connection import Connect
from sealstone.probe.guard import Address
from sealstone.probe.problems import FetchFailed, NotConnected, URLRefused

URL = "http://ca.example/issuer.cer"


def public(_host: str, _port: int) -> list[str]:
    return ["8.8.8.8"]


def to(port: int) -> Connect:
    """Connects to a server on loopback, whatever the address."""

    def connect(_address: Address, within: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port), timeout=within)

    return connect


def fetched(answer: bytes, url: str = URL) -> bytes:
    with answering(answer) as port:
        return fetch.issuer(url, resolve=public, connect=to(port))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\nissuer",
        b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nissuer and more",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\niss\r\n3\r\nuer\r\n0\r\n\r\n",
    ],
)
def test_the_body_is_given(answer: bytes) -> None:
    assert fetched(answer) == b"issuer"


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("http://ca.example", b"GET / HTTP/1.0\r\nHost: ca.example\r\n"),
        ("http://CA.example:80/a/b?c=d#e", b"GET /a/b?c=d HTTP/1.0\r\nHost: CA.example:80\r\n"),
        ("http://8.8.8.8/x", b"GET /x HTTP/1.0\r\nHost: 8.8.8.8\r\n"),
        ("http://[2606:4700::1]/x", b"GET /x HTTP/1.0\r\nHost: [2606:4700::1]\r\n"),
    ],
)
def test_what_is_asked(url: str, line: bytes) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
        assert fetch.issuer(url, resolve=public, connect=lambda *_: ours) == b"1"
        asked = theirs.recv(4096)
    assert asked.startswith(line)
    assert asked.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "the answer has the status 404"),
        (
            b"HTTP/1.1 301 Moved\r\nLocation: http://b.example/\r\n\r\n",
            "redirect to http://b.example/, and redirects are",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 65_537, "the answer is longer than 65536 bytes"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "the answer is empty"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nissuer", "the answer is cut off"),
        (b"", "not HTTP"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not HTTP"),
    ],
)
def test_answers_that_are_none(answer: bytes, words: str) -> None:
    with pytest.raises(FetchFailed, match=words):
        fetched(answer)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://ca.example/a", "only plain http"),
        ("ftp://ca.example/a", "only plain http"),
        ("file:///etc/passwd", "only plain http"),
        ("ldap://ca.example/cn=x", "only plain http"),
        ("//ca.example/a", "only plain http"),
        ("http:///a", "its host is no name"),
        ("http://" + "a" * 254 + "/", "its host is no name"),
        ("http://a..b/", "its host is no name"),
        ("http://-a.example/", "its host is no name"),
        ("http://ca.example:99999/", "malformed"),
        ("http://[::1/", "malformed"),
        ("http://[v1.a]/", "its host is no address"),
        ("http://a b/", "characters that no URL has"),
        ("http://user@a.example/", "a user name or password"),
        ("http://a.example:8080/", "its port is not 80"),
        ("http://0x7f.1/", "another spelling than four decimal numbers"),
        ("http://ca.example/" + "a" * 2048, "longer than 2048"),
    ],
)
def test_urls_that_are_not_followed(url: str, words: str) -> None:
    with pytest.raises(URLRefused, match=words):
        fetch.issuer(url, resolve=lambda *_: pytest.fail("resolved"))


def test_a_machine_that_is_not_there() -> None:
    with refusing() as port, pytest.raises(NotConnected, match="Connection refused"):
        fetch.issuer(URL, resolve=public, connect=to(port))


@pytest.mark.parametrize("moments", [(0.0, 0.0, 0.0, 9.0), (0.0, 0.0, 9.0, 9.0)], ids=["reading", "asking"])
def test_time_runs_out(moments: tuple[float, ...]) -> None:
    clock = iter(moments)
    with answering(b"HTTP/1.1 200 OK\r\n\r\nissuer") as port, pytest.raises(FetchFailed, match="within 5 s"):
        fetch.issuer(URL, resolve=public, connect=to(port), clock=lambda: next(clock))
