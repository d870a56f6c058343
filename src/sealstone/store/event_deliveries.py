"""Which event is still to be delivered to which target, and when it is tried next.

A delivery is taken by moving `due_at` forward in a unit of work before anything is sent: of several processes one has
it, and when that one dies, it is due again. What was taken is ended or put off by its number of tries, so that whoever
comes late changes nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, literal, select, update

from sealstone.store import events
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema_events import EVENT_DELIVERIES, EVENT_TARGETS, EVENTS

_TABLE: Final = EVENT_DELIVERIES.c
_TARGETS: Final = EVENT_TARGETS.c
_KNOWN: Final = select(_TARGETS.target)
_ADD_TARGET: Final = insert(EVENT_TARGETS)
_BEHIND: Final = select(_TARGETS.target).where(
    _TARGETS.number < select(func.coalesce(func.max(EVENTS.c.number), literal(0))).scalar_subquery()
)
_QUEUE: Final = insert(EVENT_DELIVERIES).from_select(
    ["number", "target", "queued_at", "due_at", "tries", "reason"],
    select(
        EVENTS.c.number,
        _TARGETS.target,
        bindparam("now"),
        bindparam("now"),
        literal(0),
        literal(""),
    ).where(EVENTS.c.number > _TARGETS.number),
)
_QUEUED: Final = update(EVENT_TARGETS).values(number=bindparam("last"))
_DROP_TARGET: Final = delete(EVENT_TARGETS).where(_TARGETS.target == bindparam("of_target"))
_DROP_DELIVERIES: Final = delete(EVENT_DELIVERIES).where(_TABLE.target == bindparam("of_target"))
_DUE: Final = (
    select(_TABLE.number, _TABLE.queued_at, _TABLE.tries, EVENTS.c.event_id, EVENTS.c.document)
    .select_from(EVENT_DELIVERIES.join(EVENTS, EVENTS.c.number == _TABLE.number))
    .where(_TABLE.target == bindparam("of_target"), _TABLE.due_at <= bindparam("now"))
    .order_by(_TABLE.due_at, _TABLE.number)
    .limit(bindparam("size"))
)
_ONE: Final = (_TABLE.target == bindparam("of_target"), _TABLE.number == bindparam("of_number"))
_TAKE: Final = update(EVENT_DELIVERIES).where(*_ONE).values(due_at=bindparam("until"), tries=_TABLE.tries + 1)
_TAKEN: Final = (*_ONE, _TABLE.tries == bindparam("of_tries"))
_END: Final = delete(EVENT_DELIVERIES).where(*_TAKEN)
_PUT_OFF: Final = (
    update(EVENT_DELIVERIES).where(*_TAKEN).values(due_at=bindparam("until"), reason=bindparam("new_reason"))
)
_GIVE_BACK: Final = update(EVENT_DELIVERIES).where(*_TAKEN).values(due_at=bindparam("until"), tries=_TABLE.tries - 1)
_REST: Final = (
    update(EVENT_DELIVERIES)
    .where(_TABLE.target == bindparam("of_target"), _TABLE.due_at < bindparam("until"))
    .values(due_at=bindparam("until"))
)
_LOST: Final = delete(EVENT_DELIVERIES).where(_TABLE.number.not_in(select(EVENTS.c.number)))


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event that was taken to be delivered to one target."""

    number: int
    target: str
    queued_at: datetime
    tries: int
    """This one included."""
    event_id: str
    document: str
    """The envelope as JSON; the same text at every try."""


def known(tx: Tx) -> frozenset[str]:
    """The targets that deliveries are made to."""
    return frozenset(row[0] for row in tx.rows(_KNOWN, {}))


def admit(tx: Tx, targets: Collection[str]) -> None:
    """Have these targets too. A new one gets what happens from now on."""
    number = events.last(tx)
    for target in sorted(set(targets) - known(tx)):
        tx.change(_ADD_TARGET, {"target": target, "number": number})


def dismiss(tx: Tx, targets: Iterable[str]) -> None:
    """Have these targets no more; nothing of them is left."""
    for target in targets:
        tx.change(_DROP_TARGET, {"of_target": target})
        tx.change(_DROP_DELIVERIES, {"of_target": target})


def are_behind(tx: Tx) -> bool:
    """Whether there are events that `queue` has not seen."""
    return tx.row(_BEHIND, {}) is not None


def queue(tx: Tx, now: datetime) -> None:
    """Make a delivery to every target of each event that is new, due at once."""
    tx.change(_QUEUE, {"now": time_text(now)})
    tx.change(_QUEUED, {"last": events.last(tx)})


def is_due(tx: Tx, target: str, now: datetime) -> bool:
    """Whether `take` would take anything."""
    return tx.row(_DUE, {"of_target": target, "now": time_text(now), "size": 1}) is not None


def take(tx: Tx, target: str, now: datetime, until: datetime, count: int) -> tuple[Delivery, ...]:
    """At most `count` of those that are due, the longest due first; until then they are nobody else's."""
    rows = tx.rows(_DUE, {"of_target": target, "now": time_text(now), "size": count})
    taken = tuple(
        Delivery(number, target, read_time(queued_at), tries + 1, event_id, document)
        for number, queued_at, tries, event_id, document in rows
    )
    tx.change(_TAKE, *({"of_target": target, "of_number": one.number, "until": time_text(until)} for one in taken))
    return taken


def end(tx: Tx, deliveries: Iterable[Delivery]) -> None:
    """They were made, or are given up."""
    tx.change(_END, *map(_place, deliveries))


def put_off(tx: Tx, delivery: Delivery, until: datetime, reason: str) -> None:
    """It failed and is tried again then."""
    tx.change(_PUT_OFF, _place(delivery) | {"until": time_text(until), "new_reason": reason})


def give_back(tx: Tx, deliveries: Iterable[Delivery], until: datetime) -> None:
    """They were not tried after all; then they are due again."""
    tx.change(_GIVE_BACK, *(_place(one) | {"until": time_text(until)} for one in deliveries))


def rest(tx: Tx, target: str, until: datetime) -> None:
    """Nothing of this target is due before."""
    tx.change(_REST, {"of_target": target, "until": time_text(until)})


def forget(tx: Tx) -> None:
    """Remove those whose event is kept no more."""
    tx.change(_LOST, {})


def _place(delivery: Delivery) -> dict[str, object]:
    return {"of_target": delivery.target, "of_number": delivery.number, "of_tries": delivery.tries}
