"""Actions of listeners and rules: read from a call and judged, and told again.

Source: API reference, Action; application load balancer guide, "Listener rules". What asks a client to log in elsewhere
is refused: there is no identity provider here.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from sealstone.model import balancing_quota as quota
from sealstone.model.application_detail import (
    FIXED_RESPONSE,
    FORWARD,
    REDIRECT,
    Action,
    FixedResponse,
    Forward,
    Redirect,
    Share,
)
from sealstone.operations.call import Call
from sealstone.operations.elbv2.errors import (
    InvalidLoadBalancerAction,
    TargetGroupAssociationLimit,
    TooManyActions,
    TooManyUniqueTargetGroupsPerLoadBalancer,
)
from sealstone.operations.elbv2.forwarding import check_protocols
from sealstone.operations.elbv2.groups import Group, find_target_group, load_balancers_by_group
from sealstone.operations.elbv2.named import Balancer
from sealstone.operations.errors import ValidationError
from sealstone.store import quotas, target_groups

Sent = Mapping[str, Any]

_CONFIGURATIONS: Final = {
    FORWARD: "ForwardConfig",
    REDIRECT: "RedirectConfig",
    FIXED_RESPONSE: "FixedResponseConfig",
}
_CONTENT_TYPES: Final = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
_HEAVIEST: Final = 999
_LONGEST_STICKINESS: Final = 604800
# What a Location may hold: characters of URLs (RFC 3986), and AWS's placeholders.
_PLACEHOLDER: Final = re.compile(r"#\{(protocol|host|port|path|query)\}")
_LITERAL: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*", re.ASCII)
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)


def read(call: Call, balancer: Balancer, protocol: str, sent: Sequence[Sent]) -> tuple[Action, ...]:
    """The actions, of which there is one: only what AWS calls routing is done here. The protocol is the listener's.

    Raises ValidationError, InvalidLoadBalancerAction, TooManyActions, TargetGroupNotFound, IncompatibleProtocols,
    TargetGroupAssociationLimit and TooManyUniqueTargetGroupsPerLoadBalancer.
    """
    if not sent:
        raise ValidationError("At least one action must be specified")
    actions = tuple(_one(call, balancer, action) for action in sent)
    if len(actions) > 1:
        raise TooManyActions("Up to '1' action of types 'forward, redirect, fixed-response' can be specified")
    if balancer.is_network and actions[0].kind != FORWARD:
        raise InvalidLoadBalancerAction(
            f"Action type '{actions[0].kind}' is not supported on load balancers with type 'network'; use 'forward'"
        )
    check_protocol(call, protocol, actions)
    return actions


def check_protocol(call: Call, protocol: str, actions: Sequence[Action]) -> None:
    """Whether the actions can be taken by a listener of the protocol.

    Raises IncompatibleProtocols, and InvalidLoadBalancerAction [code and text inferred] for what would lead clients
    from HTTPS to HTTP (API reference, RedirectActionConfig: that cannot be done).
    """
    for action in actions:
        if action.redirect and (protocol, action.redirect.protocol) == ("HTTPS", "HTTP"):
            raise InvalidLoadBalancerAction(
                "You can't redirect HTTPS to HTTP; use protocol HTTPS or '#{protocol}' in the redirects of HTTPS "
                "listeners"
            )
        if action.forward:
            ids = (share.target_group_id for share in action.forward.shares)
            records = (target_groups.with_id(call.tx, call.account_id, unique_id) for unique_id in ids)
            check_protocols(protocol, (Group.of(record) for record in records if record))


def check_association(call: Call, balancer: Balancer, wanted: Sequence[str]) -> None:
    """Whether the load balancer may forward to these target groups as well (guide, "Target groups").

    Raises TargetGroupAssociationLimit and TooManyUniqueTargetGroupsPerLoadBalancer.
    """
    users = load_balancers_by_group(call)
    for name in wanted:
        if frozenset(users.get(name, ())) - {balancer.arn}:
            raise TargetGroupAssociationLimit(
                "The following target groups cannot be associated with more than one load balancer: "
                f"{_present_arn(call, name)}"
            )
    limit = quotas.value(call.tx, call.account_id, quota.TARGET_GROUPS_PER_LOAD_BALANCER)
    if len({name for name, owners in users.items() if balancer.arn in owners} | set(wanted)) > limit:
        raise TooManyUniqueTargetGroupsPerLoadBalancer(
            f"A load balancer can forward to {limit} target groups; "
            f"use fewer, or raise the quota {quota.TARGET_GROUPS_PER_LOAD_BALANCER.name}."
        )


def members(call: Call, actions: Sequence[Action]) -> list[dict[str, Any]]:
    """Actions as they are described: a single target group in both of its forms, as AWS does."""
    return [_member(call, action) for action in actions]


# --- reading ---


def _one(call: Call, balancer: Balancer, sent: Sent) -> Action:
    kind = sent["Type"]
    if kind not in _CONFIGURATIONS:
        raise InvalidLoadBalancerAction(
            f"Action type '{kind}' is not offered here: it asks an identity provider, and there is none. "
            f"Use one of '{', '.join(_CONFIGURATIONS)}'"
        )
    _check_members(kind, sent)
    order = sent.get("Order")
    if kind == FORWARD:
        return Action(kind, order, forward=_forward(call, balancer, sent))
    if kind == REDIRECT:
        return Action(kind, order, redirect=_redirect(sent))
    return Action(kind, order, fixed_response=_fixed_response(sent))


def _check_members(kind: str, sent: Sent) -> None:
    """Whether nothing is sent that belongs to another type."""
    allowed = {"Type", "Order", _CONFIGURATIONS[kind]} | ({"TargetGroupArn"} if kind == FORWARD else set())
    for name, value in sent.items():
        if name not in allowed and value:
            raise InvalidLoadBalancerAction(f"{name} cannot be specified with action type '{kind}'")


def _forward(call: Call, balancer: Balancer, sent: Sent) -> Forward:
    configuration = sent.get("ForwardConfig") or {}
    single = sent.get("TargetGroupArn")
    tuples = configuration.get("TargetGroups") or ([{"TargetGroupArn": single}] if single else [])
    arns = [one.get("TargetGroupArn") or "" for one in tuples]
    if not tuples:
        raise ValidationError("A target group ARN must be specified for actions of type 'forward'")
    if single and arns != [single]:
        raise InvalidLoadBalancerAction(
            "TargetGroupArn and ForwardConfig must name the same single target group when both are specified"
        )
    if len(set(arns)) < len(arns):
        raise InvalidLoadBalancerAction("Each target group can be specified once in an action")
    _check_count(balancer, len(arns))
    groups = [find_target_group(call, arn) for arn in arns]
    shares = tuple(Share(group.record.unique_id, _weight(one)) for group, one in zip(groups, tuples, strict=True))
    stickiness = configuration.get("TargetGroupStickinessConfig") or {}
    return Forward(shares, bool(stickiness.get("Enabled")), _seconds(stickiness))


def _check_count(balancer: Balancer, count: int) -> None:
    most = 1 if balancer.is_network else quota.TARGET_GROUPS_PER_ACTION.default
    if count > most:
        raise InvalidLoadBalancerAction(
            f"Up to '{most}' target groups can be specified in an action of a load balancer with type "
            f"'{balancer.record.kind}', but '{count}' were specified"
        )


def _weight(sent: Sent) -> int:
    weight: int | None = sent.get("Weight")
    if weight is None:
        return 1
    if not 0 <= weight <= _HEAVIEST:
        raise ValidationError(f"The weight of a target group must be between 0 and {_HEAVIEST}, and is '{weight}'")
    return weight


def _seconds(stickiness: Sent) -> int | None:
    seconds: int | None = stickiness.get("DurationSeconds")
    if stickiness.get("Enabled") and seconds is None:
        raise ValidationError("DurationSeconds must be specified when target group stickiness is enabled")
    if seconds is not None and not 1 <= seconds <= _LONGEST_STICKINESS:
        raise ValidationError(f"DurationSeconds must be between 1 and {_LONGEST_STICKINESS}, and is '{seconds}'")
    return seconds


def _redirect(sent: Sent) -> Redirect:
    configuration = sent.get("RedirectConfig")
    if not configuration:
        raise ValidationError("A RedirectConfig must be specified for actions of type 'redirect'")
    redirect = Redirect(
        configuration["StatusCode"],
        **{name.lower(): value for name, value in configuration.items() if name != "StatusCode" and value is not None},
    )
    for part in ("host", "path", "query"):
        if not _LITERAL.fullmatch(_PLACEHOLDER.sub("", getattr(redirect, part))):
            raise ValidationError(f"The {part} of a redirect holds characters that no URL has")
    if not redirect.path.startswith("/"):
        raise ValidationError("The path of a redirect must begin with '/'")
    if redirect.port != "#{port}" and not (_PORT.fullmatch(redirect.port) and int(redirect.port) <= 65535):
        raise ValidationError("The port of a redirect must be a value from 1 to 65535 or '#{port}'")
    if Redirect(redirect.status, query=redirect.query) == redirect:
        raise InvalidLoadBalancerAction(
            "A redirect must change at least one of protocol, host, port and path, so that it leads to no loop"
        )
    return redirect


def _fixed_response(sent: Sent) -> FixedResponse:
    configuration = sent.get("FixedResponseConfig")
    if not configuration:
        raise ValidationError("A FixedResponseConfig must be specified for actions of type 'fixed-response'")
    kind = configuration.get("ContentType")
    if kind and kind not in _CONTENT_TYPES:
        raise ValidationError(f"Fixed response content type '{kind}' must be one of '{', '.join(_CONTENT_TYPES)}'")
    return FixedResponse(configuration["StatusCode"], kind or None, configuration.get("MessageBody"))


# --- telling ---


def _member(call: Call, action: Action) -> dict[str, Any]:
    told: dict[str, Any] = {"Type": action.kind} | ({"Order": action.order} if action.order is not None else {})
    if action.forward:
        return told | _forward_members(call, action.forward)
    if action.redirect:
        parts = ("protocol", "host", "port", "path", "query")
        redirect = {part.capitalize(): getattr(action.redirect, part) for part in parts}
        return told | {"RedirectConfig": redirect | {"StatusCode": action.redirect.status}}
    fixed = cast("FixedResponse", action.fixed_response)
    optional = {"MessageBody": fixed.body, "ContentType": fixed.content_type}
    filled = {name: value for name, value in optional.items() if value is not None}
    return told | {"FixedResponseConfig": {"StatusCode": fixed.status} | filled}


def _forward_members(call: Call, forward: Forward) -> dict[str, Any]:
    tuples = [
        {"TargetGroupArn": _present_arn(call, share.target_group_id), "Weight": share.weight}
        for share in forward.shares
    ]
    stickiness: dict[str, Any] = {"Enabled": forward.sticky}
    if forward.sticky_seconds is not None:
        stickiness["DurationSeconds"] = forward.sticky_seconds
    single = {"TargetGroupArn": tuples[0]["TargetGroupArn"]} if len(tuples) == 1 else {}
    return single | {"ForwardConfig": {"TargetGroups": tuples, "TargetGroupStickinessConfig": stickiness}}


def _present_arn(call: Call, target_group_id: str) -> str:
    """Of a target group in use, which cannot be deleted; one query a call however often it is asked."""
    key = f"target group {target_group_id}"
    if key not in call.found:
        group = target_groups.with_id(call.tx, call.account_id, target_group_id)
        call.found[key] = group.arn if group else ""
    return str(call.found[key])
