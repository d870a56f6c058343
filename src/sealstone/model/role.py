"""Roles and the policies embedded in them, as records. What a trust policy means is the policy room's matter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from sealstone.model import arn

DEFAULT_SESSION_SECONDS: Final = 3_600


@dataclass(frozen=True, slots=True)
class Role:
    """An IAM role. `assume_role_policy_document` is its trust policy, the text as it was sent.

    `principal_ids`: for each user and role that the trust policy names, as it is written there, its unique id. Who has
    the id is trusted, whatever the name is now (IAM user guide, "AWS JSON policy elements: Principal").
    `max_session_duration`: seconds.
    """

    account_id: str
    unique_id: str
    name: str
    path: str
    create_date: datetime
    assume_role_policy_document: str
    description: str = ""
    max_session_duration: int = DEFAULT_SESSION_SECONDS
    tags: Mapping[str, str] = field(default_factory=dict)
    principal_ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The role's ARN; it never changes, for a role cannot be renamed or moved."""
        return arn.role(self.account_id, self.path, self.name)

    def session_arn(self, session_name: str) -> str:
        """The ARN of a session of this role: the role's name without its path."""
        return arn.role_session(self.account_id, self.name, session_name)

    def trusting(self, document: str, principal_ids: Mapping[str, str]) -> Self:
        """With another trust policy."""
        return replace(self, assume_role_policy_document=document, principal_ids=principal_ids)

    def tagged(self, tags: Mapping[str, str]) -> Self:
        """With these tags besides, or instead of those whose keys differ by case only (IAM user guide, id_tags)."""
        return replace(self, tags={**self.untagged(tags.keys()).tags, **tags})

    def untagged(self, keys: Iterable[str]) -> Self:
        """Without the tags of these keys, whose case does not count."""
        gone = {key.lower() for key in keys}
        return replace(self, tags={key: value for key, value in self.tags.items() if key.lower() not in gone})


@dataclass(frozen=True, slots=True)
class RolePolicy:
    """A policy embedded in one role; `document` is the text as it was put."""

    account_id: str
    role_id: str
    name: str
    document: str
