"""Attacks on the socket: whatever comes in, the answer is AWS's error in well-formed XML, or the connection ends.

Never a page of HTML, never a 5xx, never a trace of anything behind the door.
"""

import gzip
import json

import pytest
from tests.clients.wire import IAM, WHO_AM_I, Answer, Line, headers_for, raw
from tests.server import Credentials, Server

HOST = "Host: localhost"
JSON = {"X-Amz-Target": "CertificateManager.RequestCertificate", "Content-Type": "application/x-amz-json-1.1"}


def request(*lines: str, body: bytes = b"") -> bytes:
    """A request by its lines; none of it is checked."""
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body


def posted(body: bytes, *headers: str) -> bytes:
    return request("POST / HTTP/1.1", HOST, *headers, f"Content-Length: {len(body)}", body=body)


def answered(server: Server, sent: bytes) -> Answer:
    answer = raw(server.endpoint, sent)
    assert answer is not None, "the connection ended without an answer"
    assert b"<html" not in answer.body.lower()
    return answer


@pytest.mark.parametrize(
    "line",
    ["GET / HTTP/1.1", "GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1", "POST / HTTP/1.1",
     "GET /health/ HTTP/1.1", "POST /health HTTP/1.1", "GET /favicon.ico HTTP/1.1", "GET /%2e%2e/etc/passwd HTTP/1.1",
     "GET /docs HTTP/1.1", "GET /metrics.txt HTTP/1.1", "GET / HTTP/1.0", "GET http://elsewhere/ HTTP/1.1"],
)  # fmt: skip
def test_nothing_without_authentication(server: Server, line: str) -> None:
    answer = answered(server, request(line, HOST))
    assert (answer.status, answer.code) == (403, "MissingAuthenticationToken")


def test_health_is_all_that_needs_none(server: Server) -> None:
    answer = answered(server, request("GET /health HTTP/1.1", HOST))
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ready"})


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods(server: Server, administrator: Credentials, method: str) -> None:
    """Signed or not."""
    assert (answered(server, request(f"{method} / HTTP/1.1", HOST))).status in {403, 405}
    headers = headers_for(administrator, server.endpoint, "", method=method)
    with Line(server.endpoint, administrator) as line:
        answer = line.send("", headers, method=method)
    assert (answer.status, answer.code) == (405, "MethodNotAllowed")


@pytest.mark.parametrize("length", [8 * 1024 * 1024 + 1, 10**12, 10**30])
def test_announced_too_long(server: Server, length: int) -> None:
    """Refused by its Content-Length, before any of it is read."""
    answer = raw(server.endpoint, request("POST / HTTP/1.1", HOST, f"Content-Length: {length}", body=b"A"))
    if length < 2**63:
        assert answer is not None
        assert (answer.status, answer.code) == (413, "RequestEntityTooLarge")
    else:
        assert answer is None or answer.status == 400


def test_chunked_and_too_long(server: Server) -> None:
    """Nobody said how long it would be."""
    chunk = b"100000\r\n" + b"A" * 0x100000 + b"\r\n"
    answer = answered(server, request("POST / HTTP/1.1", HOST, "Transfer-Encoding: chunked", body=chunk * 9))
    assert (answer.status, answer.code) == (413, "RequestEntityTooLarge")


@pytest.mark.parametrize("where", ["head", "trailer"])
def test_a_trailer_is_no_header(server: Server, administrator: Credentials, where: str) -> None:
    """RFC 9110, 6.5.1: what comes after the body authenticates nobody."""
    headers = headers_for(administrator, server.endpoint, WHO_AM_I, service="sts")
    signed = [f"{name}: {value}" for name, value in headers.items() if name.lower() not in {"host", "content-length"}]
    host = f"Host: {server.endpoint.split('//')[1]}"
    head = [host, "Transfer-Encoding: chunked", *(signed if where == "head" else ())]
    trailer = "" if where == "head" else "\r\n".join(signed) + "\r\n"
    body = f"{len(WHO_AM_I):x}\r\n{WHO_AM_I}\r\n0\r\n{trailer}\r\n".encode()
    answer = answered(server, request("POST / HTTP/1.1", *head, body=body))
    assert (answer.status, answer.code) == ((200, "") if where == "head" else (403, "MissingAuthenticationToken"))


SMUGGLED = (
    ("two lengths", ("Content-Length: 4", "Content-Length: 5")),
    ("two equal lengths", ("Content-Length: 4", "Content-Length: 4")),
    ("length and chunked", ("Content-Length: 4", "Transfer-Encoding: chunked")),
    ("negative length", ("Content-Length: -4",)),
    ("length in hex", ("Content-Length: 0x4",)),
    ("length with a plus", ("Content-Length: +4",)),
    ("two lengths in one", ("Content-Length: 4, 4",)),
    ("folded header", ("X-A: b", "\tc: d")),
    ("blank before the colon", ("Content-Length : 4",)),
    ("chunked last but one", ("Transfer-Encoding: chunked, identity",)),
    ("unknown transfer encoding", ("Transfer-Encoding: cow",)),
    ("NUL in a header", ("X-A: b\x00c",)),
    ("no colon", ("nonsense",)),
    ("two hosts", ("Host: elsewhere",)),
)


@pytest.mark.parametrize(("name", "headers"), SMUGGLED, ids=[row[0] for row in SMUGGLED])
def test_smuggling(server: Server, name: str, headers: tuple[str, ...]) -> None:
    """Refused or cut; a second request hidden in the first's body gets no answer of its own."""
    hidden = b"0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    sent = request("POST / HTTP/1.1", HOST, *headers, body=hidden)
    answer = raw(server.endpoint, sent, ended=True)
    assert answer is None or 400 <= answer.status < 500, answer
    assert answer is None or b"ready" not in answer.body


GARBAGE = (
    b"\x00" * 100,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"A" * 500,
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\r\n\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    b"A" * 200_000,
)


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda garbage: repr(garbage[:12]))
def test_garbage(server: Server, garbage: bytes) -> None:
    answer = raw(server.endpoint, garbage, ended=True)
    assert answer is None or 400 <= answer.status < 500, answer
    assert answer is None or answer.code, "in AWS's form"
    assert answered(server, request("GET /health HTTP/1.1", HOST)).status == 200


def test_endless_headers(server: Server) -> None:
    """Past the bound the connection is cut; well below it a long header is read."""
    assert answered(server, request("GET / HTTP/1.1", HOST, f"X-Long: {'a' * 20_000}")).status == 403
    many = [f"X-{number}: {'a' * 1000}" for number in range(3000)]
    answer = raw(server.endpoint, request("GET / HTTP/1.1", HOST, *many))
    assert answer is None or (answer.status, answer.code) == (400, "MalformedInput"), (
        "the client may still be sending when the connection ends"
    )


def test_other_content_types(server: Server, administrator: Credentials) -> None:
    """JSON, XML, multipart or nothing: no parameters in them, and AWS's error for it."""
    body = WHO_AM_I
    with Line(server.endpoint, administrator) as line:
        for kind in ("application/json", "text/xml", "multipart/form-data; boundary=x"):
            headers = headers_for(administrator, server.endpoint, body, service="sts", content_type=kind)
            answer = line.send(body, headers)
            assert (answer.status, answer.code) == (400, "MissingAction"), kind


@pytest.mark.parametrize(
    ("form", "code"),
    [("", "MissingAction"), ("Action=", "MissingAction"), ("Version=2010-05-08", "MissingAction"),
     (f"Action=NoSuchThing&Version={IAM}", "InvalidAction"), ("Action=ListUsers&Version=1999-01-01", "InvalidAction"),
     (f"Action=GetCallerIdentity&Version={IAM}", "InvalidAction"), (f"Action=listusers&Version={IAM}", "InvalidAction"),
     (f"Action=ListUsers&Version={IAM}&MaxItems=x", "MalformedInput"),
     (f"Action=ListUsers&Version={IAM}&MaxItems=0", "ValidationError"),
     (f"Action=%FF%FE&Version={IAM}", "MalformedInput"), ("&&&&==&=", "MalformedInput"),
     (f"Action=<script>alert(1)</script>&Version={IAM}", "InvalidAction")],
)  # fmt: skip
def test_well_signed_nonsense(server: Server, administrator: Credentials, form: str, code: str) -> None:
    with Line(server.endpoint, administrator) as line:
        answer = line.send(form, headers_for(administrator, server.endpoint, form))
    assert 400 <= answer.status < 500
    assert answer.code == code, answer


def test_a_bomb_in_gzip(server: Server, administrator: Credentials) -> None:
    """100 MB of zeros in 100 kB: inflated no further than any request can be; a small one is read."""
    with Line(server.endpoint, administrator) as line:
        for inflated, expected in ((WHO_AM_I.encode(), 200), (b"A=" + bytes(100_000_000), 400)):
            body = gzip.compress(inflated)
            headers = headers_for(administrator, server.endpoint, body, service="sts", content_encoding="gzip")
            assert line.send(body, headers).status == expected


def test_a_json_caller_is_answered_in_json(server: Server, administrator: Credentials) -> None:
    unsigned = answered(server, posted(b"{}", *(f"{name}: {value}" for name, value in JSON.items())))
    assert unsigned.content_type.startswith("application/x-amz-json-1.1")
    assert unsigned.code.endswith("MissingAuthenticationTokenException")
    more = {"x_amz_target": JSON["X-Amz-Target"], "content_type": JSON["Content-Type"]}
    with Line(server.endpoint, administrator) as line:
        answer = line.send("{}", headers_for(administrator, server.endpoint, "{}", service="acm", **more))
    assert answer.status == 400
    assert answer.content_type.startswith("application/x-amz-json-1.1")
    assert answer.code


def test_a_tampered_body(server: Server, administrator: Credentials) -> None:
    """Signed for one thing, sent with another."""
    headers = headers_for(administrator, server.endpoint, WHO_AM_I, service="sts")
    with Line(server.endpoint, administrator) as line:
        assert line.send(WHO_AM_I, headers).status == 200
        answer = line.send(WHO_AM_I + "&A=b", headers)
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")


def test_errors_are_well_formed_whatever_they_repeat(server: Server, administrator: Credentials) -> None:
    """Names with markup, control characters and half surrogates, repeated in a message or not."""
    odd = ["<&>\"'", "]]>", "\x00\x01\x1b[31m", "\ufffe", "%s%n{0}", "\u202eevil", "a" * 5000]
    with Line(server.endpoint, administrator) as line:
        for name in odd:
            for parameters in (
                {"ServerCertificateName": name},
                {"ServerCertificateName": "x", "Marker": name},
            ):
                answer = line.call("ListServerCertificateTags", **parameters)
                assert answer.status in {400, 404}, (name, answer)
                assert answer.code
