"""What a call names by ARN: the resource for authorization, the record, and its document as a record.

ARNs of this service end with a name and an id, and of listeners and rules with the ids of what they belong to. Only an
ARN that is the present one of a record of the caller's account, in the region of the call, finds it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from sealstone.model import arn as arns
from sealstone.model.application_detail import (
    ApplicationDetail,
    ApplicationListener,
    ApplicationRule,
    document_of,
    read_detail,
    read_listener,
    read_rule,
)
from sealstone.model.instance import TargetGroup
from sealstone.model.listener import Listener
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.model.rule import Rule
from sealstone.model.trust_store import TrustStore
from sealstone.operations.balancing_errors import ListenerNotFound, LoadBalancerNotFound
from sealstone.operations.call import Call, Resource
from sealstone.operations.elbv2.errors import RuleNotFound
from sealstone.operations.operation import Resources
from sealstone.store import listeners, load_balancers, rules

_ARN: Final = re.compile(
    r"arn:aws:elasticloadbalancing:[a-z0-9-]{1,64}:[0-9]{12}:"
    r"(?P<kind>loadbalancer|listener|listener-rule)/(?:app|net)/[A-Za-z0-9-]{1,32}/(?P<ids>[0-9a-f]{16}(?:/[0-9a-f]{16}){0,2})",
    re.ASCII,
)
LOAD_BALANCER: Final = "loadbalancer"
LISTENER: Final = "listener"
RULE: Final = "listener-rule"
_IDS: Final = {LOAD_BALANCER: 1, LISTENER: 2, RULE: 3}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Balancer:
    """A v2 load balancer with what its document says."""

    record: LoadBalancer
    detail: ApplicationDetail

    @classmethod
    def of(cls, record: LoadBalancer) -> "Balancer":
        """A record with its document read."""
        return cls(record, read_detail(record.document))

    @property
    def arn(self) -> str:
        """Kind, name and id."""
        return self.record.arn

    @property
    def is_network(self) -> bool:
        """Whether it hands on connections, not requests."""
        return self.record.kind is Kind.NETWORK


@dataclass(frozen=True, slots=True)
class Port:
    """A v2 listener with what its document says."""

    record: Listener
    detail: ApplicationListener
    balancer: Balancer

    @property
    def arn(self) -> str:
        """The load balancer's, and its own id."""
        return f"{self.balancer.arn}/{self.record.listener_id}".replace(":loadbalancer/", ":listener/")

    @property
    def default_rule_arn(self) -> str:
        """The default rule is the listener's own action: it has the listener's id."""
        return rule_arn(self, self.record.listener_id)


@dataclass(frozen=True, slots=True)
class Ruled:
    """A rule with what its document says."""

    record: Rule
    detail: ApplicationRule
    port: Port

    @property
    def arn(self) -> str:
        """The listener's, and its own id."""
        return rule_arn(self.port, self.record.rule_id)


def rule_arn(port: Port, rule_id: str) -> str:
    """The ARN of a rule of this listener."""
    return f"{port.arn}/{rule_id}".replace(":listener/", ":listener-rule/")


# --- what a call acts on ---


def everything(call: Call) -> tuple[Resource, ...]:  # noqa: ARG001
    """The describing operations have no resource (service authorization reference)."""
    return (Resource("*"),)


def new_load_balancer(call: Call) -> tuple[Resource, ...]:
    """What CreateLoadBalancer makes; there is no id yet, so its place is held by a star, as AWS does.

    The name is that of the one that is there, however it was sent: names are found without regard to case.
    """
    kind = "net" if call.parameters.get("Type") == Kind.NETWORK else "app"
    name = str(call.parameters.get("Name") or "*")
    there = load_balancers.find(call.tx, call.account_id, call.region, Generation.V2, name)
    return (future(lambda one: arns.load_balancer(call.region, call.account_id, kind, one, "*"), name, there),)


def future(arn: Callable[[str], str], name: str, there: LoadBalancer | TargetGroup | TrustStore | None) -> Resource:
    """What a creation makes: with the name of the one that is there, and in a denial with the one that was sent."""
    return Resource(arn(there.name if there else name), named=arn(name))


def named(parameter: str) -> Resources:
    """What acts on the resource that the parameter names by ARN."""

    def resources(call: Call) -> tuple[Resource, ...]:
        return (resource(call, str(call.parameters.get(parameter) or "*")),)

    return resources


def named_rules(call: Call) -> tuple[Resource, ...]:
    """Of SetRulePriorities, which takes pairs."""
    pairs: Sequence[Mapping[str, str]] = call.parameters.get("RulePriorities") or ({},)
    return tuple(resource(call, str(pair.get("RuleArn") or "*")) for pair in pairs)


def resource(call: Call, arn: str) -> Resource:
    """The ARN as it was sent, with the tags of what it names, if that is there."""
    found = tagged(call, arn)
    return Resource(arn, found.detail.tags if found else {})


named_load_balancer: Final[Resources] = named("LoadBalancerArn")
named_listener: Final[Resources] = named("ListenerArn")
named_rule: Final[Resources] = named("RuleArn")


# --- finding ---


def tagged(call: Call, arn: str) -> Balancer | Port | Ruled | None:
    """Whatever of load balancers, listeners and rules has this ARN."""
    found = _ARN.fullmatch(arn)
    if found is None or _IDS[found["kind"]] != found["ids"].count("/") + 1:
        return None
    lookups: dict[str, Callable[[Call, str], Balancer | Port | Ruled | None]] = {
        LOAD_BALANCER: lookup_load_balancer,
        LISTENER: lookup_listener,
        RULE: lookup_rule,
    }
    return lookups[found["kind"]](call, arn)


def lookup_load_balancer(call: Call, arn: str) -> Balancer | None:
    """By ARN, one query a call however often it is asked."""
    return _kept(call, arn, lambda: _same(arn, with_id(call, arn.rpartition("/")[2])))


def lookup_listener(call: Call, arn: str) -> Port | None:
    """By ARN, as `lookup_load_balancer`."""
    return _kept(call, arn, lambda: _same(arn, _listener(call, arn.rpartition("/")[2])))


def lookup_rule(call: Call, arn: str) -> Ruled | None:
    """By ARN, as `lookup_load_balancer`; the default rule is none of these."""
    return _kept(call, arn, lambda: _same(arn, _rule(call, arn.rpartition("/")[2])))


def find_load_balancer(call: Call, arn: str) -> Balancer:
    """By ARN. Raises LoadBalancerNotFound."""
    found = lookup_load_balancer(call, arn)
    if found is None:
        raise LoadBalancerNotFound("One or more load balancers not found")
    return found


def find_listener(call: Call, arn: str) -> Port:
    """By ARN. Raises ListenerNotFound in AWS's words (recorded)."""
    found = lookup_listener(call, arn)
    if found is None:
        raise ListenerNotFound("One or more listeners not found")
    return found


def find_rule(call: Call, arn: str) -> Ruled:
    """By ARN. Raises RuleNotFound."""
    found = lookup_rule(call, arn)
    if found is None:
        raise RuleNotFound("One or more rules not found")
    return found


def default_ruled(call: Call, arn: str) -> Port | None:
    """The listener whose default rule has this ARN."""
    head, _, rule_id = arn.replace(":listener-rule/", ":listener/").rpartition("/")
    found = lookup_listener(call, head) if head.endswith(f"/{rule_id}") else None
    return found if found and found.default_rule_arn == arn else None


def with_id(call: Call, unique_id: str) -> Balancer | None:
    """A v2 load balancer of the account, in the region of the call."""
    record = load_balancers.with_id(call.tx, call.account_id, unique_id)
    if record is None or record.generation is not Generation.V2 or record.region != call.region:
        return None
    return Balancer.of(record)


def ports(call: Call, balancer: Balancer) -> tuple[Port, ...]:
    """Its listeners, by port."""
    rows = listeners.of(call.tx, call.account_id, balancer.record.unique_id)
    return tuple(Port(row, read_listener(row.document), balancer) for row in rows)


def rules_of(call: Call, port: Port) -> tuple[Ruled, ...]:
    """Its rules by priority, without the default one."""
    rows = rules.of(call.tx, call.account_id, port.record.listener_id)
    return tuple(Ruled(row, read_rule(row.document), port) for row in rows)


# --- keeping ---


def keep_detail(call: Call, found: Balancer, detail: ApplicationDetail) -> Balancer:
    """Store what has changed; nothing is written, and nothing deployed, when nothing has."""
    changed = Balancer(found.record.documented(document_of(detail)), detail)
    if detail != found.detail:
        load_balancers.save(call.tx, changed.record)
    return changed


def keep_port(call: Call, found: Port, changed: Port) -> Port:
    """Store a changed port, protocol or document."""
    changed = Port(changed.record.documented(document_of(changed.detail)), changed.detail, changed.balancer)
    if (changed.detail, changed.record.port, changed.record.protocol) != (
        found.detail,
        found.record.port,
        found.record.protocol,
    ):
        listeners.save(call.tx, changed.record)
    return changed


def keep_rule(call: Call, found: Ruled, detail: ApplicationRule, priority: int | None = None) -> Ruled:
    """Store a changed priority or document."""
    record = found.record.prioritized(priority or found.record.priority).documented(document_of(detail))
    if (detail, record.priority) != (found.detail, found.record.priority):
        rules.save(call.tx, record)
    return Ruled(record, detail, found.port)


def _listener(call: Call, listener_id: str) -> Port | None:
    record = listeners.with_id(call.tx, call.account_id, listener_id)
    balancer = with_id(call, record.load_balancer_id) if record else None
    return Port(record, read_listener(record.document), balancer) if record and balancer else None


def _rule(call: Call, rule_id: str) -> Ruled | None:
    record = rules.with_id(call.tx, call.account_id, rule_id)
    port = _listener(call, record.listener_id) if record else None
    return Ruled(record, read_rule(record.document), port) if record and port else None


Named = TypeVar("Named", Balancer, Port, Ruled)


def _same(arn: str, found: Named | None) -> Named | None:
    """Only what has exactly this ARN: an id alone is not enough."""
    return found if found and found.arn == arn else None


def _kept(call: Call, arn: str, find: Callable[[], T | None]) -> T | None:
    if arn not in call.found:
        call.found[arn] = find()
    found: T | None = call.found[arn]
    return found
