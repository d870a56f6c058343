"""Whatever the operations accept, HAProxy takes: every character in every place where a text may stand, every bound."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from sealstone.dataplane import processes
from sealstone.dataplane.directory import Directory, served_by
from sealstone.dataplane.haproxy_config import rendered
from sealstone.dataplane.problems import NotWritable
from sealstone.dataplane.wanted import (
    FixedResponse,
    Forward,
    Headers,
    HealthCheck,
    Listener,
    Pool,
    Redirect,
    Rule,
    Server,
    Stickiness,
    Wanted,
)
from sealstone.dataplane.wording import token
from sealstone.model import application_attributes as attributes
from sealstone.model.application_detail import RuleCondition
from sealstone.operations.elbv2 import conditions, target_checks
from sealstone.operations.errors import AWSError
from sealstone.workers.v2_listeners import _condition

CHARACTERS: Final = [chr(number) for number in range(32, 127)]
TEXTS: Final = [
    *CHARACTERS,
    *(first + second for first in CHARACTERS for second in "'\"\\#%{"),
    "%[src]",
    "${HOME}",
    "a" * 40,
    "\\" * 128,
]
SERVERS: Final = (Server("s1", "10.0.0.1", 80),)


def _sent(text: str) -> Iterator[Mapping[str, Any]]:
    for field, value in (("host-header", f"a.{text}"), ("path-pattern", text), ("path-pattern", f"/{text}")):
        yield {"Field": field, "Values": [value]}
    for name, value in (("X", text), (text, "x")):
        yield {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": [value]}}
    yield {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": [text]}}
    for query in ({"Key": text, "Value": text}, {"Value": text}):
        yield {"Field": "query-string", "QueryStringConfig": {"Values": [query]}}
    yield {"Field": "source-ip", "SourceIpConfig": {"Values": [f"fe80::1{text}"]}}


def _conditions() -> Iterator[RuleCondition]:
    networks = ("0.0.0.0/0", "::/0", "10.1.2.3/32", "::ffff:1.2.3.4/128", "fe80::1%eth0/128", "1.2.3.0/255.255.255.0")
    for sent in (
        *(sent for text in TEXTS for sent in _sent(text)),
        *({"Field": "source-ip", "SourceIpConfig": {"Values": [network]}} for network in networks),
    ):
        try:
            yield from conditions.read([sent])
        except AWSError:
            continue


def _kept(kind: str) -> Iterator[str]:
    known = next(one for one in attributes.LISTENERS if one.header == kind)
    return (text for text in (*TEXTS, "'" * 1024, "%" * 1024) if text and not known.fault(text))


def _listeners() -> Iterator[Mapping[str, Any]]:
    answer = FixedResponse(200)
    for condition in _conditions():
        yield {"action": answer, "rules": (Rule("r", 1, (_condition(condition),), answer),)}
    for status in range(200, 600):
        yield {"action": FixedResponse(status, body="\0\r\n'\"€")}
    for name in _kept("name"):
        yield {"action": answer, "headers": Headers(renamed=(("X-Amzn-Tls-Version", name),))}
    for value in _kept("value"):
        yield {"action": answer, "headers": Headers(response=(("X-Frame-Options", value),))}
    for character in "abz019-._~!$&'()*+,;=:@/?%":
        yield {"action": Redirect(301, host=character, path=f"/{character}", query=character)}
    for idle in (1, 6000):
        yield {"action": answer, "idle_timeout": idle}


def _checks() -> Iterator[HealthCheck]:
    matchers = ("200", "200-599", "404-404", "599-200", "200,300-299", ",".join(["200-299"] * 100))
    sent: list[dict[str, Any]] = [{"HealthCheckPath": f"/{text}"} for text in TEXTS]
    sent += [{"Matcher": {"HttpCode": codes}} for codes in matchers]
    for one in sent:
        try:
            found = target_checks.read(one, "HTTP", "ip")
        except AWSError:
            continue
        yield HealthCheck("HTTP", path=found.path or "", matcher=found.matcher or "")


def _pools() -> Iterator[Mapping[str, Any]]:
    for check in _checks():
        yield {"health": check}
    for name in TEXTS:
        try:
            token("the cookie name", name)
        except NotWritable:
            continue
        yield {"stickiness": Stickiness("application", name, 604_800, "AWSALBAPP-0", refreshed=True)}


def _refused(place: Path, binary: Path, listeners: list[Listener], pools: list[Pool]) -> str:
    """What cannot be written, or HAProxy's words."""
    files = rendered(Wanted(1, tuple(listeners), tuple(pools)))
    directory = Directory(place)
    directory.write(files)
    directory.settled(served_by(files))
    return str(dict(files.failed) or "") or processes.checked(binary, place)


def test_listeners(place: Path, haproxy_binary: Path) -> None:
    made = [Listener(f"l{at}", "127.0.0.1", at, "HTTP", **options) for at, options in enumerate(_listeners(), start=1)]
    assert len(made) > 2000
    assert _refused(place, haproxy_binary, made, []) == ""


def test_pools(place: Path, haproxy_binary: Path) -> None:
    pools = [Pool(f"p{at}", "HTTP", SERVERS, **options) for at, options in enumerate(_pools(), start=1)]
    made = [
        Listener(f"l{at}", "127.0.0.1", at, "HTTP", Forward(((pool.pool_id, 1),)))
        for at, pool in enumerate(pools, start=1)
    ]
    assert len(made) > 200
    assert _refused(place, haproxy_binary, made, pools) == ""


@pytest.mark.parametrize("weight", [0, 1, 999])
@pytest.mark.parametrize("seconds", [None, 1, 604_800])
def test_forwards(place: Path, haproxy_binary: Path, weight: int, seconds: int | None) -> None:
    pools = [Pool(f"p{at}", "HTTP", SERVERS) for at in range(5)]
    made = Listener("l1", "127.0.0.1", 1, "HTTP", Forward(tuple((pool.pool_id, weight) for pool in pools), seconds))
    assert _refused(place, haproxy_binary, [made], pools) == ""
