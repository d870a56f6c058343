"""`GET /metrics`: who shows the token gets the numbers, in the text format of Prometheus; nobody else learns anything.

It stands beside `/health` and not behind AWS authentication: monitoring systems show a bearer token (RFC 6750). What
the numbers are is in `server.metrics`, which is imported by the first scrape, since it takes longer than a start may.
"""

import hmac
import importlib
import threading
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from sealstone.endpoint.request import Request, Response
from sealstone.server.readings import Sources

PATH: Final = "/metrics"
_METHODS: Final = ("GET", "HEAD")
_PLAIN: Final = (("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"))


class MetricsDoor:
    """Answers scrapes, one at a time; whoever waits for one that began after they asked gets the same text."""

    def __init__(self, digest: bytes | None, sources: Sources) -> None:
        """`digest` is the SHA-256 of the token; with None everybody is refused."""
        self._digest = digest
        self._sources = sources
        self._scraping = threading.Lock()
        self._begun = 0
        self._last: Response | None = None

    def answer(self, request: Request) -> Response:
        """Any request for a path that begins with `/metrics`; called in a thread. Raises nothing that is foreseen."""
        if not self._is_known(request.header("authorization")):
            challenge = ("www-authenticate", "Bearer")  # RFC 9110, 11.6.1
            return Response(401, (*_PLAIN, challenge), b"Show the token of the metrics: Authorization: Bearer ...\n")
        if request.path != PATH:
            return Response(404, _PLAIN, b"There is nothing here but /metrics.\n")
        if request.method not in _METHODS:
            return Response(405, (*_PLAIN, ("allow", ", ".join(_METHODS))), b"Use GET.\n")
        return self._scraped()

    def _is_known(self, authorization: str) -> bool:
        scheme, _, shown = authorization.partition(" ")
        if self._digest is None or scheme.lower() != "bearer":
            return False
        # Digests of equal length: the comparison tells nothing of the token, its length included.
        return hmac.compare_digest(sha256(shown.strip().encode("latin-1", "replace")).digest(), self._digest)

    def _scraped(self) -> Response:
        asked = self._begun
        with self._scraping:
            if self._last is None or self._begun <= asked:
                self._begun += 1
                self._last = None
                content_type, body = _exposition()(self._sources)
                self._last = Response(200, (("content-type", content_type), ("cache-control", "no-store")), body)
            return self._last


def _exposition() -> Callable[[Sources], tuple[str, bytes]]:
    found: Any = importlib.import_module("sealstone.server.metrics").exposition
    return found  # type: ignore[no-any-return]
