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

    @property
    def is_validated(self) -> bool:
        """Whether every domain is shown to be controlled."""
        return all(one.status is ValidationStatus.SUCCESS for one in self.validations)

    @property
    def lane(self) -> Lane:
        """Of its next errand."""
        if self.stage in (Stage.VALIDATING, Stage.ISSUING):
            return Lane.VALIDATE if self.stage is Stage.VALIDATING else Lane.ISSUE
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
    def told_renewal(self) -> Renewal | None:
        """As answers tell it: one that was just wished begins anew, whatever became of the last."""
        if not self.renewal_wished:
            return self.renewal
        since = self.renewal_wished_at or self.requested_at
        return Renewal(RenewalStatus.PENDING_AUTO_RENEWAL, since, validations=self.asked())

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
