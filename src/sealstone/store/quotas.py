"""Quotas that an account has instead of AWS's defaults."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from sealstone.model.quota import Quota
from sealstone.store.engine import Tx
from sealstone.store.schema import QUOTAS

_WHERE: Final = (QUOTAS.c.account_id == bindparam("account"), QUOTAS.c.name == bindparam("quota"))
_VALUE: Final = select(QUOTAS.c.value).where(*_WHERE)
_CLEAR: Final = delete(QUOTAS).where(*_WHERE)
_ADD: Final = insert(QUOTAS)


def value(tx: Tx, account_id: str, quota: Quota) -> int:
    """The account's own value, or the default."""
    row = tx.row(_VALUE, {"account": account_id, "quota": quota.name})
    return row[0] if row else quota.default


def set_value(tx: Tx, account_id: str, quota: Quota, new_value: int) -> None:
    """Give the account a value of its own."""
    tx.change(_CLEAR, {"account": account_id, "quota": quota.name})
    tx.change(_ADD, {"account_id": account_id, "name": quota.name, "value": new_value})
