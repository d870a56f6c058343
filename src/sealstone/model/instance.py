"""Where requests go: instances by their ids, groups of targets, and how they are, as records."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sealstone.model import arn


@dataclass(frozen=True, slots=True)
class Instance:
    """A machine under an id of EC2's form: classic load balancers know their targets by nothing else."""

    account_id: str
    instance_id: str
    address: str
    """An IP address as text."""


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A v2 target group; its targets, health check and attributes are in the document."""

    account_id: str
    unique_id: str
    region: str
    name: str
    create_date: datetime
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Name and id."""
        return arn.target_group(self.region, self.account_id, self.name, self.unique_id)

    def documented(self, document: Mapping[str, Any]) -> Self:
        """The same target group with another document."""
        return replace(self, document=document)


class TargetHealth(StrEnum):
    """What health checks say of a target."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    DRAINING = "draining"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TargetState:
    """What the deploy worker last saw of one target in one pool."""

    pool_id: str
    """The id of a target group, or of a classic load balancer: it has one health check for all its listeners."""
    target_id: str
    """An instance id; of v2 targets what the target group's document names them by."""
    health: TargetHealth
    reason: str
    """What the check met, in one sentence; empty when it is healthy."""
    checked_at: datetime
