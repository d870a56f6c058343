"""Rules of listeners: create, modify, delete, describe, and their priorities.

The default rule is the listener's own default action: it is described here, and changed by ModifyListener alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sealstone.model import balancing_quota, ids
from sealstone.model.application_detail import ApplicationRule, document_of
from sealstone.model.rule import Rule
from sealstone.operations.balancing_errors import UnsupportedProtocol
from sealstone.operations.balancing_judges import conditioned
from sealstone.operations.call import Call
from sealstone.operations.elbv2 import actions, condition_keys, conditions
from sealstone.operations.elbv2.descriptions import default_rule_members, rule_members
from sealstone.operations.elbv2.errors import OperationNotPermitted, PriorityInUse, TooManyRules
from sealstone.operations.elbv2.named import (
    Port,
    Ruled,
    default_ruled,
    everything,
    find_listener,
    find_rule,
    keep_rule,
    named_listener,
    named_rule,
    named_rules,
    ports,
    rules_of,
)
from sealstone.operations.elbv2.wording import cut, read_tags
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import quotas, rules

Sent = Sequence[Mapping[str, Any]]


@operation(
    "elbv2",
    on=named_listener,
    access="Write",
    unsupported=("Transforms",),
    judge=conditioned(tagging=condition_keys.new_rule),
)
def create_rule(
    call: Call,
    *,
    listener_arn: str,
    conditions: Sent,
    priority: int,
    actions: Sent,
    tags: Sequence[Mapping[str, str]] | None = None,
) -> Mapping[str, Any]:
    """Create a rule at a priority that no other rule of the listener has."""
    port = find_listener(call, listener_arn)
    if port.balancer.is_network:
        raise UnsupportedProtocol(
            f"Rules are not supported on listeners with protocol '{port.record.protocol}'; use its default action"
        )
    detail = _read(call, port, conditions, actions)
    return {"Rules": [rule_members(call, _created(call, port, priority, replace(detail, tags=read_tags(tags))))]}


@operation("elbv2", on=named_rule, access="Write", unsupported=("Transforms", "ResetTransforms"))
def modify_rule(
    call: Call, *, rule_arn: str, conditions: Sent | None = None, actions: Sent | None = None
) -> Mapping[str, Any]:
    """Replace conditions, actions or both."""
    found = _own(call, rule_arn, "modified; modify the default actions of its listener instead")
    return {"Rules": [rule_members(call, keep_rule(call, found, _changed(call, found, conditions, actions)))]}


@operation("elbv2", on=named_rule, access="Write")
def delete_rule(call: Call, *, rule_arn: str) -> Mapping[str, Any]:
    """Delete a rule, not a default one."""
    rules.remove(call.tx, _own(call, rule_arn, "deleted").record)
    return {}


@operation("elbv2", on=everything, access="Read")
def describe_rules(
    call: Call,
    *,
    listener_arn: str | None = None,
    rule_arns: Sequence[str] | None = None,
    marker: str | None = None,
    page_size: int | None = None,
) -> Mapping[str, Any]:
    """Those of one listener by priority, its default rule last, or those named."""
    if bool(listener_arn) == bool(rule_arns):
        raise ValidationError("You must specify either listener ARNs or rule ARNs")
    if listener_arn:
        port = find_listener(call, listener_arn)
        told = [*(rule_members(call, found) for found in rules_of(call, port)), default_rule_members(call, port)]
        chosen, more = cut(told, marker, page_size, _place)
        return {"Rules": list(chosen)} | more
    return {"Rules": [_described(call, arn) for arn in dict.fromkeys(rule_arns or ())]}


@operation("elbv2", on=named_rules, access="Write")
def set_rule_priorities(call: Call, *, rule_priorities: Sent) -> Mapping[str, Any]:
    """Give rules of one listener other priorities at once, so that two may change places; all or none."""
    wanted = {pair.get("RuleArn") or "": pair.get("Priority") for pair in rule_priorities}
    if len(wanted) < len(rule_priorities):
        raise ValidationError("Each rule can be specified once")
    found = [_own(call, arn, "given a priority") for arn in wanted]
    numbers = [_number(wanted[one.arn]) for one in found]
    _check_free(call, found, numbers)
    kept = [keep_rule(call, one, one.detail, number) for one, number in zip(found, numbers, strict=True)]
    return {"Rules": [rule_members(call, one) for one in kept]}


# --- steps ---


def _read(call: Call, port: Port, sent_conditions: Sent, sent_actions: Sent) -> ApplicationRule:
    return ApplicationRule(
        conditions.read(sent_conditions), actions.read(call, port.balancer, port.record.protocol, sent_actions)
    )


def _changed(call: Call, found: Ruled, sent_conditions: Sent | None, sent_actions: Sent | None) -> ApplicationRule:
    detail = found.detail
    if sent_conditions is not None:
        detail = replace(detail, conditions=conditions.read(sent_conditions))
    if sent_actions is not None:
        port = found.port
        detail = replace(detail, actions=actions.read(call, port.balancer, port.record.protocol, sent_actions))
        actions.check_association(call, port.balancer, detail.target_groups)
    return detail


def _created(call: Call, port: Port, priority: int, detail: ApplicationRule) -> Ruled:
    if any(one.record.priority == priority for one in rules_of(call, port)):
        raise PriorityInUse(f"Priority '{priority}' is currently in use")
    limit = quotas.value(call.tx, call.account_id, balancing_quota.RULES)
    if sum(len(rules_of(call, one)) for one in ports(call, port.balancer)) >= limit:
        raise TooManyRules(
            f"A load balancer can have {limit} rules; delete one, or raise the quota {balancing_quota.RULES.name}."
        )
    actions.check_association(call, port.balancer, detail.target_groups)
    record = Rule(
        account_id=call.account_id,
        rule_id=ids.new_balancing(call.house.chance),
        listener_id=port.record.listener_id,
        priority=priority,
        document=document_of(detail),
    )
    rules.add(call.tx, record)
    return Ruled(record, detail, port)


def _own(call: Call, arn: str, what: str) -> Ruled:
    """A rule that is no default one. Raises OperationNotPermitted and RuleNotFound."""
    if default_ruled(call, arn):
        raise OperationNotPermitted(f"Default rule '{arn}' cannot be {what}")
    return find_rule(call, arn)


def _described(call: Call, arn: str) -> dict[str, Any]:
    port = default_ruled(call, arn)
    return default_rule_members(call, port) if port else rule_members(call, find_rule(call, arn))


def _place(told: Mapping[str, Any]) -> str:
    """Sorts by priority, the default rule last."""
    return "default" if told["IsDefault"] else f"{int(told['Priority']):05d}"


def _number(priority: int | None) -> int:
    if priority is None:
        raise ValidationError("A priority must be specified for each rule")
    return priority


def _check_free(call: Call, found: Sequence[Ruled], numbers: Sequence[int]) -> None:
    """Raises ValidationError for rules of several listeners, PriorityInUse for a priority of a rule that stays."""
    if len({one.port.arn for one in found}) > 1:
        raise ValidationError("All rules must belong to the same listener")
    moving = {one.arn for one in found}
    taken = [one.record.priority for one in rules_of(call, found[0].port) if one.arn not in moving] if found else []
    for number in numbers:
        if number in taken or numbers.count(number) > 1:
            raise PriorityInUse(f"Priority '{number}' is currently in use")
