"""What the documents of classic load balancers and their listeners say, as records: the only reader of those documents.

The store keeps documents; whoever works with them (the operations, and what deploys the data plane) reads them here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Self

import msgspec

DEFAULT_IDLE_TIMEOUT: Final = 60
DEFAULT_DRAINING_TIMEOUT: Final = 300


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One for all instances (API reference, HealthCheck). Times in seconds."""

    target: str
    """TCP:port, SSL:port, HTTP:port/path or HTTPS:port/path."""
    interval: int = 30
    timeout: int = 5
    unhealthy_threshold: int = 2
    healthy_threshold: int = 10


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of one load balancer; nothing of it changes once it is made."""

    name: str
    type_name: str
    attributes: tuple[tuple[str, str], ...] = ()
    """Name and value as they are described, in order; a name may stand there more than once."""

    def value(self, name: str) -> str | None:
        """The first value of an attribute."""
        return next((value for attribute, value in self.attributes if attribute == name), None)

    def values(self, name: str) -> tuple[str, ...]:
        """Every value of an attribute."""
        return tuple(value for attribute, value in self.attributes if attribute == name)


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Recorded only: nothing is written to buckets here."""

    enabled: bool = False
    bucket: str | None = None
    prefix: str | None = None
    interval: int = 60
    """Minutes."""


@dataclass(frozen=True, slots=True)
class ClassicDetail:
    """The document of a classic load balancer."""

    dns_name: str
    health: HealthCheck
    scheme: str = "internet-facing"
    zones: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    instances: tuple[str, ...] = ()
    """Ids of those registered, in the order of registration."""
    leaving: Mapping[str, datetime] = field(default_factory=dict)
    """Instances no longer registered, whose connections may go on until this time."""
    policies: tuple[Policy, ...] = ()
    """In the order in which they were made."""
    backend_policies: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Names of policies for connections to an instance port."""
    cross_zone: bool = False
    access_log: AccessLog = field(default_factory=AccessLog)
    draining: bool = False
    draining_timeout: int = DEFAULT_DRAINING_TIMEOUT
    idle_timeout: int = DEFAULT_IDLE_TIMEOUT
    desync: str = "defensive"

    def policy(self, name: str) -> Policy | None:
        """The policy of this name."""
        return next((policy for policy in self.policies if policy.name == name), None)

    def with_policy(self, policy: Policy) -> Self:
        """With one policy more; one of the same name stays as it is."""
        return self if self.policy(policy.name) else replace(self, policies=(*self.policies, policy))

    def towards(self, instance_ports: Collection[int]) -> Self:
        """Without the policies for instance ports other than these."""
        left = {port: names for port, names in self.backend_policies.items() if port in instance_ports}
        return replace(self, backend_policies=left)

    def named(self, names: tuple[str, ...], type_name: str) -> Policy | None:
        """The first policy of one type among these names."""
        found = (self.policy(name) for name in names)
        return next((policy for policy in found if policy and policy.type_name == type_name), None)


@dataclass(frozen=True, slots=True)
class ClassicListener:
    """The document of a classic listener."""

    instance_port: int
    instance_protocol: str
    """In capitals: HTTP, HTTPS, TCP or SSL."""
    policies: tuple[str, ...] = ()
    """Names of the load balancer's policies, of stickiness and of TLS, as they were set."""


def read_detail(document: Mapping[str, Any]) -> ClassicDetail:
    """A load balancer's document as a record. Raises msgspec.ValidationError on a document that is none of ours."""
    return msgspec.convert(dict(document), ClassicDetail, strict=False)


def read_listener(document: Mapping[str, Any]) -> ClassicListener:
    """A listener's document as a record. Raises msgspec.ValidationError on a document that is none of ours."""
    return msgspec.convert(dict(document), ClassicListener)


def document_of(record: ClassicDetail | ClassicListener) -> dict[str, Any]:
    """The record as a document."""
    document: dict[str, Any] = msgspec.to_builtins(record, str_keys=True)
    return document
