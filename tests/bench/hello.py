"""The reference "hello": a constant answer straight from the event loop of the server that ours runs in.

    python -m tests.bench.hello PORT ANSWER.json

It is started through `sealstone.server.listen.serve`, so that uvicorn's version, configuration, protocol and loop
cannot differ from ours; what is left out is everything that is ours: no thread, no signature, no store.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

from sealstone.endpoint.request import Request, Response
from sealstone.server import listen
from sealstone.server.settings import Settings


class Hello(listen.Door):
    """Says one thing, whatever is asked."""

    def __init__(self, settings: Settings, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """`headers` without the content-length, which is added here once."""
        super().__init__(settings, _never, _never, _never_refuse, _never_health)
        length = (b"content-length", str(len(body)).encode())
        self._start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": [*headers, length]}
        self._end: dict[str, Any] = {"type": "http.response.body", "body": body}

    def at_once(self, *_: Any) -> None:
        """Never: a constant answer, too, goes the way of every application in this server."""

    async def __call__(self, scope: listen.Scope, receive: listen.Receive, send: listen.Send) -> None:
        """The same answer."""
        await send(self._start)
        await send(self._end)


def _never(_request: Request) -> Response:
    raise NotImplementedError


def _never_refuse(_request: Request, _status: int) -> Response:
    raise NotImplementedError


def _never_health() -> Response:
    raise NotImplementedError


def main(port: str, answer: str) -> None:
    """Serve until told to stop."""
    said = json.loads(Path(answer).read_text(encoding="utf-8"))
    headers = [(name.encode(), value.encode()) for name, value in said["headers"] if name != "content-length"]
    settings = Settings(listen=f"127.0.0.1:{port}")
    listen.serve(settings, Hello(settings, headers, base64.b64decode(said["body"])), lambda _url: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
