"""Roles: create, get, list, change, delete; and how the neighbouring files find theirs. Assuming them is STS's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sealstone.model import arn, ids, quota
from sealstone.model.names import ROOT_PATH
from sealstone.model.role import DEFAULT_SESSION_SECONDS, Role
from sealstone.operations.call import Call, Resource
from sealstone.operations.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity
from sealstone.operations.iam import trust_policies
from sealstone.operations.iam.policies import boundary_members, find_boundary
from sealstone.operations.iam.tags_at_creation import tagged_by
from sealstone.operations.iam.wording import over_quota, page_members, page_request, read_tags, tag_members
from sealstone.operations.operation import operation
from sealstone.store import access_keys, attachments, boundaries, instance_profiles, quotas, role_policies
from sealstone.store import roles as stored

# --- what a call acts on; also for the policies of roles ---


def future_role(call: Call) -> tuple[Resource, ...]:
    """The ARN that the role will have."""
    path = call.parameters.get("Path") or ROOT_PATH
    return (Resource(arn.role(call.account_id, path, call.parameters.get("RoleName", "*"))),)


def named_role(call: Call) -> tuple[Resource, ...]:
    """The named role's stored ARN, or the name under `/` when there is none."""
    name = call.parameters.get("RoleName") or "*"
    role = lookup_role(call, name)
    named = arn.role(call.account_id, ROOT_PATH, name)
    return (Resource(role.arn, role.tags, named) if role else Resource(named),)


def listed_roles(call: Call) -> tuple[Resource, ...]:
    """A listing acts on its path prefix."""
    return (Resource(arn.role(call.account_id, call.parameters.get("PathPrefix") or ROOT_PATH, "")),)


# --- operations ---


@operation("iam", on=future_role, access="Write", judge=tagged_by("iam:TagRole"))
def create_role(
    call: Call,
    *,
    role_name: str,
    assume_role_policy_document: str,
    path: str = ROOT_PATH,
    description: str = "",
    max_session_duration: int | None = None,
    permissions_boundary: str | None = None,
    tags: Sequence[Mapping[str, str]] | None = None,
) -> Mapping[str, Any]:
    """Create a role with its trust policy; names are unique in the account without regard to case."""
    kept_tags = read_tags(tags, ignore_case=True)
    principal_ids = trust_policies.accepted(call, assume_role_policy_document)
    if lookup_role(call, role_name):
        raise EntityAlreadyExists(f"Role with name {role_name} already exists.")
    limit = quotas.value(call.tx, call.account_id, quota.ROLES)
    if stored.count(call.tx, call.account_id) >= limit:
        raise over_quota(quota.ROLES.name, limit)
    role = Role(
        account_id=call.account_id,
        unique_id=ids.new(ids.ROLE, call.account_id, call.house.chance),
        name=role_name,
        path=path,
        create_date=call.now.replace(microsecond=0),
        assume_role_policy_document=assume_role_policy_document,
        description=description,
        max_session_duration=max_session_duration or DEFAULT_SESSION_SECONDS,
        tags=kept_tags,
        principal_ids=principal_ids,
    )
    if permissions_boundary is not None:
        boundaries.put(call.tx, role.account_id, role.unique_id, find_boundary(call, permissions_boundary).unique_id)
    stored.add(call.tx, role)
    members = role_members(call, role) | _own_members(call, role)
    if max_session_duration is None:
        # As in the API reference's example: the default is not repeated by the call that did not name it.
        del members["MaxSessionDuration"]
    return {"Role": members}


@operation("iam", on=named_role, access="Read")
def get_role(call: Call, *, role_name: str) -> Mapping[str, Any]:
    """The role, with the last use of any session of it, within a second."""
    role = find_role(call, role_name)
    return {"Role": role_members(call, role) | _own_members(call, role) | last_used_members(call, role)}


@operation("iam", on=listed_roles, access="List")
def list_roles(
    call: Call, *, path_prefix: str = ROOT_PATH, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """Roles whose path begins with the prefix; neither tags, boundaries nor last uses (recorded)."""
    found = stored.page(call.tx, call.account_id, path_prefix, page_request(marker, max_items))
    return {"Roles": [role_members(call, role) for role in found.items]} | page_members(found)


@operation("iam", on=named_role, access="Write")
def update_role(
    call: Call, *, role_name: str, description: str | None = None, max_session_duration: int | None = None
) -> Mapping[str, Any]:
    """Another description, another longest session; without a duration it is one hour again (API reference).

    A description that is not sent stays [inferred: clients that change the duration alone lose none].
    """
    role = find_role(call, role_name)
    changed = replace(role, max_session_duration=max_session_duration or DEFAULT_SESSION_SECONDS)
    stored.save(call.tx, changed if description is None else replace(changed, description=description))
    return {}


@operation("iam", on=named_role, access="Write")
def update_role_description(call: Call, *, role_name: str, description: str) -> Mapping[str, Any]:
    """Another description; UpdateRole does the same."""
    role = replace(find_role(call, role_name), description=description)
    stored.save(call.tx, role)
    return {"Role": role_members(call, role) | _own_members(call, role)}


@operation("iam", on=named_role, access="Permissions management")
def update_assume_role_policy(call: Call, *, role_name: str, policy_document: str) -> Mapping[str, Any]:
    """Another trust policy; sessions that began under the old one go on."""
    role = find_role(call, role_name)
    principal_ids = trust_policies.accepted(call, policy_document, role.principal_ids)
    stored.save(call.tx, role.trusting(policy_document, principal_ids))
    return {}


@operation("iam", on=named_role, access="Write")
def delete_role(call: Call, *, role_name: str) -> Mapping[str, Any]:
    """Delete a role that nothing hangs on any more; its sessions end with it."""
    role = find_role(call, role_name)
    if instance_profiles.with_role(call.tx, call.account_id, role.unique_id):
        raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
    if attachments.of_entity(call.tx, call.account_id, role.unique_id):
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if role_policies.all_of(call.tx, call.account_id, role.unique_id):
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    boundaries.remove(call.tx, call.account_id, role.unique_id)
    stored.remove(call.tx, role)
    return {}


# --- for this and the neighbouring files ---


def lookup_role(call: Call, name: str) -> Role | None:
    """By name, one query a call however often it is asked."""
    key = f"role {name}"
    if key not in call.found:
        call.found[key] = stored.find(call.tx, call.account_id, name)
    found: Role | None = call.found[key]
    return found


def find_role(call: Call, name: str) -> Role:
    """The named role. Raises NoSuchEntity."""
    role = lookup_role(call, name)
    if role is None:
        raise NoSuchEntity(f"The role with name {name} cannot be found.")
    return role


def last_used_members(call: Call, role: Role) -> dict[str, Any]:
    """RoleLastUsed: always there, empty for a role that no session was ever used of (recorded)."""
    # The last use is kept under the role's id: sessions have no key that is stored (endpoint/authenticate.py).
    use = access_keys.last_use(call.tx, role.unique_id)
    return {"RoleLastUsed": {"LastUsedDate": use.at, "Region": use.region} if use else {}}


def role_members(call: Call, role: Role) -> dict[str, Any]:
    """A role as every listing shows it."""
    described = {"Description": role.description} if role.description else {}
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.unique_id,
        "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": trust_policies.shown(call, role),
        "MaxSessionDuration": role.max_session_duration,
    } | described


def _own_members(call: Call, role: Role) -> dict[str, Any]:
    """Tags and boundary only when there are some (recorded)."""
    tags = {"Tags": tag_members(role.tags)} if role.tags else {}
    return tags | boundary_members(call, role.unique_id)
