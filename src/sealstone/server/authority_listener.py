"""A listener of its own, plain HTTP, for what the private authority tells everybody; the endpoint may speak TLS then.

A thread with an event loop beside the server's own. Bounds are small: nothing here has a body of more than 4 KiB.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Final

import uvicorn

from sealstone.endpoint.request import Response
from sealstone.server import listen
from sealstone.server.authority_door import LONGEST_BODY, AuthorityDoor
from sealstone.server.faults import StartError
from sealstone.server.listen import Receive, Scope, Send
from sealstone.server.protocol import Protocol
from sealstone.server.settings import Settings

_HEADERS: Final = 5.0
_BODY: Final = 5.0
_CONNECTIONS: Final = 256
_KEEP_ALIVE: Final = 5
_STOPS: Final = 2
_ENDS: Final = 10.0


class AuthorityApplication:
    """The ASGI application: the door, and 404 for everything else."""

    def __init__(self, door: AuthorityDoor) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            async with asyncio.timeout(_BODY):
                body = await _body(receive)
        except TimeoutError:
            await listen.answer(send, _plain(408, b"too slow\n"), close=True)
            return
        if body is None:
            await listen.answer(send, _plain(413, b"too long\n"), close=True)
            return
        found = self._door.answer(scope["method"], scope["raw_path"].decode("latin-1"), body)
        await listen.answer(send, found or _plain(404, b"not here\n"))


async def _body(receive: Receive) -> bytes | None:
    """The whole body, of a client that goes away what came; None of one that is too long."""
    body, more = b"", True
    while more and len(body) <= LONGEST_BODY:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return None if len(body) > LONGEST_BODY else body


class _Beside(uvicorn.Server):
    """Ends when it is told to; signals are the other server's affair."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def listening(settings: Settings, door: AuthorityDoor) -> Iterator[None]:
    """Serve at `authority_listen` until the end; nothing without that. Raises StartError when it cannot be bound."""
    address = settings.authority_address
    if address is None:
        yield
        return
    try:
        listener = listen.bound(*address)
    except OSError as fault:
        reason = os.strerror(fault.errno) if fault.errno else str(fault)
        raise StartError(f"cannot listen on {settings.authority_listen}: {reason}") from fault
    server = _Beside(_config(door))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="authority-listener")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(_ENDS)
        listener.close()


def _config(door: AuthorityDoor) -> uvicorn.Config:
    own = {
        "header_timeout": _HEADERS,
        "refuse": staticmethod(lambda _peer: _plain(400, b"this is no HTTP\n")),
        "at_once": staticmethod(lambda *_request: None),
    }
    return uvicorn.Config(
        AuthorityApplication(door),
        http=type("AuthorityProtocol", (Protocol,), own),
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_STOPS,
    )


def _plain(status: int, text: bytes) -> Response:
    return Response(status, (("content-type", "text/plain; charset=utf-8"),), text)
