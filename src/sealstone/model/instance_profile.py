"""Instance profiles as records: a name under which a role is kept. Nothing here hands roles to machines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from sealstone.model import arn


@dataclass(frozen=True, slots=True)
class InstanceProfile:
    """An instance profile; `role_id` is the unique id of its one role, or None."""

    account_id: str
    unique_id: str
    name: str
    path: str
    create_date: datetime
    role_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The profile's ARN; it never changes."""
        return arn.instance_profile(self.account_id, self.path, self.name)

    def holding(self, role_id: str | None) -> Self:
        """With this role, or with none."""
        return replace(self, role_id=role_id)

    def tagged(self, tags: Mapping[str, str]) -> Self:
        """With these tags besides, or instead of those whose keys differ by case only (IAM user guide, id_tags)."""
        return replace(self, tags={**self.untagged(tags.keys()).tags, **tags})

    def untagged(self, keys: Iterable[str]) -> Self:
        """Without the tags of these keys, whose case does not count."""
        gone = {key.lower() for key in keys}
        return replace(self, tags={key: value for key, value in self.tags.items() if key.lower() not in gone})
