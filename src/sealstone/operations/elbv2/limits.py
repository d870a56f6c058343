"""The limits of the account, by AWS's names, and capacity, of which nothing is reserved here."""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.model import balancing_quota as quota
from sealstone.model.quota import Quota
from sealstone.operations.call import Call
from sealstone.operations.elbv2.named import everything, find_load_balancer
from sealstone.operations.elbv2.wording import cut
from sealstone.operations.operation import operation
from sealstone.store import quotas

# API reference, DescribeAccountLimits.
_LIMITS: Final[Mapping[str, Quota]] = {
    "application-load-balancers": quota.APPLICATION_LOAD_BALANCERS,
    "certificates-per-application-load-balancer": quota.CERTIFICATES,
    "certificates-per-network-load-balancer": quota.CERTIFICATES,
    "condition-values-per-alb-rule": quota.CONDITION_VALUES,
    "condition-wildcards-per-alb-rule": quota.CONDITION_WILDCARDS,
    "listeners-per-application-load-balancer": quota.LISTENERS,
    "listeners-per-network-load-balancer": quota.LISTENERS,
    "network-load-balancers": quota.NETWORK_LOAD_BALANCERS,
    "rules-per-application-load-balancer": quota.RULES,
    "target-groups": quota.TARGET_GROUPS,
    "target-groups-per-action-on-application-load-balancer": quota.TARGET_GROUPS_PER_ACTION,
    "target-groups-per-application-load-balancer": quota.TARGET_GROUPS_PER_LOAD_BALANCER,
    "targets-per-target-group": quota.TARGETS_PER_TARGET_GROUP,
    "trust-stores": quota.TRUST_STORES,
}


@operation("elbv2", on=everything, access="Read")
def describe_account_limits(
    call: Call, *, marker: str | None = None, page_size: int | None = None
) -> Mapping[str, Any]:
    """The account's quotas by AWS's names."""
    names, more = cut(sorted(_LIMITS), marker, page_size, str)
    values = {name: quotas.value(call.tx, call.account_id, _LIMITS[name]) for name in names}
    return {"Limits": [{"Name": name, "Max": str(value)} for name, value in values.items()]} | more


@operation("elbv2", on=everything, access="Read")
def describe_capacity_reservation(call: Call, *, load_balancer_arn: str) -> Mapping[str, Any]:
    """None: nothing is reserved here. Terraform and Pulumi ask for it whenever they read a load balancer."""
    find_load_balancer(call, load_balancer_arn)
    return {"CapacityReservationState": []}
