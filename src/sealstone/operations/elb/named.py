"""The load balancer that a call names: its ARN for authorization, its record, and its document as a record."""

from collections.abc import Sequence
from dataclasses import dataclass

from sealstone.model import arn
from sealstone.model.classic_detail import ClassicDetail, ClassicListener, document_of, read_detail, read_listener
from sealstone.model.listener import Listener
from sealstone.model.load_balancer import Generation, LoadBalancer
from sealstone.operations.balancing_errors import ListenerNotFound, LoadBalancerNotFound
from sealstone.operations.call import Call, Resource
from sealstone.store import listeners, load_balancers


@dataclass(frozen=True, slots=True)
class Classic:
    """A classic load balancer with what its document says."""

    record: LoadBalancer
    detail: ClassicDetail


@dataclass(frozen=True, slots=True)
class Port:
    """A classic listener with what its document says."""

    record: Listener
    detail: ClassicListener


# --- what a call acts on ---


def named_load_balancer(call: Call) -> tuple[Resource, ...]:
    """The ARN of the one that is there, else of the name as it was sent: names are found without regard to case."""
    return (_resource(call, call.parameters.get("LoadBalancerName") or "*"),)


def named_load_balancers(call: Call) -> tuple[Resource, ...]:
    """Of the operations on tags, which take several names."""
    names = call.parameters.get("LoadBalancerNames") or ("*",)
    return tuple(_resource(call, name) for name in names)


def all_load_balancers(call: Call) -> tuple[Resource, ...]:  # noqa: ARG001
    """The describing operations have no resource (service authorization reference)."""
    return (Resource("*"),)


def _resource(call: Call, name: str) -> Resource:
    """A policy about `prod` is not got round by `PROD`: the name as it is kept counts. A denial tells it as sent."""
    found = lookup(call, name)
    named = arn.classic_load_balancer(call.region, call.account_id, name)
    if found is None:
        return Resource(named)
    kept = arn.classic_load_balancer(call.region, call.account_id, found.record.name)
    return Resource(kept, found.detail.tags, named)


# --- finding and keeping ---


def lookup(call: Call, name: str) -> Classic | None:
    """By name in the region of the call, one query a call however often it is asked."""
    key = f"load balancer {name}"
    if key not in call.found:
        record = load_balancers.find(call.tx, call.account_id, call.region, Generation.CLASSIC, name)
        call.found[key] = Classic(record, read_detail(record.document)) if record else None
    found: Classic | None = call.found[key]
    return found


def find(call: Call, name: str) -> Classic:
    """By name. Raises LoadBalancerNotFound in the words of most operations (recorded)."""
    found = lookup(call, name)
    if found is None:
        raise LoadBalancerNotFound(f"Cannot find Load Balancer {name}")
    return found


def find_active(call: Call, name: str) -> Classic:
    """By name. Raises LoadBalancerNotFound in DescribeLoadBalancers's words (recorded; of instances inferred)."""
    found = lookup(call, name)
    if found is None:
        raise LoadBalancerNotFound(f"There is no ACTIVE Load Balancer named '{name}'")
    return found


def keep(call: Call, found: Classic, detail: ClassicDetail) -> None:
    """Store what has changed; nothing is written, and nothing deployed, when nothing has."""
    if detail != found.detail:
        load_balancers.save(call.tx, found.record.documented(document_of(detail)))


def ports(call: Call, found: Classic) -> tuple[Port, ...]:
    """Its listeners, by port."""
    rows = listeners.of(call.tx, call.account_id, found.record.unique_id)
    return tuple(Port(row, read_listener(row.document)) for row in rows)


def port_of(at: Sequence[Port], name: str, number: int) -> Port:
    """The listener on a port. Raises ListenerNotFound."""
    for port in at:
        if port.record.port == number:
            return port
    raise ListenerNotFound(f"There is no listener with port {number} on load balancer {name}")
