"""What RequestCertificate asked for, how its domains are validated, and how its renewal goes. No key, no certificate.

A request lives as long as its certificate: renewals are made from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self

import msgspec

VALIDATION_ENDS: Final = timedelta(hours=72)
"""How long a domain may wait for its validation (ACM user guide)."""
DAYS: Final = 198
"""How long a certificate is valid that names no authority (ACM user guide, 2026)."""
PRIVATE_DAYS: Final = 395
"""How long one of a private authority is valid (ACM user guide)."""
_DUE: Final = timedelta(days=60)
"""Before its end a long-lived certificate is renewed (ACM user guide, "Managed renewal")."""


class ValidationMethod(StrEnum):
    """How the control of a domain is shown (API model, ValidationMethod)."""

    DNS = "DNS"
    EMAIL = "EMAIL"
    HTTP = "HTTP"


class ValidationStatus(StrEnum):
    """API model, DomainStatus."""

    PENDING_VALIDATION = "PENDING_VALIDATION"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class RenewalStatus(StrEnum):
    """API model, RenewalStatus."""

    PENDING_AUTO_RENEWAL = "PENDING_AUTO_RENEWAL"
    PENDING_VALIDATION = "PENDING_VALIDATION"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class UpdateStatus(StrEnum):
    """API model, UpdateStatus."""

    PENDING_DOMAIN_VALIDATION = "PENDING_DOMAIN_VALIDATION"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class Stage(StrEnum):
    """How far a request is."""

    VALIDATING = "VALIDATING"
    ISSUING = "ISSUING"
    """Every domain is validated, or none needs to be; the issuer has not answered yet."""
    ISSUED = "ISSUED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    REVOKED = "REVOKED"


class Lane(StrEnum):
    """What its next errand is like: those that look at the world outside may take long, and hold up no others."""

    VALIDATE = "validate"
    ISSUE = "issue"
    KEEP_LOOKING = "keep-looking"
    """Of what has been issued, and is validated again when it is renewed."""
    KEEP = "keep"


OUTSIDE: Final = (Lane.VALIDATE, Lane.KEEP_LOOKING)
INSIDE: Final = (Lane.ISSUE, Lane.KEEP)
PENDING: Final = (Lane.VALIDATE, Lane.ISSUE)
"""These are never put off for longer than `LONGEST_PAUSE`."""
LONGEST_PAUSE: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class DomainValidation:
    """Of one domain name of the request."""

    domain_name: str
    validation_domain: str
    """The domain itself or one above it, whose mailboxes are written to."""
    method: ValidationMethod | None
    """None with a private authority."""
    status: ValidationStatus = ValidationStatus.PENDING_VALIDATION
    record_name: str = ""
    """Of the CNAME, with its final dot; DNS only."""
    record_value: str = ""
    emails: tuple[str, ...] = ()
    """Mailboxes that are written to; EMAIL only."""
    sent_at: datetime | None = None
    """When they were written to; None when they have yet to be."""
    token: str = ""
    """Part of the path under /.well-known/pki-validation/; HTTP only."""
    redirect_to: str = ""
    """Where the owner may redirect that path to; HTTP only."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """The last renewal, or the one under way."""

    status: RenewalStatus
    updated_at: datetime
    reason: str = ""
    """A FailureReason of the API model; empty without one."""
    validations: tuple[DomainValidation, ...] = ()
    delivered: bool = False
    """Whether a certificate was issued by it: what its validations showed counts for no further one."""


@dataclass(frozen=True, slots=True)
class MethodUpdate:
    """The last change of the validation method, or the one under way (API model, UpdateSummary)."""

    status: UpdateStatus
    old_method: ValidationMethod
    new_method: ValidationMethod
    requested_at: datetime
    updated_at: datetime
    validations: tuple[DomainValidation, ...] = ()
    """By the new method; empty when it is over."""
    explanation: str = ""
    """Why it has not succeeded, in words, for logs; no secret."""

    @property
    def is_pending(self) -> bool:
        """Whether it is under way."""
        return self.status is UpdateStatus.PENDING_DOMAIN_VALIDATION

    def ended(self, status: UpdateStatus, at: datetime, explanation: str = "") -> Self:
        """Over, with that outcome."""
        return replace(self, status=status, updated_at=at, validations=(), explanation=explanation)


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """What was asked for, and how far it is. Times are in UTC."""

    requested_at: datetime
    stage: Stage
    key_algorithm: str
    """`RSA_2048`, `EC_prime256v1`, `EC_secp384r1`."""
    validations: tuple[DomainValidation, ...]
    authority_arn: str | None = None
    exportable: bool = False
    transparency_logged: bool = True
    days: int = DAYS
    """How long each certificate is valid."""
    idempotency_token: str | None = None
    failure_reason: str = ""
    """A FailureReason of the API model; empty without one."""
    explanation: str = ""
    """The last failure in words, for logs and events; no secret."""
    issued_at: datetime | None = None
    exported: bool = False
    """Ever: what ListCertificates shows, and what may be revoked."""
    exported_at: datetime | None = None
    """Of the present content; None when that one never left."""
    revoked_at: datetime | None = None
    revocation_reason: str = ""
    renewal: Renewal | None = None
    renewal_wished: bool = False
    """RenewCertificate was called: renew at once, whatever the dates say."""
    renewal_wished_at: datetime | None = None
    """When it was called last."""
    wish: str = ""
    """Digest of what was asked for, which idempotency tokens are compared by; empty before there were digests."""
    order_state: Mapping[str, str] = field(default_factory=dict)
    """What the issuer wants to be reminded of."""
    tries: int = 0
    """Of the present errand without success; the pauses between tries grow with it."""
    method_update: MethodUpdate | None = None

    @property
    def is_validated(self) -> bool:
        """Whether every domain is shown to be controlled."""
        return all(one.status is ValidationStatus.SUCCESS for one in self.validations)

    @property
    def lane(self) -> Lane:
        """Of its next errand."""
        if self.stage in (Stage.VALIDATING, Stage.ISSUING):
            return Lane.VALIDATE if self.stage is Stage.VALIDATING else Lane.ISSUE
        if self.is_updating:
            return Lane.KEEP_LOOKING
        is_proven = self.renewal is None or self.renewal.status is not RenewalStatus.PENDING_AUTO_RENEWAL
        return Lane.KEEP_LOOKING if is_proven and any(one.method for one in self.validations) else Lane.KEEP

    @property
    def is_renewing(self) -> bool:
        """Whether a renewal is under way: one that failed has ended, the next begins anew."""
        renewal = self.renewal
        return renewal is not None and renewal.status in {
            RenewalStatus.PENDING_AUTO_RENEWAL,
            RenewalStatus.PENDING_VALIDATION,
        }

    @property
    def begun_renewal(self) -> Renewal | None:
        """The renewal to go on with, by what was validated for it; None where the next one begins anew.

        One that has given its certificate is over, though nobody may have seen that one served.
        """
        is_over = self.renewal is None or self.renewal.delivered
        return self.renewal if self.is_renewing and not is_over and not self.renewal_wished else None

    @property
    def told_renewal(self) -> Renewal | None:
        """As answers tell it: one that was just wished begins anew, whatever became of the last."""
        if not self.renewal_wished:
            return self.renewal
        since = self.renewal_wished_at or self.requested_at
        return Renewal(RenewalStatus.PENDING_AUTO_RENEWAL, since, validations=self.asked())

    @property
    def is_updating(self) -> bool:
        """Whether its validation method is being changed."""
        return self.stage is Stage.ISSUED and self.method_update is not None and self.method_update.is_pending

    @property
    def told_method_update(self) -> MethodUpdate | None:
        """As answers tell it: what was under way when the certificate was revoked failed by that."""
        update = self.method_update
        if update is None or not update.is_pending or self.is_updating:
            return update
        return update.ended(UpdateStatus.FAILED, self.revoked_at or update.updated_at)

    def method_changed(self, update: MethodUpdate, found: tuple[DomainValidation, ...], at: datetime) -> Self:
        """Validated by the new method from now on.

        A renewal that is under way, or that an owner declined, goes on with what has just been shown.
        """
        renewal = self.renewal
        if renewal and self.is_renewing:
            renewal = replace(renewal, validations=found)
        elif renewal and any(one.status is ValidationStatus.FAILED for one in renewal.validations):
            renewal = Renewal(RenewalStatus.PENDING_VALIDATION, at, validations=found)
        done = update.ended(UpdateStatus.SUCCESS, at)
        return replace(self, validations=found, method_update=done, renewal=renewal)

    def issued(self, at: datetime) -> Self:
        """With a certificate that was issued just now."""
        return replace(
            self,
            stage=Stage.ISSUED,
            issued_at=at.replace(microsecond=0),
            exported_at=None,
            renewal_wished=False,
            failure_reason="",
            explanation="",
            order_state={},
            tries=0,
        )

    def asked(self) -> tuple[DomainValidation, ...]:
        """Its domains, to be validated once more; with a private authority nothing is."""
        return tuple(
            replace(one, status=ValidationStatus.PENDING_VALIDATION, sent_at=None) if one.method else one
            for one in self.validations
        )

    def changed(self, **changes: Any) -> Self:
        """With other values of some fields."""
        return replace(self, **changes)

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        return document

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """From what `document` gave."""
        return msgspec.convert(document, cls)


def renewal_begins(not_before: datetime, not_after: datetime) -> datetime:
    """60 days before the end, or at the last third of a life that is shorter than 180 days."""
    return max(not_after - _DUE, not_after - (not_after - not_before) / 3)
