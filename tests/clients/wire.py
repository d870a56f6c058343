"""HTTP by hand: signed requests from botocore's own signer, raw bytes on a socket, answers that must be well-formed."""

import http.client
import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import botocore.auth
import botocore.awsrequest
import botocore.credentials
from tests.server import Credentials

FORM = "application/x-www-form-urlencoded; charset=utf-8"
IAM = "2010-05-08"
STS = "2011-06-15"
WHO_AM_I = f"Action=GetCallerIdentity&Version={STS}"


@dataclass(frozen=True)
class Answer:
    """Status, content type and body of one answer; `code` and `message` are those of an error."""

    status: int
    content_type: str
    body: bytes

    @classmethod
    def of(cls, response: http.client.HTTPResponse) -> Self:
        """Read to the end, whatever was asked."""
        return cls(response.status, response.getheader("content-type", ""), response.read())

    @property
    def code(self) -> str:
        """The error's code; a parse failure is a failure of the test: every answer is well-formed."""
        return self._member("Code")

    @property
    def message(self) -> str:
        """The error's message."""
        return self._member("Message")

    def _member(self, name: str) -> str:
        if self.content_type.startswith("application/x-amz-json"):
            error = json.loads(self.body)
            return str(error["__type" if name == "Code" else "message"])
        assert self.content_type.startswith("text/xml"), (self.content_type, self.body)
        found = ET.fromstring(self.body).findtext(f".//{{*}}{name}")  # noqa: S314 - our own answer
        return found or ""


def headers_for(
    who: Credentials, endpoint: str, body: str | bytes, *, service: str = "iam", method: str = "POST", **more: str
) -> dict[str, str]:
    """The headers of a request with this body, signed by botocore."""
    content = body.encode() if isinstance(body, str) else body
    given = {"Content-Type": FORM} | {name.replace("_", "-").title(): value for name, value in more.items()}
    request = botocore.awsrequest.AWSRequest(method, endpoint + "/", headers=given, data=content)
    keys = botocore.credentials.Credentials(who.access_key_id, who.secret_access_key)
    botocore.auth.SigV4Auth(keys, service, "us-east-1").add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}


class Line:
    """One keep-alive connection that signs in process: several times faster than a whole SDK."""

    def __init__(self, endpoint: str, who: Credentials) -> None:
        self.endpoint = endpoint
        self.who = who
        self._connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._connection.close()

    def call(self, action: str, **parameters: str) -> Answer:
        """One IAM operation by its wire names."""
        body = urlencode({"Action": action, "Version": IAM, **parameters}, encoding="utf-8")
        return self.send(body, headers_for(self.who, self.endpoint, body))

    def send(self, body: str | bytes, headers: dict[str, str], method: str = "POST", path: str = "/") -> Answer:
        """One request as it is."""
        self._connection.request(method, path, body, headers)
        return Answer.of(self._connection.getresponse())


def connected(endpoint: str, timeout: float = 30) -> socket.socket:
    """A plain connection to the server."""
    address = urlsplit(endpoint)
    return socket.create_connection((address.hostname, address.port), timeout=timeout)


def received(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    content = b""
    while piece := _next(connection):
        content += piece
    return content


def _next(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""


def raw(endpoint: str, request: bytes, *, ended: bool = False) -> Answer | None:
    """Send bytes; the first answer, or None when the server just closed the connection.

    `ended` says that nothing more will come (a half-close), for what is no whole request.
    """
    with connected(endpoint) as connection:
        response = http.client.HTTPResponse(connection)
        try:
            connection.sendall(request)
            if ended:
                with suppress(OSError):  # closed by the other side already
                    connection.shutdown(socket.SHUT_WR)
            response.begin()
            return Answer.of(response)
        except (http.client.RemoteDisconnected, ConnectionError):
            return None
        finally:
            response.close()
