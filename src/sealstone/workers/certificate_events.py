"""The events of issuing and renewing, in the shapes of EventBridge ("AWS Certificate Manager events")."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sealstone.model import event
from sealstone.model.certificate import Certificate, Content
from sealstone.model.certificate_request import Renewal
from sealstone.model.event import Event


def available(certificate: Certificate, content: Content, action: str, event_id: str, at: datetime) -> Event:
    """A certificate was issued (`ISSUANCE`) or renewed (`RENEWAL`)."""
    detail = {"Action": action, **_common(certificate, content, at)}
    return _event(event.AVAILABLE, certificate, detail, event_id, at)


def rotated(certificate: Certificate, event_id: str, at: datetime) -> Event:
    """Every listener that uses it has been seen to serve the renewed certificate."""
    detail = {"Action": "ROTATION", **_common(certificate, certificate.content, at)}
    return _event(event.ROTATED, certificate, detail, event_id, at)


def action_required(certificate: Certificate, renewal: Renewal, reason: str, event_id: str, at: datetime) -> Event:
    """A renewal does not come about by itself."""
    detail = {
        "Action": "RENEWAL",
        "RenewalStatus": renewal.status.value,
        "RenewalStatusReason": renewal.reason or reason,
        **_common(certificate, certificate.content, at),
    }
    return _event(event.ACTION_REQUIRED, certificate, detail, event_id, at)


def _event(kind: str, certificate: Certificate, detail: Mapping[str, Any], event_id: str, at: datetime) -> Event:
    return Event(event_id, at, certificate.account_id, certificate.region, kind, (certificate.arn,), detail)


def _common(certificate: Certificate, content: Content | None, at: datetime) -> dict[str, Any]:
    request = certificate.request
    method = next((one.method for one in request.validations if one.method), None) if request else None
    return {
        "CertificateType": certificate.kind.value,
        "CommonName": certificate.name,
        "CertificateCreatedDate": _time(certificate.created_at),
        "Exported": bool(request and request.exported),
        **({"DomainValidationMethod": method.value} if method else {}),
        **(
            {
                "CertificateExpirationDate": _time(content.not_after),
                "DaysToExpiry": max((content.not_after - at).days, 0),
            }
            if content
            else {}
        ),
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
