"""Inline policies of roles: put, get, list, delete. A document is judged when it is put, and in force at once."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sealstone.model import quota
from sealstone.model.role import Role, RolePolicy
from sealstone.operations.call import Call
from sealstone.operations.errors import LimitExceeded, MalformedPolicyDocument, NoSuchEntity
from sealstone.operations.iam.roles import find_role, named_role
from sealstone.operations.iam.wording import explained, page_members, page_request
from sealstone.operations.operation import operation
from sealstone.policy import document
from sealstone.policy.problems import MalformedPolicyDocument as PolicyProblem
from sealstone.store import quotas
from sealstone.store import role_policies as stored


@operation("iam", on=named_role, access="Permissions management")
def put_role_policy(call: Call, *, role_name: str, policy_name: str, policy_document: str) -> Mapping[str, Any]:
    """Add the policy, or put it in the place of the one with that name."""
    role = find_role(call, role_name)
    # The size first: what is too long is not worth parsing.
    _check_size(call, role, policy_name, policy_document)
    try:
        document.read(policy_document)
    except PolicyProblem as problem:
        raise MalformedPolicyDocument(explained(problem.cause, "", problem.cure)) from problem
    stored.put(call.tx, RolePolicy(call.account_id, role.unique_id, policy_name, policy_document))
    return {}


@operation("iam", on=named_role, access="Read")
def get_role_policy(call: Call, *, role_name: str, policy_name: str) -> Mapping[str, Any]:
    """The document as it was put, percent-encoded (RFC 3986) as AWS answers it; SDKs decode it."""
    role = find_role(call, role_name)
    policy = _find(call, role.unique_id, policy_name)
    return {
        "RoleName": role.name,
        "PolicyName": policy.name,
        "PolicyDocument": quote(policy.document, safe="-_.~"),
    }


@operation("iam", on=named_role, access="List")
def list_role_policies(
    call: Call, *, role_name: str, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """Names of the role's inline policies."""
    role = find_role(call, role_name)
    found = stored.names_page(call.tx, call.account_id, role.unique_id, page_request(marker, max_items))
    return {"PolicyNames": list(found.items)} | page_members(found)


@operation("iam", on=named_role, access="Permissions management")
def delete_role_policy(call: Call, *, role_name: str, policy_name: str) -> Mapping[str, Any]:
    """Remove the policy; in force at the next request."""
    role = find_role(call, role_name)
    stored.remove(call.tx, _find(call, role.unique_id, policy_name))
    return {}


def _find(call: Call, role_id: str, name: str) -> RolePolicy:
    policy = stored.find(call.tx, call.account_id, role_id, name)
    if policy is None:
        raise NoSuchEntity(f"The role policy with name {name} cannot be found.")
    return policy


def _check_size(call: Call, role: Role, policy_name: str, policy_document: str) -> None:
    """All inline policies of a role together, white space not counted (IAM user guide, quotas)."""
    others = (
        policy.document
        for policy in stored.all_of(call.tx, call.account_id, role.unique_id)
        if policy.name.lower() != policy_name.lower()
    )
    total = sum(len("".join(text.split())) for text in (*others, policy_document))
    limit = quotas.value(call.tx, call.account_id, quota.ROLE_POLICY_SIZE)
    if total > limit:
        raise LimitExceeded(f"Maximum policy size of {limit} bytes exceeded for role {role.name}")
