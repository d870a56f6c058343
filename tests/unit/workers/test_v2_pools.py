"""Target groups and trust stores translated for the data plane."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.pki import NOW

from sealstone.dataplane.wanted import HealthCheck, MutualTLS, Pool, Server, Stickiness
from sealstone.model.application_detail import MutualAuthentication
from sealstone.model.instance import TargetGroup
from sealstone.model.target_group_detail import (
    Departure,
    Target,
    TargetGroupDetail,
    TargetHealthCheck,
    TrustStoreDetail,
    document_of,
)
from sealstone.model.trust_store import TrustStore
from sealstone.workers.classic import pool_owner
from sealstone.workers.v2_pools import Behind, changes_at, mutual_tls, pool

CHECK = TargetHealthCheck("HTTP", 30, 5, 5, 2, path="/health", matcher="200-299")
DETAIL = TargetGroupDetail("HTTP", 80, CHECK, "ip", targets=(Target("10.0.0.1", 80), Target("fd00::1", 81)))
BEHIND = Behind(NOW, {"i-1": "127.0.0.1"})


def group(detail: TargetGroupDetail) -> TargetGroup:
    return TargetGroup("123456789012", "0123456789abcdef", "us-east-1", "web", NOW, document_of(detail))


def made(behind: Behind = BEHIND, **changes: Any) -> Pool:
    return pool(group(replace(DETAIL, **changes)), behind)


def test_a_target_group_is_one_pool() -> None:
    assert made() == Pool(
        pool_id="0123456789abcdef",
        protocol="HTTP",
        servers=(
            Server("10.0.0.1-80", "10.0.0.1", 80),
            Server("fd00-0000-0000-0000-0000-0000-0000-0001-81", "fd00::1", 81),
        ),
        health=HealthCheck("HTTP", None, "/health", 30, 5, 5, 2, "200-299"),
    )


def test_health_is_kept_under_the_id_of_the_target_group() -> None:
    assert pool_owner(made().pool_id) == "0123456789abcdef"


@pytest.mark.parametrize(("protocol", "spoken"), [("HTTP", "HTTP"), ("HTTPS", "HTTPS"), ("TCP", "TCP"), ("TLS", "SSL")])
def test_protocols(protocol: str, spoken: str) -> None:
    assert made(protocol=protocol).protocol == spoken


def test_a_check_that_connects_to_a_port_of_its_own() -> None:
    check = TargetHealthCheck("TCP", 10, 10, 3, 3, port=9000)
    assert made(protocol="TCP", health=check).health == HealthCheck("TCP", 9000, "/", 10, 10, 3, 3, "200")


def test_instances_have_the_addresses_of_the_inventory() -> None:
    targets = (Target("i-1", 80), Target("i-2", 80))
    assert made(target_type="instance", targets=targets).servers == (Server("i-1-80", "127.0.0.1", 80),)


def test_who_leaves_gets_no_new_work_until_its_time_is_over() -> None:
    leaving = (
        Departure(Target("10.0.0.2", 80), NOW + timedelta(seconds=10)),
        Departure(Target("10.0.0.3", 80), NOW + timedelta(seconds=20)),
        Departure(Target("10.0.0.1", 80), NOW + timedelta(seconds=5)),
        Departure(Target("10.0.0.4", 80), NOW),
    )
    detail = replace(DETAIL, targets=DETAIL.targets[:1], leaving=leaving)
    assert pool(group(detail), BEHIND).servers == (
        Server("10.0.0.1-80", "10.0.0.1", 80),
        Server("10.0.0.2-80", "10.0.0.2", 80, draining=True),
        Server("10.0.0.3-80", "10.0.0.3", 80, draining=True),
    )
    assert changes_at(group(detail), NOW) == NOW + timedelta(seconds=10)
    assert changes_at(group(detail), NOW + timedelta(seconds=20)) is None


BY_TIME = Stickiness("duration", "AWSALB", 60, twin="AWSALBCORS", refreshed=True)


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        ({}, None),
        ({"stickiness.enabled": "true"}, replace(BY_TIME, seconds=86400)),
        (
            {"stickiness.enabled": "true", "stickiness.lb_cookie.duration_seconds": "60"},
            BY_TIME,
        ),
        (
            {
                "stickiness.enabled": "true",
                "stickiness.type": "app_cookie",
                "stickiness.app_cookie.cookie_name": "JSESSIONID",
            },
            Stickiness("application", "JSESSIONID", 86400, "AWSALBAPP-0", refreshed=True),
        ),
    ],
)
def test_stickiness(attributes: dict[str, str], wanted: Stickiness | None) -> None:
    assert made(attributes=attributes).stickiness == wanted


@pytest.mark.parametrize(("enabled", "balance"), [("true", "source"), ("false", "roundrobin")])
def test_connections_are_sticky_by_the_address_of_the_client(enabled: str, balance: str) -> None:
    found = made(protocol="TCP", attributes={"stickiness.enabled": enabled})
    assert (found.balance, found.stickiness) == (balance, None)


def test_how_requests_are_spread() -> None:
    assert made(attributes={"load_balancing.algorithm.type": "least_outstanding_requests"}).balance == "leastconn"
    assert made(attributes={"load_balancing.algorithm.type": "weighted_random"}).balance == "roundrobin"
    assert made(protocol="TCP").balance == "roundrobin"


def test_the_idle_timeout_is_the_load_balancer_s() -> None:
    assert made(replace(BEHIND, idle_timeout=5)).idle_timeout == 5


# --- mutual TLS ---

TRUSTED = TrustStoreDetail(1).with_lists([(2, "LIST 1"), (0, "LIST 2")])
STORE = TrustStore("123456789012", "fedcba9876543210", "us-east-1", "t", NOW, "BUNDLE", document_of(TRUSTED))


def test_clients_are_verified_by_a_trust_store() -> None:
    lists = ("LIST 1", "LIST 2")
    kept = MutualAuthentication("verify", STORE.unique_id, ignore_expiry=True, advertise_names="on")
    assert mutual_tls(kept, STORE) == MutualTLS(
        "verify",
        "BUNDLE",
        lists,
        ignore_expiry=True,
        trust_store_id=STORE.unique_id,
        advertise_names=True,
    )
    assert mutual_tls(MutualAuthentication("verify", STORE.unique_id), STORE) == MutualTLS(
        "verify", "BUNDLE", lists, trust_store_id=STORE.unique_id
    )


def test_where_clients_are_not_judged_no_authority_is_named() -> None:
    assert mutual_tls(None, None) is None
    assert mutual_tls(MutualAuthentication("off"), None) is None
    assert mutual_tls(MutualAuthentication("passthrough"), None) == MutualTLS("passthrough")


def test_a_trust_store_that_is_gone_lets_nobody_in() -> None:
    kept = MutualAuthentication("verify", STORE.unique_id)
    assert mutual_tls(kept, None) == MutualTLS("verify", trust_store_id=STORE.unique_id)
