"""Instances behind a load balancer: register, deregister, and how they are. Their addresses are the operator's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sealstone.model import quota
from sealstone.model.classic_detail import ClassicDetail
from sealstone.model.instance import TargetHealth, TargetState
from sealstone.operations.balancing_errors import InvalidInstance
from sealstone.operations.call import Call
from sealstone.operations.elb.descriptions import instances as members
from sealstone.operations.elb.named import all_load_balancers, find_active, keep, named_load_balancer
from sealstone.operations.elb.wording import conflict
from sealstone.operations.operation import operation
from sealstone.store import instances as stored
from sealstone.store import listener_states, quotas

Instances = Sequence[Mapping[str, str]]

# State, ReasonCode and Description, as the API reference lists them (InstanceState).
_IN_SERVICE: Final = ("InService", "N/A", "N/A")
_LEAVING: Final = ("InService", "N/A", "Instance deregistration currently in progress.")
_NOT_REGISTERED: Final = ("OutOfService", "Instance", "Instance is not currently registered with the LoadBalancer.")
_NOT_SEEN: Final = ("OutOfService", "ELB", "Instance registration is still in progress.")
_BY_HEALTH: Final[Mapping[TargetHealth, tuple[str, str, str]]] = {
    TargetHealth.HEALTHY: _IN_SERVICE,
    TargetHealth.DRAINING: _LEAVING,
    TargetHealth.INITIAL: _NOT_SEEN,
    TargetHealth.UNKNOWN: ("Unknown", "ELB", "A transient error occurred. Please try again later."),
    TargetHealth.UNHEALTHY: (
        "OutOfService",
        "Instance",
        "Instance has failed at least the UnhealthyThreshold number of health checks consecutively.",
    ),
}


@operation("elb", on=named_load_balancer, access="Write")
def register_instances_with_load_balancer(
    call: Call, *, load_balancer_name: str, instances: Instances
) -> Mapping[str, Any]:
    """Add instances that `sealstone instance add` has made known; one that is registered stays."""
    found = find_active(call, load_balancer_name)
    new = _known(call, instances)
    registered = tuple(dict.fromkeys((*found.detail.instances, *new)))
    limit = quotas.value(call.tx, call.account_id, quota.CLASSIC_INSTANCES)
    if len(registered) > limit:
        raise conflict(f"A load balancer can have {limit} instances; deregister some, or raise the quota.")
    leaving = {name: until for name, until in found.detail.leaving.items() if name not in new}
    keep(call, found, replace(found.detail, instances=registered, leaving=leaving))
    return {"Instances": members(registered)}


@operation("elb", on=named_load_balancer, access="Write")
def deregister_instances_from_load_balancer(
    call: Call, *, load_balancer_name: str, instances: Instances
) -> Mapping[str, Any]:
    """Take instances out; with connection draining their connections may end by themselves until its timeout."""
    found = find_active(call, load_balancer_name)
    detail = found.detail
    gone = frozenset(_known(call, instances))
    registered = tuple(name for name in detail.instances if name not in gone)
    leaving = {name: until for name, until in detail.leaving.items() if until > call.now}
    if detail.draining:
        until = call.now + timedelta(seconds=detail.draining_timeout)
        leaving |= {name: until for name in detail.instances if name in gone}
    keep(call, found, replace(detail, instances=registered, leaving=leaving))
    return {"Instances": members(registered)}


@operation("elb", on=all_load_balancers, access="Read")
def describe_instance_health(
    call: Call, *, load_balancer_name: str, instances: Instances | None = None
) -> Mapping[str, Any]:
    """What health checks last said of the registered instances, or of those that are named."""
    found = find_active(call, load_balancer_name)
    seen = {state.target_id: state for state in listener_states.targets(call.tx, found.record.unique_id)}
    named = _known(call, instances) if instances else found.detail.instances
    return {"InstanceStates": [_state(call, found.detail, seen, name) for name in named]}


def _known(call: Call, instances: Instances) -> tuple[str, ...]:
    """The sent ids, each once. Raises InvalidInstance."""
    names = tuple(dict.fromkeys(instance.get("InstanceId", "") for instance in instances))
    for name in names:
        if stored.find(call.tx, call.account_id, name) is None:
            raise InvalidInstance(
                f"Could not find EC2 instance {name}. Make its address known first: sealstone instance add."
            )
    return names


def _state(call: Call, detail: ClassicDetail, seen: Mapping[str, TargetState], name: str) -> Mapping[str, str]:
    if name in detail.instances:
        state = seen.get(name)
        found = _BY_HEALTH[state.health] if state else _NOT_SEEN
    else:
        until = detail.leaving.get(name)
        found = _LEAVING if until and until > call.now else _NOT_REGISTERED
    return dict(zip(("InstanceId", "State", "ReasonCode", "Description"), (name, *found), strict=True))
