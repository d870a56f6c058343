"""Events in the store: counted in the order of writing, read from a number on, forgotten when they are old."""

from datetime import datetime, timedelta

from tests.unit.store.conftest import ACCOUNT, NOW

from sealstone.model.event import Event
from sealstone.store import events
from sealstone.store.engine import Store, Tx

OTHER = "210987654321"


def event(number: int, *, account_id: str = ACCOUNT, at: datetime = NOW) -> Event:
    return Event(f"event-{number}", at, account_id, "us-east-1", "Something", ("arn",), {"Number": number})


def put(tx: Tx, *numbers: int, account_id: str = ACCOUNT, at: datetime = NOW) -> None:
    for number in numbers:
        events.add(tx, event(number, account_id=account_id, at=at))


def seen(found: tuple[events.Kept, ...]) -> list[tuple[int, int]]:
    return [(one.number, one.document["detail"]["Number"]) for one in found]


def test_they_are_counted_in_the_order_of_writing(store: Store) -> None:
    with store.writing() as tx:
        assert events.last(tx) == 0
        put(tx, 7, 8)
        put(tx, 9, account_id=OTHER)
    with store.reading() as tx:
        assert events.last(tx) == 3
        assert seen(events.after(tx, 0)) == [(1, 7), (2, 8), (3, 9)]
        assert seen(events.after(tx, 1)) == [(2, 8), (3, 9)]
        assert seen(events.after(tx, 0, account_id=ACCOUNT)) == [(1, 7), (2, 8)]
        assert seen(events.tail(tx, 2)) == [(2, 8), (3, 9)]
        assert seen(events.tail(tx, 1, ACCOUNT)) == [(2, 8)]
        assert events.tail(tx, 1)[0].document == event(9, account_id=OTHER).document()


def test_they_are_read_from_a_time_on(store: Store) -> None:
    with store.writing() as tx:
        put(tx, 1, at=NOW - timedelta(hours=1))
        put(tx, 2)
        assert seen(events.after(tx, 0, since=NOW)) == [(2, 2)]


def test_old_ones_are_forgotten_but_never_the_last_number(store: Store) -> None:
    with store.writing() as tx:
        put(tx, 1, 2, 3)
        put(tx, 4, at=NOW + timedelta(seconds=2))
        put(tx, 5)
        assert events.forget(tx, NOW) == 0
        assert events.forget(tx, NOW + timedelta(seconds=1)) == 3
        assert seen(events.after(tx, 0)) == [(4, 4), (5, 5)]
        assert events.forget(tx, NOW + timedelta(days=1)) == 1
        put(tx, 6)
        assert seen(events.after(tx, 0)) == [(5, 5), (6, 6)]
