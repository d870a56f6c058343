"""What happened to a certificate that somebody should hear of, in the form of Amazon EventBridge.

Source: EventBridge reference, "AWS Certificate Manager events". AWS has events of ACM only: those of other
certificates, and of the end of an imported one, are ours and name a source of ours (`model.ending`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

ACM: Final = "aws.acm"
APPROACHING: Final = "ACM Certificate Approaching Expiration"
EXPIRED: Final = "ACM Certificate Expired"
ACTION_REQUIRED: Final = "ACM Certificate Renewal Action Required"
AVAILABLE: Final = "ACM Certificate Available"
ROTATED: Final = "ACM Certificate Rotated"
REVOKED: Final = "ACM Certificate Revoked"


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `event_id` has the form of a UUID."""

    event_id: str
    at: datetime
    account_id: str
    region: str
    detail_type: str
    resources: tuple[str, ...]
    """ARNs."""
    detail: Mapping[str, Any]
    source: str = ACM

    def document(self) -> dict[str, Any]:
        """The envelope as EventBridge delivers it."""
        return {
            "version": "0",
            "id": self.event_id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": self.account_id,
            "time": self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self.region,
            "resources": list(self.resources),
            "detail": dict(self.detail),
        }
