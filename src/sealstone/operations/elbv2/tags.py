"""Tags of load balancers, listeners, rules, target groups and trust stores: add, remove, describe."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.operations.balancing_errors import ListenerNotFound, LoadBalancerNotFound
from sealstone.operations.call import Call, Resource
from sealstone.operations.elbv2 import groups, trusts
from sealstone.operations.elbv2.errors import RuleNotFound, TargetGroupNotFound, TrustStoreNotFound
from sealstone.operations.elbv2.groups import Group
from sealstone.operations.elbv2.named import (
    Balancer,
    Port,
    Ruled,
    everything,
    keep_detail,
    keep_port,
    keep_rule,
    tagged,
)
from sealstone.operations.elbv2.trusts import Trust
from sealstone.operations.elbv2.wording import read_tags, tag_members
from sealstone.operations.errors import AWSError, ValidationError
from sealstone.operations.operation import operation

Tagged = Balancer | Port | Ruled | Group | Trust

_MISSING: Final[Mapping[str, tuple[type[AWSError], str]]] = {
    "loadbalancer": (LoadBalancerNotFound, "load balancers"),
    "listener": (ListenerNotFound, "listeners"),
    "listener-rule": (RuleNotFound, "rules"),
    "targetgroup": (TargetGroupNotFound, "target groups"),
    "truststore": (TrustStoreNotFound, "trust stores"),
}


def named_resources(call: Call) -> tuple[Resource, ...]:
    """The ARNs as they were sent, with the tags of what they name, if that is there."""
    sent = call.parameters.get("ResourceArns") or ("*",)
    found = [(str(arn), _lookup(call, str(arn))) for arn in sent]
    return tuple(Resource(arn, one.detail.tags if one else {}) for arn, one in found)


@operation("elbv2", on=named_resources, access="Tagging")
def add_tags(call: Call, *, resource_arns: Sequence[str], tags: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
    """Add or overwrite tags of every resource named; all or none."""
    for found in _all(call, resource_arns):
        _keep(call, found, read_tags(tags, found.detail.tags))
    return {}


@operation("elbv2", on=named_resources, access="Tagging")
def remove_tags(call: Call, *, resource_arns: Sequence[str], tag_keys: Sequence[str]) -> Mapping[str, Any]:
    """Remove tags of every resource named; a key that is not there is no error."""
    for found in _all(call, resource_arns):
        _keep(call, found, {key: value for key, value in found.detail.tags.items() if key not in tag_keys})
    return {}


@operation("elbv2", on=everything, access="Read")
def describe_tags(call: Call, *, resource_arns: Sequence[str]) -> Mapping[str, Any]:
    """The tags of up to 20 resources."""
    if len(resource_arns) > 20:
        raise ValidationError("Up to '20' resource ARNs can be specified")
    found = _all(call, resource_arns)
    return {"TagDescriptions": [{"ResourceArn": one.arn, "Tags": tag_members(one.detail.tags)} for one in found]}


def _all(call: Call, arns: Sequence[str]) -> list[Tagged]:
    """Everything named, each once. Raises the error of the first that is not there."""
    if not arns:
        raise ValidationError("At least one resource ARN must be specified")
    found = []
    for arn in dict.fromkeys(arns):
        one = _lookup(call, arn)
        if one is None:
            kind = arn.split(":", 5)[-1].partition("/")[0]
            if kind not in _MISSING:
                raise ValidationError(f"'{arn[:200]}' is not a valid resource ARN")
            error, noun = _MISSING[kind]
            raise error(f"One or more {noun} not found")
        found.append(one)
    return found


def _lookup(call: Call, arn: str) -> Tagged | None:
    return (
        tagged(call, arn)
        or (groups.lookup_target_group(call, arn) if ":targetgroup/" in arn else None)
        or trusts.lookup_trust_store(call, arn)
    )


def _keep(call: Call, found: Tagged, tags: Mapping[str, str]) -> None:
    """Nothing is written, and nothing deployed, when no tag has changed."""
    if dict(found.detail.tags) == dict(tags):
        return
    match found:
        case Balancer():
            keep_detail(call, found, replace(found.detail, tags=tags))
        case Port():
            keep_port(call, found, replace(found, detail=replace(found.detail, tags=tags)))
        case Ruled():
            keep_rule(call, found, replace(found.detail, tags=tags))
        case Trust():
            trusts.keep_trust_store(call, found, found.detail.tagged(tags))
        case _:
            groups.keep_target_group(call, found, found.detail.tagged(tags))
