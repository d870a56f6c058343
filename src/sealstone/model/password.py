"""Passwords of users as records: the login profile, and the account's policy for what a password must be.

The password itself is in no record: `seal.password_hash` makes of it what is kept.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

# IAM user guide, "Setting an account password policy": what counts as a symbol, in the order of AWS's message.
_KINDS: Final = (
    (re.compile("[A-Z]"), "uppercase letter"),
    (re.compile("[a-z]"), "lowercase letter"),
    (re.compile(r"[!@#$%^&*()_+\-=\[\]{}|']"), "symbol"),
    (re.compile("[0-9]"), "number"),
)
# The same page: the policy of an account that made none.
_DEFAULT_LENGTH: Final = 8
_DEFAULT_KINDS: Final = 3


def default_shortcomings(password: str) -> tuple[str, ...]:
    """What the password lacks where the account made no policy: 8 characters of three kinds; empty when it will do."""
    absent = tuple(_kind(what) for pattern, what in _KINDS if not pattern.search(password))
    missing = len(absent) - (len(_KINDS) - _DEFAULT_KINDS)
    kinds = f"Password should meet {missing} more of the following requirements: {', '.join(absent)}"
    return (*_too_short(password, _DEFAULT_LENGTH), *((kinds,) if missing > 0 else ()))


def _too_short(password: str, length: int) -> tuple[str, ...]:
    return (f"Password should have a minimum length of {length}",) if len(password) < length else ()


def _kind(what: str) -> str:
    return f"Password should have at least one {what}"


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """An account's password policy; as created, what UpdateAccountPasswordPolicy without parameters makes (recorded).

    `max_password_age`: days. None where nobody said anything.
    """

    account_id: str
    minimum_password_length: int = 6
    require_symbols: bool = False
    require_numbers: bool = False
    require_uppercase_characters: bool = False
    require_lowercase_characters: bool = False
    allow_users_to_change_password: bool = False
    max_password_age: int | None = None
    password_reuse_prevention: int | None = None
    hard_expiry: bool | None = None

    def shortcomings(self, password: str) -> tuple[str, ...]:
        """What the password lacks, in AWS's words; empty when it will do."""
        required = (
            self.require_uppercase_characters,
            self.require_lowercase_characters,
            self.require_symbols,
            self.require_numbers,
        )
        absent = (
            _kind(what)
            for wanted, (pattern, what) in zip(required, _KINDS, strict=True)
            if wanted and not pattern.search(password)
        )
        return (*_too_short(password, self.minimum_password_length), *absent)


@dataclass(frozen=True, slots=True)
class LoginProfile:
    """That a user has a password, and since when. The hash of it is read by nothing yet."""

    account_id: str
    user_id: str
    create_date: datetime
    password_date: datetime
    """When the password was last set."""
    password_reset_required: bool
