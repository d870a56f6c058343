"""A stored certificate that ends: when its owner is warned, and in which words. Where it is stored is not told here.

Source: EventBridge reference, "AWS Certificate Manager events"; ACM user guide, "Managed renewal" (45, 30, 15, 7, 3 and
1 days: ours has 14). AWS sends its warning of ACM certificates daily from the first day on; we send it at these days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from sealstone.model import event
from sealstone.model.event import Event

DAYS: Final = (45, 30, 14, 7, 3, 1)
"""Before the end, on which is warned."""
FIRST_DAYS: Final = DAYS[0]
EXPIRED: Final = 0
"""Stands in the place of a number of days for the end itself."""
EXPLANATION: Final = "Explanation"
"""The member of an event's detail that tells people, in whole sentences, what to do."""
TOLD_UNTIL: Final = timedelta(days=FIRST_DAYS)
"""After the end it is told no more: whoever starts with a store of old certificates hears of none of them."""
_DAY: Final = timedelta(days=1)


class Kind(Enum):
    """What ends; the value is the source of its events, the word for the warning, and the one for the end."""

    REQUESTED = (event.ACM, event.APPROACHING, event.ACM, event.EXPIRED)
    # AWS never tells the end of an imported one.
    IMPORTED = (event.ACM, event.APPROACHING, "sealstone.acm", "Imported Certificate Expired")
    SERVER_CERTIFICATE = (
        *("sealstone.iam", "Server Certificate Approaching Expiration"),
        *("sealstone.iam", "Server Certificate Expired"),
    )
    SIGNING_CERTIFICATE = (
        *("sealstone.iam", "Signing Certificate Approaching Expiration"),
        *("sealstone.iam", "Signing Certificate Expired"),
    )
    AUTHORITY = (
        *("sealstone.ca", "Authority Certificate Approaching Expiration"),
        *("sealstone.ca", "Authority Certificate Expired"),
    )


def counted_under(kind: Kind, key: tuple[str, ...]) -> str:
    """What warnings of a certificate are counted under, by where it is stored."""
    return "|".join((kind.name.lower(), *key))


@dataclass(frozen=True, slots=True)
class Ending:
    """One content of one certificate."""

    kind: Kind
    key: tuple[str, ...]
    """Where it is stored; it stays through renames and other contents."""
    arn: str
    """What the event names: of a signing certificate the ARN of its user."""
    account_id: str
    region: str
    fingerprint: str
    """SHA-256 over the DER, lower-case hex: warnings count for one content."""
    not_after: datetime
    """The last second in which it is valid; UTC."""
    common_name: str = ""
    """Empty when it is to be read from the certificate."""
    certificate_body: str = field(default="", repr=False)
    first_days: int = FIRST_DAYS
    """From when on its owner wants warnings; never more than `FIRST_DAYS`."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """What the event tells besides days and common name."""
    detail_of_end: Mapping[str, Any] = field(default_factory=dict)
    """What the event of the end tells further."""

    @property
    def resource(self) -> str:
        """What warnings are counted under."""
        return counted_under(self.kind, self.key)

    def days(self, at: datetime) -> int:
        """Whole days that are left; negative after the end."""
        return (self.not_after - at) // _DAY

    def due(self, at: datetime) -> int | None:
        """The smallest number of days that has been reached, `EXPIRED` after the end; None when there is none.

        Both ends belong to the validity, and dates know no fractions of a second (RFC 5280 4.1.2.5).
        """
        if at.replace(microsecond=0) > self.not_after:
            return EXPIRED
        left = self.days(at)
        return min((days for days in self._steps() if left <= days), default=None)

    def event(self, event_id: str, at: datetime, common_name: str) -> Event:
        """What its owner is told at that time."""
        source, approaching, source_of_end, expired = self.kind.value
        detail: dict[str, Any] = {"CommonName": common_name, **self.detail}
        ended = self.due(at) == EXPIRED
        if not ended:
            detail = {"DaysToExpiry": self.days(at), **detail}
        else:
            detail |= self.detail_of_end
        return Event(
            event_id=event_id,
            at=at,
            account_id=self.account_id,
            region=self.region,
            detail_type=expired if ended else approaching,
            resources=(self.arn,),
            detail=detail,
            source=source_of_end if ended else source,
        )

    def _steps(self) -> tuple[int, ...]:
        first = min(self.first_days, FIRST_DAYS)
        return (first, *(days for days in DAYS if days < first))
