"""The text of a scrape, read back by the parser of Prometheus' own library."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.databases import migrated
from tests.unit.store.conftest import ACCOUNT, NOW, certificate
from tests.unit.store.test_certificate_metrics import ISSUED, REQUEST, request

from sealstone import __version__
from sealstone.endpoint.measure import Measure
from sealstone.model.certificate_request import Renewal, RenewalStatus, Stage
from sealstone.model.listener import Listener, ListenerState, ListenerStatus
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.model.secret import Sealed
from sealstone.operations.catalog import operations
from sealstone.server.metrics import exposition
from sealstone.server.readings import DEPLOYER, Sources, counters
from sealstone.store import (
    certificate_metrics,
    certificates,
    configuration,
    listener_states,
    listeners,
    load_balancers,
    server_certificates,
)
from sealstone.store.engine import Store
from sealstone.store.faults import StoreFailed

AT = NOW + timedelta(days=10)
Scraped = dict[tuple[Any, ...], float]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = migrated(tmp_path / "sealstone.db")
    yield opened
    opened.close()


@pytest.fixture
def sources(store: Store) -> Sources:
    """Of a process that has done nothing yet."""
    return Sources(store, Measure(), lambda: AT, NOW, lambda: 3)


def scraped(sources: Sources) -> Scraped:
    """(name, label, value, label, value, ...) -> value."""
    content_type, body = exposition(sources)
    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, *(part for pair in sorted(sample.labels.items()) for part in pair)): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_a_process_that_has_done_nothing_tells_what_it_is(sources: Sources) -> None:
    found = scraped(sources)
    assert found["sealstone_start_time_seconds",] == NOW.timestamp()
    assert found["sealstone_audit_queue_records",] == 3
    assert found["sealstone_store_readable",] == 1
    (build,) = [key for key in found if key[0] == "sealstone_build_info"]
    assert build[-1] == __version__
    assert found["sealstone_certificate_renewals_total", "outcome", "failure"] == 0
    assert found["sealstone_listeners", "status", "failed"] == 0
    assert not [key for key in found if "deploy" in key[0] or "request_duration" in key[0]]


def test_certificates_are_told_by_the_clock_of_the_house(store: Store, sources: Sources) -> None:
    with store.writing() as tx:
        server_certificates.add(tx, certificate(1, name="Site"), Sealed(b"sealed"))
        certificates.add(tx, replace(ISSUED, detail=replace(ISSUED.detail, domain_name='a"\\\n.example')), Sealed(b"s"))
    found = scraped(sources)
    ours = {key: value for key, value in found.items() if "sealstone_certificate_expiry_days" in key}
    assert len(ours) == 2
    for key, value in ours.items():
        labels = dict(zip(key[1::2], key[2::2], strict=True))
        end = found["sealstone_certificate_not_after_timestamp_seconds", *key[1:]]
        assert labels["account"] == ACCOUNT
        if labels["service"] == "iam":
            assert (value, end) == (-10, NOW.timestamp())
            assert (labels["name"], labels["region"]) == ("Site", "global")
            assert labels["arn"] == f"arn:aws:iam::{ACCOUNT}:server-certificate/Site"
        else:
            assert (value, end) == (20, (NOW + timedelta(30)).timestamp())
            assert (labels["service"], labels["name"]) == ("acm", 'a"\\\n.example')


def test_requests_and_renewals_are_counted(store: Store, sources: Sources) -> None:
    failed = REQUEST.changed(stage=Stage.ISSUED, renewal=Renewal(RenewalStatus.FAILED, NOW), tries=3)
    with store.writing() as tx:
        request(tx, 1, REQUEST.changed(tries=1))
        request(tx, 2, failed)
        certificate_metrics.count_renewal(tx, "failure")
    found = scraped(sources)
    assert found["sealstone_certificate_requests_by_stage", "stage", "VALIDATING"] == 1
    assert found["sealstone_certificate_requests_by_stage", "stage", "REVOKED"] == 0
    assert found["sealstone_certificate_last_renewals", "status", "FAILED"] == 1
    assert found["sealstone_certificate_last_renewals", "status", "SUCCESS"] == 0
    assert found["sealstone_certificate_failing_tries",] == 4
    assert found["sealstone_certificate_renewals_total", "outcome", "failure"] == 1
    assert found["sealstone_certificate_renewals_total", "outcome", "success"] == 0


def test_answers_are_counted_and_timed(sources: Sources) -> None:
    users = next(one for one in operations() if one.name == "ListUsers")
    for seconds, code in ((0.0004, "ok"), (0.3, "ok"), (30.0, "AccessDenied")):
        sources.measure.note(users, code, seconds)
    sources.measure.note(None, "InvalidClientTokenId", 0.001)
    found = scraped(sources)
    of_users = ("operation", "ListUsers", "service", "iam")
    assert found["sealstone_requests_total", "code", "ok", *of_users] == 2
    assert found["sealstone_requests_total", "code", "AccessDenied", *of_users] == 1
    assert found["sealstone_requests_total", "code", "InvalidClientTokenId", "operation", "-", "service", "-"] == 1
    for bound, number in (("0.0005", 1), ("0.25", 1), ("0.5", 2), ("10.0", 2), ("+Inf", 3)):
        assert found["sealstone_request_duration_seconds_bucket", "le", bound, *of_users] == number
    assert found["sealstone_request_duration_seconds_count", *of_users] == 3
    assert found["sealstone_request_duration_seconds_sum", *of_users] == pytest.approx(30.3004)


def test_listeners_are_told_as_the_command_tells_them(store: Store, sources: Sources) -> None:
    states = (ListenerStatus.SERVING, ListenerStatus.SERVING, ListenerStatus.FAILED, None)
    with store.writing() as tx:
        owner = LoadBalancer(ACCOUNT, "lb", "eu-west-1", Generation.V2, Kind.APPLICATION, "web", "127.0.0.1", NOW)
        load_balancers.add(tx, owner)
        for number in range(4):
            listeners.add(tx, Listener(ACCOUNT, f"l{number}", "lb", 443 + number, "HTTPS"))
    with store.writing() as tx:
        now = configuration.generation(tx)
        for number, status in enumerate(states):
            if status:
                generation = now - (number == 1)
                listener_states.put(tx, ListenerState(f"l{number}", generation, status, "", "00", NOW))
    found = scraped(sources)
    assert {key[-1]: value for key, value in found.items() if key[0] == "sealstone_listeners"} == {
        "serving": 1,
        "failed": 1,
        "pending": 2,
    }
    of_one = ("account", ACCOUNT, "listener", "l0", "load_balancer", "web", "port", "443", "region", "eu-west-1")
    assert found["sealstone_listener_served_matches_stored", *of_one] == 1
    matching = {key[4]: value for key, value in found.items() if key[0] == "sealstone_listener_served_matches_stored"}
    assert matching == {"l0": 1, "l1": 1, "l2": 0, "l3": 0}


def test_the_process_that_deploys_tells_its_counters(sources: Sources) -> None:
    class Deployer:
        differences = 2
        restarts = 1

    assert counters(object()) == {}
    found = scraped(replace(sources, deployed=lambda: counters(Deployer())))
    assert found["sealstone_listener_differences_total",] == 2
    assert found["sealstone_data_plane_restarts_total",] == 1
    assert ("sealstone_deployments_total",) not in found
    every = scraped(replace(sources, deployed=lambda: dict.fromkeys(DEPLOYER, 7)))
    assert [every[f"sealstone_{name}_total",] for name in ("deployments", "deployment_failures")] == [7, 7]


def test_a_store_that_cannot_be_read_leaves_the_rest(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(_tx: object) -> None:
        raise StoreFailed("gone")

    monkeypatch.setattr(certificate_metrics, "samples", unreadable)
    found = scraped(sources)
    assert found["sealstone_store_readable",] == 0
    assert not [key for key in found if "certificate" in key[0] or "listener" in key[0]]
    assert ("sealstone_start_time_seconds",) in found
