"""The events of issuing and renewing. What all events of certificates tell is in `model.certificate_event`."""

from datetime import datetime
from typing import Final

from sealstone.model import certificate_event, event
from sealstone.model.certificate import Certificate, Content
from sealstone.model.certificate_event import Action
from sealstone.model.certificate_request import Renewal, RenewalStatus
from sealstone.model.event import Event

_WAITS_FOR_OWNERS: Final = "PENDING_DOMAIN_VALIDATION"
_OTHER: Final = "OTHER"


def available(
    certificate: Certificate, content: Content, action: str, event_id: str, at: datetime, *, in_use: bool = False
) -> Event:
    """A certificate was issued (`ISSUANCE`), which nobody can use yet, or renewed (`RENEWAL`)."""
    return certificate_event.available(certificate, content, Action(action), event_id, at, in_use=in_use)


def rotated(certificate: Certificate, event_id: str, at: datetime, *, in_use: bool = True) -> Event:
    """Every listener that uses it has been seen to serve the renewed certificate.

    AWS documents the event without members; these are those of the others [inferred].
    """
    shared = certificate_event.with_days(certificate, certificate.content, at, in_use=in_use)
    return certificate_event.told(event.ROTATED, certificate, {"Action": "ROTATION", **shared}, event_id, at)


def action_required(
    certificate: Certificate, renewal: Renewal, reason: str, event_id: str, at: datetime, *, in_use: bool = False
) -> Event:
    """A renewal does not come about by itself. `reason` is for people: RenewalStatusReason is one of AWS's words.

    Action, RenewalStatus and Explanation are ours.
    """
    waiting = renewal.status is RenewalStatus.PENDING_VALIDATION
    detail = {
        "Action": Action.RENEWAL.value,
        "RenewalStatus": renewal.status.value,
        "RenewalStatusReason": renewal.reason or (_WAITS_FOR_OWNERS if waiting else _OTHER),
        "Explanation": reason,
        **certificate_event.with_days(certificate, certificate.content, at, in_use=in_use),
    }
    return certificate_event.told(event.ACTION_REQUIRED, certificate, detail, event_id, at)
