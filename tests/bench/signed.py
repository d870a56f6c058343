"""Signed requests as bytes for the wire, by botocore's own signer, before any clock runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

IAM_VERSION: Final = "2010-05-08"
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
_AGENT: Final = "bench"


@dataclass(frozen=True)
class Signer:
    """Who signs, and for which server."""

    port: int
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    region: str = "us-east-1"

    def request(self, action: str, parameters: Mapping[str, str]) -> bytes:
        """One POST of an IAM operation, signed in the Authorization header."""
        body = urlencode({"Action": action, "Version": IAM_VERSION, **parameters}).encode()
        host = f"127.0.0.1:{self.port}"
        unsigned = AWSRequest("POST", f"http://{host}/", data=body)
        unsigned.headers["Content-Type"] = _FORM
        unsigned.headers["User-Agent"] = _AGENT
        credentials = Credentials(self.access_key_id, self.secret_access_key, self.session_token)
        SigV4Auth(credentials, "iam", self.region).add_auth(unsigned)
        headers = {"Host": host, **dict(unsigned.headers.items()), "Content-Length": str(len(body))}
        lines = [f"{name}: {_text(value)}" for name, value in headers.items()]
        return "\r\n".join(["POST / HTTP/1.1", *lines, "", ""]).encode() + body


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
