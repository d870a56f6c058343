"""Answers about the status of what the private authority issued (OCSP, RFC 6960 with the caching of RFC 5019).

The status is read anew each time, so that a revocation counts at once; signatures are kept for minutes and bounded in
number, so that a flood of questions costs little. Signed by a responder whose key lives in this process alone.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sealstone.model.authority import Role, serial_text
from sealstone.seal.faults import SealFault
from sealstone.store import authorities, issued_certificates
from sealstone.store.engine import Store, Tx
from sealstone.store.faults import StoreFault
from sealstone.workers.authority import AuthorityKeeper
from sealstone.x509 import der
from sealstone.x509.making import online_status
from sealstone.x509.making.authority import RESPONDER_DAYS
from sealstone.x509.making.online_status import Asked, Failure, IssuerName, Responder, Status
from sealstone.x509.making.problems import IssuerRefused
from sealstone.x509.problems import X509Problem

_LOG: Final = logging.getLogger("sealstone.authority")
COUNTS: Final = timedelta(hours=12)
"""How long an answer counts: clients must do without the responder while the server is restarted or moved."""
KEPT: Final = timedelta(minutes=5)
"""How long an answer is given again without a new signature."""
_MOST_KEPT: Final = 2_000
_RESPONDER_LEFT: Final = timedelta(days=1)
_RESPONDER_WHOLE: Final = timedelta(days=RESPONDER_DAYS)
_BURST: Final = 400.0
_PER_SECOND: Final = 200.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A response in DER, and what HTTP says of it."""

    data: bytes = field(repr=False)
    produced_at: datetime | None = None
    """None when it says nothing that could be kept."""
    next_update: datetime | None = None
    is_for_one: bool = False
    """It repeats a nonce, so nobody else has a use for it."""


class Budget:
    """Signatures that may be made: a token bucket. Not for several threads at once."""

    def __init__(self, *, burst: float = _BURST, per_second: float = _PER_SECOND) -> None:
        """Full at first."""
        self._burst, self._per_second, self._tokens = burst, per_second, burst
        self._seen: datetime | None = None

    def allows(self, at: datetime) -> bool:
        """Whether one more may be made now; it is counted then."""
        elapsed = max(0.0, (at - self._seen).total_seconds()) if self._seen else 0.0
        self._tokens, self._seen = min(self._burst, self._tokens + elapsed * self._per_second), at
        allowed = self._tokens >= 1.0
        self._tokens -= allowed
        return allowed


class StatusAnswers:
    """`answer` may be called by several threads; it answers one after the other."""

    def __init__(
        self,
        store: Store,
        keeper: AuthorityKeeper,
        clock: Callable[[], datetime],
        budget: Callable[[], Budget] = Budget,
    ) -> None:
        """Three budgets, so that a flood of one kind takes nothing from the others.

        Questions about one certificate each without a nonce have as few answers as there are certificates (RFC 5019
        asks no others); with nonces, and with several certificates in all orders, there is no end of them; and serial
        numbers can be made up.
        """
        self._store, self._keeper, self._clock = store, keeper, clock
        self._usual, self._endless, self._unknown = budget(), budget(), budget()
        self._lock = threading.Lock()
        self._ids: tuple[str, ...] = ()
        self._issuers: Mapping[IssuerName, str] = {}
        self._responders: dict[str, Responder] = {}
        self._kept: OrderedDict[tuple[Status, ...], Answer] = OrderedDict()

    def answer(self, data: bytes) -> Answer:
        """To a request in DER; what cannot be answered gets a response that says so (RFC 6960 2.3)."""
        try:
            request = online_status.read(data)
        except der.Malformed:
            return Answer(online_status.failure(Failure.MALFORMED_REQUEST))
        with self._lock:
            try:
                return self._answered(request.asked, request.nonce)
            except StoreFault as fault:
                _LOG.error("the status of certificates cannot be read: %s", fault)
                return Answer(online_status.failure(Failure.TRY_LATER))
            except IssuerRefused:  # it has expired, and so has all that it issued
                return Answer(online_status.failure(Failure.UNAUTHORIZED))
            except (SealFault, X509Problem, LookupError) as fault:
                _LOG.error("no status can be signed: %s", fault)
                return Answer(online_status.failure(Failure.INTERNAL_ERROR))

    def _answered(self, asked: Sequence[Asked], nonce: bytes) -> Answer:
        at = self._clock().replace(microsecond=0)
        with self._store.reading() as tx:
            self._know(tx)
            issuer_id = next((self._issuers[one.issuer] for one in asked if one.issuer in self._issuers), None)
            if issuer_id is None:
                return Answer(online_status.failure(Failure.UNAUTHORIZED))
            statuses = tuple(self._status(tx, one, issuer_id) for one in asked)
        kept = None if nonce else self._kept.get(statuses)
        if kept and kept.produced_at and timedelta(0) <= at - kept.produced_at < KEPT:
            return kept
        budget = self._endless if nonce or len(statuses) > 1 else self._usual
        budget = budget if all(one.known for one in statuses) else self._unknown
        if not budget.allows(at):
            return Answer(online_status.failure(Failure.TRY_LATER))
        made = self._signed(issuer_id, statuses, nonce, at)
        if budget is self._usual:
            self._keep(statuses, made)
        return made

    def _know(self, tx: Tx) -> None:
        """How requests name the authority's certificates; read anew when there are others than last time."""
        ids = authorities.ids(tx)
        if ids != self._ids:
            issuing = [row for row in authorities.every(tx) if row.role is not Role.CROSS]
            self._issuers = {
                name: row.certificate_id for row in issuing for name in online_status.names_of(row.certificate)
            }
            self._ids = ids

    def _status(self, tx: Tx, asked: Asked, issuer_id: str) -> Status:
        """Of another issuer's certificate nothing is known here: one answer has one signer."""
        if self._issuers.get(asked.issuer) != issuer_id or asked.serial_number < 0:
            return Status(asked.raw, known=False)
        found = issued_certificates.find(tx, serial_text(asked.serial_number))
        if found is None or found.issuer_id != issuer_id:
            return Status(asked.raw, known=False)
        if found.revocation is None:
            return Status(asked.raw, known=True)
        code = found.revocation.reason.code
        return Status(asked.raw, known=True, revoked_at=found.revocation.at, reason=code or None)

    def _signed(self, issuer_id: str, statuses: tuple[Status, ...], nonce: bytes, at: datetime) -> Answer:
        responder = self._responders.get(issuer_id)
        left = responder.not_after - at if responder else timedelta(0)
        # One with more than its whole time left was made while the clock was ahead: it is not valid yet.
        if responder is None or not _RESPONDER_LEFT <= left < _RESPONDER_WHOLE:
            responder = self._responders[issuer_id] = self._keeper.responder(issuer_id)
        next_update = min(at + COUNTS, responder.not_after)
        data = online_status.answered(responder, statuses, nonce=nonce, at=at, next_update=next_update)
        return Answer(data, at, next_update, is_for_one=bool(nonce))

    def _keep(self, statuses: tuple[Status, ...], answer: Answer) -> None:
        self._kept.pop(statuses, None)
        self._kept[statuses] = answer
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
