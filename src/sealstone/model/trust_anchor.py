"""Trust anchors of Roles Anywhere: authorities whose certificates may have sessions, as records."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from sealstone.model import arn

KIND: Final = "trust-anchor"
"""As in ARNs."""


@dataclass(frozen=True, slots=True)
class NotificationSetting:
    """Whether somebody is to be told of an event (CA_CERTIFICATE_EXPIRY, ...) `threshold` days ahead.

    Kept, and answered as it was set; who tells people of expiring certificates is not here.
    """

    event: str
    enabled: bool
    threshold: int
    channel: str = "ALL"
    configured_by: str = ""
    """The account, or the service itself for what nobody configured."""


@dataclass(frozen=True, slots=True)
class TrustAnchor:
    """One or two authorities under a name. `certificates` is their PEM text as it was sent."""

    account_id: str
    region: str
    unique_id: str
    """In the form of a version 4 UUID."""
    name: str
    certificates: str
    enabled: bool
    created_at: datetime
    updated_at: datetime
    notifications: tuple[NotificationSetting, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Its ARN; it never changes."""
        return arn.roles_anywhere(KIND, self.region, self.account_id, self.unique_id)

    def tagged(self, tags: Mapping[str, str]) -> Self:
        """With exactly these tags."""
        return replace(self, tags=tags)

    def notifying(self, setting: NotificationSetting) -> Self:
        """With this setting in the place of the one for the same event and channel."""
        others = (one for one in self.notifications if (one.event, one.channel) != (setting.event, setting.channel))
        return replace(self, notifications=(*others, setting))
