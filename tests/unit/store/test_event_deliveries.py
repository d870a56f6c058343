"""Deliveries: one for each event and target, taken by one worker at a time, ended or put off by whoever has them."""

from datetime import timedelta

import pytest
from tests.unit.store.conftest import NOW
from tests.unit.store.test_events import put

from sealstone.store import event_deliveries as deliveries
from sealstone.store import events
from sealstone.store.engine import Store, Tx

SECOND = timedelta(seconds=1)
UNTIL = NOW + 60 * SECOND


def numbers(tx: Tx, target: str = "a", *, at: object = None) -> list[int]:
    """Those that are due, without taking them."""
    when = NOW if at is None else at
    return [row[0] for row in tx.rows(deliveries._DUE, {"of_target": target, "now": _text(when), "size": 100})]


def _text(when: object) -> str:
    return str(when).replace("+00:00", "Z").replace(" ", "T")


def test_a_new_target_gets_what_happens_from_then_on(store: Store) -> None:
    with store.writing() as tx:
        put(tx, 1)
        deliveries.admit(tx, ["a"])
        assert not deliveries.are_behind(tx)
        put(tx, 2)
        deliveries.admit(tx, ["a", "b"])
        assert deliveries.known(tx) == {"a", "b"}
        assert deliveries.are_behind(tx)
        deliveries.queue(tx, NOW)
        deliveries.queue(tx, NOW)
        assert not deliveries.are_behind(tx)
        put(tx, 3)
        deliveries.queue(tx, NOW)
        assert (numbers(tx, "a"), numbers(tx, "b")) == ([2, 3], [3])


def test_a_target_that_went_leaves_nothing(store: Store) -> None:
    with store.writing() as tx:
        deliveries.admit(tx, ["a", "b"])
        put(tx, 1)
        deliveries.queue(tx, NOW)
        deliveries.dismiss(tx, ["a"])
        assert deliveries.known(tx) == {"b"}
        assert (numbers(tx, "a"), numbers(tx, "b")) == ([], [1])


@pytest.fixture
def queued(store: Store) -> Store:
    """Three events for `a`, and for `b`."""
    with store.writing() as tx:
        deliveries.admit(tx, ["a", "b"])
        put(tx, 1, 2, 3)
        deliveries.queue(tx, NOW)
    return store


def test_what_was_taken_is_nobody_elses_for_a_time(queued: Store) -> None:
    with queued.writing() as tx:
        assert deliveries.is_due(tx, "a", NOW)
        assert not deliveries.is_due(tx, "a", NOW - SECOND)
        taken = deliveries.take(tx, "a", NOW, UNTIL, 2)
        assert [(one.number, one.tries, one.event_id) for one in taken] == [(1, 1, "event-1"), (2, 1, "event-2")]
        assert (taken[0].queued_at, taken[0].target) == (NOW, "a")
        assert [one.number for one in deliveries.take(tx, "a", NOW, UNTIL, 2)] == [3]
        assert deliveries.take(tx, "a", NOW, UNTIL, 2) == ()
        assert len(numbers(tx, "b")) == 3
        again = deliveries.take(tx, "a", UNTIL, UNTIL + 60 * SECOND, 9)
        assert [(one.number, one.tries) for one in again] == [(1, 2), (2, 2), (3, 2)]


def test_what_was_delivered_or_given_up_leaves_nothing(queued: Store) -> None:
    with queued.writing() as tx:
        deliveries.end(tx, deliveries.take(tx, "a", NOW, UNTIL, 2))
        assert numbers(tx, at=UNTIL) == [3]
        assert len(numbers(tx, "b")) == 3


def test_what_failed_is_due_again_when_it_is_told(queued: Store) -> None:
    with queued.writing() as tx:
        first, second, _ = deliveries.take(tx, "a", NOW, UNTIL, 3)
        deliveries.put_off(tx, first, NOW + 10 * SECOND, "the answer has the status 503")
        deliveries.give_back(tx, [second], NOW + 5 * SECOND)
        assert numbers(tx, at=NOW + 4 * SECOND) == []
        (again,) = deliveries.take(tx, "a", NOW + 5 * SECOND, UNTIL, 9)
        assert (again.number, again.tries) == (2, 1)
        (again,) = deliveries.take(tx, "a", NOW + 10 * SECOND, UNTIL, 9)
        assert (again.number, again.tries) == (1, 2)


def test_whoever_comes_late_changes_nothing(queued: Store) -> None:
    with queued.writing() as tx:
        late = deliveries.take(tx, "a", NOW, UNTIL, 3)
        deliveries.take(tx, "a", UNTIL, UNTIL + 60 * SECOND, 3)
        deliveries.end(tx, late)
        deliveries.put_off(tx, late[0], NOW, "x")
        deliveries.give_back(tx, late, NOW)
        assert numbers(tx, at=UNTIL + 59 * SECOND) == []
        assert len(numbers(tx, at=UNTIL + 60 * SECOND)) == 3


def test_a_target_rests(queued: Store) -> None:
    with queued.writing() as tx:
        deliveries.take(tx, "a", NOW, UNTIL, 1)
        deliveries.rest(tx, "a", NOW + 10 * SECOND)
        assert numbers(tx, at=NOW + 9 * SECOND) == []
        assert numbers(tx, at=NOW + 10 * SECOND) == [2, 3]
        assert numbers(tx, "b") == [1, 2, 3]


def test_deliveries_of_forgotten_events_are_forgotten(queued: Store) -> None:
    with queued.writing() as tx:
        events.forget(tx, NOW + SECOND)
        deliveries.forget(tx)
        assert tx.connection.exec_driver_sql("SELECT DISTINCT number FROM event_deliveries").fetchall() == [(3,)]
