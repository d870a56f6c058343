"""Accounts, and the counters that quotas are checked against."""

from typing import Final

from sqlalchemy import bindparam, insert, select, update

from sealstone.model.identity import Account
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema import ACCOUNTS

_TABLE: Final = ACCOUNTS.c
_ADD: Final = insert(ACCOUNTS).values(account_id=bindparam("account"), create_date=bindparam("date"))
_FIND: Final = select(_TABLE.account_id, _TABLE.create_date).where(_TABLE.account_id == bindparam("account"))
_EVERY: Final = select(_TABLE.account_id, _TABLE.create_date).order_by(_TABLE.create_date, _TABLE.account_id)
_COUNTS: Final = select(_TABLE.users, _TABLE.server_certificates).where(_TABLE.account_id == bindparam("account"))
_COUNT_USERS: Final = (
    update(ACCOUNTS).where(_TABLE.account_id == bindparam("account")).values(users=_TABLE.users + bindparam("change"))
)
_COUNT_CERTIFICATES: Final = (
    update(ACCOUNTS)
    .where(_TABLE.account_id == bindparam("account"))
    .values(server_certificates=_TABLE.server_certificates + bindparam("change"))
)


def add(tx: Tx, account: Account) -> None:
    """Store a new account. Raises NameTaken."""
    tx.change(_ADD, {"account": account.account_id, "date": time_text(account.create_date)})


def find(tx: Tx, account_id: str) -> Account | None:
    """By its 12 digits."""
    row = tx.row(_FIND, {"account": account_id})
    return Account(row[0], read_time(row[1])) if row else None


def every(tx: Tx) -> tuple[Account, ...]:
    """All accounts, the oldest first."""
    return tuple(Account(row[0], read_time(row[1])) for row in tx.rows(_EVERY, {}))


def count_users(tx: Tx, account_id: str, change: int = 0) -> int:
    """Change the number of users by `change` and answer it."""
    if change:
        tx.change(_COUNT_USERS, {"account": account_id, "change": change})
    row = tx.row(_COUNTS, {"account": account_id})
    return row[0] if row else 0


def count_server_certificates(tx: Tx, account_id: str, change: int = 0) -> int:
    """Change the number of server certificates by `change` and answer it."""
    if change:
        tx.change(_COUNT_CERTIFICATES, {"account": account_id, "change": change})
    row = tx.row(_COUNTS, {"account": account_id})
    return row[1] if row else 0
