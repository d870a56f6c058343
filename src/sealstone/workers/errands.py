"""Errands: taking one, and writing what it came to in one unit of work, while it is still ours."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from sealstone.model.certificate import Certificate
from sealstone.model.certificate_request import CertificateRequest, Lane, RenewalStatus, Stage, renewal_begins
from sealstone.model.event import Event
from sealstone.seal.envelope import Keyring
from sealstone.store import (
    certificate_metrics,
    certificate_requests,
    certificates,
    configuration,
    events,
    superseded_certificates,
    validation_approvals,
)
from sealstone.store.certificate_requests import LEASE, Place
from sealstone.store.engine import Store, Tx
from sealstone.store.superseded_certificates import Superseded
from sealstone.workers import renewal_proof
from sealstone.workers.ordering import Delivered

_LOG: Final = logging.getLogger("sealstone.issuing")
_AT_ONCE: Final = 8
_NO_EVENTS: Final[tuple[Event, ...]] = ()

Change = Callable[[CertificateRequest], CertificateRequest]


@dataclass(frozen=True, slots=True)
class Step:
    """What an errand came to; nothing of it holds before it is written."""

    change: Change
    due_at: datetime | None
    """When an errand of that kind is due again; None for never."""
    delivered: Delivered | None = None
    restored: Superseded | None = None
    events: tuple[Event, ...] = _NO_EVENTS
    proven: bool = False
    """The content before the present one is needed no more."""
    asks_anew: bool = False
    """Answers of an earlier validation by mail no longer count."""
    counted: Literal["", "success", "failure"] = ""
    """What it is in the totals of renewals."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A certificate that is due, and the number with which it was taken."""

    certificate: Certificate
    fence: int
    looks: bool = False
    """At the change of its validation method: whatever else is due of it stays as it is."""


class Errands:
    """The errands of one store, as one worker takes and ends them."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    def due(self, now: datetime, lanes: tuple[Lane, Lane]) -> tuple[Place, ...]:
        """A few of those that are due and nobody has, of each account in turn. Raises StoreFault."""
        with self._store.reading() as tx:
            return certificate_requests.due(tx, now, _AT_ONCE, lanes)

    def take(self, place: Place, now: datetime) -> Errand | None:
        """As it is at this moment; None when somebody else was faster. Raises StoreFault."""
        with self._store.writing() as tx:
            taken = certificate_requests.take(tx, place, now, now + LEASE)
            found = certificates.find(tx, *place) if taken else None
        return Errand(found, *taken) if found and taken else None

    def put_off(self, place: Place, until: datetime) -> None:
        """Look at it later, whoever has it. Raises StoreFault."""
        with self._store.writing() as tx:
            certificate_requests.put_off(tx, place, until)

    def end(self, errand: Errand, step: Step, now: datetime) -> bool:
        """Write all of it; False, and nothing written, when the errand is no longer ours. Raises StoreFault, SealFault.

        Where somebody changed the certificate meanwhile, nothing is written either, and it is looked at again.
        """
        certificate = errand.certificate
        with self._store.writing() as tx:
            held = certificate_requests.held(tx, certificate)
            if held is None or held.fence != errand.fence:
                _LOG.warning("%s: another worker has the errand, or it is gone; nothing was written", certificate.arn)
                return False
            certificate_requests.release(tx, certificate)
            present = certificates.find(tx, certificate.account_id, certificate.region, certificate.unique_id)
            request, before = present.request if present else None, certificate.request
            if present is None or request is None or before is None or request.stage is not before.stage:
                return False  # it was revoked meanwhile, and needs nothing more
            if errand.looks:
                self._put_look(tx, present, request, step, now)
                return True
            if present.version != certificate.version or (not step.delivered and _wishes(request) != _wishes(before)):
                certificate_requests.wake(tx, present, now)
                return False
            self._put(tx, present, request, step)
            if held.woken:
                certificate_requests.wake(tx, present, now)
        return True

    def _put_look(self, tx: Tx, present: Certificate, request: CertificateRequest, step: Step, now: datetime) -> None:
        """A renewal that waited for mails to be answered, and need not any more, goes on now."""
        changed = step.change(request)
        if step.asks_anew:
            validation_approvals.remove(tx, present.account_id, present.region, present.unique_id)
        certificate_requests.look(tx, present, changed, step.due_at)
        if changed.renewal != request.renewal:
            certificate_requests.wake(tx, present, now)

    def _put(self, tx: Tx, present: Certificate, request: CertificateRequest, step: Step) -> None:
        changed = step.change(request)
        due_at = step.due_at
        if step.delivered:
            renewed, served = self._deliver(tx, present, step.delivered)
            if changed.renewal and changed.renewal.status is RenewalStatus.PENDING_AUTO_RENEWAL and not served:
                # Nothing has to be seen served: this renewal is over, and so are its tries.
                changed = changed.changed(renewal=replace(changed.renewal, status=RenewalStatus.SUCCESS), tries=0)
            due_at = due_at if served else renewal_time(renewed)
        elif step.restored:
            self._restore(tx, present, step.restored)
        if step.proven:
            superseded_certificates.remove(tx, present)
        if step.asks_anew:
            validation_approvals.remove(tx, present.account_id, present.region, present.unique_id)
        if changed.stage in (Stage.FAILED, Stage.TIMED_OUT):
            certificate_requests.remove_tokens(tx, present)
            validation_approvals.remove(tx, present.account_id, present.region, present.unique_id)
        certificate_requests.schedule(tx, present, changed, due_at)
        if step.counted:
            certificate_metrics.count_renewal(tx, step.counted)
        for told in step.events:
            events.add(tx, told)

    def _deliver(self, tx: Tx, present: Certificate, delivered: Delivered) -> tuple[Certificate, bool]:
        """Store the new content; whether listeners have to be seen serving it. The old one is kept until then."""
        renewed = present.renewed(delivered.content, delivered.detail)
        old_key = certificates.sealed_key(tx, present) if present.content else None
        serving = renewal_proof.serving(tx, present)
        sealed = self._keyring.seal(delivered.private_key, bound_to=renewed.bound_to)
        certificates.replace(tx, renewed, sealed)
        if not serving or present.content is None or old_key is None:
            superseded_certificates.remove(tx, present)
            return renewed, False
        generation = configuration.generation(tx)
        kept = Superseded(present.version, generation, present.content, present.detail, old_key, serving)
        superseded_certificates.put(tx, present, kept)
        return renewed, True

    def _restore(self, tx: Tx, present: Certificate, old: Superseded) -> None:
        """The old content as the newest version, its key sealed anew for that."""
        bound_to = replace(present, version=old.version).bound_to
        key = self._keyring.unseal(old.sealed_private_key, bound_to=bound_to)
        restored = present.renewed(old.content, old.detail)
        certificates.replace(tx, restored, self._keyring.seal(key, bound_to=restored.bound_to))
        superseded_certificates.remove(tx, present)


def _wishes(request: CertificateRequest) -> tuple[object, ...]:
    """What operations change while a worker has the errand: mails once more, a renewal now."""
    return request.validations, request.renewal, request.renewal_wished


def renewal_time(certificate: Certificate) -> datetime:
    """When its renewal is due: up to a fiftieth of its life earlier than it need be, so that not all are at once.

    Never later: the time that is left is for an authority that is away.
    """
    content = certificate.content
    if content is None:
        raise ValueError("what is not issued is not renewed")
    begins = renewal_begins(content.not_before, content.not_after)
    share = int(content.fingerprint[:8] or "0", 16) / 0xFFFFFFFF
    return (begins - (content.not_after - content.not_before) / 50 * share).replace(microsecond=0)
