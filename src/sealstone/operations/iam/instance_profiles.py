"""Instance profiles: create, get, list, delete, the role in them, tags. Plain records: nothing here starts machines."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sealstone.model import arn, ids, quota
from sealstone.model.instance_profile import InstanceProfile
from sealstone.model.names import ROOT_PATH, folded
from sealstone.model.page import Page
from sealstone.operations import passing
from sealstone.operations.call import Call, Resource
from sealstone.operations.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity
from sealstone.operations.iam.roles import find_role, named_role, role_members
from sealstone.operations.iam.tags_at_creation import tagged_by
from sealstone.operations.iam.wording import (
    over_quota,
    page_members,
    page_request,
    read_tags,
    tag_members,
    tags_page,
)
from sealstone.operations.operation import operation
from sealstone.store import instance_profiles as stored
from sealstone.store import quotas, roles

_SERVICE: Final = "ec2.amazonaws.com"

# --- what a call acts on ---


def future_profile(call: Call) -> tuple[Resource, ...]:
    """The ARN that the instance profile will have."""
    path = call.parameters.get("Path") or ROOT_PATH
    return (Resource(arn.instance_profile(call.account_id, path, call.parameters.get("InstanceProfileName", "*"))),)


def named_profile(call: Call) -> tuple[Resource, ...]:
    """The named profile's stored ARN, or the name under `/` when there is none."""
    name = call.parameters.get("InstanceProfileName") or "*"
    profile = _lookup(call, name)
    named = arn.instance_profile(call.account_id, ROOT_PATH, name)
    return (Resource(profile.arn, profile.tags, named) if profile else Resource(named),)


def listed_profiles(call: Call) -> tuple[Resource, ...]:
    """A listing acts on its path prefix."""
    return (Resource(arn.instance_profile(call.account_id, call.parameters.get("PathPrefix") or ROOT_PATH, "")),)


# --- operations ---


@operation("iam", on=future_profile, access="Write", judge=tagged_by("iam:TagInstanceProfile"))
def create_instance_profile(
    call: Call,
    *,
    instance_profile_name: str,
    path: str = ROOT_PATH,
    tags: Sequence[Mapping[str, str]] | None = None,
) -> Mapping[str, Any]:
    """Create an instance profile without a role; names are unique in the account without regard to case."""
    kept_tags = read_tags(tags, ignore_case=True)
    if _lookup(call, instance_profile_name):
        raise EntityAlreadyExists(f"Instance Profile {instance_profile_name} already exists.")
    limit = quotas.value(call.tx, call.account_id, quota.INSTANCE_PROFILES)
    if stored.count(call.tx, call.account_id) >= limit:
        raise over_quota(quota.INSTANCE_PROFILES.name, limit)
    profile = InstanceProfile(
        account_id=call.account_id,
        unique_id=ids.new(ids.INSTANCE_PROFILE, call.account_id, call.house.chance),
        name=instance_profile_name,
        path=path,
        create_date=call.now.replace(microsecond=0),
        tags=kept_tags,
    )
    stored.add(call.tx, profile)
    return {"InstanceProfile": profile_members(call, profile) | _tag_members(profile)}


@operation("iam", on=named_profile, access="Read")
def get_instance_profile(call: Call, *, instance_profile_name: str) -> Mapping[str, Any]:
    """The profile with its role and its tags."""
    profile = _find(call, instance_profile_name)
    return {"InstanceProfile": profile_members(call, profile) | _tag_members(profile)}


@operation("iam", on=listed_profiles, access="List")
def list_instance_profiles(
    call: Call, *, path_prefix: str = ROOT_PATH, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """Instance profiles whose path begins with the prefix; never their tags."""
    found = stored.page(call.tx, call.account_id, path_prefix, page_request(marker, max_items))
    return {"InstanceProfiles": [profile_members(call, one) for one in found.items]} | page_members(found)


@operation("iam", on=named_role, access="List")
def list_instance_profiles_for_role(
    call: Call, *, role_name: str, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """The instance profiles that hold the role."""
    role = find_role(call, role_name)
    request = page_request(marker, max_items)
    rows = [
        profile
        for profile in stored.with_role(call.tx, call.account_id, role.unique_id)
        if folded(profile.name) > (request.after or "")
    ]
    found = Page.cut(rows[: request.size + 1], request.size, lambda profile: folded(profile.name))
    return {"InstanceProfiles": [profile_members(call, one) for one in found.items]} | page_members(found)


@operation("iam", on=named_profile, access="Write")
def delete_instance_profile(call: Call, *, instance_profile_name: str) -> Mapping[str, Any]:
    """Delete an instance profile that holds no role."""
    profile = _find(call, instance_profile_name)
    if profile.role_id is not None:
        raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
    stored.remove(call.tx, profile)
    return {}


@operation("iam", on=named_profile, access="Write")
def add_role_to_instance_profile(call: Call, *, instance_profile_name: str, role_name: str) -> Mapping[str, Any]:
    """Put the one role in that an instance profile may hold, also when it is this role already [inferred].

    The caller must be granted iam:PassRole on the role (API reference), which is asked before anything is told of it.
    """
    for resource in named_role(call):
        passing.check(call, resource, _SERVICE)
    profile = _find(call, instance_profile_name)
    role = find_role(call, role_name)
    if profile.role_id is not None:
        limited = quota.ROLES_PER_INSTANCE_PROFILE
        raise over_quota(limited.name, limited.default)
    stored.save(call.tx, profile.holding(role.unique_id))
    return {}


@operation("iam", on=named_profile, access="Write")
def remove_role_from_instance_profile(call: Call, *, instance_profile_name: str, role_name: str) -> Mapping[str, Any]:
    """Take the role out."""
    profile = _find(call, instance_profile_name)
    if profile.role_id != find_role(call, role_name).unique_id:
        raise NoSuchEntity(f"The role with name {role_name} cannot be found.")
    stored.save(call.tx, profile.holding(None))
    return {}


@operation("iam", on=named_profile, access="Tagging")
def tag_instance_profile(
    call: Call, *, instance_profile_name: str, tags: Sequence[Mapping[str, str]]
) -> Mapping[str, Any]:
    """Add or overwrite tags; at most 50 on one instance profile."""
    tagged = _find(call, instance_profile_name).tagged(read_tags(tags, ignore_case=True))
    if len(tagged.tags) > quota.TAGS_PER_INSTANCE_PROFILE.default:
        raise over_quota(quota.TAGS_PER_INSTANCE_PROFILE.name, quota.TAGS_PER_INSTANCE_PROFILE.default)
    stored.save(call.tx, tagged)
    return {}


@operation("iam", on=named_profile, access="Tagging")
def untag_instance_profile(call: Call, *, instance_profile_name: str, tag_keys: Sequence[str]) -> Mapping[str, Any]:
    """Remove tags; a key that is not there is no error."""
    stored.save(call.tx, _find(call, instance_profile_name).untagged(tag_keys))
    return {}


@operation("iam", on=named_profile, access="List")
def list_instance_profile_tags(
    call: Call, *, instance_profile_name: str, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """The tags by key, in pages."""
    return tags_page(_find(call, instance_profile_name).tags, marker, max_items)


# --- for this and the neighbouring files ---


def profile_members(call: Call, profile: InstanceProfile) -> dict[str, Any]:
    """An instance profile as every listing shows it, its role in full."""
    role = roles.by_id(call.tx, call.account_id, profile.role_id) if profile.role_id else None
    return {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.unique_id,
        "Arn": profile.arn,
        "CreateDate": profile.create_date,
        "Roles": [role_members(call, role)] if role else [],
    }


def _tag_members(profile: InstanceProfile) -> dict[str, Any]:
    return {"Tags": tag_members(profile.tags)} if profile.tags else {}


def _lookup(call: Call, name: str) -> InstanceProfile | None:
    key = f"instance profile {name}"
    if key not in call.found:
        call.found[key] = stored.find(call.tx, call.account_id, name)
    found: InstanceProfile | None = call.found[key]
    return found


def _find(call: Call, name: str) -> InstanceProfile:
    profile = _lookup(call, name)
    if profile is None:
        raise NoSuchEntity(f"Instance Profile {name} cannot be found.")
    return profile
