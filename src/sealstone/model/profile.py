"""Profiles of Roles Anywhere, as records: of which roles a certificate may have sessions, bounded by which policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from sealstone.model import arn

KIND: Final = "profile"
"""As in ARNs."""
DEFAULT_SECONDS: Final = 3_600
DEFAULT_MAPPINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "x509Issuer": ("*",),
    "x509SAN": ("DNS", "URI", "Name/*"),
    "x509Subject": ("*",),
}
"""Certificate field to specifiers (user guide, "Certificate attribute mapping"): what becomes tags of a session."""


@dataclass(frozen=True, slots=True)
class Profile:
    """`duration_seconds` bounds a session, as the role's own maximum does; `session_policy` is the text as sent."""

    account_id: str
    region: str
    unique_id: str
    """In the form of a version 4 UUID."""
    name: str
    role_arns: tuple[str, ...]
    enabled: bool
    created_by: str
    """The ARN of who made it."""
    created_at: datetime
    updated_at: datetime
    duration_seconds: int = DEFAULT_SECONDS
    session_policy: str = ""
    managed_policy_arns: tuple[str, ...] = ()
    require_instance_properties: bool = False
    accept_role_session_name: bool = False
    mappings: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(DEFAULT_MAPPINGS))
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Its ARN; it never changes."""
        return arn.roles_anywhere(KIND, self.region, self.account_id, self.unique_id)

    def tagged(self, tags: Mapping[str, str]) -> Self:
        """With exactly these tags."""
        return replace(self, tags=tags)

    def mapping(self, certificate_field: str, specifiers: tuple[str, ...]) -> Self:
        """With these specifiers for the field; without any, nothing of the field becomes a tag."""
        others = {name: value for name, value in self.mappings.items() if name != certificate_field}
        return replace(self, mappings=others | ({certificate_field: specifiers} if specifiers else {}))
