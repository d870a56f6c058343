"""Warnings: on their days, once for each content, by one of several processes; never for what is gone."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from tests.databases import migrated
from tests.house_fixture import ACCOUNT, Chance, Clock
from tests.pki import NOW, Authority, named
from tests.unit.store import test_expiry_notices as stored
from tests.unit.store.conftest import certificate, signing
from tests.unit.store.test_expiry_notices import IMPORTED, REQUEST, REQUESTED

from sealstone.model.certificate import Certificate
from sealstone.model.ending import Ending, Kind
from sealstone.model.secret import Sealed
from sealstone.store import certificates, events, expiry_notices, server_certificates, signing_certificates
from sealstone.store.engine import Store, Tx
from sealstone.store.expiry_notices import Source
from sealstone.workers import notices
from sealstone.workers.notices import Notices

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LEAF = Authority("Example Root").leaf("web.example", subject=named("Common Name"))
NAMELESS = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "O")])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = migrated(tmp_path / "sealstone.db")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def made(store: Store, clock: Clock, **how: Any) -> Notices:
    return Notices(store, clock, Chance(), **how)


def told(store: Store) -> list[dict[str, Any]]:
    """Every event so far."""
    with store.reading() as tx:
        return [dict(one.document) for one in events.after(tx, 0)]


def days(store: Store) -> list[int | None]:
    return [one["detail"].get("DaysToExpiry") for one in told(store)]


def put(store: Store, *ones: Certificate) -> None:
    with store.writing() as tx:
        for one in ones:
            stored.put(tx, one)


def ending(one: Certificate, left: timedelta, fingerprint: str = "00") -> Certificate:
    assert one.content
    return replace(one, content=replace(one.content, not_after=NOW + left, fingerprint=fingerprint))


@pytest.mark.parametrize("one", [IMPORTED, REQUESTED])
def test_a_year_of_one_certificate_gives_six_warnings_and_one_end(store: Store, clock: Clock, one: Certificate) -> None:
    put(store, ending(one, 330 * DAY))
    worker = made(store, clock)
    for _ in range(365 * 4):
        worker.round()
        clock.advance(6 * 3600)
    assert days(store) == [45, 30, 14, 7, 3, 1, None]
    end = told(store)[-1]
    # All that AWS documents of "ACM Certificate Expired", and of its approach no more than this.
    assert end["detail"] == {
        "CommonName": "a.example",
        "CertificateType": one.kind.value,
        "CertificateCreatedDate": "2026-11-21T12:00:00Z",
        "CertificateExpirationDate": "2027-10-17T12:00:00Z",
        "InUse": False,
        "Exported": False,
    }
    assert told(store)[0]["detail"] == {"DaysToExpiry": 45, "CommonName": "a.example"}
    ours = ("sealstone.acm", "Imported Certificate Expired")
    assert (end["source"], end["detail-type"]) == (ours if one is IMPORTED else ("aws.acm", "ACM Certificate Expired"))
    assert {event["resources"][0] for event in told(store)} == {one.arn}
    assert len({event["id"] for event in told(store)}) == 7
    assert told(store)[0]["detail-type"] == "ACM Certificate Approaching Expiration"


def test_it_looks_once_an_hour(store: Store, clock: Clock) -> None:
    worker = made(store, clock)
    assert worker.round() == 0
    put(store, IMPORTED)
    clock.advance(3599)
    assert worker.round() == 0
    clock.advance(1)
    assert worker.round() == 1


def test_missed_days_give_the_nearest_warning_only(store: Store, clock: Clock) -> None:
    put(store, ending(IMPORTED, 50 * DAY))
    made(store, clock).round()
    clock.advance(40.5 * 86400)
    made(store, clock).round()
    assert days(store) == [9]
    clock.advance(30 * 86400)
    made(store, clock).round()
    assert days(store) == [9, None]


def test_what_ended_long_ago_is_not_told(store: Store, clock: Clock) -> None:
    put(store, ending(IMPORTED, -46 * DAY), replace(ending(IMPORTED, -44 * DAY), unique_id="two"))
    made(store, clock).round()
    assert [event["resources"][0][-3:] for event in told(store)] == ["two"]


def test_another_content_begins_anew_and_the_old_one_is_warned_of_no_more(store: Store, clock: Clock) -> None:
    put(store, ending(IMPORTED, 10 * DAY))
    worker = made(store, clock)
    worker.round()
    with store.writing() as tx:
        certificates.replace(tx, ending(IMPORTED, 100 * DAY, "01"), Sealed(b"x"))
    for _ in range(30):
        clock.advance(86400)
        worker.round()
    assert days(store) == [10]
    for _ in range(30):
        clock.advance(86400)
        worker.round()
    assert days(store) == [10, 45]


def test_what_went_between_reading_and_writing_gets_no_warning(store: Store, clock: Clock) -> None:
    put(store, IMPORTED)

    def page(tx: Tx, *how: Any) -> Any:
        found = acm.page(tx, *how)
        return found[0], [replace(one, fingerprint="replaced") for one in found[1]]

    acm = expiry_notices.SOURCES[0]
    assert made(store, clock, sources=[Source(page, acm.fingerprint)]).round() == 0
    assert told(store) == []


def test_two_processes_warn_once(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one warns between our reading and our writing."""
    put(store, IMPORTED)
    ours, other = made(store, clock), made(store, clock)
    give = ours._give

    def late(*how: Any) -> int:
        assert other.round() == 1
        return give(*how)

    monkeypatch.setattr(ours, "_give", late)
    assert ours.round() == 0
    assert days(store) == [30]


def test_a_clock_that_jumps_gives_no_storm(store: Store, clock: Clock) -> None:
    """One warning of each, the nearest; what was told too early is told again in its time."""
    put(store, *(replace(ending(IMPORTED, 31 * DAY), unique_id=f"{n:03}") for n in range(60)))
    worker = made(store, clock)
    counts = []
    for step in (0 * DAY, 2 * DAY, -2 * DAY, 2 * DAY, 20 * DAY, 20 * DAY):
        clock.now += step
        worker.round()
        counts.append(len(told(store)))
    assert counts == [60, 120, 120, 180, 240, 300]
    assert {number: days(store).count(number) for number in set(days(store))} == {31: 60, 29: 120, 9: 60, None: 60}


def test_a_clock_that_is_set_back_a_little_warns_of_nothing_again(store: Store, clock: Clock) -> None:
    put(store, ending(IMPORTED, 31 * DAY - timedelta(minutes=1)))
    assert made(store, clock).round() == 1
    clock.advance(-1800)
    assert made(store, clock).round() == 0


def test_a_clock_that_ran_ahead_and_was_set_back_has_used_up_no_warning(store: Store, clock: Clock) -> None:
    put(store, ending(IMPORTED, 40 * DAY))
    worker = made(store, clock)
    for step in (0 * DAY, 60 * DAY, -55 * DAY, 10 * DAY):
        clock.now += step
        worker.round()
    assert days(store) == [40, None, 25]


def test_a_round_is_bounded_and_the_next_goes_on(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "MOST", 100)
    put(store, *(replace(IMPORTED, unique_id=f"{n:03}") for n in range(130)))
    worker = made(store, clock)
    assert [worker.round() for _ in range(3)] == [100, 30, 0]


def test_no_unit_of_work_writes_many(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry_notices, "PAGE", 30)
    put(store, *(replace(IMPORTED, unique_id=f"{n:03}") for n in range(120)))
    worker, sizes = made(store, clock), []
    give = worker._give

    def counted(batch: Any, now: Any) -> int:
        sizes.append(len(batch))
        return give(batch, now)

    monkeypatch.setattr(worker, "_give", counted)
    assert worker.round() == 120
    assert sizes == [50, 50, 20]


def test_nothing_due_writes_no_event(store: Store, clock: Clock) -> None:
    put(
        store, ending(IMPORTED, 46 * DAY), replace(REQUESTED.requested(REQUEST.changed(exported_at=NOW)), unique_id="b")
    )
    assert made(store, clock).round() == 0
    assert told(store) == []


# --- IAM ---


def test_a_server_certificate_is_named_as_it_names_itself(
    store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    one = replace(certificate(1, name="web"), certificate_body=LEAF.certificate_pem, not_after=NOW + 31 * DAY)
    with store.writing() as tx:
        server_certificates.add(tx, one, Sealed(b""))
    with caplog.at_level(logging.WARNING, "sealstone.events"):
        made(store, clock).round()
    (event,) = told(store)
    assert (event["source"], event["detail-type"]) == ("sealstone.iam", "Server Certificate Approaching Expiration")
    assert event["detail"] == {"DaysToExpiry": 31, "CommonName": "Common Name"}
    assert (event["resources"], event["account"], event["region"]) == ([one.arn], ACCOUNT, "us-east-1")
    assert caplog.messages == [f"Server Certificate Approaching Expiration: {one.arn} (Common Name) ends in 31 days"]


def test_a_renamed_one_is_not_warned_of_again(store: Store, clock: Clock) -> None:
    one = replace(certificate(1), not_after=NOW + 35 * DAY)
    with store.writing() as tx:
        server_certificates.add(tx, one, Sealed(b""))
    worker = made(store, clock)
    worker.round()
    with store.writing() as tx:
        server_certificates.save(tx, one.moved(name="other", path=None))
    clock.advance(3600)
    assert worker.round() == 0


def test_a_signing_certificate_and_its_end(store: Store, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    with store.writing() as tx:
        signing_certificates.add(tx, replace(signing(1, user_id=None), not_after=NOW + DAY))
    worker = made(store, clock)
    worker.round()
    clock.advance(86401)
    worker.round()
    warning, end = told(store)
    assert warning["detail"] == {"DaysToExpiry": 1, "CommonName": "", "CertificateId": f"{1:032d}"}
    assert (end["source"], end["detail-type"]) == ("sealstone.iam", "Signing Certificate Expired")
    assert caplog.messages[0].endswith(" ends in 1 day")
    assert caplog.messages[-1] == f"Signing Certificate Expired: arn:aws:iam::{ACCOUNT}:root ()"


@pytest.mark.parametrize(
    ("leaf", "name"),
    [
        (LEAF, "Common Name"),
        (Authority("R").leaf("san.example", subject=NAMELESS), "san.example"),
        (Authority("R").leaf("a\nb", alternative_names=["san.example"]), "a\\0Ab"),
        (Authority("R").leaf("x", subject=NAMELESS, alternative_names=[]), ""),
    ],
)
def test_the_name_is_the_common_name_or_the_first_dns_name(leaf: Any, name: str) -> None:
    one = Ending(Kind.SERVER_CERTIFICATE, ("k",), "arn", ACCOUNT, "r", "00", NOW, certificate_body=leaf.certificate_pem)
    assert notices._common_name(one) == name


def test_a_line_of_the_log_is_one_line(store: Store, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    put(store, replace(IMPORTED, detail=replace(stored.DETAIL, domain_name="a\nb")))
    made(store, clock).round()
    assert "a\\0Ab" in caplog.messages[-1]
    assert "\n" not in caplog.messages[-1]


# --- other sources, and what is kept ---


def test_another_source_joins(store: Store, clock: Clock) -> None:
    one = Ending(Kind.AUTHORITY, ("root",), "arn:ca", ACCOUNT, "us-east-1", "00", NOW + 7 * DAY, common_name="Root")
    source = Source(lambda *_: (None, [one]), lambda *_: "00")
    made(store, clock, sources=[*expiry_notices.SOURCES, source]).round()
    (event,) = told(store)
    assert (event["source"], event["detail-type"]) == ("sealstone.ca", "Authority Certificate Approaching Expiration")


def test_events_are_kept_for_90_days(store: Store, clock: Clock) -> None:
    put(store, ending(IMPORTED, 40 * DAY), replace(ending(IMPORTED, 120 * DAY), unique_id="two"))
    worker = made(store, clock)
    worker.round()
    clock.advance(91 * 86400)
    worker.round()
    assert days(store) == [40, 29]
    clock.advance(3600)
    worker.round()
    with store.reading() as tx:
        assert [one.number for one in events.after(tx, 0)] == [2]
