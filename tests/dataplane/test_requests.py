"""What becomes of a request: rules, redirects, fixed responses, weights, stickiness, headers; and of hostile values."""

import re
from dataclasses import replace
from typing import Any

import pytest
from tests.dataplane.rig import Backend, asked, certificate, client, free_port, listener, pool
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
    Stickiness,
    Wanted,
)

TO_ONE, TO_TWO = Forward((("p1", 1),)), Forward((("p2", 1),))


class Front:
    """A plain listener before two pools of one server each."""

    def __init__(self, plane: HAProxy, one: Backend, two: Backend) -> None:
        self._plane, self._pools = plane, (pool(one), pool(two, pool_id="p2"))
        self.port = free_port()

    def has(self, *rules: Rule, action: Action = TO_ONE, pools: Any = None, headers: Headers | None = None) -> "Front":
        made = listener(self.port, rules=rules, action=action, headers=headers or Headers())
        outcome = self._plane.apply(Wanted(1, (made,), pools or self._pools))
        assert outcome.applied, outcome.reason
        assert not outcome.failed
        return self

    def by(self, path: str = "/", **options: Any) -> str:
        """Which server answered, or the status if none did."""
        answer = asked(self.port, path, **options)
        return str(answer.seen["by"]) if answer.header("Content-Type") is None and answer.body else str(answer.status)


@pytest.fixture
def front(plane: HAProxy, one: Backend, two: Backend) -> Front:
    return Front(plane, one, two)


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


def cookie_of(header: str | None) -> str:
    return (header or "").split(";")[0]


@pytest.mark.parametrize("seconds", [None, 60])
def test_sticky_by_a_cookie_of_ours(front: Front, one: Backend, two: Backend, seconds: int | None) -> None:
    front.has(pools=(pool(one, two, stickiness=Stickiness("duration", "AWSELB", seconds)),))
    first = asked(front.port)
    given = first.header("Set-Cookie") or ""
    assert given.startswith("AWSELB=")
    assert ("Max-Age=60" in given) == (seconds is not None)
    stuck = {front.by(headers={"Cookie": cookie_of(given)}) for _ in range(6)}
    assert stuck == {first.seen["by"]}
    assert len({front.by() for _ in range(6)}) == 2
    assert "awselb" not in str(asked(front.port, headers={"Cookie": cookie_of(given)}).seen["headers"]).lower()


@pytest.mark.parametrize("seconds", [None, 60])
def test_sticky_by_the_cookie_of_the_application(front: Front, one: Backend, two: Backend, seconds: int | None) -> None:
    """What it was stuck to survives new processes; without the application's cookie ours is worth nothing."""
    one.cookie = two.cookie = "JSESSIONID"
    sticky = (pool(one, two, stickiness=Stickiness("application", "JSESSIONID", seconds)),)
    front.has(pools=sticky)
    first = asked(front.port)
    theirs, ours = (value for name, value in first.headers if name.lower() == "set-cookie")
    assert ours.startswith("AWSELB=")
    assert ("Max-Age=60" in ours) == (seconds is not None)
    one.cookie = two.cookie = ""
    assert asked(front.port).header("Set-Cookie") is None
    front.has(rule(Condition("path", ("/other",)), action=FixedResponse(200)), pools=sticky)
    both = {"Cookie": f"{cookie_of(theirs)}; {cookie_of(ours)}"}
    assert {front.by(headers=both) for _ in range(6)} == {first.seen["by"]}
    assert {front.by(headers={"Cookie": cookie_of(ours)}) for _ in range(6)} == {"one", "two"}


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
