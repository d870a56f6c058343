"""What the documents of target groups and trust stores say, as records: the only reader of those documents.

The store keeps documents; whoever works with them (the operations, and what deploys the data plane) reads them here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final, Self

import msgspec

TRAFFIC_PORT: Final = "traffic-port"
INSTANCE: Final = "instance"
IP: Final = "ip"
ACTIVE: Final = "ACTIVE"


@dataclass(frozen=True, slots=True)
class TargetHealthCheck:
    """How targets are asked whether they live (API reference, TargetGroup). Times in seconds."""

    protocol: str
    """HTTP, HTTPS or TCP."""
    interval: int
    timeout: int
    healthy: int
    unhealthy: int
    port: int | None = None
    """None: the port of each target, which AWS calls `traffic-port`."""
    path: str | None = None
    """Of HTTP and HTTPS only."""
    matcher: str | None = None
    """Statuses that count as healthy, `200` or `200,202` or `200-299`; of HTTP and HTTPS only."""


@dataclass(frozen=True, slots=True)
class Target:
    """An instance or an address, and a port of it; the same with another port is another target."""

    target_id: str
    """An instance id, or an IP address in its usual form."""
    port: int
    zone: str | None = None
    """As it was sent; without effect here."""

    @property
    def key(self) -> str:
        """What states of health and servers of the data plane are known by: letters, digits, dots and hyphens."""
        return f"{_word(self.target_id)}-{self.port}"


@dataclass(frozen=True, slots=True)
class Departure:
    """A target that is registered no longer, whose connections may go on for a while."""

    target: Target
    until: datetime


@dataclass(frozen=True, slots=True)
class TargetGroupDetail:
    """The document of a target group."""

    protocol: str
    """HTTP and HTTPS for application load balancers, TCP and TLS for network load balancers."""
    port: int
    health: TargetHealthCheck
    target_type: str = INSTANCE
    """`instance` or `ip`."""
    vpc_id: str | None = None
    """Recorded only: there is no network of AWS here."""
    protocol_version: str | None = None
    """`HTTP1`, of HTTP and HTTPS only."""
    ip_address_type: str = "ipv4"
    targets: tuple[Target, ...] = ()
    """Those registered, in the order of registration."""
    leaving: tuple[Departure, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Those set by the caller; all others have their defaults."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_network(self) -> bool:
        """Whether it is for network load balancers, which hand on connections and not requests."""
        return self.protocol in ("TCP", "TLS")

    def tagged(self, tags: Mapping[str, str]) -> Self:
        """The same with other tags."""
        return replace(self, tags=tags)

    def still_leaving(self, now: datetime) -> tuple[Departure, ...]:
        """Those whose time is not over; one that was registered again is no more among them."""
        present = {target.key for target in self.targets}
        return tuple(one for one in self.leaving if one.until > now and one.target.key not in present)


@dataclass(frozen=True, slots=True)
class Revocation:
    """A revocation list of a trust store."""

    revocation_id: int
    """Unique in the trust store, from 1."""
    entries: int
    """How many certificates it revokes."""
    text: str
    """PEM, one block `X509 CRL`."""


@dataclass(frozen=True, slots=True)
class TrustStoreDetail:
    """The document of a trust store; its certificates are a column of their own."""

    certificates: int
    """How many there are in the bundle."""
    revocations: tuple[Revocation, ...] = ()
    """By id."""
    last_revocation_id: int = 0
    """Ids are not given twice."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def revoked(self) -> int:
        """Entries of all lists together."""
        return sum(one.entries for one in self.revocations)

    def tagged(self, tags: Mapping[str, str]) -> Self:
        """The same with other tags."""
        return replace(self, tags=tags)

    def with_lists(self, lists: Iterable[tuple[int, str]]) -> Self:
        """With more revocation lists, each (entries, PEM), under new ids."""
        more = tuple(
            Revocation(number, entries, text)
            for number, (entries, text) in enumerate(lists, start=self.last_revocation_id + 1)
        )
        last = more[-1].revocation_id if more else self.last_revocation_id
        return replace(self, revocations=(*self.revocations, *more), last_revocation_id=last)

    def without_lists(self, numbers: Iterable[int]) -> Self:
        """Without the lists of these ids."""
        gone = frozenset(numbers)
        return replace(self, revocations=tuple(one for one in self.revocations if one.revocation_id not in gone))


def read_target_group(document: Mapping[str, Any]) -> TargetGroupDetail:
    """A target group's document as a record. Raises msgspec.ValidationError on a document that is none of ours."""
    return msgspec.convert(dict(document), TargetGroupDetail)


def read_trust_store(document: Mapping[str, Any]) -> TrustStoreDetail:
    """A trust store's document as a record. Raises msgspec.ValidationError on a document that is none of ours."""
    return msgspec.convert(dict(document), TrustStoreDetail)


def document_of(record: TargetGroupDetail | TrustStoreDetail) -> dict[str, Any]:
    """The record as a document."""
    document: dict[str, Any] = msgspec.to_builtins(record)
    return document


def _word(target_id: str) -> str:
    """An address of version 6 written out, with hyphens: its usual form may begin with a colon."""
    return ip_address(target_id).exploded.replace(":", "-") if ":" in target_id else target_id
