"""Versions of managed policies: create, get, list, choose the one in force, delete."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sealstone.model import aws_policies, quota
from sealstone.model.managed_policy import AWS, ManagedPolicy, PolicyVersion
from sealstone.model.page import Page
from sealstone.operations.call import Call
from sealstone.operations.errors import DeleteConflict, LimitExceeded, NoSuchEntity
from sealstone.operations.iam.policies import check_document, encoded, find_policy, named_policy, own_policy
from sealstone.operations.iam.wording import page_members, page_request
from sealstone.operations.operation import operation
from sealstone.store import managed_policies as stored
from sealstone.store import quotas


@operation("iam", on=named_policy, access="Permissions management")
def create_policy_version(
    call: Call, *, policy_arn: str, policy_document: str, set_as_default: bool = False
) -> Mapping[str, Any]:
    """Add a version, at most 5; its number is one that no version of the policy ever had."""
    policy = own_policy(
        call, policy_arn, "Cannot update policies outside your own account.", absent=_unknown(policy_arn)
    )
    check_document(call, policy_document)
    limit = quotas.value(call.tx, call.account_id, quota.VERSIONS_PER_POLICY)
    if len(stored.versions(call.tx, policy)) >= limit:
        raise LimitExceeded(
            f"A managed policy can have up to {limit} versions. Before you create a new version, you must delete an "
            "existing version."
        )
    number = policy.newest_version + 1
    now = call.now.replace(microsecond=0)
    version = PolicyVersion(policy.account_id, policy.unique_id, number, policy_document, now)
    default = number if set_as_default else policy.default_version
    changed = replace(policy, newest_version=number, default_version=default, update_date=now)
    stored.add_version(call.tx, version)
    stored.save(call.tx, changed)
    return {"PolicyVersion": _members(changed, version)}


@operation("iam", on=named_policy, access="Read")
def get_policy_version(call: Call, *, policy_arn: str, version_id: str) -> Mapping[str, Any]:
    """The document as it was sent, percent-encoded."""
    policy = find_policy(call, policy_arn, absent=_unknown(policy_arn))
    version = _find(call, policy, version_id)
    return {"PolicyVersion": {"Document": encoded(version.document)} | _members(policy, version)}


@operation("iam", on=named_policy, access="List")
def list_policy_versions(
    call: Call, *, policy_arn: str, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """The versions, the newest first, without their documents."""
    policy = find_policy(call, policy_arn, absent=f"Policy {policy_arn} was not found.")
    request = page_request(marker, max_items)
    versions = (aws_policies.version(policy),) if policy.account_id == AWS else stored.versions(call.tx, policy)
    rows = [version for version in versions if _order(version) > (request.after or "")]
    found = Page.cut(rows[: request.size + 1], request.size, _order)
    return {"Versions": [_members(policy, version) for version in found.items]} | page_members(found)


@operation("iam", on=named_policy, access="Permissions management")
def set_default_policy_version(call: Call, *, policy_arn: str, version_id: str) -> Mapping[str, Any]:
    """Put a version in force, wherever the policy is attached, from the next request on."""
    policy = own_policy(
        call, policy_arn, "Cannot update policies outside your own account.", absent=_unknown(policy_arn)
    )
    version = _find(call, policy, version_id)
    stored.save(call.tx, replace(policy, default_version=version.number))
    return {}


@operation("iam", on=named_policy, access="Permissions management")
def delete_policy_version(call: Call, *, policy_arn: str, version_id: str) -> Mapping[str, Any]:
    """Delete a version that is not in force."""
    policy = own_policy(call, policy_arn, "Cannot delete policy versions for policies outside your own account.")
    version = _find(call, policy, version_id)
    if version.number == policy.default_version:
        raise DeleteConflict("Cannot delete the default version of a policy.")
    stored.remove_version(call.tx, version)
    return {}


def _find(call: Call, policy: ManagedPolicy, version_id: str) -> PolicyVersion:
    """The version of this id, to the letter: the model allows v1.x and v0001 is none of its forms."""
    versions = (aws_policies.version(policy),) if policy.account_id == AWS else stored.versions(call.tx, policy)
    for version in versions:
        if version.version_id == version_id:
            return version
    raise NoSuchEntity(f"Policy {policy.arn} version {version_id} does not exist or is not attachable.")


def _unknown(policy_arn: str) -> str:
    return f"Policy {policy_arn} does not exist or is not attachable."


def _order(version: PolicyVersion) -> str:
    """Descending numbers as ascending texts."""
    return f"{10**12 - version.number:012d}"


def _members(policy: ManagedPolicy, version: PolicyVersion) -> dict[str, Any]:
    return {
        "VersionId": version.version_id,
        "IsDefaultVersion": version.number == policy.default_version,
        "CreateDate": version.create_date,
    }
