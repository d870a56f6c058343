"""What the private authority tells everybody over plain HTTP, below /ca/: certificates, revocation lists, status.

All of it is public and signed, so that nobody is asked who they are and nothing needs TLS (RFC 5280 section 8). Only
reads: no authority is made for whoever asks. Sockets are the affair of `listen` and `authority_listener`.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Final
from urllib.parse import unquote_to_bytes

from sealstone.endpoint.request import Request, Response
from sealstone.model.authority import Role, State
from sealstone.server.online_status import KEPT, Answer, StatusAnswers
from sealstone.store import authorities
from sealstone.store.engine import Store
from sealstone.store.faults import StoreFault
from sealstone.workers.authority import AuthorityKeeper
from sealstone.x509 import writing
from sealstone.x509.making import online_status

SEGMENT: Final = "ca"
URL_NAME: Final = "authority-url"
"""File of the data directory with the URL that the server gave to new certificates last; one empty line for none."""
BELOW: Final = f"/{SEGMENT}/"
LONGEST_BODY: Final = online_status.LONGEST
"""Bytes; nothing but status requests has a body."""
_DAY: Final = 86_400
_STATUS: Final = "ocsp"
_GET: Final = ("GET", "HEAD")

Headers = tuple[tuple[str, str], ...]


class AuthorityDoor:
    """Answers in whatever thread, waiting for nobody: a few rows are read, and at most one signature made."""

    def __init__(self, store: Store, keeper: AuthorityKeeper, clock: Callable[[], datetime]) -> None:
        """`clock` tells the time that answers are dated by."""
        self._store, self._clock = store, clock
        self._statuses = StatusAnswers(store, keeper, clock)

    def answer(self, method: str, path: str, body: bytes) -> Response | None:
        """To a request for a path as it was sent; None when it is not below /ca/."""
        if not path.startswith(BELOW):
            return None
        name = path.removeprefix(BELOW)
        is_status = name == _STATUS or name.startswith(f"{_STATUS}/")
        allowed = ("POST",) if name == _STATUS else _GET
        if method not in allowed:
            return _text(405, "this method is not for this path", (("allow", ", ".join(allowed)),))
        if is_status:
            return self._status(_from_path(name.removeprefix(f"{_STATUS}/")) if method in _GET else body)
        try:
            return self._file(name)
        except StoreFault:
            return _text(503, "the store cannot be read; try again later", ())

    def page(self, request: Request) -> Response:
        """The same to a request at the AWS door."""
        found = self.answer(request.method, request.path, request.body[: LONGEST_BODY + 1])
        return found or _text(404, "there is nothing of this name", ())

    def _file(self, name: str) -> Response:
        certificate_id, _, kind = name.rpartition(".")
        with self._store.reading() as tx:
            if name == "root.pem":
                roots = [one for one in authorities.every(tx) if (one.role, one.state) == (Role.ROOT, State.ACTIVE)]
                if roots:
                    pem = writing.certificates_pem([roots[0].certificate]).encode("ascii")
                    return self._found("application/x-pem-file", pem, _DAY)
            if kind == "cer" and (row := authorities.find(tx, certificate_id)):
                return self._found("application/pkix-cert", row.certificate, _DAY)  # RFC 2585 4.1
            if kind == "crl" and (found := authorities.revocation_list(tx, certificate_id)):
                data, times = found
                dates = (("last-modified", _date(times.this_update)), ("expires", _date(times.next_update)))
                return self._found("application/pkix-crl", data, int(KEPT.total_seconds()), dates)
        return _text(404, "there is nothing of this name", ())

    def _found(self, kind: str, data: bytes, seconds: int, more: Headers = ()) -> Response:
        caching = f"public, max-age={seconds}"
        headers = (("content-type", kind), ("cache-control", caching), ("date", _date(self._clock())), *more)
        return Response(200, headers, data)

    def _status(self, request: bytes) -> Response:
        answer = self._statuses.answer(request)
        kind = ("content-type", "application/ocsp-response")
        return Response(200, (kind, ("date", _date(self._clock())), *_caching(answer)), answer.data)


def _caching(answer: Answer) -> Headers:
    """RFC 5019 section 6.2, with a shorter age: a cache between must not hide a revocation for half a day."""
    if answer.produced_at is None or answer.next_update is None or answer.is_for_one:
        return (("cache-control", "no-store"),)
    return (
        ("last-modified", _date(answer.produced_at)),
        ("expires", _date(answer.next_update)),
        ("etag", f'"{sha256(answer.data).hexdigest()}"'),
        ("cache-control", f"max-age={int(KEPT.total_seconds())}, public, no-transform, must-revalidate"),
    )


def _from_path(text: str) -> bytes:
    """RFC 6960 A.1: base64, percent-encoded. What is neither is no request, and answered as such."""
    try:
        return base64.b64decode(unquote_to_bytes(text), validate=True)
    except binascii.Error:
        return b""


def _date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def _text(status: int, text: str, more: Headers) -> Response:
    headers = (("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"), *more)
    return Response(status, headers, f"{text}\n".encode())
