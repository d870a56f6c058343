"""Groups: create, get, list, rename or move, delete, and who is in them; and how other files find theirs."""

from collections.abc import Mapping
from typing import Any

from sealstone.model import arn, ids, quota
from sealstone.model.group import Group
from sealstone.model.names import ROOT_PATH, folded
from sealstone.model.page import Page
from sealstone.operations.call import Call, Resource
from sealstone.operations.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity
from sealstone.operations.iam.users import find_user, named_user, user_members
from sealstone.operations.iam.wording import over_quota, page_members, page_request
from sealstone.operations.operation import operation
from sealstone.store import attachments, group_policies, quotas
from sealstone.store import groups as stored

# --- what a call acts on; also for the policies of groups ---


def future_group(call: Call) -> tuple[Resource, ...]:
    """The ARN that the group will have."""
    path = call.parameters.get("Path") or ROOT_PATH
    return (Resource(arn.group(call.account_id, path, call.parameters.get("GroupName", "*"))),)


def named_group(call: Call) -> tuple[Resource, ...]:
    """The named group's stored ARN, or the name under `/` when there is none."""
    name = call.parameters.get("GroupName") or "*"
    group = lookup_group(call, name)
    named = arn.group(call.account_id, ROOT_PATH, name)
    return (Resource(group.arn, named=named) if group else Resource(named),)


def old_and_new_group(call: Call) -> tuple[Resource, ...]:
    """Renaming or moving a group needs permission on both ARNs (UpdateGroup, API reference)."""
    (old,) = named_group(call)
    name = call.parameters.get("GroupName") or "*"
    group = lookup_group(call, name)
    sent_path, sent_name = call.parameters.get("NewPath"), call.parameters.get("NewGroupName")
    path = sent_path or (group.path if group else ROOT_PATH)
    named = arn.group(call.account_id, sent_path or ROOT_PATH, sent_name or name)
    new = Resource(arn.group(call.account_id, path, sent_name or (group.name if group else name)), named=named)
    return (old,) if new.arn == old.arn else (old, new)


def listed_groups(call: Call) -> tuple[Resource, ...]:
    """A listing acts on its path prefix."""
    return (Resource(arn.group(call.account_id, call.parameters.get("PathPrefix") or ROOT_PATH, "")),)


# --- operations ---


@operation("iam", on=future_group, access="Write")
def create_group(call: Call, *, group_name: str, path: str = ROOT_PATH) -> Mapping[str, Any]:
    """Create a group; names are unique among the account's groups without regard to case."""
    if lookup_group(call, group_name):
        raise _taken(group_name)
    limit = quotas.value(call.tx, call.account_id, quota.GROUPS)
    if stored.count(call.tx, call.account_id) >= limit:
        raise over_quota(quota.GROUPS.name, limit)
    group = Group(
        account_id=call.account_id,
        unique_id=ids.new(ids.GROUP, call.account_id, call.house.chance),
        name=group_name,
        path=path,
        create_date=call.now.replace(microsecond=0),
    )
    stored.add(call.tx, group)
    return {"Group": _members(group)}


@operation("iam", on=named_group, access="Read")
def get_group(
    call: Call, *, group_name: str, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """The group and, in pages, the users in it."""
    group = find_group(call, group_name)
    found = stored.members_page(call.tx, group, page_request(marker, max_items))
    return {"Group": _members(group), "Users": [user_members(user) for user in found.items]} | page_members(found)


@operation("iam", on=listed_groups, access="List")
def list_groups(
    call: Call, *, path_prefix: str = ROOT_PATH, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """Groups whose path begins with the prefix."""
    found = stored.page(call.tx, call.account_id, path_prefix, page_request(marker, max_items))
    return {"Groups": [_members(group) for group in found.items]} | page_members(found)


@operation("iam", on=named_user, access="List")
def list_groups_for_user(
    call: Call, *, user_name: str, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """The groups that the user is in."""
    user = find_user(call, user_name)
    request = page_request(marker, max_items)
    groups = stored.of_user(call.tx, call.account_id, user.unique_id)
    rows = [group for group in groups if folded(group.name) > (request.after or "")]
    found = Page.cut(rows[: request.size + 1], request.size, lambda group: folded(group.name))
    return {"Groups": [_members(group) for group in found.items]} | page_members(found)


@operation("iam", on=old_and_new_group, access="Write")
def update_group(
    call: Call, *, group_name: str, new_path: str | None = None, new_group_name: str | None = None
) -> Mapping[str, Any]:
    """Rename or move. The id, the members and the policies stay with the group."""
    group = find_group(call, group_name)
    moved = group.moved(name=new_group_name, path=new_path)
    if folded(moved.name) != folded(group.name) and stored.find(call.tx, call.account_id, moved.name):
        raise _taken(moved.name)
    if moved != group:
        stored.save(call.tx, moved)
    return {}


@operation("iam", on=named_group, access="Write")
def delete_group(call: Call, *, group_name: str) -> Mapping[str, Any]:
    """Delete a group that nobody is in and that has no policies."""
    group = find_group(call, group_name)
    if stored.members_page(call.tx, group, page_request(None, 1)).items:
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    if attachments.of_entity(call.tx, call.account_id, group.unique_id):
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if group_policies.all_of(call.tx, call.account_id, group.unique_id):
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    stored.remove(call.tx, group)
    return {}


@operation("iam", on=named_group, access="Write")
def add_user_to_group(call: Call, *, group_name: str, user_name: str) -> Mapping[str, Any]:
    """Put a user into a group, whose policies are its own from the next request on; once is as good as twice."""
    group = find_group(call, group_name)
    user = find_user(call, user_name)
    others = [one for one in stored.of_user(call.tx, call.account_id, user.unique_id) if one != group]
    limit = quotas.value(call.tx, call.account_id, quota.GROUPS_PER_USER)
    if len(others) >= limit:
        raise over_quota(quota.GROUPS_PER_USER.name, limit)
    stored.join(call.tx, group, user)
    return {}


@operation("iam", on=named_group, access="Write")
def remove_user_from_group(call: Call, *, group_name: str, user_name: str) -> Mapping[str, Any]:
    """Take a user out of a group; that it was not in it is no error (recorded)."""
    group = find_group(call, group_name)
    stored.leave(call.tx, group, find_user(call, user_name))
    return {}


# --- for this and the neighbouring files ---


def lookup_group(call: Call, name: str) -> Group | None:
    """By name, one query a call however often it is asked."""
    key = f"group {name}"
    if key not in call.found:
        call.found[key] = stored.find(call.tx, call.account_id, name)
    found: Group | None = call.found[key]
    return found


def find_group(call: Call, name: str) -> Group:
    """The named group. Raises NoSuchEntity."""
    group = lookup_group(call, name)
    if group is None:
        raise NoSuchEntity(f"The group with name {name} cannot be found.")
    return group


def _taken(name: str) -> EntityAlreadyExists:
    return EntityAlreadyExists(f"Group with name {name} already exists.")


def _members(group: Group) -> dict[str, Any]:
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.unique_id,
        "Arn": group.arn,
        "CreateDate": group.create_date,
    }
