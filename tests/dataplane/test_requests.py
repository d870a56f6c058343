"""What becomes of a request: rules, redirects, fixed responses, weights, headers; and of hostile values."""

import re
import socket
from dataclasses import replace
from typing import Any

import pytest
from tests.dataplane.front import TO_TWO, Front
from tests.dataplane.rig import LOOPBACK, PATIENCE, Backend, asked, certificate, client, free_port, listener, pool
from tests.pki import Leaf

from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.wanted import (
    Action,
    Condition,
    FixedResponse,
    Forward,
    Headers,
    Redirect,
    Rule,
    Wanted,
)


def rule(*conditions: Condition, action: Action = TO_TWO, priority: int = 1, rule_id: str = "r1") -> Rule:
    return Rule(rule_id, priority, conditions, action)


HOSTILE = "a'b\"c#d\\e $HOME ${HOME} %[src] %{+Q}o {} ; } && || \\x27 *"


@pytest.mark.parametrize(
    ("condition", "path", "options", "met"),
    [
        (Condition("host", ("*.example.com",)), "/", {"headers": {"Host": "A.Example.com:8080"}}, True),
        (Condition("host", ("*.example.com",)), "/", {"headers": {"Host": "example.com"}}, False),
        (Condition("host", ("x.test", "b?.test")), "/", {"headers": {"Host": "bc.test"}}, True),
        (Condition("host", ("b?.test",)), "/", {"headers": {"Host": "b.test"}}, False),
        (Condition("path", ("/img/*",)), "/img/a/b?x", {}, True),
        (Condition("path", ("/img/*",)), "/Img/a", {}, False),
        (Condition("path", ("/a.b",)), "/axb", {}, False),
        (Condition("path", ("/+$(x)[y]|^",)), "/+$(x)[y]|^", {}, True),
        (Condition("method", ("POST", "PUT")), "/", {"method": "PUT"}, True),
        (Condition("method", ("POST",)), "/", {"method": "GET"}, False),
        (Condition("query", ("version=v1",)), "/?a=b&VERSION=V1&c", {}, True),
        (Condition("query", ("version=v1",)), "/?version=v12", {}, False),
        (Condition("query", ("v?r=*x",)), "/?ver=aax&b", {}, True),
        (Condition("query", ("needle",)), "/?a=needle", {}, True),
        (Condition("query", ("needle",)), "/?needle=a", {}, False),
        (Condition("query", ("=needle",)), "/?b=needle", {}, True),
        (Condition("query", ("empty=",)), "/?empty=", {}, True),
        (Condition("header", ("*mobile*",), "User-Agent"), "/", {"headers": {"User-Agent": "A Mobile, B"}}, True),
        (Condition("header", ("x",), "X-None"), "/", {}, False),
        (Condition("header", (HOSTILE,), "X-H"), "/", {"headers": {"X-H": HOSTILE[:-1] + "end"}}, True),
        (Condition("header", (HOSTILE,), "X-H"), "/", {"headers": {"X-H": "a"}}, False),
        (Condition("header", (r"a\*",), "X-H"), "/", {"headers": {"X-H": r"a\bc"}}, True),
        (Condition("query", ("q=\\*\\?'\"\\\\",)), "/?q=*?'\"\\", {}, True),
        (Condition("query", (r"q=\*",)), "/?q=abc", {}, False),
        (Condition("path", ('/it\'s/"*"',)), '/it\'s/"b"', {}, True),
        (Condition("source-ip", ("10.0.0.0/8", "127.0.0.0/8")), "/", {}, True),
        (Condition("source-ip", ("10.0.0.0/8", "::1/128")), "/", {}, False),
    ],
)
def test_conditions(front: Front, condition: Condition, path: str, options: Any, *, met: bool) -> None:
    assert front.has(rule(condition)).by(path, **options) == ("two" if met else "one")


def test_all_conditions_of_a_rule_must_be_met(front: Front) -> None:
    front.has(rule(Condition("path", ("/a",)), Condition("method", ("POST",))))
    assert [front.by("/a", method="POST"), front.by("/a"), front.by("/b", method="POST")] == ["two", "one", "one"]


def test_the_lowest_priority_decides_whatever_is_done(front: Front) -> None:
    """HAProxy by itself would redirect before it chooses a pool."""
    everything = Condition("path", ("*",))
    front.has(
        rule(everything, action=Redirect(302), priority=3, rule_id="r3"),
        rule(Condition("path", ("/fixed*",)), action=FixedResponse(418), priority=2, rule_id="r2"),
        rule(Condition("path", ("/fixed/not",)), priority=1, rule_id="r1"),
    )
    assert [front.by("/fixed/not"), front.by("/fixed"), front.by("/")] == ["two", "418", "302"]


@pytest.mark.parametrize(
    ("redirect", "path", "location"),
    [
        (Redirect(301, "HTTPS", port="443"), "/a/b?c=d", "https://h.test:443/a/b?c=d"),
        (
            Redirect(302, host="www.#{host}", path="/new/#{path}", query="x=%41&#{query}"),
            "/p",
            "http://www.h.test:PORT/new/p?x=%41&",
        ),
        (Redirect(308, query=""), "/p?q", "http://h.test:PORT/p"),
        (Redirect(303), "/p", "http://h.test:PORT/p"),
        (Redirect(302, path="/it's/#{path}", query="q='%(src)'"), "/p", "http://h.test:PORT/it's/p?q='%(src)'"),
        (Redirect(307, path="/#{protocol}/#{port}"), "/?a=%[src]", "http://h.test:PORT/http/PORT?a=%[src]"),
    ],
)
def test_redirects(front: Front, redirect: Redirect, path: str, location: str) -> None:
    answer = asked(front.has(action=redirect).port, path, headers={"Host": f"h.test:{front.port}"})
    assert (answer.status, answer.header("Location")) == (redirect.status, location.replace("PORT", str(front.port)))


def test_a_redirect_knows_that_it_came_by_https(plane: HAProxy, leaf: Leaf, front: Front) -> None:
    made = listener(front.port, protocol="HTTPS", action=Redirect(302))
    assert not plane.apply(Wanted(1, (made,), (), {"c1": certificate("c1", leaf)})).failed
    answer = asked(front.port, "/", tls=client(), headers={"Host": "h.test"})
    assert answer.header("Location") == f"https://h.test:{front.port}/"


@pytest.mark.parametrize("status", [204, 205, 304])
def test_statuses_without_content(front: Front, status: int) -> None:
    """Nothing stands between this answer and the next one."""
    front.has(action=FixedResponse(status, body="HTTP/1.1 200 OK\r\n\r\n"))
    with socket.create_connection((LOOPBACK, front.port), PATIENCE) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        with connection.makefile("rb") as told:
            answers = told.read().split(b"\r\n\r\n")
    assert [answer.splitlines()[0].split()[1] for answer in answers[:2]] == [str(status).encode()] * 2
    assert answers[2:] == [b""]


@pytest.mark.parametrize("body", ["", "plain", HOSTILE + "\n%[src]\r\n\x00\nfrontend evil\n  bind :1\n"])
def test_fixed_responses(front: Front, body: str) -> None:
    answer = asked(front.has(action=FixedResponse(503, "text/html", body)).port)
    assert (answer.status, answer.body.decode()) == (503, body)
    assert answer.header("Content-Type") == ("text/html" if body else None)


def test_weights(front: Front) -> None:
    front.has(action=Forward((("p1", 1), ("p2", 1))))
    assert {front.by() for _ in range(60)} == {"one", "two"}
    front.has(action=Forward((("p1", 0), ("p2", 5))))
    assert {front.by() for _ in range(10)} == {"two"}
    front.has(action=Forward((("p1", 0),)))
    assert front.by() == "503"


def test_where_a_request_came_from(front: Front) -> None:
    seen = asked(front.has().port, headers={"X-Forwarded-Proto": "forged", "X-Forwarded-Port": "1"}).seen["headers"]
    assert (seen["x-forwarded-for"], seen["x-forwarded-proto"]) == ("127.0.0.1", "http")
    assert seen["x-forwarded-port"] == str(front.port)
    longer: Any = {"headers": {"X-Forwarded-For": "192.0.2.1, 192.0.2.2"}}
    assert asked(front.port, **longer).seen["headers"]["x-forwarded-for"] == "192.0.2.1, 192.0.2.2, 127.0.0.1"
    front.has(headers=Headers(forwarded_for="preserve"))
    assert asked(front.port, **longer).seen["headers"]["x-forwarded-for"] == "192.0.2.1, 192.0.2.2"
    front.has(headers=Headers(forwarded_for="remove"))
    assert "x-forwarded-for" not in asked(front.port, **longer).seen["headers"]
    front.has(headers=Headers(client_port=True))
    assert re.fullmatch(r"127\.0\.0\.1:\d+", asked(front.port).seen["headers"]["x-forwarded-for"])


def test_traces(front: Front) -> None:
    front.has(headers=Headers(trace_id=True))
    form = r"1-[0-9a-f]{8}-[0-9a-f]{24}"
    assert re.fullmatch(f"Root={form}", asked(front.port).seen["headers"]["x-amzn-trace-id"])
    going_on = asked(front.port, headers={"X-Amzn-Trace-Id": "Root=1-2-3"}).seen["headers"]["x-amzn-trace-id"]
    assert re.fullmatch(f"Self={form};Root=1-2-3", going_on)


def test_headers_of_answers_and_odd_names(front: Front) -> None:
    policy = "max-age=1; preload, 100% <ok>"
    front.has(headers=Headers(drop_invalid=True, response=(("Strict-Transport-Security", policy),)))
    answer = asked(front.port, headers={"X_Odd": "1", "X-Fine-2": "1"})
    assert answer.header("Strict-Transport-Security") == policy
    assert "x_odd" not in answer.seen["headers"]
    assert "x-fine-2" in answer.seen["headers"]


@pytest.mark.parametrize(
    "value",
    [
        "default-src 'self'; img-src \"https://x.test\" #1",
        "a\\b\\' \\x27 \\n",
        HOSTILE,
        "'} if TRUE\\'#%[src]%%",
        "%[str(x),url_dec])],",
        "".join(map(chr, range(33, 127))),
    ],
)
def test_quotes_and_backslashes_in_headers_of_answers(front: Front, value: str) -> None:
    names = ("Content-Security-Policy", "Strict-Transport-Security", "X-After")
    front.has(headers=Headers(response=((names[0], value), (names[1], "max-age=1"), (names[2], value[::-1]))))
    answer = asked(front.port)
    assert [answer.header(name) for name in names] == [value, "max-age=1", value[::-1].strip()]


def test_hostile_values_fail_alone(plane: HAProxy, one: Backend, front: Front) -> None:
    """What cannot be written names its listener, and the others are served."""
    evil = "x\n  bind 127.0.0.1:1\nbackend evil"
    hostile = (
        listener(free_port(), "l2", action=Redirect(301, host=evil)),
        listener(free_port(), "l3", headers=Headers(response=(("X-Evil", evil),))),
        listener(free_port(), "l4", rules=(rule(Condition("path", (evil,))),)),
        replace(listener(free_port(), "l5"), address="127.0.0.1 accept-proxy"),
    )
    outcome = plane.apply(Wanted(1, (listener(front.port), *hostile), (pool(one),)))
    assert outcome.applied
    assert outcome.failed.keys() == {"l2", "l3", "l4", "l5"}
    assert front.by() == "one"
