"""What events tell of a certificate of ACM, in the members that EventBridge has for them; not when they are told.

Source: ACM user guide, "Amazon EventBridge support for ACM" (members of each event); EventBridge reference, "AWS
Certificate Manager events". A member that would have no value is left out: an imported or private certificate has no
DomainValidationMethod [inferred].
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sealstone.model import event
from sealstone.model.certificate import Certificate, Content
from sealstone.model.event import Event

_DAY: Final = timedelta(days=1)


class Action(StrEnum):
    """Why a certificate is available (user guide)."""

    ISSUANCE = "ISSUANCE"
    RENEWAL = "RENEWAL"
    IMPORT = "IMPORT"
    REIMPORT = "REIMPORT"


def members(certificate: Certificate, content: Content | None, *, in_use: bool) -> dict[str, Any]:
    """Of whatever is told of the certificate with that content: all that events of AWS tell but days and reasons.

    `in_use`: whether a listener uses it. HTTP is a validation method of ours besides AWS's EMAIL and DNS.
    """
    request = certificate.request
    method = next((one.method for one in request.validations if one.method), None) if request else None
    return {
        "CertificateType": certificate.kind.value,
        "CommonName": certificate.name,
        **({"DomainValidationMethod": method.value} if method else {}),
        "CertificateCreatedDate": _time(certificate.created_at),
        **({"CertificateExpirationDate": _time(content.not_after)} if content else {}),
        "InUse": in_use,
        "Exported": bool(request and request.exported),
    }


def with_days(certificate: Certificate, content: Content | None, at: datetime, *, in_use: bool) -> dict[str, Any]:
    """The same, and the whole days that are left; 0 after the end."""
    days = {"DaysToExpiry": max((content.not_after - at) // _DAY, 0)} if content else {}
    return members(certificate, content, in_use=in_use) | days


def available(
    certificate: Certificate, content: Content | None, action: Action, event_id: str, at: datetime, *, in_use: bool
) -> Event:
    """It was issued, renewed or imported, and has that content from now on."""
    detail = {"Action": action.value, **with_days(certificate, content, at, in_use=in_use)}
    return told(event.AVAILABLE, certificate, detail, event_id, at)


def told(kind: str, certificate: Certificate, detail: Mapping[str, Any], event_id: str, at: datetime) -> Event:
    """An event of ACM's about that certificate, of a kind of `model.event`."""
    return Event(event_id, at, certificate.account_id, certificate.region, kind, (certificate.arn,), detail)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
