"""Groups of users and the policies embedded in them, as records. Who is in a group is the store's to tell."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from sealstone.model import arn


@dataclass(frozen=True, slots=True)
class Group:
    """An IAM group. Groups have no tags and are no principals."""

    account_id: str
    unique_id: str
    name: str
    path: str
    create_date: datetime

    @property
    def arn(self) -> str:
        """The group's ARN; changes with name and path."""
        return arn.group(self.account_id, self.path, self.name)

    def moved(self, *, name: str | None, path: str | None) -> Self:
        """The same group under another name or path; the id, the members and the policies stay."""
        return replace(self, name=name or self.name, path=path or self.path)


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """A policy embedded in one group; `document` is the text as it was put."""

    account_id: str
    group_id: str
    name: str
    document: str
