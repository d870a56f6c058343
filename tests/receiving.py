"""A receiver of webhooks on loopback: it remembers what came, and answers what it is told to.

with receiving(503, 503) as receiver: ...   # 200 from the third on
"""

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

from tests.pki import Issued
from tests.tls_servers import context


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The envelope."""
        document: dict[str, Any] = json.loads(self.body)
        return document

    def is_signed_with(self, secret: bytes) -> bool:
        """Worked out as a receiver does it, from the documentation."""
        text = self.headers["Sealstone-Timestamp"].encode() + b"." + self.body
        return self.headers["Sealstone-Signature"] == "v1=" + hmac.new(secret, text, "sha256").hexdigest()


@dataclass
class Receiver:
    """What came, and what is answered: one status after the other, then 200."""

    answers: list[int]
    url: str = ""
    received: list[Received] = field(default_factory=list)
    _more: Condition = field(default_factory=Condition)

    def take(self, request: Received) -> int:
        """Remember it, and what it is answered with."""
        with self._more:
            self.received.append(request)
            self._more.notify_all()
            return self.answers.pop(0) if self.answers else 200

    def wait_for(self, count: int) -> None:
        """Until so many requests have come."""
        with self._more:
            assert self._more.wait_for(lambda: len(self.received) >= count, timeout=60), self.received


@contextmanager
def receiving(*answers: int, leaf: Issued | None = None) -> Iterator[Receiver]:
    """Over TLS with a leaf."""
    receiver = Receiver(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take(Received(self.path, dict(self.headers.items()), body))
            self.send_response(status)
            self.send_header("Content-Length", "2")
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *arguments: object) -> None: ...  # noqa: A002

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        scheme = "http"
        if leaf is not None:
            made = context(leaf)
            made.set_alpn_protocols(["http/1.1"])
            server.socket = made.wrap_socket(server.socket, server_side=True)
            scheme = "https"
        receiver.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/hook?token=t"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join(10)
