"""Requests in the store: counted by days, found by their token for an hour, due once, and what goes with them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite
from tests.databases import migrated
from tests.pki import NOW
from tests.unit.model.test_certificate import CONTENT, DETAIL, ONE

from sealstone.model.certificate import CertificateType
from sealstone.model.certificate_request import (
    INSIDE,
    LONGEST_PAUSE,
    OUTSIDE,
    CertificateRequest,
    DomainValidation,
    Lane,
    Stage,
)
from sealstone.model.listener import CertificateUse
from sealstone.model.secret import Sealed
from sealstone.store import (
    certificate_requests,
    certificate_uses,
    certificates,
    served_certificates,
    superseded_certificates,
)
from sealstone.store.certificate_requests import Held, Place, Taken
from sealstone.store.columns import time_text
from sealstone.store.engine import Tx
from sealstone.store.superseded_certificates import Superseded

ACCOUNT, REGION = ONE.account_id, ONE.region
REQUEST = CertificateRequest(
    NOW, Stage.VALIDATING, "RSA_2048", (DomainValidation("a.example", "a.example", None),), idempotency_token="once"
)
PENDING = replace(
    ONE, kind=CertificateType.PRIVATE, version=0, content=None, imported_at=None, request=REQUEST, tags={}
)


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Tx]:
    """A writing unit of a store with one request."""
    store = migrated(tmp_path / "sealstone.db")
    with store.writing() as unit:
        certificates.add(unit, PENDING)
        certificate_requests.add(unit, PENDING, REQUEST, due_at=NOW)
        yield unit
    store.close()


def test_what_is_not_issued_yet_comes_back_with_its_request(tx: Tx) -> None:
    assert certificates.find(tx, ACCOUNT, REGION, PENDING.unique_id) == PENDING
    assert certificates.sealed_key(tx, PENDING) is None
    assert list(certificates.each(tx, ACCOUNT, REGION, after=None)) == [PENDING]


def test_the_token_counts_for_a_time(tx: Tx) -> None:
    found = certificate_requests.with_token(tx, ACCOUNT, REGION, "once", NOW)
    assert found == PENDING
    assert certificate_requests.with_token(tx, ACCOUNT, REGION, "once", NOW + timedelta(seconds=1)) is None
    assert certificate_requests.with_token(tx, ACCOUNT, "elsewhere", "once", NOW) is None


def test_an_errand_is_taken_once_and_only_when_it_is_due(tx: Tx) -> None:
    until, place = NOW + timedelta(minutes=1), Place(ACCOUNT, REGION, PENDING.unique_id)
    assert certificate_requests.take(tx, place, NOW - timedelta(seconds=1), until) is None
    assert certificate_requests.due(tx, NOW, 5, OUTSIDE) == (place,)
    assert certificate_requests.due(tx, NOW, 5, INSIDE) == ()
    assert certificate_requests.take(tx, place, NOW, until) == Taken(1, looks=False)
    assert certificate_requests.take(tx, place, NOW, until) is None
    assert certificate_requests.due(tx, NOW, 5, OUTSIDE) == ()
    assert certificate_requests.held(tx, PENDING) == Held(1, woken=False)
    certificate_requests.wake(tx, PENDING, NOW)
    assert certificate_requests.held(tx, PENDING) == Held(1, woken=True)
    later = until + timedelta(seconds=1)
    assert certificate_requests.take(tx, place, later, later) == Taken(2, looks=False)
    certificate_requests.release(tx, PENDING)
    certificate_requests.schedule(tx, PENDING, REQUEST, None)
    assert certificate_requests.next_due(tx) is None
    certificate_requests.nudge(tx, ACCOUNT, PENDING.unique_id)
    assert certificate_requests.next_due(tx) is None
    certificate_requests.put_off(tx, place, NOW)
    assert certificate_requests.next_due(tx) == time_text(NOW)
    certificate_requests.nudge(tx, ACCOUNT, PENDING.unique_id)
    assert certificate_requests.due(tx, NOW - timedelta(days=365), 5, OUTSIDE) == (place,)
    certificate_requests.remove(tx, PENDING)
    assert certificate_requests.held(tx, PENDING) is None


def test_a_look_is_an_errand_of_its_own(tx: Tx) -> None:
    """Of a change of the validation method: neither kind of errand moves the other's time, and both share the lease."""
    place, later = Place(ACCOUNT, REGION, PENDING.unique_id), NOW + timedelta(hours=1)
    kept, until = REQUEST.changed(stage=Stage.ISSUED), NOW + timedelta(minutes=1)
    certificate_requests.schedule(tx, PENDING, kept, later)
    assert certificate_requests.take(tx, place, NOW, until) is None
    certificate_requests.look(tx, PENDING, kept, NOW)
    assert certificate_requests.next_due(tx) == time_text(NOW)
    assert certificate_requests.due(tx, NOW - timedelta(seconds=1), 5, INSIDE) == ()
    assert certificate_requests.due(tx, NOW, 5, INSIDE) == (place,)
    assert certificate_requests.take(tx, place, NOW, until) == Taken(1, looks=True)
    assert certificate_requests.take(tx, place, NOW, until) is None
    assert certificate_requests.next_due(tx) == time_text(until)
    # What is due besides waits for the lease, and comes first then.
    certificate_requests.wake(tx, PENDING, NOW)
    assert certificate_requests.take(tx, place, NOW, until) is None
    certificate_requests.release(tx, PENDING)
    assert certificate_requests.take(tx, place, NOW, until) == Taken(2, looks=False)
    certificate_requests.schedule(tx, PENDING, kept, later)
    certificate_requests.look(tx, PENDING, kept, None)
    assert certificate_requests.next_due(tx) == time_text(later)
    certificate_requests.put_off(tx, place, NOW)
    certificate_requests.schedule(tx, PENDING, kept, None)
    assert certificate_requests.next_due(tx) is None


def test_who_cannot_be_read_is_put_off_in_both_ways(tx: Tx) -> None:
    place, later = Place(ACCOUNT, REGION, PENDING.unique_id), NOW + LONGEST_PAUSE
    certificate_requests.look(tx, PENDING, REQUEST, NOW)
    certificate_requests.put_off(tx, place, later)
    assert certificate_requests.next_due(tx) == time_text(later)
    assert certificate_requests.due(tx, NOW, 5, OUTSIDE) == ()


def test_looks_wait_in_line_with_everything_else(tx: Tx) -> None:
    """The longest due first, whatever is due."""
    for number in range(3):
        one = replace(PENDING, unique_id=f"a{number}")
        certificates.add(tx, one)
        certificate_requests.add(tx, one, REQUEST, due_at=NOW + timedelta(seconds=2 * number))
    certificate_requests.remove(tx, PENDING)
    certificate_requests.schedule(tx, replace(PENDING, unique_id="a2"), REQUEST, None)
    certificate_requests.look(tx, replace(PENDING, unique_id="a2"), REQUEST, NOW + timedelta(seconds=1))
    found = certificate_requests.due(tx, NOW + timedelta(minutes=1), 5, OUTSIDE)
    assert [place.unique_id for place in found] == ["a0", "a2", "a1"]


def test_a_clock_that_was_set_back_leaves_no_look_waiting(tx: Tx) -> None:
    place, back = Place(ACCOUNT, REGION, PENDING.unique_id), NOW - timedelta(days=2)
    kept = REQUEST.changed(stage=Stage.ISSUED)
    certificate_requests.schedule(tx, PENDING, kept, NOW)
    certificate_requests.look(tx, PENDING, kept, NOW)
    assert certificate_requests.take(tx, place, back, back + timedelta(minutes=1)) == Taken(1, looks=True)


def test_a_clock_that_was_set_back_leaves_no_request_waiting(tx: Tx) -> None:
    place, back = Place(ACCOUNT, REGION, PENDING.unique_id), NOW - timedelta(days=2)
    assert certificate_requests.take(tx, place, NOW, NOW + timedelta(minutes=1)) == Taken(1, looks=False)
    assert certificate_requests.due(tx, back, 5, OUTSIDE) == (place,)
    assert certificate_requests.take(tx, place, back, back + timedelta(minutes=1)) == Taken(2, looks=False)
    kept = REQUEST.changed(stage=Stage.ISSUED)
    certificate_requests.release(tx, PENDING)
    certificate_requests.schedule(tx, PENDING, kept, NOW)
    assert certificate_requests.due(tx, back, 5, INSIDE) == ()


def test_each_account_has_its_turn(tx: Tx) -> None:
    for number in range(9):
        one = replace(PENDING, unique_id=f"many-{number}")
        certificates.add(tx, one)
        certificate_requests.add(tx, one, REQUEST, due_at=NOW - timedelta(hours=1))
    other = replace(PENDING, account_id="210987654321")
    certificates.add(tx, other)
    certificate_requests.add(tx, other, REQUEST, due_at=NOW)
    assert "210987654321" in [place.account_id for place in certificate_requests.due(tx, NOW, 2, OUTSIDE)]


def test_tokens_are_told_with_whose_they_are(tx: Tx) -> None:
    other = replace(PENDING, account_id="210987654321")
    certificate_requests.add_token(tx, other, "0b", "theirs")
    certificate_requests.add_token(tx, PENDING, "0c", "ours")
    place = "/.well-known/pki-validation"
    assert certificate_requests.tokens(tx) == (
        (other.account_id, f"{place}/0b.txt", "theirs"),
        (ACCOUNT, f"{place}/0c.txt", "ours"),
    )
    assert certificate_requests.token_body(tx, PENDING, "0b") == ""


def test_requests_are_counted_by_days(tx: Tx) -> None:
    for days in (0, 0, 1, 400):
        certificate_requests.count_request(tx, ACCOUNT, REGION, NOW - timedelta(days=days))
    since = NOW - timedelta(days=365)
    assert certificate_requests.requests_since(tx, ACCOUNT, REGION, since) == 3
    assert certificate_requests.requests_since(tx, ACCOUNT, "elsewhere", since) == 0


def test_what_was_superseded_is_kept_once(tx: Tx) -> None:
    kept = Superseded(1, 7, CONTENT, DETAIL, Sealed(b"old"))
    assert superseded_certificates.find(tx, PENDING) is None
    superseded_certificates.put(tx, PENDING, replace(kept, version=0))
    superseded_certificates.put(tx, PENDING, kept)
    found = superseded_certificates.find(tx, PENDING)
    assert found is not None
    assert (found.version, found.generation, found.content, found.detail) == (1, 7, CONTENT, DETAIL)
    assert found.sealed_private_key.reveal() == b"old"
    superseded_certificates.remove(tx, PENDING)
    assert superseded_certificates.find(tx, PENDING) is None


def test_only_what_is_issued_is_served(tx: Tx) -> None:
    certificate_uses.add(tx, CertificateUse(ACCOUNT, "l", PENDING.unique_id, is_default=True))
    assert served_certificates.in_use(tx) == ()
    certificates.replace(tx, PENDING.renewed(CONTENT, DETAIL), Sealed(b"key"))
    served = served_certificates.in_use(tx)
    assert [one.certificate.fingerprint for one in served] == [CONTENT.fingerprint]
    assert served[0].certificate.bound_to == PENDING.renewed(CONTENT, DETAIL).bound_to
    assert certificate_uses.listeners(tx, ACCOUNT, PENDING.unique_id) == ("l",)


@pytest.mark.parametrize("lanes", [INSIDE, OUTSIDE])
def test_what_is_due_is_searched_by_indexes_alone(tx: Tx, lanes: tuple[Lane, Lane]) -> None:
    """Every worker asks for it five times a second, however many certificates there are."""
    asked = str(certificate_requests._DUE[lanes].compile(dialect=sqlite.dialect()))
    plan = tx._driver.execute(f"EXPLAIN QUERY PLAN {asked}", [None] * asked.count("?")).fetchall()
    reads = [detail for *_, detail in plan if "certificate_requests" in detail]
    assert len(reads) == 7
    assert all(re.fullmatch(r"SEARCH .* \(lane=\? AND (due|look)_at[<>]\?\)", detail) for detail in reads), reads
