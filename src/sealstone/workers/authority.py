"""Keeps the private authority of the installation: makes it at the first start, issues with it, rotates it, revokes.

One authority for all accounts and all processes on a store; whoever comes first makes it. The key of the intermediate
that issues is opened once; every other key only for as long as it signs. Which one issues is chosen in
`authority_choice`: what a clock that was ahead left behind is mended within a round of `run`.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sealstone.issuers.issuer import Issued, Issuer, IssuerAway, Order, Waiting
from sealstone.issuers.private import Above, PrivateIssuer
from sealstone.model.authority import (
    AuthorityCertificate,
    AuthorityPlan,
    Holder,
    IssuedCertificate,
    Role,
    serial_text,
)
from sealstone.model.ids import Chance, new_request_id
from sealstone.seal.envelope import Keyring
from sealstone.seal.faults import SealFault
from sealstone.store import authorities, issued_certificates
from sealstone.store.authorities import ListTimes
from sealstone.store.engine import Store, Tx
from sealstone.store.faults import StoreFault
from sealstone.workers import authority_choice, authority_telling
from sealstone.workers.authority_choice import LEFT, LIST_PERIOD
from sealstone.workers.authority_making import INTERMEDIATE_DAYS, Made, Maker, opened, points_of
from sealstone.workers.repeating import Repeated
from sealstone.x509.making import online_status, revocation_lists
from sealstone.x509.making.authority import Authority
from sealstone.x509.making.certificates import BACKDATED, Usage
from sealstone.x509.making.online_status import Responder
from sealstone.x509.making.revocation_lists import Revoked
from sealstone.x509.problems import X509Problem

_LOG: Final = logging.getLogger("sealstone.authority")
_LISTED_ON: Final = timedelta(days=14)
"""After its end a revoked certificate stays on the lists: on one regular list at least (RFC 5280 3.3)."""
LOOK: Final = 1.0
"""Seconds between two looks at the authority and at what was revoked."""
_REPEATED: Final = Repeated(
    "the worker that renews the private authority and its revocation lists",
    _LOG,
    rest=LOOK,
    after_fault=30.0,
    foreseen=(StoreFault, SealFault, X509Problem, LookupError),
)


@dataclass(frozen=True, slots=True)
class _Active:
    """The intermediate that issues, opened."""

    certificate_id: str
    not_before: datetime
    not_after: datetime
    authority: Authority = field(repr=False)
    above: tuple[Above, ...] = field(repr=False)

    def issues(self, at: datetime) -> bool:
        """Whether it is valid already and has enough left."""
        return self.not_before <= at and self.not_after - at >= LEFT


class AuthorityKeeper:
    """One in each process. `clock` tells the time of what is made; orders bring their own."""

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        chance: Chance,
        clock: Callable[[], datetime],
        plan: AuthorityPlan = AuthorityPlan(),  # noqa: B008 - frozen
        renewed: Callable[[Tx, Made, datetime], None] = lambda _tx, _made, _at: None,
    ) -> None:
        """Nothing is made or opened yet. `renewed` is done in the unit of whatever the keeper replaces by itself."""
        self._renewed = renewed
        self._store, self._keyring, self._chance, self._clock = store, keyring, chance, clock
        self.plan = plan
        self._active: _Active | None = None

    # --- the authority itself ---

    def ensure(self) -> str:
        """The authority's id. It is made when there is none, and renewed when its time comes.

        Raises StoreFault, SealFault, X509Problem, LookupError (all that there is lies in the future).
        """
        at = self._clock()
        with self._store.reading() as tx:
            rows = authorities.every(tx)
        if self._is_settled(rows, at):
            return rows[0].authority_id
        with self._store.writing() as tx:
            # Another process may have been faster: looked at once more, now that nobody else can write.
            rows = authorities.every(tx)
            made = None if self._is_settled(rows, at) else self._settle(tx, rows, at)
            self._renew_lists(tx, at)
            found = authorities.find_id(tx) or ""
        if made:
            authority_telling.log(made, self.plan)
        return found

    @staticmethod
    def _is_settled(rows: Sequence[AuthorityCertificate], at: datetime) -> bool:
        """Whether the active intermediate is the one to issue with."""
        issuing = authority_choice.issuing(rows, at)
        return issuing is not None and issuing == authority_choice.active(rows, Role.INTERMEDIATE)

    def _settle(self, tx: Tx, rows: Sequence[AuthorityCertificate], at: datetime) -> Made | None:
        """What was replaced, if anything was."""
        maker, issuing = self._maker(tx, at), authority_choice.issuing(rows, at)
        if not rows:
            maker.first()
            return None
        if issuing is not None:
            _LOG.warning("the clock was ahead: intermediate %s issues again", issuing.certificate_id)
            maker.take_back(issuing)
            return None
        present = authority_choice.root(rows, at)
        # Whether no further intermediate has its whole time below the root.
        ends = bool(present and present.not_after - at < timedelta(days=INTERMEDIATE_DAYS))
        made = maker.next(root=ends, narrowed=True)
        self._tell(tx, made, at)
        self._renewed(tx, made, at)
        return made

    def _tell(self, tx: Tx, made: Made, at: datetime) -> None:
        authority_telling.tell(tx, made, self.plan, new_request_id(self._chance), at)

    def rotate(self, *, root: bool, also: Callable[[Tx], None] | None = None) -> Made:
        """Issue from now on with a new intermediate, below a new root if `root`; `also` is done in the same unit.

        What was issued before stays valid, and can be revoked. Raises as `ensure`, and WiderThanRoot when the plan
        permits more names than the root that stays.
        """
        at = self._clock()
        with self._store.writing() as tx:
            maker = self._maker(tx, at)
            if authorities.find_id(tx) is None:
                maker.first()
            made = maker.next(root=root)
            self._renew_lists(tx, at)
            self._tell(tx, made, at)
            if also:
                also(tx)
        return made

    def _maker(self, tx: Tx, at: datetime) -> Maker:
        return Maker(tx, self._keyring, self._chance, self.plan, at.replace(microsecond=0))

    # --- issuing ---

    def issuer(self, holder: Holder, *, usages: Sequence[Usage] = (Usage.SERVER,)) -> Issuer:
        """The authority as an Issuer, for one ACM certificate; whatever fails, fails when an order is placed."""
        return _Issuing(self, holder, tuple(usages))

    def issue(self, order: Order, holder: Holder, usages: Sequence[Usage]) -> Issued:
        """Carry out an order for one ACM certificate, at once. Raises IssuerProblem."""
        try:
            active = self._opened()
        except (StoreFault, SealFault, X509Problem, LookupError) as fault:
            raise IssuerAway(f"the private authority cannot be used: {fault}") from fault

        def record(serial_number: int, placed: Order, not_after: datetime) -> None:
            issued = IssuedCertificate(
                serial_text(serial_number), active.certificate_id, placed.order_id, holder, placed.at, not_after
            )
            try:
                with self._store.writing() as tx:
                    issued_certificates.add(tx, issued)
            except StoreFault as fault:
                raise IssuerAway(f"what the private authority issues cannot be recorded: {fault}") from fault

        points = points_of(self.plan.url, active.certificate_id)
        issuer = PrivateIssuer(active.authority, record, self._chance, usages, points, active.above)
        return issuer.issue(order)

    def _opened(self) -> _Active:
        """The active one; its key is opened anew only when it is another one than last time."""
        with self._store.reading() as tx:
            certificate_id = authorities.active_id(tx)
        active = self._active
        if active and active.certificate_id == certificate_id and active.issues(self._clock()):
            return active
        self.ensure()
        with self._store.reading() as tx:
            row = authorities.find(tx, authorities.active_id(tx) or "")
            if row is None:
                raise LookupError("there is no active intermediate")
            above = tuple(
                Above(each.certificate, each.not_after)
                for each in authorities.every(tx)
                if each.role is Role.CROSS and _crosses(tx, each, row)
            )
            begins = row.created_at - BACKDATED
            active = _Active(row.certificate_id, begins, row.not_after, opened(tx, self._keyring, row), above)
        self._active = active
        return active

    # --- revocation ---

    def run(self, stopped: threading.Event) -> None:
        """Keep the authority valid and its lists fresh until `stopped` is set; several processes may do so at once."""
        _REPEATED.run(self._round, stopped)

    def attend(self) -> bool:
        """One round: make, renew, list. False when something went wrong, which is logged."""
        return _REPEATED.survived(self._round)

    def _round(self) -> None:
        self.ensure()
        self.revocations(self._clock())

    def revocations(self, at: datetime) -> None:
        """Make a new list wherever something revoked is on none yet, or half of the old one's time is over.

        Raises StoreFault, SealFault, X509Problem.
        """
        with self._store.reading() as tx:
            if not _stale(tx, at):
                return
        with self._store.writing() as tx:
            self._renew_lists(tx, at)

    def _renew_lists(self, tx: Tx, at: datetime) -> None:
        at = at.replace(microsecond=0)
        for row in _stale(tx, at):
            before = authorities.list_times(tx, row.certificate_id)
            times = ListTimes(before.number + 1 if before else 1, at, at + LIST_PERIOD)
            revoked = [
                Revoked(int(one.serial_number, 16), one.revocation.at, one.revocation.reason.code)
                for one in issued_certificates.revoked(tx, row.certificate_id, ended_after=at - _LISTED_ON)
                if one.revocation
            ]
            data = revocation_lists.made(
                opened(tx, self._keyring, row),
                times.number,
                revoked,
                this_update=times.this_update,
                next_update=times.next_update,
            )
            authorities.save_revocation_list(tx, row.certificate_id, data, times)
            issued_certificates.listed(tx, row.certificate_id, times.number)
        for row in authorities.every(tx):
            if authority_choice.has_lived_out(row, authorities.list_times(tx, row.certificate_id), at):
                issued_certificates.forget(tx, row.certificate_id)

    def responder(self, certificate_id: str) -> Responder:
        """A new responder for the status of what this certificate of the authority issued.

        Raises StoreFault, SealFault, X509Problem (expired), LookupError (there is no such certificate).
        """
        with self._store.reading() as tx:
            row = authorities.find(tx, certificate_id)
            if row is None:
                raise LookupError(f"the authority has no certificate {certificate_id}")
            issuer = opened(tx, self._keyring, row)
        return online_status.responder(issuer, at=self._clock(), random=self._chance)


@dataclass(frozen=True, slots=True)
class _Issuing:
    """An Issuer for one ACM certificate."""

    keeper: AuthorityKeeper
    holder: Holder
    usages: tuple[Usage, ...]

    def issue(self, order: Order) -> Issued | Waiting:
        return self.keeper.issue(order, self.holder, self.usages)


def _stale(tx: Tx, at: datetime) -> list[AuthorityCertificate]:
    """Those that need a new list; a certificate that has expired answers for nothing any more."""
    return [
        row
        for row in authorities.every(tx)
        if row.role is not Role.CROSS and row.not_after > at and _needs_list(tx, row.certificate_id, at)
    ]


def _needs_list(tx: Tx, certificate_id: str, at: datetime) -> bool:
    present = authorities.list_times(tx, certificate_id)
    if present is None or issued_certificates.waits(tx, certificate_id):
        return True
    # One from the future was made while the clock was ahead: clients refuse it.
    return not present.this_update <= at < present.this_update + (present.next_update - present.this_update) / 2


def _crosses(tx: Tx, cross: AuthorityCertificate, row: AuthorityCertificate) -> bool:
    """Whether it certifies the root of `row`: the same name and key as the root's, by an older root."""
    root = authorities.find(tx, row.issued_by or "")
    return root is not None and online_status.names_of(cross.certificate) == online_status.names_of(root.certificate)
