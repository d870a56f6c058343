"""Managed policies attached to users, groups and roles: attach, detach, list from either side. In force at once."""

from collections.abc import Mapping
from typing import Any

from sealstone.model import quota
from sealstone.model.names import ROOT_PATH, folded
from sealstone.model.page import Page
from sealstone.model.quota import Quota
from sealstone.operations.call import Call
from sealstone.operations.errors import NoSuchEntity
from sealstone.operations.iam.groups import find_group, named_group
from sealstone.operations.iam.policies import find_policy, named_policy, policies_page, policy_of_id
from sealstone.operations.iam.roles import find_role, named_role
from sealstone.operations.iam.users import find_user, named_user
from sealstone.operations.iam.wording import over_quota, page_members, page_request
from sealstone.operations.operation import operation
from sealstone.store import attachments as stored
from sealstone.store import boundaries, quotas

Entity = tuple[str, str, str]
"""Group, User or Role; the name; the unique id."""


@operation("iam", on=named_user, access="Permissions management")
def attach_user_policy(call: Call, *, user_name: str, policy_arn: str) -> Mapping[str, Any]:
    """Attach a policy to a user; once is as good as twice."""
    return _attach(call, find_user(call, user_name).unique_id, policy_arn, quota.POLICIES_PER_USER)


@operation("iam", on=named_user, access="Permissions management")
def detach_user_policy(call: Call, *, user_name: str, policy_arn: str) -> Mapping[str, Any]:
    """Detach a policy from a user; its own and its groups' others stay."""
    return _detach(call, find_user(call, user_name).unique_id, policy_arn)


@operation("iam", on=named_user, access="List")
def list_attached_user_policies(
    call: Call,
    *,
    user_name: str,
    path_prefix: str = ROOT_PATH,
    marker: str | None = None,
    max_items: int | None = None,
) -> Mapping[str, Any]:
    """The policies attached to the user, not those it has through groups."""
    return _attached(call, find_user(call, user_name).unique_id, path_prefix, marker, max_items)


@operation("iam", on=named_group, access="Permissions management")
def attach_group_policy(call: Call, *, group_name: str, policy_arn: str) -> Mapping[str, Any]:
    """Attach a policy to a group; once is as good as twice."""
    return _attach(call, find_group(call, group_name).unique_id, policy_arn, quota.POLICIES_PER_GROUP)


@operation("iam", on=named_group, access="Permissions management")
def detach_group_policy(call: Call, *, group_name: str, policy_arn: str) -> Mapping[str, Any]:
    """Detach a policy from a group."""
    return _detach(call, find_group(call, group_name).unique_id, policy_arn)


@operation("iam", on=named_group, access="List")
def list_attached_group_policies(
    call: Call,
    *,
    group_name: str,
    path_prefix: str = ROOT_PATH,
    marker: str | None = None,
    max_items: int | None = None,
) -> Mapping[str, Any]:
    """The policies attached to the group."""
    return _attached(call, find_group(call, group_name).unique_id, path_prefix, marker, max_items)


@operation("iam", on=named_role, access="Permissions management")
def attach_role_policy(call: Call, *, role_name: str, policy_arn: str) -> Mapping[str, Any]:
    """Attach a policy to a role; once is as good as twice."""
    return _attach(call, find_role(call, role_name).unique_id, policy_arn, quota.POLICIES_PER_ROLE)


@operation("iam", on=named_role, access="Permissions management")
def detach_role_policy(call: Call, *, role_name: str, policy_arn: str) -> Mapping[str, Any]:
    """Detach a policy from a role; its sessions lose it too."""
    return _detach(call, find_role(call, role_name).unique_id, policy_arn)


@operation("iam", on=named_role, access="List")
def list_attached_role_policies(
    call: Call,
    *,
    role_name: str,
    path_prefix: str = ROOT_PATH,
    marker: str | None = None,
    max_items: int | None = None,
) -> Mapping[str, Any]:
    """The policies attached to the role."""
    return _attached(call, find_role(call, role_name).unique_id, path_prefix, marker, max_items)


@operation("iam", on=named_policy, access="List")
def list_entities_for_policy(
    call: Call,
    *,
    policy_arn: str,
    entity_filter: str | None = None,
    path_prefix: str = ROOT_PATH,
    policy_usage_filter: str | None = None,
    marker: str | None = None,
    max_items: int | None = None,
) -> Mapping[str, Any]:
    """The groups, the roles and the users that it is attached to or bounds; whom it does both to, once."""
    policy = find_policy(call, policy_arn, absent=f"Policy {policy_arn} does not exist or is not attachable.")
    request = page_request(marker, max_items)
    rows: set[Entity] = set()
    if policy_usage_filter != "PermissionsBoundary":
        rows |= _holders(call, policy.unique_id, path_prefix)
    if policy_usage_filter != "PermissionsPolicy":
        rows |= _bounded(call, policy.unique_id, path_prefix)
    wanted = sorted((row for row in rows if entity_filter in (None, row[0])), key=_order)
    wanted = [row for row in wanted if _order(row) > (request.after or "")]
    found = Page.cut(wanted[: request.size + 1], request.size, _order)
    return {f"Policy{kind}s": _entities(found, kind) for kind in ("Group", "User", "Role")} | page_members(found)


def _attach(call: Call, entity_id: str, policy_arn: str, limited: Quota) -> Mapping[str, Any]:
    policy = find_policy(call, policy_arn, absent=f"Policy {policy_arn} does not exist or is not attachable.")
    attached = stored.of_entity(call.tx, call.account_id, entity_id)
    if policy.unique_id in attached:
        return {}
    limit = quotas.value(call.tx, call.account_id, limited)
    if len(attached) >= limit:
        raise over_quota(limited.name, limit)
    stored.add(call.tx, call.account_id, entity_id, policy.unique_id)
    return {}


def _detach(call: Call, entity_id: str, policy_arn: str) -> Mapping[str, Any]:
    absent = f"Policy {policy_arn} was not found."
    policy = find_policy(call, policy_arn, absent=absent)
    if not stored.remove(call.tx, call.account_id, entity_id, policy.unique_id):
        raise NoSuchEntity(absent)
    return {}


def _attached(
    call: Call, entity_id: str, path_prefix: str, marker: str | None, max_items: int | None
) -> Mapping[str, Any]:
    policies = (policy_of_id(call, one) for one in stored.of_entity(call.tx, call.account_id, entity_id))
    wanted = [policy for policy in policies if policy.path.startswith(path_prefix)]
    found = policies_page(wanted, page_request(marker, max_items))
    members = [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in found.items]
    return {"AttachedPolicies": members} | page_members(found)


def _holders(call: Call, policy_id: str, path_prefix: str) -> set[Entity]:
    where = (call.tx, call.account_id, policy_id)
    found = {
        ("Group", one.name, one.unique_id) for one in stored.groups_with(*where) if one.path.startswith(path_prefix)
    }
    found |= {
        ("Role", one.name, one.unique_id) for one in stored.roles_with(*where) if one.path.startswith(path_prefix)
    }
    return found | {
        ("User", one.name, one.unique_id) for one in stored.users_with(*where) if one.path.startswith(path_prefix)
    }


def _bounded(call: Call, policy_id: str, path_prefix: str) -> set[Entity]:
    users, roles = boundaries.entities_with(call.tx, call.account_id, policy_id)
    found = {("User", one.name, one.unique_id) for one in users if one.path.startswith(path_prefix)}
    return found | {("Role", one.name, one.unique_id) for one in roles if one.path.startswith(path_prefix)}


def _order(row: Entity) -> str:
    return f"{row[0]} {folded(row[1])}"


def _entities(found: Page[Entity], kind: str) -> list[dict[str, str]]:
    return [{f"{kind}Name": name, f"{kind}Id": unique_id} for row, name, unique_id in found.items if row == kind]
