"""Targets of a group: register and deregister.

Addresses are those that AWS takes too, of private networks: a caller cannot send requests to this machine itself or to
its neighbours in the link. Whoever wants targets elsewhere has the operator name them, as instances.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sealstone.model import balancing_quota
from sealstone.model import target_group_attributes as known
from sealstone.model.target_group_detail import IP, Departure, Target, TargetGroupDetail
from sealstone.operations.call import Call
from sealstone.operations.elbv2.errors import InvalidTarget, TooManyTargets
from sealstone.operations.elbv2.groups import (
    Group,
    find_target_group,
    keep_target_group,
    load_balancers_by_group,
    named_target_group,
)
from sealstone.operations.elbv2.wording import conflict
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import instances, quotas

Targets = Sequence[Mapping[str, Any]]

_SHOWN: Final = 200
_INSTANCE_ID: Final = re.compile(r"i-[A-Za-z0-9-]{1,61}", re.ASCII)
# API reference, CreateTargetGroup, TargetType: RFC 1918 and RFC 6598. Of version 6 all that is global or unique local
# (RFC 4291, RFC 4193), since networks of AWS have global ones.
_NETWORKS: Final = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "2000::/3", "fc00::/7"),
    )
)
_VERSIONS: Final = {"ipv4": 4, "ipv6": 6}


@operation("elbv2", on=named_target_group, access="Write")
def register_targets(call: Call, *, target_group_arn: str, targets: Targets) -> Mapping[str, Any]:
    """Add targets; one that is registered with the port stays as it is."""
    found = find_target_group(call, target_group_arn)
    detail = found.detail
    _check_quic(targets)
    new = {target.key: target for target in (_new(call, detail, one) for one in targets)}
    registered = {target.key: target for target in detail.targets}
    registered |= {key: target for key, target in new.items() if key not in registered}
    limit = quotas.value(call.tx, call.account_id, balancing_quota.TARGETS_PER_TARGET_GROUP)
    if len(registered) > limit:
        raise TooManyTargets(
            f"A target group can have {limit} targets; deregister some, or raise the quota "
            f"{balancing_quota.TARGETS_PER_TARGET_GROUP.name}."
        )
    changed = replace(detail, targets=tuple(registered.values()))
    keep_target_group(call, found, replace(changed, leaving=changed.still_leaving(call.now)))
    return {}


@operation("elbv2", on=named_target_group, access="Write")
def deregister_targets(call: Call, *, target_group_arn: str, targets: Targets) -> Mapping[str, Any]:
    """Take targets out; what runs there may end by itself until the deregistration delay is over.

    Without a port it is the target with the group's port (API reference). One that is not there is no error.
    """
    found = find_target_group(call, target_group_arn)
    detail = found.detail
    gone = {named(detail, one).key for one in targets}
    delay = timedelta(seconds=int(known.values(detail)[known.DEREGISTRATION_DELAY]))
    leaving = [*detail.still_leaving(call.now)]
    if delay and _is_used(call, found):
        leaving += [Departure(target, call.now + delay) for target in detail.targets if target.key in gone]
    left = tuple(target for target in detail.targets if target.key not in gone)
    keep_target_group(call, found, replace(detail, targets=left, leaving=tuple(leaving)))
    return {}


def named(detail: TargetGroupDetail, sent: Mapping[str, Any]) -> Target:
    """The target that a description means, whether it is there or not. Raises ValidationError."""
    return Target(_usual(detail, str(sent["Id"])), sent.get("Port") or detail.port, sent.get("AvailabilityZone"))


def _usual(detail: TargetGroupDetail, target_id: str) -> str:
    """An instance id, or an address in its usual form. Raises ValidationError."""
    if detail.target_type != IP:
        if not _INSTANCE_ID.fullmatch(target_id):
            raise ValidationError(f"Instance ID '{target_id[:_SHOWN]}' is not valid")
        return target_id
    try:
        address = ipaddress.ip_address(target_id)
    except ValueError:
        address = None
    if address is None or "%" in target_id:
        raise ValidationError(f"The IP address '{target_id[:_SHOWN]}' is not a valid IP address")
    return str(address)


def _new(call: Call, detail: TargetGroupDetail, sent: Mapping[str, Any]) -> Target:
    """A target that may be registered. Raises InvalidTarget, ValidationError."""
    found = named(detail, sent)
    if detail.target_type == IP:
        _check_address(detail, found.target_id)
    elif instances.find(call.tx, call.account_id, found.target_id) is None:
        raise InvalidTarget(
            f"The following targets are not in a running state and cannot be registered: '{found.target_id[:_SHOWN]}'. "
            "Make the address of the instance known first: sealstone instance add."
        )
    return found


def _check_address(detail: TargetGroupDetail, text: str) -> None:
    address = ipaddress.ip_address(text)
    if address.version != _VERSIONS[detail.ip_address_type]:
        raise InvalidTarget(
            f"The IP address '{text}' is not supported by target groups with the IP address type "
            f"'{detail.ip_address_type}'"
        )
    if not any(address in network for network in _NETWORKS):
        raise InvalidTarget(
            f"The IP address '{text}' is not one of a private network (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, "
            "100.64.0.0/10). For any other, have the operator name it with sealstone instance add, and register the "
            "instance in a target group of the type instance."
        )


def _check_quic(targets: Targets) -> None:
    if any("QuicServerId" in one for one in targets):
        raise conflict("QuicServerId is for target groups with the QUIC protocol, which is not spoken here.")


def _is_used(call: Call, found: Group) -> bool:
    """A target group that nothing sends to has no connections to wait for."""
    return found.record.unique_id in load_balancers_by_group(call)
