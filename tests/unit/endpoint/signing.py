"""Requests signed by botocore's own signer, at a fixed time, as our door would receive them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from unittest.mock import patch
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sealstone.endpoint.request import Request

KEY_ID: Final = "AKIDEXAMPLE00000"
SECRET: Final = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW: Final = datetime(2015, 8, 30, 12, 36, 0, tzinfo=UTC)
HOST: Final = "iam.example.com"

Headers = Iterable[tuple[str, str]]


def request(
    method: str = "POST", path: str = "/", query: str = "", headers: Headers = (("host", HOST),), body: bytes = b""
) -> Request:
    """A request as received."""
    return Request(method=method, path=path, query=query, headers=tuple(headers), body=body, source_ip="127.0.0.1")


def _unsigned(method: str, target: str, headers: Headers, body: bytes) -> AWSRequest:
    unsigned = AWSRequest(method, f"https://{HOST}{target}", data=body)
    for name, value in headers:
        unsigned.headers.add_header(name, value)
    return unsigned


def _received(signed: AWSRequest, body: bytes) -> Request:
    """As it arrives: header values are bytes on the wire, read as Latin-1."""
    parts = urlsplit(signed.url)
    headers = [("host", HOST)]
    for name, value in signed.headers.items():
        text = value.decode() if isinstance(value, bytes) else str(value)
        headers.append((name.lower(), text.encode().decode("latin-1")))
    return request(signed.method, parts.path or "/", parts.query, headers, body)


def header_signed(
    method: str = "POST",
    target: str = "/",
    headers: Headers = (),
    body: bytes = b"",
    *,
    service: str = "iam",
    region: str = "us-east-1",
    token: str | None = None,
    at: datetime = NOW,
) -> Request:
    """Signed in the Authorization header; `target` is the path with its query, already encoded."""
    unsigned = _unsigned(method, target, headers, body)
    with patch("botocore.auth.get_current_datetime", return_value=at):
        SigV4Auth(Credentials(KEY_ID, SECRET, token), service, region).add_auth(unsigned)
    return _received(unsigned, body)


def presigned(
    target: str = "/",
    headers: Headers = (),
    *,
    service: str = "sts",
    region: str = "us-east-1",
    token: str | None = None,
    at: datetime = NOW,
    expires: int = 60,
) -> Request:
    """A presigned GET."""
    unsigned = _unsigned("GET", target, headers, b"")
    with patch("botocore.auth.get_current_datetime", return_value=at):
        SigV4QueryAuth(Credentials(KEY_ID, SECRET, token), service, region, expires=expires).add_auth(unsigned)
    return _received(unsigned, b"")
