"""The account's password policy: make, get, delete."""

from collections.abc import Mapping
from typing import Any

from sealstone.model.password import PasswordPolicy
from sealstone.operations.call import Call
from sealstone.operations.errors import NoSuchEntity
from sealstone.operations.iam.summary import account_wide
from sealstone.operations.operation import operation
from sealstone.store import password_policies as stored


@operation("iam", on=account_wide, access="Write")
def update_account_password_policy(
    call: Call,
    *,
    minimum_password_length: int | None = None,
    require_symbols: bool = False,
    require_numbers: bool = False,
    require_uppercase_characters: bool = False,
    require_lowercase_characters: bool = False,
    allow_users_to_change_password: bool = False,
    max_password_age: int | None = None,
    password_reuse_prevention: int | None = None,
    hard_expiry: bool | None = None,
) -> Mapping[str, Any]:
    """Make the policy anew: what is not sent gets its default, whatever it was (documented)."""
    policy = PasswordPolicy(
        account_id=call.account_id,
        minimum_password_length=minimum_password_length or PasswordPolicy(call.account_id).minimum_password_length,
        require_symbols=require_symbols,
        require_numbers=require_numbers,
        require_uppercase_characters=require_uppercase_characters,
        require_lowercase_characters=require_lowercase_characters,
        allow_users_to_change_password=allow_users_to_change_password,
        max_password_age=max_password_age,
        password_reuse_prevention=password_reuse_prevention,
        hard_expiry=hard_expiry,
    )
    stored.put(call.tx, policy)
    return {}


@operation("iam", on=account_wide, access="Read")
def get_account_password_policy(call: Call) -> Mapping[str, Any]:
    """The policy; an account that made none has none to show, though AWS's default holds (documented)."""
    policy = stored.find(call.tx, call.account_id)
    if policy is None:
        raise NoSuchEntity(f"The Password Policy with domain name {call.account_id} cannot be found.")
    return {"PasswordPolicy": _members(policy)}


@operation("iam", on=account_wide, access="Write")
def delete_account_password_policy(call: Call) -> Mapping[str, Any]:
    """Go back to the default policy."""
    if not stored.remove(call.tx, call.account_id):
        raise NoSuchEntity("The account policy with name PasswordPolicy cannot be found.")
    return {}


def _members(policy: PasswordPolicy) -> dict[str, Any]:
    """The three that nobody set are left out (recorded)."""
    return {
        "MinimumPasswordLength": policy.minimum_password_length,
        "RequireSymbols": policy.require_symbols,
        "RequireNumbers": policy.require_numbers,
        "RequireUppercaseCharacters": policy.require_uppercase_characters,
        "RequireLowercaseCharacters": policy.require_lowercase_characters,
        "AllowUsersToChangePassword": policy.allow_users_to_change_password,
        "ExpirePasswords": policy.max_password_age is not None,
        "MaxPasswordAge": policy.max_password_age,
        "PasswordReusePrevention": policy.password_reuse_prevention,
        "HardExpiry": policy.hard_expiry,
    }
