"""Warns of what is stored and will not be renewed by itself: an event, and a line in the log.

What ends and where it is stored is told by `store.expiry_notices`, when a warning is due by `model.ending`. A warning
and the note that it was given are one unit of work: of several processes one gives it. The owner of a certificate
whose days were missed, because nothing ran, hears the nearest one only.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sealstone.model import ids
from sealstone.model.ending import EXPLANATION, FIRST_DAYS, TOLD_UNTIL, Ending
from sealstone.model.event import Event
from sealstone.store import event_deliveries, events, expiry_notices
from sealstone.store.engine import Store, Tx
from sealstone.store.expiry_notices import Source, Span
from sealstone.x509 import certificate, der, host_names, names, pem
from sealstone.x509.acceptance import IAM
from sealstone.x509.escaping import shown
from sealstone.x509.problems import Part, X509Problem

_LOG: Final = logging.getLogger("sealstone.events")
EVERY: Final = timedelta(hours=1)
EVENTS_KEPT: Final = timedelta(days=90)
MOST: Final = 1000
"""Warnings of one round; the next one follows at once when there are more."""
_AT_ONCE: Final = 50
"""Warnings of one unit of work: other writers wait for no more."""
_COMMON_NAME: Final = bytes.fromhex("550403")  # 2.5.4.3


@dataclass(frozen=True, slots=True)
class _Due:
    """A warning to be given, unless somebody else does so first."""

    source: Source
    ending: Ending


class Notices:
    """Its `round` is called again and again; it looks once an hour of its clock."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        chance: ids.Chance,
        sources: Sequence[Source] = expiry_notices.SOURCES,
    ) -> None:
        self._store, self._clock, self._chance = store, clock, chance
        self._sources = sources
        self._looked_at: datetime | None = None

    def round(self) -> int:
        """Whatever is due now; how many warnings were given, `MOST` at most. Raises StoreFault."""
        now = self._clock()
        # A clock that was set back is no reason to wait until it is where it was.
        if self._looked_at is not None and abs(now - self._looked_at) < EVERY:
            return 0
        self._forget(now)
        given, batch = 0, []
        for due in self._due(now):
            batch.append(due)
            if len(batch) == _AT_ONCE:
                given += self._give(batch, now)
                batch = []
            if given >= MOST:
                return given
        self._looked_at = now
        return given + self._give(batch, now)

    def _due(self, now: datetime) -> Iterator[_Due]:
        """Page by page, no unit being open while a page is worked on."""
        span = Span(now - TOLD_UNTIL, now, now + timedelta(days=FIRST_DAYS + 1))
        for source in self._sources:
            place: Sequence[str] | None = None
            while True:
                with self._store.reading() as tx:
                    place, page = source.page(tx, span, place)
                    found = [_Due(source, one) for one in page if _days_to_tell(tx, one, now) is not None]
                yield from found
                if place is None:
                    break

    def _give(self, batch: Sequence[_Due], now: datetime) -> int:
        """Those that are still due, in one unit; how many they were."""
        named = [(due, _common_name(due.ending)) for due in batch]
        told: list[Event] = []
        if named:
            with self._store.writing() as tx:
                for due, common_name in named:
                    if due.source.fingerprint(tx, due.ending) == due.ending.fingerprint:
                        told += self._tell(tx, due.ending, common_name, now)
        for event in told:
            _log(event)
        return len(told)

    def _tell(self, tx: Tx, ending: Ending, common_name: str, now: datetime) -> tuple[Event, ...]:
        days = _days_to_tell(tx, ending, now)
        if days is None:
            return ()
        event = ending.event(ids.new_request_id(self._chance), now, common_name)
        events.add(tx, event)
        expiry_notices.add(tx, ending, days, now)
        return (event,)

    def _forget(self, now: datetime) -> None:
        """What was kept long enough."""
        with self._store.writing() as tx:
            events.forget(tx, now - EVENTS_KEPT)
            event_deliveries.forget(tx)
            expiry_notices.forget(tx, now)


def _days_to_tell(tx: Tx, ending: Ending, now: datetime) -> int | None:
    """The days that are due and were not told yet, nor any smaller number of them."""
    days = ending.due(now)
    if days is None:
        return None
    last = expiry_notices.last_days(tx, ending)
    return days if last is None or days < last else None


def _log(event: Event) -> None:
    days = event.detail.get("DaysToExpiry")
    left = "" if days is None else f" ends in {days} day{'' if days == 1 else 's'}"
    name, resource = shown(str(event.detail["CommonName"])), shown(event.resources[0], 256)
    words = str(event.detail.get(EXPLANATION, ""))
    _LOG.warning("%s: %s (%s)%s%s", event.detail_type, resource, name, left, words and f". {words}")


def _common_name(ending: Ending) -> str:
    return ending.common_name or common_name(ending.certificate_body)


def common_name(certificate_body: str) -> str:
    """The common name, or the first DNS name; empty for a certificate (PEM) without either. Escaped."""
    try:
        block = next(pem.blocks(pem.normalised(certificate_body), Part.CERTIFICATE))
        subject = names.texts(certificate.read(block, IAM).subject_name)
        texts = [text for kind, text in subject if kind == _COMMON_NAME]
        dns = host_names.of(block.der()).dns
        return shown(next(iter(texts), "") or next((name.decode("ascii", "replace") for name in dns), ""), 256)
    except (X509Problem, der.Malformed, StopIteration):
        return ""
