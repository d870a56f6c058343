"""HTTP on one connection: uvicorn's protocol with what it leaves open closed.

A deadline and a size for headers, no trailers taken for headers, an answer in one packet. It leans on uvicorn's
internals, which is why uvicorn is pinned to one minor version.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from sealstone.endpoint.request import Response

Headers = list[tuple[bytes, bytes]]
Address = tuple[str, int]

CYCLE: Final = "sealstone.cycle"
"""The extension of the scope that holds what uvicorn has of the request."""
# 64 KiB holds any signed request's headers several times over; a presigned one must fit its query in here.
_HEADER_BYTES: Final = 64 * 1024
# What reads send is shorter.
_LONGEST_HELD: Final = 4096


class Joined:
    """A transport that sends the head of an answer together with the first piece of its body: one packet, not two."""

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        """Hold what begins an answer; after it comes its body, or the end of the connection."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 100"):
            self._head = data
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Send what is held: nothing comes after the head of an answer to HEAD (RFC 9110, 9.3.2)."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def close(self) -> None:
        """Send what is held, then close."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class BoundedProtocol(HttpToolsProtocol):
    """A deadline and a size for headers, no trailers, AWS's form for what is no HTTP."""

    header_timeout: float = 15.0
    refuse: Callable[[str], Response]
    """Answers what is no HTTP, by the address that it came from."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock for the first request's headers."""
        super().connection_made(transport)
        self._joined = Joined(transport)
        self.transport = self._joined  # type: ignore[assignment]
        self._header_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._start_clock()

    def data_received(self, data: bytes) -> None:
        """Count header bytes; a request after another one gets a clock of its own."""
        if self._between_requests():
            if self._deadline is None:
                self._start_clock()
            self._header_bytes += len(data)
            if self._header_bytes > _HEADER_BYTES and not self._looks_complete(data):
                self._stop_clock()
                self.send_400_response("")
                return
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own text
        """What is no HTTP is answered as the API answers, with nothing of what came."""
        response = self.refuse(self.client[0] if self.client else "")
        lines = [b"HTTP/1.1 400 Bad Request"]
        lines += [f"{name}: {value}".encode("latin-1") for name, value in response.headers]
        lines += [b"content-length: %d" % len(response.body), b"connection: close", b"", response.body]
        self.transport.write(b"\r\n".join(lines))
        self.transport.close()

    def on_message_begin(self) -> None:
        """Headers come next."""
        self._headers_are_complete = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Headers only: a trailer comes after the body and is nobody's Authorization or address (RFC 9110, 6.5.1)."""
        if not self._headers_are_complete:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The headers are all there: stop the clock."""
        self._headers_are_complete = True
        self._stop_clock()
        self._header_bytes = 0

    def on_response_complete(self) -> None:
        """An answer without a body ends with its head."""
        self._joined.flush()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock of a connection that is gone."""
        self._stop_clock()
        super().connection_lost(exc)

    def _between_requests(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    @staticmethod
    def _looks_complete(data: bytes) -> bool:
        """A body may arrive in one piece with its headers: only headers that do not end are too long."""
        return b"\r\n\r\n" in data[:_HEADER_BYTES]

    def _start_clock(self) -> None:
        self._deadline = self.loop.call_later(self.header_timeout, self._cut)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        self._stop_clock()
        self.transport.close()


class Protocol(BoundedProtocol):
    """Answers at once what is there as a whole and waits for nothing; everything else goes uvicorn's way.

    A task, its events and the messages between uvicorn and an application cost a third of what a read costs. A request
    is held back until its bytes have been parsed: when it is whole by then, `at_once` may answer it.
    """

    at_once: Callable[[str, bytes, bytes, Headers, bytes, Address | None, str], Response | None]
    """Method, raw path, query string, headers, body, client, scheme -> the answer, or None for uvicorn's way."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Nothing is held back yet."""
        self._held: bytearray | None = None
        super().connection_made(transport)
        self._plain = transport

    def data_received(self, data: bytes) -> None:
        """What is held back and not whole goes on its way."""
        super().data_received(data)
        if self._held is not None:
            held, self._held = bytes(self._held), None
            if not self.transport.is_closing():
                self._hand_on(held)

    def on_headers_complete(self) -> None:
        """Hold the request back, unless something stands before it or it wants more than an answer."""
        super().on_headers_complete()
        parser = self.parser
        if (
            self._between_requests()
            and not self.pipeline
            and not self.flow.write_paused
            and not self.expect_100_continue
            and not parser.should_upgrade()
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
        ):
            self._held = bytearray()
        else:
            self._hand_on(b"")

    def on_body(self, body: bytes) -> None:
        """Gathered, as long as it is short."""
        if self._held is None:
            super().on_body(body)
            return
        self._held += body
        if len(self._held) > _LONGEST_HELD:
            held, self._held = bytes(self._held), None
            self._hand_on(held)

    def on_message_complete(self) -> None:
        """Whole: answered at once, or on its way."""
        if self._held is not None:
            held, self._held = bytes(self._held), None
            if self._answered(held):
                return
            self._hand_on(held)
        super().on_message_complete()

    def _hand_on(self, body: bytes) -> None:
        HttpToolsProtocol.on_headers_complete(self)
        self.scope["extensions"] = {CYCLE: self.cycle}  # type: ignore[dict-item]
        if body:
            HttpToolsProtocol.on_body(self, body)

    def _answered(self, body: bytes) -> bool:
        url = httptools.parse_url(self.url)
        method = self.parser.get_method().decode("ascii")
        found = self.at_once(method, url.path, url.query or b"", self.headers, body, self.client, str(self.scheme))
        if found is None:
            return False
        lines = [STATUS_LINE[found.status][:-2]]
        lines += [f"{name}: {value}".encode("latin-1") for name, value in found.headers]
        lines += [b"content-length: %d" % len(found.body), b"", found.body]
        self._plain.write(b"\r\n".join(lines))
        self.on_response_complete()
        return True
