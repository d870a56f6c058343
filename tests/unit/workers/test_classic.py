"""Classic load balancers translated for the data plane."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.pki import NOW

from sealstone.dataplane.wanted import Forward, HealthCheck, Server, Stickiness, TLSPolicy
from sealstone.model.classic_detail import ClassicDetail, ClassicListener, Policy, document_of
from sealstone.model.classic_detail import HealthCheck as Check
from sealstone.model.listener import Listener
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.workers.classic import Surroundings, changes_at, pool_owner, translated

DETAIL = ClassicDetail("site-1.us-east-1.elb.sealstone.internal", Check("HTTP:80/health"))
NEGOTIATION = Policy(
    "tls",
    "SSLNegotiationPolicyType",
    (
        ("Reference-Security-Policy", "ELBSecurityPolicy-2016-08"),
        ("Protocol-SSLv3", "false"),
        ("Protocol-TLSv1", "true"),
        ("Protocol-TLSv1.1", "true"),
        ("Protocol-TLSv1.2", "true"),
        ("Server-Defined-Cipher-Order", "true"),
        ("ECDHE-RSA-AES128-GCM-SHA256", "true"),
        ("AES128-SHA", "true"),
        ("DES-CBC3-SHA", "false"),
    ),
)


def scene(detail: ClassicDetail = DETAIL, **changes: Any) -> Surroundings:
    load_balancer = LoadBalancer(
        "123456789012",
        "0123456789abcdef",
        "us-east-1",
        Generation.CLASSIC,
        Kind.CLASSIC,
        "site",
        "127.0.0.1",
        NOW,
        document_of(detail),
    )
    addresses = {"i-1": "192.0.2.1", "i-2": "192.0.2.2"}
    given: dict[str, Any] = {"port_offset": 0, "addresses": addresses, "default_certificates": {"l1": "ASCA1"}}
    return Surroundings(load_balancer, now=NOW, **(given | changes))


def row(protocol: str, document: ClassicListener, port: int = 443, listener_id: str = "l1") -> Listener:
    return Listener("123456789012", listener_id, "0123456789abcdef", port, protocol, document_of(document))


@pytest.mark.parametrize(
    ("front", "back", "balance", "encrypted"),
    [
        ("HTTP", "HTTP", "leastconn", False),
        ("HTTPS", "HTTP", "leastconn", True),
        ("HTTPS", "HTTPS", "leastconn", True),
        ("TCP", "TCP", "roundrobin", False),
        ("SSL", "TCP", "roundrobin", True),
        ("SSL", "SSL", "roundrobin", True),
    ],
)
def test_every_pair_of_protocols(front: str, back: str, balance: str, encrypted: bool) -> None:
    detail = replace(DETAIL, policies=(NEGOTIATION,), instances=("i-1",), idle_timeout=90)
    (listener,), (pool,) = translated(scene(detail), [row(front, ClassicListener(8080, back, ("tls",)))])
    assert (listener.protocol, pool.protocol, pool.balance) == (front, back, balance)
    assert listener.action == Forward(((pool.pool_id, 1),))
    assert listener.default_certificate_id == ("ASCA1" if encrypted else None)
    assert (listener.tls is not None) is encrypted
    assert (listener.http2, listener.sni_certificate_ids, listener.idle_timeout, pool.idle_timeout) == (
        False,
        (),
        90,
        90,
    )
    assert pool.servers == (Server("i-1", "192.0.2.1", 8080),)
    assert pool.health == HealthCheck("HTTP", 80, "/health", 30, 5, 10, 2)
    assert pool_owner(pool.pool_id) == "0123456789abcdef"


def test_a_policy_becomes_versions_and_ciphers() -> None:
    (listener,), _ = translated(
        scene(replace(DETAIL, policies=(NEGOTIATION,))), [row("HTTPS", ClassicListener(80, "HTTP", ("tls",)))]
    )
    expected = TLSPolicy("TLSv1.0", "TLSv1.2", ("ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA"), server_order=True)
    assert listener.tls == expected


@pytest.mark.parametrize(
    ("versions", "spoken"),
    [
        (("TLSv1.1", "TLSv1.2"), ("TLSv1.1", "TLSv1.2")),
        (("TLSv1", "TLSv1.1"), ("TLSv1.0", "TLSv1.1")),
        (("TLSv1",), ("TLSv1.0", "TLSv1.0")),
    ],
)
def test_a_version_that_is_left_out_is_not_spoken(versions: tuple[str, ...], spoken: tuple[str, str]) -> None:
    on = [(f"Protocol-{version}", "true") for version in versions]
    policy = Policy("tls", "SSLNegotiationPolicyType", (*on, ("AES128-SHA", "true")))
    detail = replace(DETAIL, policies=(policy,))
    (listener,), _ = translated(scene(detail), [row("HTTPS", ClassicListener(80, "HTTP", ("tls",)))])
    assert listener.tls is not None
    assert (listener.tls.minimum, listener.tls.maximum) == spoken


def test_without_a_policy_of_tls_the_default_is_negotiated() -> None:
    """Setting a policy of stickiness replaces the whole list, as on AWS."""
    sticky = Policy("sticky", "LBCookieStickinessPolicyType")
    detail = replace(DETAIL, policies=(NEGOTIATION, sticky))
    (listener,), _ = translated(scene(detail), [row("HTTPS", ClassicListener(80, "HTTP", ("sticky",)))])
    assert listener.tls is not None
    assert (listener.tls.minimum, listener.tls.maximum) == ("TLSv1.0", "TLSv1.2")
    assert "ECDHE-RSA-AES128-GCM-SHA256" in listener.tls.ciphers


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            Policy("sticky", "LBCookieStickinessPolicyType", (("CookieExpirationPeriod", "60"),)),
            Stickiness("duration", "AWSELB", 60, twin="AWSELBCORS"),
        ),
        (Policy("sticky", "LBCookieStickinessPolicyType"), Stickiness("duration", "AWSELB", None, twin="AWSELBCORS")),
        (
            Policy("sticky", "LBCookieStickinessPolicyType", (("CookieExpirationPeriod", "1000000"),)),
            Stickiness("duration", "AWSELB", 604_800, twin="AWSELBCORS"),
        ),
        (
            Policy("sticky", "AppCookieStickinessPolicyType", (("CookieName", "JSESSIONID"),)),
            Stickiness("application", "JSESSIONID", carrier="AWSELB", twin="AWSELBCORS"),
        ),
    ],
)
def test_a_sticky_listener_has_a_pool_of_its_own(policy: Policy, expected: Stickiness) -> None:
    detail = replace(DETAIL, policies=(policy,))
    rows = [
        row("HTTP", ClassicListener(80, "HTTP", ("sticky",)), 80),
        row("HTTP", ClassicListener(80, "HTTP"), 81, "l2"),
    ]
    listeners, pools = translated(scene(detail), rows)
    assert [pool.stickiness for pool in pools] == [expected, None]
    assert len({str(listener.action) for listener in listeners}) == 2
    assert {pool_owner(pool.pool_id) for pool in pools} == {"0123456789abcdef"}


def test_listeners_to_one_port_share_a_pool() -> None:
    rows = [row("HTTP", ClassicListener(80, "HTTP"), 80), row("HTTPS", ClassicListener(80, "HTTP"), 443, "l2")]
    listeners, pools = translated(scene(), rows)
    assert (len(listeners), len(pools)) == (2, 1)


def test_the_proxy_protocol_is_a_policy_of_the_port() -> None:
    policy = Policy("proxied", "ProxyProtocolPolicyType", (("ProxyProtocol", "true"),))
    detail = replace(DETAIL, policies=(policy,), backend_policies={80: ("proxied",)})
    rows = [row("TCP", ClassicListener(80, "TCP"), 80), row("TCP", ClassicListener(81, "TCP"), 81, "l2")]
    _, pools = translated(scene(detail), rows)
    assert [pool.send_proxy for pool in pools] == [True, False]


def test_an_instance_that_leaves_drains_until_its_time() -> None:
    leaving = {"i-2": NOW + timedelta(seconds=60), "i-3": NOW - timedelta(seconds=1)}
    detail = replace(DETAIL, instances=("i-1", "i-9"), leaving=leaving)
    here = scene(detail, addresses={"i-1": "192.0.2.1", "i-2": "192.0.2.2", "i-3": "192.0.2.3"})
    _, (pool,) = translated(here, [row("HTTP", ClassicListener(80, "HTTP"))])
    assert pool.servers == (Server("i-1", "192.0.2.1", 80), Server("i-2", "192.0.2.2", 80, draining=True))
    assert changes_at(here.load_balancer, NOW) == NOW + timedelta(seconds=60)
    assert changes_at(scene().load_balancer, NOW) is None


@pytest.mark.parametrize(
    ("target", "protocol", "port", "path"),
    [
        ("TCP:80", "TCP", 80, "/"),
        ("SSL:443", "SSL", 443, "/"),
        ("HTTP:80/a/b?c=d", "HTTP", 80, "/a/b?c=d"),
        ("https:443/", "HTTPS", 443, "/"),
    ],
)
def test_targets_of_health_checks(target: str, protocol: str, port: int, path: str) -> None:
    _, (pool,) = translated(scene(replace(DETAIL, health=Check(target))), [row("HTTP", ClassicListener(80, "HTTP"))])
    assert pool.health is not None
    assert (pool.health.protocol, pool.health.port, pool.health.path) == (protocol, port, path)


def test_ports_are_moved_by_the_offset() -> None:
    (listener,), _ = translated(scene(port_offset=20_000), [row("HTTPS", ClassicListener(80, "HTTP"))])
    assert listener.port == 20_443
