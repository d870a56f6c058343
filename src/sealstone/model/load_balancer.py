"""A load balancer of either generation as a record. What only AWS's own calls read of it lies in its document."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sealstone.model import arn


class Generation(StrEnum):
    """Which of AWS's two services made it: their names do not meet, their listeners do."""

    CLASSIC = "classic"
    V2 = "v2"


class Kind(StrEnum):
    """What it does with what it accepts."""

    CLASSIC = "classic"
    APPLICATION = "application"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """`unique_id` (16 digits of hex) stays for its life and is the last part of the ARN of a v2 one."""

    account_id: str
    unique_id: str
    region: str
    generation: Generation
    kind: Kind
    name: str
    address: str
    """Where its listeners are bound on this machine: an IP address as text, given once at creation."""
    create_date: datetime
    document: Mapping[str, Any] = field(default_factory=dict)
    """Of a classic one: `classic_detail`."""

    @property
    def arn(self) -> str:
        """A classic one's ends with its name; a v2 one's with kind (app, net), name and id."""
        if self.generation is Generation.CLASSIC:
            return arn.classic_load_balancer(self.region, self.account_id, self.name)
        kind = "net" if self.kind is Kind.NETWORK else "app"
        return arn.load_balancer(self.region, self.account_id, kind, self.name, self.unique_id)

    def documented(self, document: Mapping[str, Any]) -> Self:
        """The same load balancer with another document."""
        return replace(self, document=document)
