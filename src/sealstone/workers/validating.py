"""Whether those who ask for a certificate control its domains: a record in the DNS, a token over HTTP, a mail answered.

Source: ACM user guide, "Validating domain ownership". Nothing is written here but what a mail needs: whose token it is.
"""

import base64
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Final, Protocol

from sealstone.model.approval import Approval, digest
from sealstone.model.certificate import Certificate
from sealstone.model.certificate_request import (
    VALIDATION_ENDS,
    CertificateRequest,
    DomainValidation,
    Stage,
    ValidationMethod,
    ValidationStatus,
)
from sealstone.model.ids import Chance
from sealstone.probe import token
from sealstone.probe.domain_names import Resolver
from sealstone.probe.problems import SHOWS_NOTHING, AnswerShowsNothing, MailFailed, MailRefused, ProbeProblem
from sealstone.store import certificate_requests, validation_approvals
from sealstone.store.engine import Store
from sealstone.workers.own_addresses import OwnAddresses

_LOG: Final = logging.getLogger("sealstone.issuing")
_TOKEN_BYTES: Final = 32
_ANYTHING: Final = "*."
_AT_MOST: Final = 10.0
"""Seconds after which no further domain is looked at: what is begun then ends before the minute of the lease does."""
_MOST_REASONS: Final = 5
_EARLIER_MAILS: Final = 2
"""Whose links still lead somewhere when the next one about that domain is sent."""
_NO_TIME: Final = "there was no time to look at all of the domains; the others come next"
_NO_MAIL: Final = "no mail server is set (smtp_server), so nobody was asked"

Post = Callable[[Sequence[str], str, str], None]
"""Sends a mail: to whom, subject, text. Raises ProbeProblem."""


class Validator(Protocol):
    """Tells which domains are validated."""

    def checked(self, certificate: Certificate, at: datetime) -> tuple[tuple[DomainValidation, ...], str]:
        """The domain validations of its request as they are now, and why some are not validated; raises nothing."""


@dataclass(frozen=True, slots=True)
class Mail:
    """How those are asked who read a domain's mail."""

    post: Post | None
    approval_url: str
    """Where a token behind a slash leads to the page that asks."""


class DomainValidator:
    """Looks at the world outside. Called by several threads."""

    def __init__(
        self,
        store: Store,
        resolver: Resolver,
        mail: Mail,
        chance: Chance,
        own_addresses: OwnAddresses,
        *,
        http_port: int = 80,
        clock: Callable[[], float] = monotonic,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._resolver = resolver
        self._mail = mail
        self._chance = chance
        self._own_addresses = own_addresses
        self._http_port = http_port
        self._clock = clock
        self._is_stopping = is_stopping

    def checked(self, certificate: Certificate, at: datetime) -> tuple[tuple[DomainValidation, ...], str]:
        """Every domain that is not validated yet is looked at once, names that share a record together.

        Only for a time: the errand must end while it is still the worker's. Each time another domain is the first,
        so that some that never answer keep none of the others from being looked at.
        """
        request = certificate.request
        if request is None or not request.validations:
            return (), ""
        answers = self._answers(certificate) if _of(request, ValidationMethod.EMAIL) else {}
        ends = self._clock() + _AT_MOST
        found, seen = list(request.validations), dict[tuple[str, str], str]()
        reasons: dict[str, None] = {}
        for number in self._order(len(found)):
            one = found[number]
            if one.status is not ValidationStatus.PENDING_VALIDATION:
                continue
            if self._clock() >= ends or self._is_stopping():
                reasons[_NO_TIME] = None
                break
            if one.method is ValidationMethod.EMAIL:
                found[number], reason = self._mailed(certificate, request, one, answers, at)
            else:
                key = (one.record_name, one.token)
                reason = seen[key] if key in seen else seen.setdefault(key, self._looked(certificate, one))
                found[number] = one if reason else replace(one, status=ValidationStatus.SUCCESS)
            if reason:
                reasons[reason] = None
        told = _told(tuple(reasons))
        if SHOWS_NOTHING in told and SHOWS_NOTHING not in request.explanation:
            # It stays so until somebody acts, and DescribeCertificate has no place for it.
            _LOG.warning("%s is not validated: %s", certificate.arn, told)
        return tuple(found), told

    def _order(self, count: int) -> Iterator[int]:
        """All numbers below it, from any of them on."""
        first = self._chance(1)[0] % count
        yield from range(first, count)
        yield from range(first)

    def _looked(self, certificate: Certificate, one: DomainValidation) -> str:
        """Why it is not validated; empty when it is."""
        try:
            if one.method is ValidationMethod.HTTP:
                return self._fetched(certificate, one)
            return self._recorded(one)
        except AnswerShowsNothing as problem:
            return f"{problem.cause}; {problem.cure}"
        except ProbeProblem as problem:
            return problem.cause

    def _recorded(self, one: DomainValidation) -> str:
        reason = f"there is no CNAME record {one.record_name}"
        for alias in self._resolver.aliases(one.record_name):
            if alias == one.record_value.lower():
                return ""
            reason = f"the CNAME record {one.record_name} leads elsewhere than to {one.record_value}"
        return reason

    def _fetched(self, certificate: Certificate, one: DomainValidation) -> str:
        with self._store.reading() as tx:
            body = certificate_requests.token_body(tx, certificate, one.token)
        if not body:
            return f"the token for {one.domain_name} is gone"
        token.check(
            one.domain_name,
            certificate_requests.token_path(one.token),
            body,
            doubt=partial(self._own_addresses.doubt, certificate.account_id),
            port=self._http_port,
            redirect_to=one.redirect_to,
            resolve=self._resolver.addresses,
        )
        return ""

    def _answers(self, certificate: Certificate) -> Mapping[str, bool]:
        with self._store.reading() as tx:
            return validation_approvals.answers(tx, certificate.account_id, certificate.region, certificate.unique_id)

    def _mailed(
        self,
        certificate: Certificate,
        request: CertificateRequest,
        one: DomainValidation,
        answers: Mapping[str, bool],
        at: datetime,
    ) -> tuple[DomainValidation, str]:
        if one.domain_name in answers:
            approved = answers[one.domain_name]
            status = ValidationStatus.SUCCESS if approved else ValidationStatus.FAILED
            return replace(one, status=status), "" if approved else f"the owner of {one.domain_name} declined"
        if one.sent_at is not None and at < _asked_again(certificate, request, one.sent_at):
            return one, f"nobody has answered the mail about {one.domain_name} yet"
        if self._mail.post is None:
            return one, _NO_MAIL
        secret = base64.urlsafe_b64encode(self._chance(_TOKEN_BYTES)).rstrip(b"=").decode()
        approval = Approval(
            token_hash=digest(secret),
            account_id=certificate.account_id,
            region=certificate.region,
            unique_id=certificate.unique_id,
            domain_name=one.domain_name,
            email=one.emails[0],
            created_at=at,
            # A renewal does not time out, so that each mail about it has its own time.
            expires_at=(request.requested_at if request.stage is Stage.VALIDATING else at) + VALIDATION_ENDS,
        )
        with self._store.writing() as tx:
            if certificate_requests.held(tx, certificate) is None:
                return one, "it was deleted meanwhile"
            validation_approvals.withdraw_older(tx, approval, _EARLIER_MAILS)
            validation_approvals.add(tx, approval)
        try:
            self._mail.post(one.emails, *_letter(certificate, approval, f"{self._mail.approval_url}/{secret}"))
        except (MailFailed, MailRefused) as problem:
            with self._store.writing() as tx:
                validation_approvals.withdraw(tx, approval.token_hash)
            return one, problem.cause
        except ProbeProblem as problem:
            # It may arrive, and then its link has to lead somewhere.
            return one, problem.cause
        _LOG.info("asked the owners of %s about %s by mail", one.domain_name, certificate.arn)
        return replace(one, sent_at=at), f"nobody has answered the mail about {one.domain_name} yet"


def look_again_after(age: timedelta) -> timedelta:
    """Between two looks at what was asked for that long ago.

    Somebody is setting the record right now, and waits; later nobody does.
    """
    return min(max(age / 20, timedelta(seconds=3)), timedelta(minutes=10))


def _asked_again(certificate: Certificate, request: CertificateRequest, sent_at: datetime) -> datetime:
    """When a mail that nobody answers is followed by the next one: in a renewal ever more often towards the end."""
    if request.stage is Stage.VALIDATING or certificate.content is None:
        return sent_at + 2 * VALIDATION_ENDS  # the request has ended by then
    return sent_at + max(VALIDATION_ENDS, (certificate.content.not_after - sent_at) / 8)


def _told(reasons: Sequence[str]) -> str:
    """The first few of up to a hundred; it is stored and logged."""
    more = len(reasons) - _MOST_REASONS
    return "; ".join((*reasons[:_MOST_REASONS], *((f"and {more} more",) if more > 0 else ())))


def _of(request: CertificateRequest, method: ValidationMethod) -> bool:
    return any(one.method is method for one in request.validations)


def _letter(certificate: Certificate, asked: Approval, url: str) -> tuple[str, str]:
    """Subject and text."""
    host = asked.domain_name.removeprefix(_ANYTHING)
    text = (
        f"Somebody asks for a certificate for {asked.domain_name}.\n\n"
        f"Account      {certificate.account_id}\n"
        f"Region       {certificate.region}\n"
        f"Certificate  {certificate.arn}\n\n"
        f"If you are responsible for {host}, approve or decline it here before "
        f"{asked.expires_at:%Y-%m-%d %H:%M} UTC:\n\n{url}\n\n"
        "If you know nothing of it, do nothing: without your approval no certificate is issued.\n"
    )
    return f"Certificate request for {asked.domain_name}", text
