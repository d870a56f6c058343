"""A session: temporary credentials of a role, of a user, or of somebody a user vouches for, as a record.

Its secret is not here (`seal.session_token`), and neither is what it may do (`operations.sessions`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class SessionKind(StrEnum):
    """Which operation issued the session."""

    ASSUMED_ROLE = "assumed-role"
    """AssumeRole, or CreateSession of IAM Roles Anywhere for a role."""
    SESSION_TOKEN = "session-token"  # noqa: S105 - a kind, no password
    """GetSessionToken: the user itself, or the account's root."""
    FEDERATED = "federated-user"
    """GetFederationToken: a name of the user's choice, with at most the user's permissions."""


@dataclass(frozen=True, slots=True)
class Session:
    """Temporary credentials without their secret. It ends at `expires_at`, which is no longer part of it."""

    account_id: str
    access_key_id: str
    """ASIA and 16 more characters."""
    kind: SessionKind
    owner_id: str
    """The unique id of the role or user it stands on; empty for the account's root."""
    name: str
    """The role session's or federated user's name; empty for GetSessionToken, a serial number by certificate."""
    issued_at: datetime
    expires_at: datetime
    source_identity: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()
    """Keys of `tags` that go on to every session assumed from this one."""
    policies: tuple[str, ...] = ()
    """Texts of the session policies handed in."""
    policy_arns: tuple[str, ...] = ()
    """Managed policies as session policies: their default versions of the moment a request is made."""
    chained: bool = False
    """Whether a role's session assumed this role."""
    mfa: bool = False
    certificate_id: str = ""
    """The signing certificate of the user that it was exchanged for; it is nothing any more when that is not Active."""

    @property
    def limited(self) -> bool:
        """Whether session policies bound it; a federated user without any may do nothing (API reference)."""
        return bool(self.policies or self.policy_arns) or self.kind is SessionKind.FEDERATED

    @property
    def by_certificate(self) -> bool:
        """Whether a user's signing certificate was exchanged for it: it calls IAM, as the certificate itself does."""
        return self.kind is SessionKind.SESSION_TOKEN and bool(self.name)
