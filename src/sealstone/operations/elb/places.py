"""Subnets, zones and security groups: kept and told as AWS does, without effect: there is no such network here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sealstone.operations.balancing_judges import conditioned, of_security_groups
from sealstone.operations.call import Call
from sealstone.operations.elb import condition_keys
from sealstone.operations.elb.named import find, keep, named_load_balancer
from sealstone.operations.elb.wording import conflict
from sealstone.operations.operation import operation


@operation("elb", on=named_load_balancer, access="Write", judge=conditioned(condition_keys.of_subnets))
def attach_load_balancer_to_subnets(
    call: Call, *, load_balancer_name: str, subnets: Sequence[str]
) -> Mapping[str, Any]:
    """Add subnets."""
    found = find(call, load_balancer_name)
    _check_has(bool(found.detail.subnets), "subnets", load_balancer_name)
    joined = _joined(found.detail.subnets, subnets)
    keep(call, found, replace(found.detail, subnets=joined))
    return {"Subnets": list(joined)}


@operation("elb", on=named_load_balancer, access="Write")
def detach_load_balancer_from_subnets(
    call: Call, *, load_balancer_name: str, subnets: Sequence[str]
) -> Mapping[str, Any]:
    """Take subnets away; the last one stays."""
    found = find(call, load_balancer_name)
    left = _without(found.detail.subnets, subnets)
    _check_some_left(found.detail.subnets, left, "subnet")
    keep(call, found, replace(found.detail, subnets=left))
    return {"Subnets": list(left)}


@operation("elb", on=named_load_balancer, access="Write")
def enable_availability_zones_for_load_balancer(
    call: Call, *, load_balancer_name: str, availability_zones: Sequence[str]
) -> Mapping[str, Any]:
    """Add zones."""
    found = find(call, load_balancer_name)
    _check_has(bool(found.detail.zones), "availability zones", load_balancer_name)
    joined = _joined(found.detail.zones, availability_zones)
    keep(call, found, replace(found.detail, zones=joined))
    return {"AvailabilityZones": list(joined)}


@operation("elb", on=named_load_balancer, access="Write")
def disable_availability_zones_for_load_balancer(
    call: Call, *, load_balancer_name: str, availability_zones: Sequence[str]
) -> Mapping[str, Any]:
    """Take zones away; the last one stays."""
    found = find(call, load_balancer_name)
    left = _without(found.detail.zones, availability_zones)
    _check_some_left(found.detail.zones, left, "availability zone")
    keep(call, found, replace(found.detail, zones=left))
    return {"AvailabilityZones": list(left)}


@operation("elb", on=named_load_balancer, access="Write", judge=conditioned(of_security_groups))
def apply_security_groups_to_load_balancer(
    call: Call, *, load_balancer_name: str, security_groups: Sequence[str]
) -> Mapping[str, Any]:
    """Replace the security groups."""
    found = find(call, load_balancer_name)
    groups = _joined((), security_groups)
    keep(call, found, replace(found.detail, security_groups=groups))
    return {"SecurityGroups": list(groups)}


def _joined(there: Sequence[str], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*there, *more)))


def _without(there: Sequence[str], less: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in there if one not in less)


def _check_has(has: bool, what: str, name: str) -> None:
    """One that was created with zones has no subnets, and the other way round."""
    if not has:
        raise conflict(
            f"Load balancer {name} was created without {what}.",
            cure=f"Delete it, and create it anew with {what}.",
        )


def _check_some_left(there: Sequence[str], left: Sequence[str], what: str) -> None:
    if there and not left:
        raise conflict(f"A load balancer needs at least one {what}; attach another one first.")
