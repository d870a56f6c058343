"""What the documents of v2 load balancers, their listeners and rules say, as records: the only reader of those.

Of network load balancers too, whatever the name. The store keeps documents; whoever works with them (the operations,
and what deploys the data plane) reads them here. Target groups and trust stores are named by their ids, which stay.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

FORWARD: Final = "forward"
REDIRECT: Final = "redirect"
FIXED_RESPONSE: Final = "fixed-response"


@dataclass(frozen=True, slots=True)
class Subnet:
    """Recorded only: there is no network of AWS here. AWS's SubnetMapping."""

    subnet_id: str
    allocation_id: str | None = None
    private_ipv4: str | None = None
    ipv6: str | None = None
    source_nat_ipv6: str | None = None


@dataclass(frozen=True, slots=True)
class ApplicationDetail:
    """The document of a v2 load balancer."""

    dns_name: str
    scheme: str = "internet-facing"
    subnets: tuple[Subnet, ...] = ()
    security_groups: tuple[str, ...] = ()
    ip_address_type: str = "ipv4"
    private_link_rules: str | None = None
    """EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic, of network load balancers: `on` or `off`."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Those set by the caller; all others have their defaults."""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Share:
    """A target group among those that an action forwards to."""

    target_group_id: str
    weight: int = 1
    """0 to 999."""


@dataclass(frozen=True, slots=True)
class Forward:
    """To one target group, or to several by weight."""

    shares: tuple[Share, ...]
    sticky: bool = False
    """Whether a client stays with the target group that it was given."""
    sticky_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """Every part but the status may hold AWS's placeholders, such as `#{host}`."""

    status: str
    """`HTTP_301` or `HTTP_302`."""
    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"


@dataclass(frozen=True, slots=True)
class FixedResponse:
    """An answer without any target."""

    status: str
    """Three digits."""
    content_type: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """What is done with a request: the one member that fits `kind` is set."""

    kind: str
    """`forward`, `redirect` or `fixed-response`."""
    order: int | None = None
    """As it was sent."""
    forward: Forward | None = None
    redirect: Redirect | None = None
    fixed_response: FixedResponse | None = None


@dataclass(frozen=True, slots=True)
class MutualAuthentication:
    """How a listener treats certificates of clients."""

    mode: str
    """`off`, `passthrough` or `verify`."""
    trust_store_id: str | None = None
    """With `verify`."""
    ignore_expiry: bool | None = None
    """With `verify`: whether an expired client certificate is taken."""
    advertise_names: str | None = None
    """AdvertiseTrustStoreCaNames, with `verify`: `on` or `off`."""


@dataclass(frozen=True, slots=True)
class ApplicationListener:
    """The document of a v2 listener."""

    actions: tuple[Action, ...]
    """The default actions, of which there is one here."""
    ssl_policy: str | None = None
    """The name of a predefined one; of HTTPS and TLS only."""
    alpn: tuple[str, ...] = ()
    """Names of ALPN policies, `HTTP2Preferred`; of TLS only."""
    mutual: MutualAuthentication | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Those set by the caller."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def target_groups(self) -> tuple[str, ...]:
        """Ids of the target groups that the default action forwards to."""
        return target_groups(self.actions)


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter of the query: `key=value`, or any parameter with the value."""

    value: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class RuleCondition:
    """One thing that must be true of a request: any of the values is met."""

    field: str
    """`host-header`, `path-pattern`, `http-header`, `http-request-method`, `query-string` or `source-ip`."""
    values: tuple[str, ...] = ()
    """Of all fields but the query's."""
    header: str | None = None
    """The name of the header."""
    queries: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplicationRule:
    """The document of a rule: all conditions must be met."""

    conditions: tuple[RuleCondition, ...]
    actions: tuple[Action, ...]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def target_groups(self) -> tuple[str, ...]:
        """Ids of the target groups that it forwards to."""
        return target_groups(self.actions)


def target_groups(actions: Iterable[Action]) -> tuple[str, ...]:
    """Ids of the target groups that the actions forward to, each once, in order."""
    shares = (share for action in actions if action.forward for share in action.forward.shares)
    return tuple(dict.fromkeys(share.target_group_id for share in shares))


def read_detail(document: Mapping[str, Any]) -> ApplicationDetail:
    """A load balancer's document as a record. Raises msgspec.ValidationError on a document that is none of ours."""
    return msgspec.convert(dict(document), ApplicationDetail)


def read_listener(document: Mapping[str, Any]) -> ApplicationListener:
    """A listener's document as a record. Raises msgspec.ValidationError on a document that is none of ours."""
    return msgspec.convert(dict(document), ApplicationListener)


def read_rule(document: Mapping[str, Any]) -> ApplicationRule:
    """A rule's document as a record. Raises msgspec.ValidationError on a document that is none of ours."""
    return msgspec.convert(dict(document), ApplicationRule)


def document_of(record: ApplicationDetail | ApplicationListener | ApplicationRule) -> dict[str, Any]:
    """The record as a document."""
    document: dict[str, Any] = msgspec.to_builtins(record)
    return document
