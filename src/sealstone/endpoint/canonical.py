"""The canonical request of Signature Version 4: the bytes received, in the one spelling that both sides sign.

Source: IAM user guide, "Create a signed AWS API request"; the peer in the tests is botocore's signer.
Pure: no keys, no clock, no decision; `sigv4` decides. Texts hold one character per byte (ISO 8859-1).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes

from sealstone.endpoint.request import Request

_UNRESERVED: Final = "-_.~"
_DECODED: Final = re.compile(r"[A-Za-z0-9._~-]*")


Headers = Mapping[str, Sequence[str]]


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Names and values, decoded and encoded again with upper-case escapes, in the order received.

    `+` is read as a space, as the form decoder reads it: what is signed is what will be understood.
    """
    pairs = []
    for piece in query.split("&") if query else ():
        name, _, value = piece.partition("=")
        pairs.append((_encoded(name), _encoded(value)))
    return pairs


def _encoded(text: str) -> str:
    if _DECODED.fullmatch(text):
        return text
    return quote_from_bytes(unquote_to_bytes(text.replace("+", " ").encode("latin-1")), safe=_UNRESERVED)


def decoded(text: str) -> str:
    """The value behind one side of a query pair, one character per byte."""
    return unquote_to_bytes(text).decode("latin-1") if "%" in text else text


def canonical_path(path: str) -> str:
    """The path without empty and dot segments, each segment encoded once more (every service but S3)."""
    if path in ("", "/"):
        return "/"
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    end = "/" if segments and path.endswith("/") else ""
    return quote(f"/{'/'.join(segments)}{end}", safe="/~", encoding="latin-1")


def canonical_request(request: Request, headers: Headers, signed_headers: Sequence[str], body_digest: str) -> bytes:
    """The canonical request over `signed_headers`; one that was not received counts as empty.

    `X-Amz-Signature` is left out of the query, as it cannot sign itself. The body enters as `body_digest`, the
    lower-case hex SHA-256 that the caller computed from the bytes received.
    """
    query = ""
    if request.query:
        pairs = sorted(pair for pair in query_pairs(request.query) if pair[0] != "X-Amz-Signature")
        query = "&".join(f"{name}={value}" for name, value in pairs)
    lines = [request.method, canonical_path(request.path), query]
    lines += [f"{name}:{_canonical_value(headers.get(name, ()))}" for name in signed_headers]
    lines += ["", ";".join(signed_headers), body_digest]
    return "\n".join(lines).encode("latin-1")


def _canonical_value(values: Sequence[str]) -> str:
    if len(values) == 1:
        return _trimmed(values[0])
    return ",".join(_trimmed(value) for value in values)


def _trimmed(value: str) -> str:
    """Without white space at the ends, runs of it inside as one space. Bytes know only ASCII white space."""
    if value.isprintable() and "  " not in value and value[:1] != " " != value[-1:]:
        return value
    return b" ".join(value.encode("latin-1").split()).decode("latin-1")
