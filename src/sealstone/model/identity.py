"""Accounts, users and access keys as records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from sealstone.model import arn


class Status(StrEnum):
    """Whether an access key or a signing certificate may sign requests."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


@dataclass(frozen=True, slots=True)
class Account:
    """An isolated set of users and certificates under a 12-digit id."""

    account_id: str
    create_date: datetime


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user."""

    account_id: str
    unique_id: str
    name: str
    path: str
    create_date: datetime
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The user's ARN; changes with name and path."""
        return arn.user(self.account_id, self.path, self.name)

    def moved(self, *, name: str | None, path: str | None) -> Self:
        """The same user under another name or path; the id, the keys and the policies stay."""
        return replace(self, name=name or self.name, path=path or self.path)

    def tagged(self, tags: Mapping[str, str]) -> Self:
        """With these tags besides, or instead of those whose keys differ by case only (IAM user guide, id_tags)."""
        return replace(self, tags={**self.untagged(tags.keys()).tags, **tags})

    def untagged(self, keys: Iterable[str]) -> Self:
        """Without the tags of these keys, whose case does not count."""
        gone = {key.lower() for key in keys}
        return replace(self, tags={key: value for key, value in self.tags.items() if key.lower() not in gone})


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key without its secret. `user_id` is None for a key of the account's root."""

    account_id: str
    access_key_id: str
    user_id: str | None
    status: Status
    create_date: datetime

    @property
    def bound_to(self) -> str:
        """What its sealed secret is bound to: this key of this owner, so that no edit of a row makes it root's."""
        return f"access-key|{self.account_id}|{self.access_key_id}|{self.user_id or 'root'}|1"


@dataclass(frozen=True, slots=True)
class LastUse:
    """When and where an access key last signed an accepted request."""

    access_key_id: str
    at: datetime
    service: str
    region: str


@dataclass(frozen=True, slots=True)
class InlinePolicy:
    """A policy embedded in one user; `document` is the text as it was put."""

    account_id: str
    user_id: str
    name: str
    document: str
