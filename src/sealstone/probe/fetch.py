"""Fetching an issuer's certificate from the URL that a certificate names (RFC 5280 4.2.2.1, caIssuers).

The URL is foreign input. It is followed only as plain http to port 80, resolved once through the guard, connected to
at that very address, without proxy, redirect, cookie or credential, within 5 seconds and 64 kB in all. What comes back
is foreign bytes too: whoever gets them reads them as such, and believes them only when a signature proves them.
"""

import http.client
import re
import socket
from collections.abc import Callable
from io import BufferedReader, RawIOBase
from time import monotonic
from typing import Final, cast
from urllib.parse import SplitResult, urlsplit

from sealstone.probe import guard
from sealstone.probe.connection import Connect, connected, first
from sealstone.probe.guard import Resolve
from sealstone.probe.problems import FetchFailed, URLRefused
from sealstone.x509.escaping import shown

WITHIN: Final = 5.0
"""Seconds that a fetch takes at most, from the name to the last byte."""
LONGEST: Final = 64 * 1024
"""Bytes of an answer's body at most."""

_LONGEST_URL: Final = 2048
_LONGEST_HEAD: Final = 16 * 1024
_PORT: Final = 80
_HOST: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?\Z")
_NUMBER: Final = re.compile(r"([0-9]+|0x[0-9a-f]*)\.?\Z")
_FOUR_NUMBERS: Final = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})\Z")


def issuer(
    url: str,
    *,
    resolve: Resolve = guard.system_resolver,
    connect: Connect = connected,
    clock: Callable[[], float] = monotonic,
) -> bytes:
    """The body that the URL leads to: DER or PEM of a certificate, or PKCS #7 (RFC 5280 4.2.2.1).

    Raises URLRefused, NotResolved, AddressRefused, NotConnected, FetchFailed.
    """
    parts = _parsed(url)
    host = cast("str", parts.hostname)
    deadline = clock() + WITHIN
    addresses = guard.resolved(host, _PORT, allow_private=False, resolve=resolve, within=WITHIN)
    connection, _ = first(host, addresses, connect, lambda: deadline - clock())
    with connection:
        try:
            return _body(connection, parts, url, lambda: deadline - clock())
        except TimeoutError:
            raise FetchFailed(url, f"the whole answer did not come within {WITHIN:g} s") from None
        except (OSError, http.client.HTTPException) as fault:
            raise FetchFailed(url, f"the answer is not HTTP, or was cut off ({type(fault).__name__})") from None


def _parsed(url: str) -> SplitResult:
    """The URL, when it has the one form that is followed. Raises URLRefused."""
    if len(url) > _LONGEST_URL:
        raise URLRefused(url, f"it is longer than {_LONGEST_URL} characters")
    # Before urlsplit, which drops tabs and line ends; a backslash is a slash to some and no slash to others.
    if any(not "!" <= character <= "~" or character == "\\" for character in url):
        raise URLRefused(url, "it holds characters that no URL has (RFC 3986 section 2)")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise URLRefused(url, "its host or port is malformed") from None
    if parts.scheme != "http":
        # RFC 5280 8: fetching over https could need the very certificate that is fetched.
        raise URLRefused(url, "only plain http is followed (RFC 5280 section 8)")
    if "@" in parts.netloc:
        raise URLRefused(url, "it holds a user name or password")
    if port not in {None, _PORT}:
        raise URLRefused(url, f"its port is not {_PORT}")
    reason = _against_host(parts.hostname or "", bracketed="[" in parts.netloc)
    if reason:
        raise URLRefused(url, reason)
    return parts


def _against_host(host: str, *, bracketed: bool) -> str:
    """What is wrong with a host; empty when nothing is."""
    if bracketed:
        return "" if guard.refusal(host) != "no address at all" else "its host is no address"
    if not _HOST.match(host):
        return "its host is no name"
    # What ends in a number is an IPv4 address to the C library, in many spellings: 2130706433, 0x7f.1, 0177.0.0.1.
    if _NUMBER.match(host.rstrip(".").rpartition(".")[2]) and not _FOUR_NUMBERS.match(host):
        return "its host is an address in another spelling than four decimal numbers"
    return ""


def _body(connection: socket.socket, parts: SplitResult, url: str, remaining: Callable[[], float]) -> bytes:
    """Ask once and read the answer. Raises FetchFailed, OSError, HTTPException."""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # HTTP/1.0: an answer without chunks, and the connection ends with it (RFC 9112 appendix C.2).
    request = f"GET {target} HTTP/1.0\r\nHost: {parts.netloc}\r\nAccept: */*\r\nUser-Agent: sealstone\r\n\r\n"
    connection.settimeout(max(remaining(), 0.001))
    connection.sendall(request.encode("ascii"))
    reader = cast("socket.socket", Bounded(connection, remaining))
    with http.client.HTTPResponse(reader, method="GET") as answer:
        answer.begin()
        if 300 <= answer.status < 400:
            to = shown(answer.headers.get("Location", "nowhere"))
            raise FetchFailed(url, f"the answer is a redirect to {to}, and redirects are not followed")
        if answer.status != 200:
            raise FetchFailed(url, f"the answer has the status {answer.status}")
        body = answer.read(LONGEST + 1)
    if len(body) > LONGEST:
        raise FetchFailed(url, f"the answer is longer than {LONGEST} bytes")
    if not body or answer.length:  # what is left of Content-Length
        raise FetchFailed(url, "the answer is cut off" if body else "the answer is empty")
    return body


class Bounded(RawIOBase):
    """The receiving side of a connection with one deadline and one cap for everything that is ever read from it."""

    def __init__(self, connection: socket.socket, remaining: Callable[[], float]) -> None:
        super().__init__()
        self._connection = connection
        self._remaining = remaining
        self._room = LONGEST + _LONGEST_HEAD

    def makefile(self, _mode: str) -> BufferedReader:
        """What HTTPResponse asks of a socket."""
        return BufferedReader(self)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer is a memoryview here
        """Some bytes, in time and within the cap; 0 at the end. Raises TimeoutError, OSError."""
        seconds = self._remaining()
        if seconds <= 0:
            raise TimeoutError
        self._connection.settimeout(seconds)
        size = min(len(buffer), self._room)
        read = self._connection.recv_into(buffer, size) if size else 0
        self._room -= read
        return read
