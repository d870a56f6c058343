"""Clients come back to the server, and to the pool, that they were given."""

import socket
from contextlib import closing
from typing import Any

import pytest
from tests.dataplane.front import Front
from tests.dataplane.rig import (
    LOOPBACK,
    Answer,
    Backend,
    asked,
    behind,
    client,
    echo_backend,
    free_port,
    listener,
    pool,
)
from tests.pki import Leaf

from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.wanted import Condition, FixedResponse, Forward, Pool, Rule, Stickiness, Wanted
from sealstone.server.clock import system_clock

BY_APPLICATION = Stickiness("application", "JSESSIONID", 60, "AWSALBAPP-0", refreshed=True)


def cookies_of(answer: Answer) -> dict[str, str]:
    """Each cookie that was set, by its name, with all that was said of it."""
    given = [value for name, value in answer.headers if name.lower() == "set-cookie"]
    return {one.partition("=")[0]: one for one in given}


def sent(*cookies: str) -> dict[str, Any]:
    """The options of a request that brings them."""
    return {"headers": {"Cookie": "; ".join(cookie.partition(";")[0] for cookie in cookies)}}


def answered(front: Front, times: int = 8, **options: Any) -> set[str]:
    return {front.by(**options) for _ in range(times)}


@pytest.mark.parametrize("seconds", [None, 60])
@pytest.mark.parametrize("refreshed", [False, True])
def test_by_a_cookie_of_ours(front: Front, one: Backend, two: Backend, seconds: int | None, *, refreshed: bool) -> None:
    how = Stickiness("duration", "AWSELB", seconds, twin="AWSELBCORS", refreshed=refreshed)
    front.has(pools=(pool(one, two, stickiness=how),))
    first = asked(front.port)
    given = cookies_of(first)
    assert list(given) == ["AWSELB", "AWSELBCORS"]
    age = {(60, False): "Max-Age=60", (60, True): "Max-Age=604800"}.get((seconds or 0, refreshed), "")
    assert all(("Max-Age" in one) == bool(seconds) and age in one for one in given.values())
    assert answered(front, **sent(given["AWSELB"])) == {first.seen["by"]}
    assert answered(front) == {"one", "two"}
    assert "awselb" not in str(asked(front.port, **sent(given["AWSELB"])).seen["headers"]).lower()


def test_by_the_twin_alone(front: Front, one: Backend, two: Backend, leaf: Leaf) -> None:
    """As a page of another site asks. `Secure` by HTTPS; over plain HTTP nobody would take that."""
    how = Stickiness("duration", "AWSALB", 60, twin="AWSALBCORS", refreshed=True)
    front.has(pools=(pool(one, two, stickiness=how),))
    plain = cookies_of(asked(front.port))["AWSALBCORS"]
    assert plain.endswith("; Path=/; Max-Age=604800; SameSite=None")
    front.has(pools=(pool(one, two, stickiness=how),), leaf=leaf)
    first = asked(front.port, tls=client())
    twin = cookies_of(first)["AWSALBCORS"]
    assert twin.endswith("; SameSite=None; Secure")
    assert "SameSite" not in cookies_of(first)["AWSALB"]
    assert twin.partition(";")[0].removeprefix("AWSALBCORS") == cookies_of(first)["AWSALB"].partition(";")[0][6:]
    assert answered(front, **sent(twin), tls=client()) == {first.seen["by"]}


@pytest.mark.parametrize("seconds", [None, 60])
def test_by_the_cookie_of_the_application(front: Front, one: Backend, two: Backend, seconds: int | None) -> None:
    """What it was stuck to survives new processes; without the application's cookie ours is worth nothing."""
    one.cookie = two.cookie = "JSESSIONID"
    sticky = (pool(one, two, stickiness=Stickiness("application", "JSESSIONID", seconds, twin="AWSELBCORS")),)
    first = asked(front.has(pools=sticky).port)
    given = cookies_of(first)
    assert list(given) == ["JSESSIONID", "AWSELB", "AWSELBCORS"]
    assert all(("Max-Age=60" in given[name]) == (seconds is not None) for name in ("AWSELB", "AWSELBCORS"))
    one.cookie = two.cookie = ""
    assert cookies_of(asked(front.port)) == {}
    other = Rule("r1", 1, (Condition("path", ("/other",)),), FixedResponse(200))
    front.has(other, pools=sticky)
    for ours in (given["AWSELB"], given["AWSELBCORS"]):
        assert answered(front, **sent(given["JSESSIONID"], ours)) == {first.seen["by"]}
        assert answered(front, **sent(ours)) == {"one", "two"}


def test_the_time_with_an_application_begins_anew(front: Front, one: Backend, two: Backend) -> None:
    one.cookie = two.cookie = "JSESSIONID"
    front.has(pools=(pool(one, two, stickiness=BY_APPLICATION),))
    given = cookies_of(asked(front.port))
    assert list(given) == ["JSESSIONID", "AWSALBAPP-0"]
    one.cookie = two.cookie = ""
    assert cookies_of(asked(front.port, **sent(*given.values()))) == {"AWSALBAPP-0": given["AWSALBAPP-0"]}
    assert cookies_of(asked(front.port)) == {}


def test_with_the_pool_that_was_drawn(front: Front, leaf: Leaf) -> None:
    """For its time, which begins anew with each answer; what was forged or is too old is not heeded."""
    front.has(action=Forward((("p1", 1), ("p2", 1)), sticky_seconds=60))
    first = asked(front.port)
    given = cookies_of(first)
    assert list(given) == ["AWSALBTG", "AWSALBTGCORS"]
    assert given["AWSALBTGCORS"].endswith("; SameSite=None")
    for cookie in given.values():
        assert answered(front, 12, **sent(cookie)) == {first.seen["by"]}
        assert list(cookies_of(asked(front.port, **sent(cookie)))) == ["AWSALBTG", "AWSALBTGCORS"]
    mark, _, since = given["AWSALBTG"].partition(";")[0].partition(".")
    assert abs(int(since) - system_clock().timestamp()) < 60
    for worthless in (f"{mark}.{int(since) - 100}", f"{mark}.{int(since) + 1000}", f"{mark}.x", mark, "AWSALBTG=;=.1"):
        assert answered(front, 40, **sent(worthless)) == {"one", "two"}
    front.has(action=Forward((("p1", 1), ("p2", 1)), sticky_seconds=60), leaf=leaf)
    assert cookies_of(asked(front.port, tls=client()))["AWSALBTGCORS"].endswith("; SameSite=None; Secure")


def test_a_pool_without_weight_lets_its_clients_go(front: Front) -> None:
    def weighing(first: int, second: int, third: int) -> Front:
        return front.has(action=Forward((("p1", first), ("p2", second), ("p3", third)), 60), pools=pools)

    pools = (*front.pools, Pool("p3", "HTTP"))
    given = cookies_of(asked(weighing(1, 0, 0).port))
    assert given == {}
    one = next(
        cookie
        for _ in range(40)
        if "AWSALBTG" in (found := cookies_of(asked(weighing(1, 1, 0).port)))
        and (cookie := found["AWSALBTG"])
        and answered(front, 1, **sent(cookie)) == {"one"}
    )
    weighing(0, 1, 1)
    assert "one" not in answered(front, **sent(one))


def test_together_with_servers(front: Front, one: Backend, two: Backend) -> None:
    """Each rule draws for itself, and both kinds of cookies are set side by side."""
    how = Stickiness("duration", "AWSALB", 60, twin="AWSALBCORS", refreshed=True)
    pools = (pool(one, two, stickiness=how), pool(two, one, pool_id="p2", stickiness=how))
    both = Forward((("p1", 1), ("p2", 1)), sticky_seconds=60)
    front.has(Rule("r1", 1, (Condition("path", ("/a",)),), both), action=FixedResponse(418), pools=pools)
    assert front.by() == "418"
    first = asked(front.port, "/a")
    given = cookies_of(first)
    assert sorted(given) == ["AWSALB", "AWSALBCORS", "AWSALBTG", "AWSALBTGCORS"]
    assert answered(front, 12, path="/a", **sent(given["AWSALB"], given["AWSALBTG"])) == {first.seen["by"]}


def test_by_the_address_of_the_client(plane: HAProxy) -> None:
    """It survives new processes, for there is no table of it."""
    backends = [echo_backend(name) for name in ("one", "two")]
    with behind(*backends):
        made = listener(free_port(), protocol="TCP")
        wanted = Wanted(1, (made,), (pool(*backends, protocol="TCP", balance="source"),))
        assert plane.apply(wanted).applied
        before = {source: {served(made.port, source) for _ in range(4)} for source in range(1, 13)}
        assert {len(servers) for servers in before.values()} == {1}
        assert set.union(*before.values()) == {b"one", b"two"}
        more = listener(free_port(), "l2", protocol="TCP")
        assert plane.apply(Wanted(2, (made, more), wanted.pools)).reloaded
        assert {source: {served(made.port, source)} for source in before} == before


def served(port: int, source: int) -> bytes:
    """Who answers a client at that address of the loopback network."""
    with closing(socket.create_connection((LOOPBACK, port), 10, (f"127.0.0.{source}", 0))) as connection:
        connection.sendall(b"x\n")
        return connection.makefile("rb").readline().split()[0]
