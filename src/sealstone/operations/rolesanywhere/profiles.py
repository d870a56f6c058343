"""Profiles: create, get, list, update, switch, delete, and which parts of certificates become tags."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.model import ids, quota
from sealstone.model.profile import DEFAULT_SECONDS, Profile
from sealstone.operations import passing
from sealstone.operations.call import Call, Resource
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.operations.rolesanywhere.resources import everything, find_profile, named_profile
from sealstone.operations.rolesanywhere.wording import check_quota, page_members, page_request, read_tags, refused
from sealstone.policy import document
from sealstone.policy.problems import MalformedPolicyDocument
from sealstone.store import roles, session_policies
from sealstone.store.profiles import PROFILES

_UNSUPPORTED: Final = ("aliasName",)
_SERVICE: Final = "rolesanywhere.amazonaws.com"
# A session has one text and ten managed policies at most (AssumeRole, API reference).
_MOST_POLICIES: Final = 10


@operation("rolesanywhere", on=everything, access="Write", unsupported=_UNSUPPORTED)
def create_profile(
    call: Call,
    *,
    name: str,
    role_arns: Sequence[str],
    require_instance_properties: bool = False,
    session_policy: str = "",
    managed_policy_arns: Sequence[str] = (),
    duration_seconds: int = DEFAULT_SECONDS,
    enabled: bool = False,
    tags: Sequence[Mapping[str, str]] = (),
    accept_role_session_name: bool = False,
) -> Mapping[str, Any]:
    """Say which roles certificates may have sessions of, switched off unless told otherwise."""
    _check_roles(call, role_arns)
    _check_policies(call, session_policy, managed_policy_arns)
    check_quota(call, quota.PROFILES, PROFILES.count(call.tx, call.account_id))
    now = call.now.replace(microsecond=0)
    profile = Profile(
        account_id=call.account_id,
        region=call.region,
        unique_id=ids.new_request_id(call.house.chance),
        name=name,
        role_arns=tuple(dict.fromkeys(role_arns)),
        enabled=enabled,
        created_by=call.caller.arn,
        created_at=now,
        updated_at=now,
        duration_seconds=duration_seconds,
        session_policy=session_policy,
        managed_policy_arns=tuple(dict.fromkeys(managed_policy_arns)),
        require_instance_properties=require_instance_properties,
        accept_role_session_name=accept_role_session_name,
        tags=read_tags(tags, {}),
    )
    PROFILES.add(call.tx, profile)
    return _answer(profile)


@operation("rolesanywhere", on=named_profile, access="Read")
def get_profile(call: Call, *, profile_id: str) -> Mapping[str, Any]:
    """One of them."""
    return _answer(find_profile(call, profile_id))


@operation("rolesanywhere", on=everything, access="List")
def list_profiles(call: Call, *, next_token: str | None = None, page_size: int | None = None) -> Mapping[str, Any]:
    """Those of the Region."""
    found = PROFILES.page(call.tx, call.account_id, call.region, page_request(next_token, page_size))
    return {"profiles": [_members(profile) for profile in found.items]} | page_members(found)


@operation("rolesanywhere", on=named_profile, access="Write", unsupported=_UNSUPPORTED)
def update_profile(
    call: Call,
    *,
    profile_id: str,
    name: str | None = None,
    session_policy: str | None = None,
    role_arns: Sequence[str] | None = None,
    managed_policy_arns: Sequence[str] | None = None,
    duration_seconds: int | None = None,
    accept_role_session_name: bool | None = None,
) -> Mapping[str, Any]:
    """Change what is sent, for sessions to come."""
    profile = find_profile(call, profile_id)
    sent: dict[str, Any] = {
        "name": name,
        "session_policy": session_policy,
        "role_arns": None if role_arns is None else tuple(dict.fromkeys(role_arns)),
        "managed_policy_arns": None if managed_policy_arns is None else tuple(dict.fromkeys(managed_policy_arns)),
        "duration_seconds": duration_seconds,
        "accept_role_session_name": accept_role_session_name,
    }
    changed = replace(profile, **{key: value for key, value in sent.items() if value is not None})
    # Whichever member it is that was sent: see `_passed`.
    _check_roles(call, changed.role_arns)
    _check_policies(call, changed.session_policy, changed.managed_policy_arns)
    return _saved(call, changed)


@operation("rolesanywhere", on=named_profile, access="Write")
def enable_profile(call: Call, *, profile_id: str) -> Mapping[str, Any]:
    """In force at the next request."""
    return _saved(call, replace(_passed(call, profile_id), enabled=True))


@operation("rolesanywhere", on=named_profile, access="Write")
def disable_profile(call: Call, *, profile_id: str) -> Mapping[str, Any]:
    """In force at the next request; sessions that there are go on until they end."""
    return _saved(call, replace(find_profile(call, profile_id), enabled=False))


@operation("rolesanywhere", on=named_profile, access="Write")
def delete_profile(call: Call, *, profile_id: str) -> Mapping[str, Any]:
    """Delete it."""
    profile = find_profile(call, profile_id)
    PROFILES.remove(call.tx, profile)
    return _answer(profile)


@operation("rolesanywhere", on=named_profile, access="Write")
def put_attribute_mapping(
    call: Call, *, profile_id: str, certificate_field: str, mapping_rules: Sequence[Mapping[str, str]]
) -> Mapping[str, Any]:
    """Say which parts of a field of certificates become tags of a session, in the place of what was said."""
    specifiers = tuple(dict.fromkeys(rule["specifier"] for rule in mapping_rules))
    if not all(specifiers):
        raise ValidationError("A specifier is empty; name a part such as CN or DNS, or * for all.")
    return _saved(call, _passed(call, profile_id).mapping(certificate_field, specifiers))


@operation("rolesanywhere", on=named_profile, access="Write")
def delete_attribute_mapping(
    call: Call, *, profile_id: str, certificate_field: str, specifiers: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Take away these specifiers of a field, or all."""
    profile = _passed(call, profile_id)
    kept = profile.mappings.get(certificate_field, ())
    gone = set(specifiers) or set(kept)
    if not gone <= set(kept):
        raise ValidationError(f"{certificate_field} has no mapping rule for {', '.join(sorted(gone - set(kept)))}.")
    return _saved(call, profile.mapping(certificate_field, tuple(one for one in kept if one not in gone)))


def _passed(call: Call, profile_id: str) -> Profile:
    """The profile, to be changed by somebody who may pass its roles on.

    Who lets a profile into force, or changes what sessions of its roles may do (tags of a session decide, too), passes
    the roles anew [ours]. Raises ResourceNotFoundException, AccessDenied.
    """
    profile = find_profile(call, profile_id)
    _check_roles(call, profile.role_arns)
    return profile


def _check_roles(call: Call, role_arns: Sequence[str]) -> None:
    """Only roles of the account, which the caller may pass on. Raises ValidationError, AccessDenied.

    Service authorization reference: CreateProfile depends on iam:PassRole.
    """
    if not role_arns:
        raise ValidationError("A profile names one role at least, in roleArns.")
    for role_arn in role_arns:
        if not role_arn.startswith(f"arn:aws:iam::{call.account_id}:role/"):
            raise ValidationError(f"{role_arn} is no role of this account.")
        role = roles.find(call.tx, call.account_id, role_arn.rpartition("/")[2])
        tags = role.tags if role and role.arn == role_arn else {}
        passing.check(call, Resource(role_arn, tags), _SERVICE)


def _check_policies(call: Call, session_policy: str, managed_policy_arns: Sequence[str]) -> None:
    """Raises ValidationError."""
    if len(managed_policy_arns) > _MOST_POLICIES:
        raise ValidationError(f"A session has at most {_MOST_POLICIES} managed policies; name fewer.")
    for policy_arn in managed_policy_arns:
        if session_policies.document(call.tx, call.account_id, policy_arn) is None:
            raise ValidationError(f"There is no managed policy {policy_arn}.")
    if session_policy:
        try:
            document.read(session_policy)
        except MalformedPolicyDocument as problem:
            raise refused(problem, "the session policy") from problem


def _saved(call: Call, profile: Profile) -> Mapping[str, Any]:
    changed = replace(profile, updated_at=call.now.replace(microsecond=0))
    PROFILES.save(call.tx, changed)
    return _answer(changed)


def _answer(profile: Profile) -> Mapping[str, Any]:
    return {"profile": _members(profile)}


def _members(profile: Profile) -> dict[str, Any]:
    return {
        "profileId": profile.unique_id,
        "profileArn": profile.arn,
        "name": profile.name,
        "requireInstanceProperties": profile.require_instance_properties,
        "enabled": profile.enabled,
        "createdBy": profile.created_by,
        "sessionPolicy": profile.session_policy or None,
        "roleArns": list(profile.role_arns),
        "managedPolicyArns": list(profile.managed_policy_arns),
        "createdAt": profile.created_at,
        "updatedAt": profile.updated_at,
        "durationSeconds": profile.duration_seconds,
        "acceptRoleSessionName": profile.accept_role_session_name,
        "attributeMappings": [
            {"certificateField": field, "mappingRules": [{"specifier": one} for one in specifiers]}
            for field, specifiers in sorted(profile.mappings.items())
        ],
    }
