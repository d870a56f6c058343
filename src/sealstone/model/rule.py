"""A rule of a v2 listener as a record: conditions and actions are in its document."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule but the default, which is the listener's own; `rule_id` is 16 digits of hex."""

    account_id: str
    rule_id: str
    listener_id: str
    priority: int
    """1 to 50,000; the lowest that fits counts."""
    document: Mapping[str, Any] = field(default_factory=dict)

    def prioritized(self, priority: int) -> Self:
        """The same rule at another place."""
        return replace(self, priority=priority)

    def documented(self, document: Mapping[str, Any]) -> Self:
        """The same rule with other conditions and actions."""
        return replace(self, document=document)
