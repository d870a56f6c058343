"""What requested certificates need between calls: their domains validated, a certificate issued, and that renewed.

Each certificate that is due is an errand. A worker takes it for a minute (a lease in its row) with a number that counts
up; whatever it did, it writes at the end only while that number is still the last. So several processes share the work
and a frozen one changes nothing when it wakes. A crash anywhere leaves the errand due: the next worker begins it anew.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sealstone.issuers.issuer import IssuerProblem, OrderRefused, Waiting
from sealstone.model import ids
from sealstone.model.certificate import Certificate, Content
from sealstone.model.certificate_request import (
    INSIDE,
    LONGEST_PAUSE,
    VALIDATION_ENDS,
    CertificateRequest,
    DomainValidation,
    Lane,
    Renewal,
    RenewalStatus,
    Stage,
    ValidationMethod,
    ValidationStatus,
)
from sealstone.model.event import Event
from sealstone.seal.envelope import Keyring
from sealstone.seal.faults import SealFault
from sealstone.store import certificate_uses, superseded_certificates
from sealstone.store.engine import Store
from sealstone.store.faults import StoreFault
from sealstone.store.superseded_certificates import Superseded
from sealstone.workers import certificate_events, method_updates, renewal_proof
from sealstone.workers.errands import Errand, Errands, Step, renewal_time
from sealstone.workers.ordering import Issuers, ordered
from sealstone.workers.repeating import Repeated
from sealstone.workers.validating import Validator, look_again_after

_LOG: Final = logging.getLogger("sealstone.issuing")
REPEATED: Final = Repeated("the issuing worker", _LOG, rest=0.2, after_fault=1.0)
_IDLE: Final = timedelta(days=1)
"""How often a certificate that nobody uses is looked at again."""
_WEEK: Final = timedelta(days=7)
_HOUR: Final = timedelta(hours=1)
_SECOND: Final = timedelta(seconds=1)
_NEVER: Final = threading.Event()
_GIVEN_UP: Final = timedelta(days=7)
_RENEWALS_A_MINUTE: Final = 10
_LATER: Final = timedelta(minutes=1)
_URGENT: Final = timedelta(days=1)
_IS_REPEATED: Final = timedelta(days=1)


class Issuing:
    """Takes errands and runs them. Several threads and processes do so at once."""

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        issuers: Issuers,
        validator: Validator,
        *,
        clock: Callable[[], datetime],
        chance: ids.Chance,
    ) -> None:
        self._store = store
        self._errands = Errands(store, keyring)
        self._issuers = issuers
        self._validator = validator
        self._clock = clock
        self._chance = chance
        self._renewals: list[datetime] = []
        self._queued = 0
        self.outcomes = {"issued": 0, "renewed": 0, "failed": 0, "late": 0}
        """How many errands of this process ended so."""

    def run(self, stopped: threading.Event, lanes: tuple[Lane, Lane] = INSIDE) -> None:
        """Errands of these lanes, until told to stop."""
        REPEATED.run(lambda: self.round(lanes, stopped), stopped)

    def round(self, lanes: tuple[Lane, Lane] = INSIDE, stopped: threading.Event = _NEVER) -> bool:
        """Run what is due now, a few errands at most; whether there was any. Raises StoreFault."""
        ran = False
        for place in self._errands.due(self._clock(), lanes):
            if stopped.is_set():
                break
            try:
                errand = self._errands.take(place, self._clock())
            except StoreFault:
                raise
            except Exception:  # noqa: BLE001 - one that cannot be read must not hold up the others; it is logged whole
                _LOG.exception("%s cannot be read", place)
                self._errands.put_off(place, self._clock() + LONGEST_PAUSE)
                continue
            if errand:
                ran = True
                self._run(errand)
        return ran

    # --- one errand ---

    def _run(self, errand: Errand) -> None:
        """Whatever is not foreseen puts the errand off: it must not be begun again and again."""
        certificate = errand.certificate
        now, request = self._clock().replace(microsecond=0), certificate.request
        if request is None:
            return
        try:
            step = self._step(errand, request, now)
        except StoreFault:
            raise
        except SealFault as fault:
            step = self._hindered(errand, request, now, f"a private key cannot be opened: {fault}")
        except Exception:  # noqa: BLE001 - logged whole; the certificate that has it must not hold up the others
            _LOG.exception("a fault of ours with %s", certificate.arn)
            step = self._hindered(errand, request, now, "a fault of Sealstone's; the log has it")
        try:
            written = self._errands.end(errand, step, now)
        except SealFault as fault:
            written = self._errands.end(errand, self._put_off(request, now, f"a key cannot be opened: {fault}"), now)
        if not written:
            self.outcomes["late"] += 1

    def _step(self, errand: Errand, request: CertificateRequest, now: datetime) -> Step:
        certificate = errand.certificate
        if errand.looks:
            return method_updates.looked(self._validator, certificate, request, now, self._about)
        if request.stage is Stage.VALIDATING:
            return self._validate(certificate, request, now)
        if request.stage is Stage.ISSUING:
            return self._issue(certificate, request, now)
        if request.stage is Stage.ISSUED:
            return self._keep(certificate, request, now)
        return Step(_same, None)

    def _validate(self, certificate: Certificate, request: CertificateRequest, now: datetime) -> Step:
        found, reason = self._validator.checked(certificate, now)
        if any(one.status is ValidationStatus.FAILED for one in found):
            return self._ended(certificate, Stage.FAILED, "DOMAIN_VALIDATION_DENIED", reason, found)
        if all(one.status is ValidationStatus.SUCCESS for one in found):
            return Step(lambda present: present.changed(validations=found, stage=Stage.ISSUING, tries=0), now)
        if now >= request.requested_at + VALIDATION_ENDS:
            return self._ended(certificate, Stage.TIMED_OUT, "", reason, found)
        again_at = now + self._about(look_again_after(now - request.requested_at))
        return Step(lambda present: present.changed(validations=found, explanation=reason), again_at)

    def _ended(
        self,
        certificate: Certificate,
        stage: Stage,
        failure: str,
        reason: str,
        found: tuple[DomainValidation, ...] | None = None,
    ) -> Step:
        _LOG.warning("%s is not issued (%s): %s", certificate.arn, stage, reason)
        self.outcomes["failed"] += 1

        def change(present: CertificateRequest) -> CertificateRequest:
            validations = present.validations if found is None else found
            return present.changed(
                stage=stage,
                failure_reason=failure,
                explanation=reason,
                validations=validations,
                order_state={},
                tries=0,
            )

        return Step(change, None)

    def _issue(self, certificate: Certificate, request: CertificateRequest, now: datetime) -> Step:
        try:
            delivered = ordered(self._issuers, certificate, request, now)
        except OrderRefused as problem:
            return self._ended(certificate, Stage.FAILED, problem.reason, str(problem))
        except IssuerProblem as problem:
            if now >= request.requested_at + _GIVEN_UP:
                return self._ended(certificate, Stage.FAILED, "PCA_REQUEST_FAILED", str(problem))
            _LOG.warning("%s cannot be issued now: %s", certificate.arn, problem)
            return self._put_off(request, now, str(problem))
        if isinstance(delivered, Waiting):
            return self._waiting(delivered)
        self.outcomes["issued"] += 1
        told = certificate_events.available(certificate, delivered.content, "ISSUANCE", self._id(), now)
        return Step(lambda present: present.issued(now), None, delivered, events=(told,))

    def _waiting(self, answer: Waiting) -> Step:
        return Step(lambda present: present.changed(order_state=dict(answer.state)), answer.again_at)

    # --- renewal ---

    def _keep(self, certificate: Certificate, request: CertificateRequest, now: datetime) -> Step:
        """Of what has been issued: see the new one served, renew the old one, or look again later."""
        content = certificate.content
        if content is None:
            return Step(_same, None)
        with self._store.reading() as tx:
            superseded = superseded_certificates.find(tx, certificate)
            seen = renewal_proof.look(tx, certificate, superseded) if superseded else None
            used = bool(certificate_uses.listeners(tx, certificate.account_id, certificate.unique_id))
        begins = renewal_time(certificate)
        # Nobody may have looked for weeks: a data plane that does not run must not keep the next renewal waiting.
        if superseded and seen and (seen.served or now < begins):
            return self._proven(certificate, request, superseded, seen, now)
        if now < begins and not request.renewal_wished and not request.is_renewing:
            return Step(_same, begins)
        if not used and request.exported_at is None:
            # Whoever attaches or exports it wakes it.
            return Step(lambda present: present.changed(renewal_wished=False), max(begins, now + _IDLE))
        return self._renew(certificate, content, request, now)

    def _renew(self, certificate: Certificate, content: Content, request: CertificateRequest, now: datetime) -> Step:
        begun = request.begun_renewal
        validations = begun.validations if begun else request.asked()
        by_mail = any(one.method is ValidationMethod.EMAIL for one in validations)
        if begun is None and by_mail:
            # What was answered before must be gone before anybody looks for answers.
            fresh = Renewal(RenewalStatus.PENDING_VALIDATION, now, "", validations)
            return Step(lambda present: _wishless(present).changed(renewal=fresh), now + _SECOND, asks_anew=True)
        found, reason = self._validator.checked(certificate.requested(request.changed(validations=validations)), now)
        if any(one.status is ValidationStatus.FAILED for one in found):
            failed = Renewal(RenewalStatus.FAILED, now, "DOMAIN_VALIDATION_DENIED", found)
            return self._held_up(certificate, request, failed, reason, now, at_least=_WEEK)
        if not all(one.status is ValidationStatus.SUCCESS for one in found):
            pending = Renewal(RenewalStatus.PENDING_VALIDATION, now, "", found)
            return self._held_up(certificate, request, pending, reason, now)
        if wait := self._turn(request, content, now):
            validated = Renewal(RenewalStatus.PENDING_AUTO_RENEWAL, now, "", found)
            return Step(lambda present: _wishless(present).changed(renewal=validated), now + wait)
        return self._ordered(certificate, request, found, now, at_least=_WEEK if by_mail else timedelta())

    def _ordered(
        self,
        certificate: Certificate,
        request: CertificateRequest,
        found: tuple[DomainValidation, ...],
        now: datetime,
        *,
        at_least: timedelta,
    ) -> Step:
        try:
            delivered = ordered(self._issuers, certificate, request, now)
        except OrderRefused as problem:
            failed = Renewal(RenewalStatus.FAILED, now, problem.reason, found)
            return self._held_up(certificate, request, failed, str(problem), now, at_least=at_least)
        except IssuerProblem as problem:
            waiting = Renewal(RenewalStatus.PENDING_AUTO_RENEWAL, now, "", found)
            return self._held_up(certificate, request, waiting, str(problem), now)
        renewal = Renewal(RenewalStatus.PENDING_AUTO_RENEWAL, now, "", found)
        if isinstance(delivered, Waiting):
            state = dict(delivered.state)
            return Step(lambda present: present.changed(order_state=state, renewal=renewal), delivered.again_at)
        self.outcomes["renewed"] += 1
        told = certificate_events.available(
            certificate, delivered.content, "RENEWAL", self._id(), now, in_use=self._is_used(certificate)
        )
        return Step(
            # Tries go on until it is seen served: one that has to be put back again and again waits ever longer.
            lambda present: present.issued(now).changed(renewal=replace(renewal, delivered=True), tries=present.tries),
            now + _SECOND,
            delivered,
            events=(told,),
            counted="success",
        )

    def _held_up(
        self,
        certificate: Certificate,
        request: CertificateRequest,
        renewal: Renewal,
        reason: str,
        now: datetime,
        *,
        at_least: timedelta = timedelta(),
    ) -> Step:
        """Not now; the old certificate stays. Told when it begins, and once a day.

        `at_least` is the pause before it begins anew, unless the certificate ends before that.
        """
        _LOG.warning("%s is not renewed yet: %s", certificate.arn, reason)
        self.outcomes["failed"] += 1
        before = request.renewal if request.renewal and not request.renewal.delivered else None
        repeated = before is not None and before.status is renewal.status and now - before.updated_at < _IS_REPEATED
        shown = replace(renewal, updated_at=before.updated_at) if before and repeated else renewal
        news = () if repeated else (self._action_required(certificate, renewal, reason, now),)

        def change(present: CertificateRequest) -> CertificateRequest:
            state = {} if renewal.status is RenewalStatus.FAILED else present.order_state
            return _wishless(present).changed(
                renewal=shown, explanation=reason, tries=present.tries + 1, order_state=state
            )

        ends = certificate.content.not_after - now if certificate.content else at_least
        pause = max(self._pause(request.tries), min(at_least, ends / 4))
        ended = renewal.status is RenewalStatus.FAILED and not repeated
        return Step(change, now + pause, events=news, counted="failure" if ended else "")

    def _proven(
        self,
        certificate: Certificate,
        request: CertificateRequest,
        superseded: Superseded,
        seen: renewal_proof.Seen,
        now: datetime,
    ) -> Step:
        """The new certificate is served, is not yet, or cannot be: then the old one comes back."""
        began = request.renewal or Renewal(RenewalStatus.PENDING_AUTO_RENEWAL, now)
        if seen.served:
            done = replace(began, status=RenewalStatus.SUCCESS, updated_at=now)
            told = certificate_events.rotated(certificate, self._id(), now)
            if now >= renewal_time(certificate) and request.begun_renewal:
                # Seen late, when the next renewal is under way: that one goes on, as far as it is.
                return Step(_same, now, events=(told,), proven=True)
            return Step(
                lambda present: present.changed(renewal=done, tries=0),
                renewal_time(certificate),
                events=(told,),
                proven=True,
            )
        if seen.given_up(began.updated_at, now, superseded):
            _LOG.error(
                "%s: the renewed certificate is not served, the old one is put back: %s", certificate.arn, seen.reason
            )
            self.outcomes["failed"] += 1
            failed = replace(began, status=RenewalStatus.FAILED, updated_at=now, reason="OTHER")
            told = certificate_events.action_required(certificate, failed, seen.reason, self._id(), now, in_use=True)
            return Step(
                lambda present: present.changed(renewal=failed, explanation=seen.reason, tries=present.tries + 1),
                now + max(self._pause(request.tries), _HOUR),
                restored=superseded,
                events=(told,),
                counted="failure",
            )
        return Step(_same, now + renewal_proof.pause(began.updated_at, now))

    def _action_required(self, certificate: Certificate, renewal: Renewal, reason: str, now: datetime) -> Event:
        used = self._is_used(certificate)
        return certificate_events.action_required(certificate, renewal, reason, self._id(), now, in_use=used)

    def _is_used(self, certificate: Certificate) -> bool:
        with self._store.reading() as tx:
            return bool(certificate_uses.listeners(tx, certificate.account_id, certificate.unique_id))

    # --- pauses ---

    def _hindered(self, errand: Errand, request: CertificateRequest, now: datetime, reason: str) -> Step:
        """By a fault of ours. Looks have a time of their own; tries are those of whatever else is due."""
        if errand.looks:
            return method_updates.put_off(errand.certificate, request, reason, now, self._about)
        return self._put_off(request, now, reason)

    def _put_off(self, request: CertificateRequest, now: datetime, reason: str) -> Step:
        return Step(
            lambda present: present.changed(explanation=reason, tries=present.tries + 1),
            now + self._pause(request.tries),
        )

    def _pause(self, tries: int) -> timedelta:
        """Ever longer, up to six hours."""
        return self._about(min(timedelta(seconds=5) * 2 ** min(tries, 12), LONGEST_PAUSE))

    def _about(self, pause: timedelta) -> timedelta:
        """A tenth more or less, so that those that failed together do not come back together."""
        return pause * (0.9 + self._chance(1)[0] / 255 / 5)

    def _turn(self, request: CertificateRequest, content: Content, now: datetime) -> timedelta:
        """How long its order has to wait; nothing for one that is urgent or wished.

        A clock that jumped makes no storm: ten renewals a minute, and each of the others has its minute.
        """
        if request.renewal_wished or content.not_after - now < _URGENT:
            return timedelta()
        minute = now - _LATER
        self._renewals = [at for at in self._renewals if minute < at <= now]
        if len(self._renewals) < _RENEWALS_A_MINUTE:
            self._queued = max(self._queued - 1, 0)
            self._renewals.append(now)
            return timedelta()
        self._queued += 1
        return self._about(_LATER * (1 + self._queued // _RENEWALS_A_MINUTE))

    def _id(self) -> str:
        return ids.new_request_id(self._chance)


def _same(request: CertificateRequest) -> CertificateRequest:
    return request


def _wishless(request: CertificateRequest) -> CertificateRequest:
    """A wish has been heard: the renewal is under way."""
    return request.changed(renewal_wished=False)
