"""Target groups: create, describe, modify their health check, delete."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.model import balancing_quota, ids
from sealstone.model.instance import TargetGroup
from sealstone.model.target_group_detail import INSTANCE, IP, TRAFFIC_PORT, TargetGroupDetail, document_of
from sealstone.operations.balancing_judges import conditioned
from sealstone.operations.call import Call
from sealstone.operations.elbv2 import target_checks
from sealstone.operations.elbv2.errors import (
    DuplicateTargetGroupName,
    ResourceInUse,
    TargetGroupNotFound,
    TooManyTargetGroups,
)
from sealstone.operations.elbv2.groups import (
    Group,
    find_target_group,
    keep_target_group,
    load_balancers_by_group,
    lookup_target_group,
    named_target_group,
    new_target_group,
)
from sealstone.operations.elbv2.named import everything, find_load_balancer
from sealstone.operations.elbv2.wording import conflict, page_members, page_request, read_tags
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import listener_states, quotas, target_groups

_LONGEST_NAME: Final = 32
_NAME: Final = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
_HTTP: Final = ("HTTP", "HTTPS")
_PROTOCOLS: Final = (*_HTTP, "TCP", "TLS")
_TYPES: Final = (INSTANCE, IP)
_HTTP1: Final = "HTTP1"
_SETTINGS: Final = (
    "protocol",
    "port",
    "health",
    "target_type",
    "vpc_id",
    "protocol_version",
    "ip_address_type",
    "tags",
)


@operation(
    "elbv2",
    on=new_target_group,
    access="Write",
    unsupported=("TargetControlPort",),
    judge=conditioned(tagging=new_target_group),
)
def create_target_group(
    call: Call,
    *,
    name: str,
    protocol: str | None = None,
    protocol_version: str | None = None,
    port: int | None = None,
    vpc_id: str | None = None,
    health_check_protocol: str | None = None,  # noqa: ARG001 - read together, from the call
    health_check_port: str | None = None,  # noqa: ARG001
    health_check_enabled: bool | None = None,  # noqa: ARG001
    health_check_path: str | None = None,  # noqa: ARG001
    health_check_interval_seconds: int | None = None,  # noqa: ARG001
    health_check_timeout_seconds: int | None = None,  # noqa: ARG001
    healthy_threshold_count: int | None = None,  # noqa: ARG001
    unhealthy_threshold_count: int | None = None,  # noqa: ARG001
    matcher: Mapping[str, str] | None = None,  # noqa: ARG001
    target_type: str | None = None,
    tags: Sequence[Mapping[str, str]] | None = None,
    ip_address_type: str | None = None,
) -> Mapping[str, Any]:
    """Create it without targets; again with the same settings it only tells of the one that is there."""
    _check_name(name)
    kind = _type(target_type)
    spoken, number = _protocol(protocol), _required(port, "port")
    detail = TargetGroupDetail(
        protocol=spoken,
        port=number,
        health=target_checks.read(call.parameters, spoken, kind),
        target_type=kind,
        vpc_id=_vpc(vpc_id),
        protocol_version=_version(protocol_version, spoken),
        ip_address_type=ip_address_type or "ipv4",
        tags=read_tags(tags),
    )
    record = target_groups.find(call.tx, call.account_id, call.region, name)
    if record is None:
        return _described(call, [_created(call, name, detail)])
    there = Group.of(record)
    if any(getattr(there.detail, setting) != getattr(detail, setting) for setting in _SETTINGS):
        raise DuplicateTargetGroupName(
            f"A target group with the same name '{name}' exists, but with different settings"
        )
    return _described(call, [there])


@operation("elbv2", on=everything, access="Read")
def describe_target_groups(
    call: Call,
    *,
    load_balancer_arn: str | None = None,
    target_group_arns: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    marker: str | None = None,
    page_size: int | None = None,
) -> Mapping[str, Any]:
    """Those that are named or a load balancer sends to, or all of the region by name, in pages of at most 400."""
    if sum(map(bool, (load_balancer_arn, target_group_arns, names))) > 1:
        raise ValidationError(
            "Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time"
        )
    if target_group_arns:
        return _described(call, [find_target_group(call, arn) for arn in dict.fromkeys(target_group_arns)])
    if names:
        return _described(call, [_by_name(call, name) for name in dict.fromkeys(names)])
    if load_balancer_arn:
        return _described(call, _of_load_balancer(call, find_load_balancer(call, load_balancer_arn).arn))
    page = target_groups.page(call.tx, call.account_id, call.region, page_request(marker, page_size))
    return _described(call, map(Group.of, page.items)) | page_members(page)


@operation("elbv2", on=named_target_group, access="Write")
def modify_target_group(
    call: Call,
    *,
    target_group_arn: str,
    health_check_protocol: str | None = None,  # noqa: ARG001 - read together, from the call
    health_check_port: str | None = None,  # noqa: ARG001
    health_check_path: str | None = None,  # noqa: ARG001
    health_check_enabled: bool | None = None,  # noqa: ARG001
    health_check_interval_seconds: int | None = None,  # noqa: ARG001
    health_check_timeout_seconds: int | None = None,  # noqa: ARG001
    healthy_threshold_count: int | None = None,  # noqa: ARG001
    unhealthy_threshold_count: int | None = None,  # noqa: ARG001
    matcher: Mapping[str, str] | None = None,  # noqa: ARG001
) -> Mapping[str, Any]:
    """Change the health check; nothing else of a target group can be."""
    found = find_target_group(call, target_group_arn)
    detail = found.detail
    health = target_checks.read(call.parameters, detail.protocol, detail.target_type, detail.health)
    return _described(call, [keep_target_group(call, found, replace(detail, health=health))])


@operation("elbv2", on=named_target_group, access="Write")
def delete_target_group(call: Call, *, target_group_arn: str) -> Mapping[str, Any]:
    """Delete one that nothing sends to; one that is not there is no error, as the model has none for it."""
    found = lookup_target_group(call, target_group_arn)
    if found is None:
        return {}
    if found.record.unique_id in load_balancers_by_group(call):
        raise ResourceInUse(f"Target group '{found.arn}' is currently in use by a listener or a rule")
    listener_states.remove_targets(call.tx, found.record.unique_id)
    target_groups.remove(call.tx, found.record)
    return {}


# --- steps ---


def _created(call: Call, name: str, detail: TargetGroupDetail) -> Group:
    limit = quotas.value(call.tx, call.account_id, balancing_quota.TARGET_GROUPS)
    if target_groups.count(call.tx, call.account_id, call.region) >= limit:
        raise TooManyTargetGroups(
            f"The quota of {limit} target groups in {call.region} has been reached; delete one, or raise the quota "
            f"{balancing_quota.TARGET_GROUPS.name}."
        )
    record = TargetGroup(
        account_id=call.account_id,
        unique_id=ids.new_balancing(call.house.chance),
        region=call.region,
        name=name,
        create_date=call.now.replace(microsecond=0),
        document=document_of(detail),
    )
    target_groups.add(call.tx, record)
    return Group(record, detail)


def _by_name(call: Call, name: str) -> Group:
    record = target_groups.find(call.tx, call.account_id, call.region, name)
    if record is None:
        raise TargetGroupNotFound("One or more target groups not found")
    return Group.of(record)


def _of_load_balancer(call: Call, arn: str) -> list[Group]:
    there = [name for name, senders in load_balancers_by_group(call).items() if arn in senders]
    records = (target_groups.with_id(call.tx, call.account_id, name) for name in there)
    return sorted((Group.of(record) for record in records if record), key=lambda group: group.record.name.lower())


def _check_name(name: str) -> None:
    """Raises ValidationError."""
    if len(name) > _LONGEST_NAME:
        raise ValidationError(f"Target group name '{name[:200]}' cannot be longer than '{_LONGEST_NAME}' characters")
    if not _NAME.fullmatch(name):
        raise ValidationError(
            f"Target group name '{name}' can only contain characters that are alphanumeric characters or hyphens(-)"
        )
    if name.startswith("-") or name.endswith("-"):
        raise ValidationError(f"Target group name '{name}' cannot begin or end with a hyphen(-)")


def _type(sent: str | None) -> str:
    if sent not in (None, *_TYPES):
        raise conflict(
            f"Target type '{sent}' is not supported: there are no such targets here.", cure="Use instance or ip."
        )
    return sent or INSTANCE


def _protocol(sent: str | None) -> str:
    if not sent:
        raise ValidationError("A protocol must be specified")
    if sent not in _PROTOCOLS:
        raise conflict(
            f"Protocol '{sent}' is not supported: what listens here is TCP.", cure="Use HTTP, HTTPS, TCP or TLS."
        )
    return sent


def _required(sent: int | None, what: str) -> int:
    if sent is None:
        raise ValidationError(f"A {what} must be specified")
    return sent


def _vpc(sent: str | None) -> str:
    """Asked for as at AWS, so that what works here works there; nothing comes of it."""
    if not sent:
        raise ValidationError(
            "A VPC ID must be specified. There is no network of AWS here: any id will do, such as vpc-0."
        )
    return sent


def _version(sent: str | None, protocol: str) -> str | None:
    if protocol not in _HTTP:
        if sent:
            raise ValidationError(
                f"Protocol version cannot be specified for target groups with the {protocol} protocol"
            )
        return None
    if sent not in (None, _HTTP1):
        raise conflict(
            f"Protocol version '{sent[:40]}' is not supported: targets are spoken to by HTTP/1.1 here.",
            cure=f"Use {_HTTP1}; clients may speak HTTP/2 to the listener all the same.",
        )
    return _HTTP1


# --- members ---


def _described(call: Call, groups: Iterable[Group]) -> dict[str, Any]:
    senders = load_balancers_by_group(call)
    return {"TargetGroups": [_members(group, senders.get(group.record.unique_id, ())) for group in groups]}


def _members(group: Group, senders: Sequence[str]) -> dict[str, Any]:
    detail, health = group.detail, group.detail.health
    found: dict[str, Any] = {
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.record.name,
        "Protocol": detail.protocol,
        "Port": detail.port,
        "VpcId": detail.vpc_id,
        "HealthCheckProtocol": health.protocol,
        "HealthCheckPort": TRAFFIC_PORT if health.port is None else str(health.port),
        "HealthCheckEnabled": True,
        "HealthCheckIntervalSeconds": health.interval,
        "HealthCheckTimeoutSeconds": health.timeout,
        "HealthyThresholdCount": health.healthy,
        "UnhealthyThresholdCount": health.unhealthy,
        "LoadBalancerArns": list(senders),
        "TargetType": detail.target_type,
        "IpAddressType": detail.ip_address_type,
    }
    if health.path is not None:
        found |= {"HealthCheckPath": health.path, "Matcher": {"HttpCode": health.matcher}}
    return found | ({"ProtocolVersion": detail.protocol_version} if detail.protocol_version else {})
