"""Events as they are kept: written in the unit of work of their cause, read in the order of writing.

Who is told of them: `event_deliveries`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, literal, or_, select

from sealstone.model.event import Event
from sealstone.store.columns import document_text, read_document, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema_events import EVENTS

_TABLE: Final = EVENTS.c
_ADD: Final = insert(EVENTS)
_LAST: Final = select(func.coalesce(func.max(_TABLE.number), literal(0)))
_OF: Final = or_(bindparam("account").is_(None), _TABLE.account_id == bindparam("account"))
_SHOWN: Final = select(_TABLE.number, _TABLE.document)
_AFTER: Final = (
    _SHOWN.where(_TABLE.number > bindparam("after"), _TABLE.at >= bindparam("since"), _OF)
    .order_by(_TABLE.number)
    .limit(bindparam("size"))
)
_TAIL: Final = _SHOWN.where(_OF).order_by(_TABLE.number.desc()).limit(bindparam("size"))
# The last one stays, however old: numbers are counted on from it.
_NEWEST: Final = EVENTS.alias("newest").c
_FORGET: Final = delete(EVENTS).where(
    _TABLE.at < bindparam("before"), _TABLE.number < select(func.max(_NEWEST.number)).scalar_subquery()
)
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """One event as it lies there."""

    number: int
    """Its place in the order of writing."""
    document: Mapping[str, Any]
    """The envelope as EventBridge delivers it."""


def add(tx: Tx, event: Event) -> None:
    """Keep it; it is told from there."""
    tx.change(
        _ADD,
        {
            "number": last(tx) + 1,
            "event_id": event.event_id,
            "at": time_text(event.at),
            "account_id": event.account_id,
            "region": event.region,
            "document": document_text(event.document()),
        },
    )


def last(tx: Tx) -> int:
    """The number of the newest event; 0 before the first."""
    row = tx.row(_LAST, {})
    return row[0] if row else 0


def after(tx: Tx, number: int, *, since: datetime | None = None, account_id: str | None = None) -> tuple[Kept, ...]:
    """The next events behind that number, the oldest first, 500 at most; of one account, or of all."""
    values = {"after": number, "since": time_text(since) if since else "", "account": account_id, "size": _BATCH}
    return tuple(Kept(row[0], read_document(row[1])) for row in tx.rows(_AFTER, values))


def tail(tx: Tx, count: int, account_id: str | None = None) -> tuple[Kept, ...]:
    """The last `count` events, of one account or of all, the oldest first."""
    rows = tx.rows(_TAIL, {"account": account_id, "size": count})
    return tuple(Kept(row[0], read_document(row[1])) for row in reversed(rows))


def forget(tx: Tx, before: datetime) -> int:
    """Remove those from before that time, the newest of all excepted; how many they were."""
    return tx.change(_FORGET, {"before": time_text(before)})
