"""The password policies of accounts: at most one each."""

from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select

from sealstone.model.password import PasswordPolicy
from sealstone.store.engine import Tx
from sealstone.store.schema import PASSWORD_POLICIES

_TABLE: Final = PASSWORD_POLICIES.c
# Columns are named as the record's fields.
_NAMES: Final = tuple(item.name for item in fields(PasswordPolicy))
_NUMBERS: Final = frozenset({"account_id", "minimum_password_length", "max_password_age", "password_reuse_prevention"})
_OF_ACCOUNT: Final = _TABLE.account_id == bindparam("account")
_ADD: Final = insert(PASSWORD_POLICIES)
_FIND: Final = select(*(_TABLE[name] for name in _NAMES)).where(_OF_ACCOUNT)
_REMOVE: Final = delete(PASSWORD_POLICIES).where(_OF_ACCOUNT)


def put(tx: Tx, policy: PasswordPolicy) -> None:
    """Store the policy in the place of the account's present one."""
    remove(tx, policy.account_id)
    tx.change(_ADD, asdict(policy))


def find(tx: Tx, account_id: str) -> PasswordPolicy | None:
    """The account's policy; None when it has made none."""
    row = tx.row(_FIND, {"account": account_id})
    return PasswordPolicy(**{name: _read(name, row[at]) for at, name in enumerate(_NAMES)}) if row else None


def remove(tx: Tx, account_id: str) -> int:
    """Delete the policy and answer how many there were."""
    return tx.change(_REMOVE, {"account": account_id})


def _read(name: str, value: Any) -> Any:
    """SQL without a truth type keeps 0 and 1."""
    return value if name in _NUMBERS or value is None else bool(value)
