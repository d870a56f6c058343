"""Login profiles: a password for a user, kept as a hash for a sign-in page to come. No answer ever has it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sealstone.model.identity import User
from sealstone.model.password import LoginProfile, default_shortcomings
from sealstone.operations.call import Call
from sealstone.operations.errors import (
    AccessDenied,
    EntityAlreadyExists,
    InvalidUserType,
    NoSuchEntity,
    PasswordPolicyViolation,
    ValidationError,
)
from sealstone.operations.iam.users import find_user, named_user
from sealstone.operations.operation import operation
from sealstone.seal.password_hash import password_hash, password_matches
from sealstone.store import login_profiles as stored
from sealstone.store import password_policies


@operation("iam", on=named_user, access="Write")
def create_login_profile(
    call: Call, *, user_name: str | None = None, password: str | None = None, password_reset_required: bool = False
) -> Mapping[str, Any]:
    """Give the user a password that satisfies the account's policy."""
    user = find_user(call, user_name)
    if stored.find(call.tx, call.account_id, user.unique_id):
        raise EntityAlreadyExists(f"Login Profile for user {user.name} already exists.")
    if password is None:
        raise ValidationError("Password must be given: send the Password that the user will sign in with.")
    now = call.now.replace(microsecond=0)
    profile = LoginProfile(
        account_id=call.account_id,
        user_id=user.unique_id,
        create_date=now,
        password_date=now,
        password_reset_required=password_reset_required,
    )
    stored.add(call.tx, profile, _hash(call, password))
    return {"LoginProfile": _members(profile, user)}


@operation("iam", on=named_user, access="Read")
def get_login_profile(call: Call, *, user_name: str | None = None) -> Mapping[str, Any]:
    """That there is a password, and since when."""
    user = find_user(call, user_name)
    return {"LoginProfile": _members(_find(call, user), user)}


@operation("iam", on=named_user, access="Write")
def update_login_profile(
    call: Call, *, user_name: str, password: str | None = None, password_reset_required: bool | None = None
) -> Mapping[str, Any]:
    """Another password, or whether it must be changed at the next sign-in; what is not sent stays."""
    user = find_user(call, user_name)
    profile = _find(call, user)
    new_hash = None
    if password is not None:
        new_hash = _hash(call, password)
        profile = replace(profile, password_date=call.now.replace(microsecond=0))
    if password_reset_required is not None:
        profile = replace(profile, password_reset_required=password_reset_required)
    stored.save(call.tx, profile, new_hash)
    return {}


@operation("iam", on=named_user, access="Write")
def delete_login_profile(call: Call, *, user_name: str | None = None) -> Mapping[str, Any]:
    """Take the password away; access keys and certificates stay."""
    user = find_user(call, user_name)
    stored.remove(call.tx, _find(call, user))
    return {}


@operation("iam", on=named_user, access="Write")
def change_password(call: Call, *, old_password: str, new_password: str) -> Mapping[str, Any]:
    """The calling user's own password for another. Whoever calls must be a user: root and roles have none here.

    Needs iam:ChangePassword whatever the password policy says (docs/divergences.md).
    """
    user = call.caller.user
    if user is None:
        raise InvalidUserType("Only an IAM user can change its password: call with the user's own credentials.")
    profile = _find(call, user)
    if not password_matches(old_password, stored.password_hash_of(call.tx, call.account_id, user.unique_id) or ""):
        raise AccessDenied("The old password was incorrect.")
    policy = password_policies.find(call.tx, call.account_id)
    if new_password == old_password and policy and policy.password_reuse_prevention:
        raise PasswordPolicyViolation("Policy constraint violation with password reuse")
    changed = replace(profile, password_date=call.now.replace(microsecond=0), password_reset_required=False)
    stored.save(call.tx, changed, _hash(call, new_password))
    return {}


def _find(call: Call, user: User) -> LoginProfile:
    profile = stored.find(call.tx, call.account_id, user.unique_id)
    if profile is None:
        raise NoSuchEntity(f"Login Profile for User {user.name} cannot be found.")
    return profile


def _hash(call: Call, password: str) -> str:
    """The hash of a password that will do. Raises PasswordPolicyViolation.

    64 MiB each; the unit of work holds the store's one write lock, so that no two are made at once.
    """
    policy = password_policies.find(call.tx, call.account_id)
    lacks = policy.shortcomings(password) if policy else default_shortcomings(password)
    if lacks:
        raise PasswordPolicyViolation(", ".join(lacks))
    return password_hash(password, call.house.chance)


def _members(profile: LoginProfile, user: User) -> dict[str, Any]:
    return {
        "UserName": user.name,
        "CreateDate": profile.create_date,
        "PasswordResetRequired": profile.password_reset_required,
    }
