"""Inline policies of groups: put, get, list, delete. A document is judged when it is put, and in force at once."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sealstone.model import quota
from sealstone.model.group import Group, GroupPolicy
from sealstone.operations.call import Call
from sealstone.operations.errors import LimitExceeded, MalformedPolicyDocument, NoSuchEntity
from sealstone.operations.iam.groups import find_group, named_group
from sealstone.operations.iam.wording import explained, page_members, page_request
from sealstone.operations.operation import operation
from sealstone.policy import document
from sealstone.policy.problems import MalformedPolicyDocument as PolicyProblem
from sealstone.store import group_policies as stored
from sealstone.store import quotas


@operation("iam", on=named_group, access="Permissions management")
def put_group_policy(call: Call, *, group_name: str, policy_name: str, policy_document: str) -> Mapping[str, Any]:
    """Add the policy, or put it in the place of the one with that name."""
    group = find_group(call, group_name)
    # The size first: what is too long is not worth parsing.
    _check_size(call, group, policy_name, policy_document)
    try:
        document.read(policy_document)
    except PolicyProblem as problem:
        raise MalformedPolicyDocument(explained(problem.cause, "", problem.cure)) from problem
    stored.put(call.tx, GroupPolicy(call.account_id, group.unique_id, policy_name, policy_document))
    return {}


@operation("iam", on=named_group, access="Read")
def get_group_policy(call: Call, *, group_name: str, policy_name: str) -> Mapping[str, Any]:
    """The document as it was put, percent-encoded (RFC 3986) as AWS answers it; SDKs decode it."""
    group = find_group(call, group_name)
    policy = _find(call, group.unique_id, policy_name)
    return {
        "GroupName": group.name,
        "PolicyName": policy.name,
        "PolicyDocument": quote(policy.document, safe="-_.~"),
    }


@operation("iam", on=named_group, access="List")
def list_group_policies(
    call: Call, *, group_name: str, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """Names of the group's inline policies."""
    group = find_group(call, group_name)
    found = stored.names_page(call.tx, call.account_id, group.unique_id, page_request(marker, max_items))
    return {"PolicyNames": list(found.items)} | page_members(found)


@operation("iam", on=named_group, access="Permissions management")
def delete_group_policy(call: Call, *, group_name: str, policy_name: str) -> Mapping[str, Any]:
    """Remove the policy; in force at the next request."""
    group = find_group(call, group_name)
    stored.remove(call.tx, _find(call, group.unique_id, policy_name))
    return {}


def _find(call: Call, group_id: str, name: str) -> GroupPolicy:
    policy = stored.find(call.tx, call.account_id, group_id, name)
    if policy is None:
        raise NoSuchEntity(f"The group policy with name {name} cannot be found.")
    return policy


def _check_size(call: Call, group: Group, policy_name: str, policy_document: str) -> None:
    """All inline policies of a group together, white space not counted (IAM user guide, quotas)."""
    others = (
        policy.document
        for policy in stored.all_of(call.tx, call.account_id, group.unique_id)
        if policy.name.lower() != policy_name.lower()
    )
    total = sum(len("".join(text.split())) for text in (*others, policy_document))
    limit = quotas.value(call.tx, call.account_id, quota.GROUP_POLICY_SIZE)
    if total > limit:
        raise LimitExceeded(f"Maximum policy size of {limit} bytes exceeded for group {group.name}")
