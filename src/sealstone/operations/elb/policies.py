"""Policies of a load balancer: make, describe, delete. Where they are in force is `policy_settings`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.model import elb_policies, quota
from sealstone.model.classic_detail import Policy
from sealstone.operations.balancing_errors import DuplicatePolicyName, PolicyNotFound, TooManyPolicies
from sealstone.operations.balancing_judges import conditioned
from sealstone.operations.call import Call
from sealstone.operations.elb import condition_keys, policy_types
from sealstone.operations.elb.named import all_load_balancers, find, keep, named_load_balancer, ports
from sealstone.operations.elb.policy_types import PolicyType
from sealstone.operations.elb.wording import conflict
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import quotas

_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,128}")


@operation("elb", on=named_load_balancer, access="Write", judge=conditioned(condition_keys.of_policy))
def create_load_balancer_policy(
    call: Call,
    *,
    load_balancer_name: str,
    policy_name: str,
    policy_type_name: str,
    policy_attributes: Sequence[Mapping[str, str]] | None = None,
) -> Mapping[str, Any]:
    """Make a policy of any type; what a predefined security policy stands for is written out in it."""
    sent = [(one.get("AttributeName", ""), one.get("AttributeValue", "")) for one in policy_attributes or ()]
    _create(call, load_balancer_name, policy_name, policy_type_name, sent)
    return {}


@operation("elb", on=named_load_balancer, access="Write")
def create_app_cookie_stickiness_policy(
    call: Call, *, load_balancer_name: str, policy_name: str, cookie_name: str
) -> Mapping[str, Any]:
    """Make a policy of stickiness that follows the application's own cookie."""
    attributes = [(policy_types.COOKIE_NAME, cookie_name)]
    _create(call, load_balancer_name, policy_name, policy_types.APP_COOKIE, attributes)
    return {}


@operation("elb", on=named_load_balancer, access="Write")
def create_lb_cookie_stickiness_policy(
    call: Call, *, load_balancer_name: str, policy_name: str, cookie_expiration_period: int | None = None
) -> Mapping[str, Any]:
    """Make a policy of stickiness by a cookie of the load balancer's own; without a period it is the browser's."""
    period = cookie_expiration_period
    attributes = [] if period is None else [(policy_types.COOKIE_PERIOD, str(period))]
    _create(call, load_balancer_name, policy_name, policy_types.LB_COOKIE, attributes)
    return {}


@operation("elb", on=named_load_balancer, access="Write")
def delete_load_balancer_policy(call: Call, *, load_balancer_name: str, policy_name: str) -> Mapping[str, Any]:
    """Delete a policy that is nowhere in force; one that is not there is no error [inferred: the model has none]."""
    found = find(call, load_balancer_name)
    users = [
        f"the listener on port {port.record.port}" for port in ports(call, found) if policy_name in port.detail.policies
    ]
    users += [f"instance port {port}" for port, names in found.detail.backend_policies.items() if policy_name in names]
    users += [
        f"the policy '{policy.name}'"
        for policy in found.detail.policies
        if policy_name in policy.values(policy_types.KEY_POLICY)
    ]
    if users:
        raise conflict(
            f"Policy {policy_name} of load balancer {load_balancer_name} is in use.",
            f"It is used by {users[0]};",
            "set other policies there first.",
        )
    left = tuple(policy for policy in found.detail.policies if policy.name != policy_name)
    keep(call, found, replace(found.detail, policies=left))
    return {}


@operation("elb", on=all_load_balancers, access="Read")
def describe_load_balancer_policies(
    call: Call, *, load_balancer_name: str | None = None, policy_names: Sequence[str] | None = None
) -> Mapping[str, Any]:
    """Those of a load balancer, or without one the predefined security policies."""
    if load_balancer_name is None:
        known = {
            name: Policy(name, elb_policies.NEGOTIATION, negotiation.attributes)
            for name, negotiation in elb_policies.PREDEFINED.items()
        }
        where = ""
    else:
        known = {policy.name: policy for policy in find(call, load_balancer_name).detail.policies}
        where = f" for load balancer {load_balancer_name}"
    for name in policy_names or ():
        if name not in known:
            raise PolicyNotFound(f"There is no policy with name {name}{where}")
    return {"PolicyDescriptions": [_described(known[name]) for name in dict.fromkeys(policy_names or known)]}


@operation("elb", on=all_load_balancers, access="Read")
def describe_load_balancer_policy_types(
    call: Call,  # noqa: ARG001
    *,
    policy_type_names: Sequence[str] | None = None,
) -> Mapping[str, Any]:
    """What types there are and which attributes each has."""
    names = dict.fromkeys(policy_type_names or policy_types.TYPES)
    return {"PolicyTypeDescriptions": [_described_type(name, policy_types.find(name)) for name in names]}


def _create(call: Call, load_balancer: str, name: str, type_name: str, attributes: Sequence[tuple[str, str]]) -> None:
    """Judge and store. Raises what the operations raise."""
    found = find(call, load_balancer)
    if not _NAME.fullmatch(name):
        raise ValidationError("PolicyName must be 1 to 128 letters, digits and dashes.")
    policy = Policy(name, type_name, tuple(policy_types.judged(found.detail, type_name, attributes)))
    if found.detail.policy(name):
        raise DuplicatePolicyName(f"There is already a policy with name {name} for load balancer {load_balancer}")
    limit = quotas.value(call.tx, call.account_id, quota.CLASSIC_POLICIES)
    if len(found.detail.policies) >= limit:
        raise TooManyPolicies(f"A load balancer can have {limit} policies; delete one that is not in use.")
    keep(call, found, found.detail.with_policy(policy))


def _described(policy: Policy) -> Mapping[str, Any]:
    return {
        "PolicyName": policy.name,
        "PolicyTypeName": policy.type_name,
        "PolicyAttributeDescriptions": [
            {"AttributeName": name, "AttributeValue": value} for name, value in policy.attributes
        ],
    }


def _described_type(name: str, found: PolicyType) -> Mapping[str, Any]:
    return {
        "PolicyTypeName": name,
        "Description": found.description,
        "PolicyAttributeTypeDescriptions": [
            {"AttributeName": attribute, "AttributeType": kind, "Cardinality": cardinality}
            for attribute, kind, cardinality in found.attributes
        ],
    }
