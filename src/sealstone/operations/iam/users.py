"""Users: create, get, list, rename or move, delete; and how other resources find theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

from sealstone.model import arn, ids, quota
from sealstone.model.identity import User
from sealstone.model.names import ROOT_PATH, folded
from sealstone.operations.call import Call, Resource
from sealstone.operations.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity, ValidationError
from sealstone.operations.iam.policies import boundary_members, find_boundary
from sealstone.operations.iam.tags_at_creation import tagged_by
from sealstone.operations.iam.wording import over_quota, page_members, page_request, read_tags, tag_members
from sealstone.operations.operation import operation
from sealstone.store import (
    access_keys,
    accounts,
    attachments,
    boundaries,
    groups,
    login_profiles,
    quotas,
    signing_certificates,
    user_policies,
)
from sealstone.store import users as stored

# --- what a call acts on; also for access keys and inline policies ---


def future_user(call: Call) -> tuple[Resource, ...]:
    """The ARN that the user will have."""
    path = call.parameters.get("Path") or ROOT_PATH
    return (Resource(arn.user(call.account_id, path, call.parameters.get("UserName", "*"))),)


def named_user(call: Call) -> tuple[Resource, ...]:
    """The named user's stored ARN, or the name under `/` when there is none; without a name, the caller."""
    name = call.parameters.get("UserName")
    if name is None:
        return (Resource(call.caller.arn, call.caller.user.tags if call.caller.user else {}),)
    user = lookup_user(call, name)
    named = arn.user(call.account_id, ROOT_PATH, name or "*")
    return (Resource(user.arn, user.tags, named) if user else Resource(named),)


def old_and_new_user(call: Call) -> tuple[Resource, ...]:
    """Renaming or moving a user needs permission on both ARNs (UpdateUser, API reference)."""
    (old,) = named_user(call)
    name = call.parameters.get("UserName")
    user = lookup_user(call, name) if name else None
    path = call.parameters.get("NewPath") or (user.path if user else ROOT_PATH)
    new_name = call.parameters.get("NewUserName") or (user.name if user else name or "*")
    named = arn.user(
        call.account_id, call.parameters.get("NewPath") or ROOT_PATH, call.parameters.get("NewUserName") or name or "*"
    )
    new = Resource(arn.user(call.account_id, path, new_name), old.tags, named)
    return (old,) if new.arn == old.arn else (old, new)


def listed_users(call: Call) -> tuple[Resource, ...]:
    """A listing acts on its path prefix."""
    return (Resource(arn.user(call.account_id, call.parameters.get("PathPrefix") or ROOT_PATH, "")),)


# --- operations ---


@operation("iam", on=future_user, access="Write", judge=tagged_by("iam:TagUser"))
def create_user(
    call: Call,
    *,
    user_name: str,
    path: str = ROOT_PATH,
    permissions_boundary: str | None = None,
    tags: Sequence[Mapping[str, str]] | None = None,
) -> Mapping[str, Any]:
    """Create a user; names are unique in the account without regard to case."""
    kept_tags = read_tags(tags, ignore_case=True)
    if lookup_user(call, user_name):
        raise _taken(user_name)
    limit = quotas.value(call.tx, call.account_id, quota.USERS)
    if stored.count(call.tx, call.account_id) >= limit:
        raise over_quota(quota.USERS.name, limit)
    user = User(
        account_id=call.account_id,
        unique_id=ids.new(ids.USER, call.account_id, call.house.chance),
        name=user_name,
        path=path,
        create_date=call.now.replace(microsecond=0),
        tags=kept_tags,
    )
    if permissions_boundary is not None:
        boundaries.put(call.tx, user.account_id, user.unique_id, find_boundary(call, permissions_boundary).unique_id)
    stored.add(call.tx, user)
    return {"User": user_members(user) | _own_members(call, user)}


@operation("iam", on=named_user, access="Read")
def get_user(call: Call, *, user_name: str | None = None) -> Mapping[str, Any]:
    """The named user, or the caller; for root that is the account itself."""
    if user_name is None and call.caller.is_root:
        return {"User": _root_members(call)}
    user = find_user(call, user_name)
    return {"User": user_members(user) | _own_members(call, user)}


@operation("iam", on=listed_users, access="List")
def list_users(
    call: Call, *, path_prefix: str = ROOT_PATH, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """Users whose path begins with the prefix; never their tags (recorded)."""
    found = stored.page(call.tx, call.account_id, path_prefix, page_request(marker, max_items))
    return {"Users": [user_members(user) for user in found.items]} | page_members(found)


@operation("iam", on=old_and_new_user, access="Write")
def update_user(
    call: Call, *, user_name: str, new_path: str | None = None, new_user_name: str | None = None
) -> Mapping[str, Any]:
    """Rename or move. The id, the access keys and the policies stay with the user."""
    user = find_user(call, user_name)
    moved = user.moved(name=new_user_name, path=new_path)
    if folded(moved.name) != folded(user.name) and stored.find(call.tx, call.account_id, moved.name):
        raise _taken(moved.name)
    if moved != user:
        stored.save(call.tx, moved)
    return {}


@operation("iam", on=named_user, access="Write")
def delete_user(call: Call, *, user_name: str) -> Mapping[str, Any]:
    """Delete a user that nothing hangs on any more."""
    user = find_user(call, user_name)
    if access_keys.of_user(call.tx, call.account_id, user.unique_id):
        raise DeleteConflict("Cannot delete entity, must delete access keys first.")
    if signing_certificates.of_user(call.tx, call.account_id, user.unique_id):
        raise DeleteConflict("Cannot delete entity, must delete certificates first.")
    if login_profiles.find(call.tx, call.account_id, user.unique_id):
        raise DeleteConflict("Cannot delete entity, must delete login profile first.")
    if user_policies.all_of(call.tx, call.account_id, user.unique_id):
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    if attachments.of_entity(call.tx, call.account_id, user.unique_id):
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if groups.of_user(call.tx, call.account_id, user.unique_id):
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    boundaries.remove(call.tx, call.account_id, user.unique_id)
    stored.remove(call.tx, user)
    return {}


# --- for this and the neighbouring files ---


def lookup_user(call: Call, name: str) -> User | None:
    """By name, one query a call however often it is asked."""
    key = f"user {name}"
    if key not in call.found:
        call.found[key] = stored.find(call.tx, call.account_id, name)
    found: User | None = call.found[key]
    return found


def find_user(call: Call, name: str | None) -> User:
    """The named user, or the calling one. Raises NoSuchEntity; ValidationError for root without a name."""
    if name is None:
        if call.caller.user is None:
            raise ValidationError("Must specify userName when calling with non-User credentials")
        name = call.caller.user.name
    user = lookup_user(call, name)
    if user is None:
        raise NoSuchEntity(f"The user with name {name} cannot be found.")
    return user


def _taken(name: str) -> EntityAlreadyExists:
    return EntityAlreadyExists(f"User with name {name} already exists.")


def user_members(user: User) -> dict[str, Any]:
    """A user as every listing shows it."""
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.unique_id,
        "Arn": user.arn,
        "CreateDate": user.create_date,
    }


def _own_members(call: Call, user: User) -> dict[str, Any]:
    """Tags and boundary only when there are some (recorded)."""
    tags = {"Tags": tag_members(user.tags)} if user.tags else {}
    return tags | boundary_members(call, user.unique_id)


def _root_members(call: Call) -> dict[str, Any]:
    """Root has neither name nor path: AWS answers id, ARN and the creation date of the account."""
    account = accounts.find(call.tx, call.account_id)
    created = {"CreateDate": account.create_date} if account else {}
    return {"UserId": call.account_id, "Arn": call.caller.arn} | created
