"""The socket side: an async shell that reads bodies under limits, answers reads itself, and hands writes to threads.

uvicorn (httptools) speaks HTTP; what it leaves open is closed here: headers that never end, headers without
bounds, bodies too long (413) or too slow (408). Nothing here knows AWS beyond the two functions it is given.
"""

import asyncio
import contextlib
import ipaddress
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from sealstone.endpoint.request import Request, Response
from sealstone.endpoint.route import looks_read_only
from sealstone.server.faults import StartError
from sealstone.server.protocol import CYCLE, Address, Headers, Protocol
from sealstone.server.settings import Settings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Page = Callable[[Request], Response]

# Seconds: as long as a writer waits for the database itself.
_PATIENCE: Final = 5.0


class BodyTooLongError(Exception):
    """More body than the limit."""


class Pool:
    """A few threads that perform calls: half the hand-over cost of concurrent.futures, which does much more."""

    def __init__(self, size: int) -> None:
        self._work: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._perform, name=f"call-{number}") for number in range(size)]
        for thread in self._threads:
            thread.start()

    async def run(self, job: Callable[[], Response], late: Callable[[], Response] | None = None) -> Response:
        """Await what a thread makes of `job`; its exception, if it raises one.

        A job that waited for a thread for longer than `_PATIENCE` is not begun: the answer is then that of `late`.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Response] = loop.create_future()
        self._work.put((loop, future, job, late, loop.time() + _PATIENCE))
        return await future

    def close(self) -> None:
        """End the threads after the work that is queued."""
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join()

    def _perform(self) -> None:
        while (work := self._work.get()) is not None:
            loop, future, job, late, deadline = work
            try:
                begun = late if late is not None and loop.time() > deadline else job
                settle = partial(_settle, future, begun(), None)
            except BaseException as fault:  # noqa: BLE001 - carried to the loop, which raises it there
                settle = partial(_settle, future, None, fault)
            # A loop that has been closed waits for nothing any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(settle)


_Answer = Callable[[], Response]
_Job = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Response]", _Answer, _Answer | None, float]


def _settle(future: "asyncio.Future[Response]", result: Response | None, fault: BaseException | None) -> None:
    if future.cancelled():
        return
    if fault is not None:
        future.set_exception(fault)
    elif result is not None:
        future.set_result(result)


class Door:
    """The ASGI application: `/health`, pages that are not AWS's, and everything else to `handle`."""

    def __init__(
        self,
        settings: Settings,
        handle: Callable[[Request], Response],
        handle_read: Callable[[Request], Response | None],
        refuse: Callable[[Request, int], Response],
        health: Callable[[], Response],
        pages: Mapping[str, Page] | None = None,
    ) -> None:
        """`handle_read` answers what only reads, or None; `refuse` answers 408, 413 and 503 in AWS's form.

        `pages` answer, each in a thread, what is outside of AWS's API: by the first segment of the path.
        """
        self._settings = settings
        self._handle = handle
        self._handle_read = handle_read
        self._refuse = refuse
        self._health = health
        self._pages = dict(pages or {})
        self._pool = Pool(settings.threads)
        self._proxies = tuple(ipaddress.ip_network(network) for network in settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["path"] == "/health" and scope["method"] in ("GET", "HEAD"):
            await answer(send, self._health())
            return
        try:
            body = _arrived(scope, self._settings.body_limit)
            if body is None:
                async with asyncio.timeout(self._settings.body_timeout):
                    body = await _body(scope, receive, self._settings.body_limit)
        except (BodyTooLongError, TimeoutError) as fault:
            status = 413 if isinstance(fault, BodyTooLongError) else 408
            await answer(send, self._refuse(self._request(scope, b""), status), close=True)
            return
        except ConnectionAbortedError:
            return
        request = self._request(scope, body)
        page = self._page(request.path)
        if page is not None:
            await answer(send, await self._pool.run(partial(page, request), _busy))
            return
        # A read takes less than handing it to a thread and back, and waits for nobody: the interpreter lock going to
        # and fro between threads costs more than the call (docs/adr/0004). What may wait for the database is handed on.
        response = self._handle_read(request) if looks_read_only(request) else None
        if response is None:
            response = await self._pool.run(partial(self._handle, request), partial(self._refuse, request, 503))
        await answer(send, response)

    def malformed(self, peer: str) -> Response:
        """The answer to what is no HTTP."""
        return self._refuse(Request("-", "/", "", (), b"", peer), 400)

    def close(self) -> None:
        """End the threads after the calls in flight."""
        self._pool.close()

    def at_once(
        self,
        method: str,
        path: bytes,
        query: bytes,
        headers: Headers,
        body: bytes,
        client: Address | None,
        scheme: str,
    ) -> Response | None:
        """The answer to a whole request that only reads and waits for nothing; None for any other."""
        if path != b"/" and (path == b"/health" or self._page(path.decode("latin-1"))):
            return None
        request = self._made(method, path, query, headers, body, client, scheme)
        return self._handle_read(request) if looks_read_only(request) else None

    def _page(self, path: str) -> Page | None:
        return self._pages.get(path[1:].partition("/")[0]) if path != "/" else None

    def _request(self, scope: Scope, body: bytes) -> Request:
        return self._made(
            scope["method"],
            scope["raw_path"],
            scope["query_string"],
            scope["headers"],
            body,
            scope.get("client"),
            scope["scheme"],
        )

    def _made(
        self,
        method: str,
        path: bytes,
        query: bytes,
        raw_headers: Headers,
        body: bytes,
        client: Address | None,
        scheme: str,
    ) -> Request:
        headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw_headers])
        source, secure = client[0] if client else "", scheme == "https"
        if self._proxies:
            source, secure = forwarded(source, headers, self._proxies, secure=secure)
        return Request(
            method=method,
            path=path.decode("latin-1"),
            query=query.decode("latin-1"),
            headers=headers,
            body=body,
            source_ip=source,
            secure=secure,
        )


def forwarded(
    peer: str, headers: tuple[tuple[str, str], ...], proxies: tuple[Network, ...], *, secure: bool
) -> tuple[str, bool]:
    """Source address and TLS as a listed proxy tells them; anybody else's X-Forwarded-* is not believed.

    Of X-Forwarded-For the last address that is not itself a listed proxy counts: what stands before it was
    written by the client.
    """
    if not _listed(peer, proxies):
        return peer, secure
    chain = [part.strip() for name, value in headers if name == "x-forwarded-for" for part in value.split(",")]
    source = next((address for address in reversed(chain) if not _listed(address, proxies)), peer)
    proto = [value.strip().lower() for name, value in headers if name == "x-forwarded-proto"]
    return (source if _is_address(source) else peer), (proto[-1] == "https" if proto else secure)


def _listed(address: str, proxies: tuple[Network, ...]) -> bool:
    return _is_address(address) and any(ipaddress.ip_address(address) in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _arrived(scope: Scope, limit: int) -> bytes | None:
    """The body, when all of it came along with the headers: nothing to wait for. Raises BodyTooLongError."""
    cycle: RequestResponseCycle | None = scope.get("extensions", {}).get(CYCLE)
    if cycle is None or cycle.more_body:
        return None
    if len(cycle.body) > limit:
        raise BodyTooLongError
    return bytes(cycle.body)


async def _body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body. Raises BodyTooLongError before reading what a Content-Length already announces as too long."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise BodyTooLongError
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLongError
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _busy() -> Response:
    headers = (("content-type", "text/plain; charset=utf-8"), ("retry-after", "1"))
    return Response(503, headers, b"The service is busy.\n")


async def answer(send: Send, response: Response, *, close: bool = False) -> None:
    """Send it whole, with its length; `close` ends the connection after it."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


class _QuietServer(uvicorn.Server):
    """Ends with status 0 after SIGTERM or SIGINT; uvicorn would raise the signal again."""

    def listen_to_signals(self) -> None:
        """Finish what is in flight on the first signal, at once on the second."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.handle_exit)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are captured already, from before the endpoint was announced."""
        yield


def bound(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def serve(settings: Settings, door: Door, started: Callable[[str], None]) -> None:
    """Listen until SIGTERM or SIGINT, then finish the requests in flight. `started` gets the endpoint's URL.

    The door is closed when this ends, however it ends: its threads would keep the process alive. Raises OSError when
    the address cannot be bound, StartError when the certificate or key of the endpoint cannot be used.
    """
    try:
        config = _config(settings, door)
        host, port = settings.address
        listener = bound(host, port)
        scheme = "https" if settings.secure else "http"
        shown = f"[{host}]" if ":" in host else host
        server = _QuietServer(config)
        # Before anybody is told that it runs: who is told may stop it at once.
        server.listen_to_signals()
        started(f"{scheme}://{shown}:{listener.getsockname()[1]}")
        server.run(sockets=[listener])
    finally:
        door.close()


def _config(settings: Settings, door: Door) -> uvicorn.Config:
    """The settings of uvicorn, its TLS files read: what is wrong with them is said before anything listens."""
    certificate, key = (
        str(Path(name).expanduser()) if name else None
        for name in (settings.tls_certificate_file, settings.tls_private_key_file)
    )
    own = {
        "header_timeout": settings.header_timeout,
        "refuse": staticmethod(door.malformed),
        "at_once": staticmethod(door.at_once),
    }
    protocol = type("OwnProtocol", (Protocol,), own)
    config = uvicorn.Config(
        door,
        http=protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=settings.stop_timeout,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    try:
        config.load()
    except OSError as fault:  # ssl.SSLError is one too; neither names the file
        raise StartError(f"cannot use {certificate} and {key} for TLS: {fault.strerror or fault}") from fault
    return config
