"""Managed policies, their versions, and what of all policies is in force for a user or a role, as records.

AWS's own policies are in `aws_policies`; their account is `AWS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from sealstone.model import arn

AWS: Final = "aws"
"""In the place of an account id: the policy is AWS's own, the same for every account, and nobody's to change."""


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A managed policy without its documents. `newest_version` counts up and is never given twice."""

    account_id: str
    unique_id: str
    name: str
    path: str
    description: str
    create_date: datetime
    update_date: datetime
    default_version: int
    newest_version: int
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The policy's ARN; it never changes."""
        return arn.policy(self.account_id, self.path, self.name)

    def tagged(self, tags: Mapping[str, str]) -> Self:
        """With these tags added or overwritten; keys are case-sensitive here (recorded)."""
        return replace(self, tags={**self.tags, **tags})

    def untagged(self, keys: frozenset[str]) -> Self:
        """Without the tags of these keys; a key it does not have is no matter."""
        return replace(self, tags={key: value for key, value in self.tags.items() if key not in keys})


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One document of a managed policy; `document` is the text as it was sent."""

    account_id: str
    policy_id: str
    number: int
    document: str
    create_date: datetime

    @property
    def version_id(self) -> str:
        """As AWS writes it: v1, v2 and so on."""
        return f"v{self.number}"


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """A document in force for a user or a role: embedded, or attached to it or, when `group` is a name, to that group.

    `name` is the policy's; `managed` tells attached from embedded. `boundary` marks the one that is the permissions
    boundary: it grants nothing, and what it does not allow is denied.
    """

    name: str
    document: str
    managed: bool = False
    group: str = ""
    boundary: bool = False
