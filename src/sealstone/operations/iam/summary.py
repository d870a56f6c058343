"""GetAccountSummary: counts and quotas of the account."""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.model import quota
from sealstone.operations.call import Call, Resource
from sealstone.operations.operation import operation
from sealstone.store import (
    access_keys,
    groups,
    instance_profiles,
    managed_policies,
    quotas,
    roles,
    server_certificates,
    signing_certificates,
    users,
)

# Recorded keys and default values (February 2026); what does not exist here is none of it.
_FIXED: Final = {
    "AccountMFAEnabled": 0,
    "AccountPasswordPresent": 0,
    "AssumeRolePolicySizeQuota": 2048,
    "AttachedPoliciesPerGroupQuota": 10,
    "AttachedPoliciesPerRoleQuota": 10,
    "AttachedPoliciesPerUserQuota": 10,
    "GlobalEndpointTokenVersion": 1,
    "GroupPolicySizeQuota": 5120,
    "Groups": 0,
    "GroupsPerUserQuota": 10,
    "GroupsQuota": 300,
    "InstanceProfiles": 0,
    "InstanceProfilesQuota": 1000,
    "MFADevices": 0,
    "MFADevicesInUse": 0,
    "Policies": 0,
    "PoliciesQuota": 1500,
    "PolicySizeQuota": 6144,
    "PolicyVersionsInUse": 0,
    "PolicyVersionsInUseQuota": 10000,
    "Providers": 0,
    "RolePolicySizeQuota": 10240,
    "Roles": 0,
    "RolesQuota": 1000,
    "VersionsPerPolicyQuota": 5,
}


def account_wide(_call: Call) -> tuple[Resource, ...]:
    """The operation acts on no resource of its own."""
    return (Resource("*"),)


@operation("iam", on=account_wide, access="List")
def get_account_summary(call: Call) -> Mapping[str, Any]:
    """How many of what there are, and how many there may be."""
    limits = {
        item.summary_key: quotas.value(call.tx, call.account_id, item)
        for item in quota.ALL.values()
        if item.summary_key
    }
    counts = {
        "AccountAccessKeysPresent": int(bool(access_keys.of_user(call.tx, call.account_id, None))),
        "AccountSigningCertificatesPresent": int(bool(signing_certificates.of_user(call.tx, call.account_id, None))),
        "ServerCertificates": server_certificates.count(call.tx, call.account_id),
        "Groups": groups.count(call.tx, call.account_id),
        "InstanceProfiles": instance_profiles.count(call.tx, call.account_id),
        "Policies": managed_policies.count(call.tx, call.account_id),
        "PolicyVersionsInUse": managed_policies.count_versions(call.tx, call.account_id),
        "Roles": roles.count(call.tx, call.account_id),
        "Users": users.count(call.tx, call.account_id),
    }
    return {"SummaryMap": _FIXED | limits | counts}
