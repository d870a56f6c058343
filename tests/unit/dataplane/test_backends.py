"""Pools as sections."""

from typing import Any

import pytest

from sealstone.dataplane.backends import backend
from sealstone.dataplane.problems import NotWritable
from sealstone.dataplane.wanted import HealthCheck, Pool, Server, Stickiness

SERVER = Server("s1", "10.0.0.1", 80)


def lines(**options: Any) -> list[str]:
    made: dict[str, Any] = {"protocol": "HTTP", "servers": (SERVER,)} | options
    return [line.strip() for line in backend(Pool("p1", **made)).splitlines()]


def test_the_plainest() -> None:
    assert lines() == [
        "backend P-p1",
        "mode http",
        "balance roundrobin",
        "timeout connect 10s",
        "timeout server 60s",
        "timeout tunnel 60s",
        "option redispatch",
        "load-server-state-from-file global",
        "server S-s1 10.0.0.1:80 weight 1 init-addr last,libc,none",
    ]


ANY = "ssl-min-ver TLSv1.0 ciphers DEFAULT:@SECLEVEL=0 verify none"


@pytest.mark.parametrize(
    ("pool", "check", "words"),
    [
        ("HTTP", HealthCheck("TCP"), "check inter 30s rise 2 fall 2"),
        ("HTTP", HealthCheck("HTTPS", port=8443), f"check inter 30s rise 2 fall 2 port 8443 check-ssl {ANY}"),
        ("HTTPS", HealthCheck("HTTP"), f"ssl {ANY} check inter 30s rise 2 fall 2 no-check-ssl"),
        ("SSL", HealthCheck("SSL"), f"ssl {ANY} check inter 30s rise 2 fall 2 check-ssl"),
    ],
)
def test_checks_speak_their_own_protocol(pool: str, check: HealthCheck, words: str) -> None:
    written = lines(protocol=pool, health=check)
    assert written[-1].endswith(f"init-addr last,libc,none {words}")
    assert ("option httpchk" in written) == (check.protocol in {"HTTP", "HTTPS"})


def test_http_checks_say_what_is_good() -> None:
    written = lines(health=HealthCheck("HTTP", path="/ready?x=1", matcher="200,204"))
    assert "http-check expect status 200,204" in written
    assert any(line.startswith("http-check send meth GET uri /ready?x=1 ver HTTP/1.1 hdr Host ") for line in written)


def test_options_of_servers() -> None:
    drained = Server("s1", "db.test", 80, weight=5, draining=True)
    written = lines(protocol="TCP", servers=(drained,), send_proxy=True, health=HealthCheck("TCP"))
    assert written[-1] == (
        "server S-s1 db.test:80 weight 5 init-addr last,libc,none "
        "check inter 30s rise 2 fall 2 check-send-proxy send-proxy disabled"
    )


def test_streams_are_not_sticky_by_cookies() -> None:
    assert not [line for line in lines(protocol="TCP", stickiness=Stickiness("duration", "C")) if "cookie" in line]


@pytest.mark.parametrize(
    ("stickiness", "expected"),
    [
        (Stickiness("duration", "C"), ["cookie C insert indirect nocache"]),
        (Stickiness("duration", "C", 9), ['cookie C insert indirect nocache attr "Max-Age=9"']),
        (
            Stickiness("duration", "C", 9, refreshed=True),
            ['cookie C insert indirect nocache maxidle 9s attr "Max-Age=604800"'],
        ),
        (Stickiness("duration", "C", refreshed=True), ["cookie C insert indirect nocache"]),
        (Stickiness("application", "J"), ["cookie AWSELB", "ignore-persist if !{ req.cook(J) -m found }"]),
        (Stickiness("application", "J", 9, "K"), ["cookie K", "ignore-persist if !{ req.cook(J) -m found }"]),
    ],
)
def test_stickiness(stickiness: Stickiness, expected: list[str]) -> None:
    written = lines(stickiness=stickiness)
    assert [line for line in written if line in expected] == expected
    assert " cookie " in written[-1]
    assert "s1" not in written[-1].partition(" cookie ")[2]


SECURE = "SameSite=None; Secure' if {{ res.cook({0}) -m found }} {{ ssl_fc }}"
PLAIN = "SameSite=None' if {{ res.cook({0}) -m found }} !{{ ssl_fc }}"


@pytest.mark.parametrize(
    ("stickiness", "name", "age"),
    [
        (Stickiness("duration", "C", twin="CT"), "C", ""),
        (Stickiness("duration", "C", 9, twin="CT"), "C", "; Max-Age=9"),
        (Stickiness("duration", "C", 9, twin="CT", refreshed=True), "C", "; Max-Age=604800"),
        (Stickiness("application", "J", 9, "C", twin="CT"), "C", "; Max-Age=9"),
    ],
)
def test_a_twin_says_the_same_to_other_sites(stickiness: Stickiness, name: str, age: str) -> None:
    written = lines(stickiness=stickiness)
    asked = f"http-request add-header Cookie '{name}=%[req.cook(CT)]' if !{{ req.cook({name}) -m found }}"
    assert f"{asked} {{ req.cook(CT) -m found }}" in written
    answered = f"http-after-response add-header Set-Cookie 'CT=%[res.cook({name})]; Path=/{age}; "
    assert [line for line in written if line.startswith("http-after")] == [
        answered + SECURE.format(name),
        answered + PLAIN.format(name),
    ]


def test_the_time_of_an_application_begins_anew() -> None:
    written = lines(stickiness=Stickiness("application", "J", 9, "K", refreshed=True))
    (again,) = [line for line in written if "var(txn.application)" in line and "add-header" in line]
    assert again.endswith("if { var(txn.application) -m found } !{ res.cook(J) -m found }")
    assert "http-request set-var(txn.application) bool(true) if { req.cook(J) -m found }" in written


def test_by_the_address_of_the_client() -> None:
    assert lines(protocol="TCP", balance="source")[2:4] == ["balance source", "hash-type consistent"]


@pytest.mark.parametrize("bad", [Stickiness("duration", "C", twin="a b"), Stickiness("application", "J", twin=";")])
def test_a_twin_has_the_name_of_a_cookie(bad: Stickiness) -> None:
    with pytest.raises(NotWritable):
        lines(stickiness=bad)
