"""Login profiles of users, with the hash of their password, which is in no record."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from sealstone.model.password import LoginProfile
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema import LOGIN_PROFILES

_TABLE: Final = LOGIN_PROFILES.c
_COLUMNS: Final = (
    _TABLE.account_id,
    _TABLE.user_id,
    _TABLE.create_date,
    _TABLE.password_date,
    _TABLE.password_reset_required,
)
_OF_USER: Final = (_TABLE.account_id == bindparam("account"), _TABLE.user_id == bindparam("user"))
_ADD: Final = insert(LOGIN_PROFILES)
_FIND: Final = select(*_COLUMNS).where(*_OF_USER)
_HASH: Final = select(_TABLE.password_hash).where(*_OF_USER)
_OF_ACCOUNT: Final = select(*_COLUMNS).where(_TABLE.account_id == bindparam("account"))
_SET_PASSWORD: Final = (
    update(LOGIN_PROFILES)
    .where(*_OF_USER)
    .values(password_hash=bindparam("new_hash"), password_date=bindparam("new_date"))
)
_SET_RESET: Final = update(LOGIN_PROFILES).where(*_OF_USER).values(password_reset_required=bindparam("new_reset"))
_REMOVE: Final = delete(LOGIN_PROFILES).where(*_OF_USER)


def add(tx: Tx, profile: LoginProfile, password_hash: str) -> None:
    """Store a new profile with the hash of its password. Raises NameTaken when the user has one."""
    values = {
        "account_id": profile.account_id,
        "user_id": profile.user_id,
        "password_hash": password_hash,
        "create_date": time_text(profile.create_date),
        "password_date": time_text(profile.password_date),
        "password_reset_required": int(profile.password_reset_required),
    }
    tx.change(_ADD, values)


def find(tx: Tx, account_id: str, user_id: str) -> LoginProfile | None:
    """The user's profile."""
    row = tx.row(_FIND, {"account": account_id, "user": user_id})
    return _read(row) if row else None


def password_hash_of(tx: Tx, account_id: str, user_id: str) -> str | None:
    """The hash of the user's password, to compare one with; None without a profile."""
    row = tx.row(_HASH, {"account": account_id, "user": user_id})
    return row[0] if row else None


def of_account(tx: Tx, account_id: str) -> tuple[LoginProfile, ...]:
    """All profiles of the account, in no order."""
    return tuple(_read(row) for row in tx.rows(_OF_ACCOUNT, {"account": account_id}))


def save(tx: Tx, profile: LoginProfile, password_hash: str | None) -> None:
    """Keep whether a reset is required and, with a new hash, since when the password is the present one."""
    owner = {"account": profile.account_id, "user": profile.user_id}
    tx.change(_SET_RESET, {**owner, "new_reset": int(profile.password_reset_required)})
    if password_hash is not None:
        new = {"new_hash": password_hash, "new_date": time_text(profile.password_date)}
        tx.change(_SET_PASSWORD, {**owner, **new})


def remove(tx: Tx, profile: LoginProfile) -> None:
    """Delete the profile and the hash."""
    tx.change(_REMOVE, {"account": profile.account_id, "user": profile.user_id})


def _read(row: Sequence[Any]) -> LoginProfile:
    account_id, user_id, create_date, password_date, reset_required = row
    return LoginProfile(account_id, user_id, read_time(create_date), read_time(password_date), bool(reset_required))
