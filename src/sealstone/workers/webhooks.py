"""Delivers every event to every webhook: signed, at least once, for a day; in no certain order.

Each target is served on its own, so that one that hangs holds up nobody for longer than its own time. What is sent is
taken first, for a time (`store.event_deliveries`): of several processes one sends it, and what a process took and did
not end is sent by the next one.
"""

import hmac
import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from sealstone.model.secret import Secret
from sealstone.model.webhook import Webhook
from sealstone.probe import webhook
from sealstone.probe.webhook import NotDelivered
from sealstone.store import event_deliveries
from sealstone.store.engine import Store
from sealstone.store.event_deliveries import Delivery

_LOG: Final = logging.getLogger("sealstone.events")
TRIED_FOR: Final = timedelta(hours=24)
SHORTEST_PAUSE: Final = timedelta(seconds=10)
LONGEST_PAUSE: Final = timedelta(hours=1)
_TAKEN_FOR: Final = timedelta(seconds=60)
"""Several times what a round takes."""
_AT_ONCE: Final = 50
_ENOUGH: Final = 1.0
"""Seconds after which a round sends nothing more to the same target."""
_MOST_THREADS: Final = 8

Post = Callable[[Webhook, bytes, Mapping[str, str], ssl.SSLContext], None]
"""As `probe.webhook.post`. Raises NotDelivered."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Of what was taken for one target."""

    made: Sequence[Delivery] = ()
    failed: Delivery | None = None
    reason: str = ""
    untried: Sequence[Delivery] = ()


class Webhooks:
    """Its `round` is called again and again. The threads that send touch no store: the caller's does."""

    def __init__(
        self,
        store: Store,
        targets: Sequence[Webhook],
        secret: Secret,
        clock: Callable[[], datetime],
        *,
        trust: ssl.SSLContext,
        post: Post = webhook.post,
    ) -> None:
        """`secret` signs, 32 bytes or more; `trust` verifies receivers."""
        self._store, self._clock = store, clock
        self._targets = {target.name: target for target in targets}
        self._secret, self._trust, self._post = secret, trust, post

    def admit(self) -> None:
        """What happens from now on is delivered. Raises StoreFault."""
        with self._store.writing() as tx:
            event_deliveries.admit(tx, self._targets)

    def round(self) -> int:
        """Whatever is due now; how many events were delivered. Raises StoreFault."""
        taken = self._take(self._clock())
        if not taken:
            return 0
        with ThreadPoolExecutor(min(len(taken), _MOST_THREADS), "webhook") as threads:
            outcomes = list(threads.map(self._send, taken))
        for outcome in outcomes:
            self._keep(outcome, self._clock())
        return sum(len(outcome.made) for outcome in outcomes)

    def _take(self, now: datetime) -> list[Sequence[Delivery]]:
        """Of each target something; nothing is written when there is nothing."""
        with self._store.reading() as tx:
            is_admitted = event_deliveries.known(tx) >= self._targets.keys()
            is_due = any(event_deliveries.is_due(tx, name, now) for name in self._targets)
            if is_admitted and not is_due and not event_deliveries.are_behind(tx):
                return []
        with self._store.writing() as tx:
            # Also when another process, of other settings, has dismissed them.
            event_deliveries.admit(tx, self._targets)
            event_deliveries.queue(tx, now)
            until = now + _TAKEN_FOR
            taken = [event_deliveries.take(tx, name, now, until, _AT_ONCE) for name in self._targets]
        return [of_target for of_target in taken if of_target]

    def _send(self, deliveries: Sequence[Delivery]) -> _Outcome:
        """One after the other, until one fails or time is over."""
        target = self._targets[deliveries[0].target]
        started = monotonic()
        for number, one in enumerate(deliveries):
            if monotonic() - started > _ENOUGH:
                return _Outcome(made=deliveries[:number], untried=deliveries[number:])
            body = one.document.encode()
            try:
                self._post(target, body, self._headers(one, body), self._trust)
            except NotDelivered as problem:
                return _Outcome(deliveries[:number], one, problem.reason, deliveries[number + 1 :])
        return _Outcome(made=deliveries)

    def _headers(self, delivery: Delivery, body: bytes) -> Mapping[str, str]:
        """The signature is over the time too, so that a receiver may refuse what is old."""
        timestamp = str(int(self._clock().timestamp()))
        mac = hmac.digest(self._secret.reveal(), timestamp.encode() + b"." + body, "sha256")
        return {
            "Sealstone-Event-Id": delivery.event_id,
            "Sealstone-Timestamp": timestamp,
            "Sealstone-Signature": f"v1={mac.hex()}",
        }

    def _keep(self, outcome: _Outcome, now: datetime) -> None:
        """Write down what became of it; a target that failed rests."""
        failed = outcome.failed
        with self._store.writing() as tx:
            event_deliveries.end(tx, outcome.made)
            event_deliveries.give_back(tx, outcome.untried, now if failed is None else now + SHORTEST_PAUSE)
            if failed is None:
                return
            again = now + _pause(failed.tries)
            is_given_up = again > failed.queued_at + TRIED_FOR
            if is_given_up:
                event_deliveries.end(tx, (failed,))
            else:
                event_deliveries.put_off(tx, failed, again, outcome.reason)
            event_deliveries.rest(tx, failed.target, now + SHORTEST_PAUSE)
        self._tell(failed, outcome.reason, is_given_up=is_given_up)

    def _tell(self, failed: Delivery, reason: str, *, is_given_up: bool) -> None:
        target = self._targets[failed.target]
        what = f"event {failed.event_id} was not delivered to {target}"
        if is_given_up:
            _LOG.error("%s and is given up after %d tries: %s", what, failed.tries, reason)
        else:
            _LOG.warning("%s, and is tried again (try %d): %s", what, failed.tries, reason)


def dismiss_others(store: Store, targets: Sequence[Webhook]) -> None:
    """Of targets that are no longer in the settings nothing is left. Raises StoreFault."""
    names = {target.name for target in targets}
    with store.reading() as tx:
        others = event_deliveries.known(tx) - names
    if others:
        with store.writing() as tx:
            event_deliveries.dismiss(tx, others)


def _pause(tries: int) -> timedelta:
    """10 seconds after the first try, twice that after each further one, an hour at most."""
    return min(SHORTEST_PAUSE * (1 << min(tries - 1, 10)), LONGEST_PAUSE)
