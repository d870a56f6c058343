"""How targets are: DescribeTargetHealth, from what the data plane's health checks last said.

States and reasons as in the API reference (TargetHealth), their descriptions as in the guides' table of reason codes.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sealstone.model.instance import TargetHealth, TargetState
from sealstone.model.target_group_detail import Target, TargetGroupDetail
from sealstone.operations.call import Call
from sealstone.operations.elbv2.groups import find_target_group, load_balancers_by_group
from sealstone.operations.elbv2.named import everything
from sealstone.operations.elbv2.targets import Targets, named
from sealstone.operations.operation import operation
from sealstone.store import listener_states

_Told = tuple[str, str, str]
"""State, Reason, Description."""

_NOT_IN_USE: Final = (
    *("unused", "Target.NotInUse"),
    "Target group is not configured to receive traffic from the load balancer",
)
_NOT_REGISTERED: Final = ("unused", "Target.NotRegistered", "Target is not registered to the target group")
_LEAVING: Final = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
_NOT_SEEN: Final = ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
_FAILED: Final = ("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
_TIMED_OUT: Final = ("unhealthy", "Target.Timeout", "Request timed out")
_BY_HEALTH: Final[Mapping[TargetHealth, _Told]] = {
    TargetHealth.INITIAL: ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress"),
    TargetHealth.HEALTHY: ("healthy", "", ""),
    TargetHealth.DRAINING: _LEAVING,
    TargetHealth.UNKNOWN: ("unavailable", "Elb.InternalError", "Health checks failed due to an internal error"),
}
# The words of the data plane: `L4TOUT`, `L7STS 503`, `L4CON`.
_NO_ANSWER: Final = re.compile(r"L[467]TOUT\b")
_STATUS: Final = re.compile(r"L7STS ([0-9]{3})\b")


@operation("elbv2", on=everything, access="Read", unsupported=("Include",))
def describe_target_health(call: Call, *, target_group_arn: str, targets: Targets | None = None) -> Mapping[str, Any]:
    """Those registered and those leaving, or those that are named."""
    found = find_target_group(call, target_group_arn)
    detail = found.detail
    seen = {state.target_id: state for state in listener_states.targets(call.tx, found.record.unique_id)}
    leaving = {one.target.key: one.target for one in detail.still_leaving(call.now)}
    registered = {target.key: target for target in detail.targets}
    used = found.record.unique_id in load_balancers_by_group(call)
    wanted = _wanted(detail, targets, registered | leaving)
    return {
        "TargetHealthDescriptions": [
            _members(detail, target, _told(target.key, registered, leaving, seen, used=used)) for target in wanted
        ]
    }


def _wanted(detail: TargetGroupDetail, sent: Targets | None, there: Mapping[str, Target]) -> Sequence[Target]:
    """All, or those sent: of one that is there, what is kept of it."""
    if not sent:
        return tuple(there.values())
    asked = dict.fromkeys(named(detail, one) for one in sent)
    return tuple(there.get(target.key, target) for target in asked)


def _told(
    key: str,
    registered: Mapping[str, Target],
    leaving: Mapping[str, Target],
    seen: Mapping[str, TargetState],
    *,
    used: bool,
) -> _Told:
    if key not in registered:
        return _LEAVING if key in leaving else _NOT_REGISTERED
    if not used:
        return _NOT_IN_USE
    state = seen.get(key)
    if state is None:
        return _NOT_SEEN
    return _unhealthy(state.reason) if state.health is TargetHealth.UNHEALTHY else _BY_HEALTH[state.health]


def _unhealthy(reason: str) -> _Told:
    status = _STATUS.search(reason)
    if status:
        return ("unhealthy", "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status[1]}]")
    return _TIMED_OUT if _NO_ANSWER.search(reason) else _FAILED


def _members(detail: TargetGroupDetail, target: Target, told: _Told) -> dict[str, Any]:
    state, reason, description = told
    names: dict[str, Any] = {"Id": target.target_id, "Port": target.port}
    health = {"State": state} | ({"Reason": reason, "Description": description} if reason else {})
    return {
        "Target": names | ({"AvailabilityZone": target.zone} if target.zone else {}),
        "HealthCheckPort": str(detail.health.port or target.port),
        "TargetHealth": health,
    }
