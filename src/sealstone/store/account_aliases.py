"""Account aliases: at most one an account, each in the installation once."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from sealstone.store.engine import Tx
from sealstone.store.schema import ACCOUNT_ALIASES

_TABLE: Final = ACCOUNT_ALIASES.c
_OF_ACCOUNT: Final = _TABLE.account_id == bindparam("account")
_ADD: Final = insert(ACCOUNT_ALIASES)
_FIND: Final = select(_TABLE.alias).where(_OF_ACCOUNT)
_OWNER: Final = select(_TABLE.account_id).where(_TABLE.alias == bindparam("alias"))
_REMOVE: Final = delete(ACCOUNT_ALIASES).where(_OF_ACCOUNT)


def put(tx: Tx, account_id: str, alias: str) -> None:
    """Give the account this alias instead of the one it has. Raises NameTaken when another account has it."""
    remove(tx, account_id)
    tx.change(_ADD, {"account_id": account_id, "alias": alias})


def find(tx: Tx, account_id: str) -> str | None:
    """The account's alias."""
    row = tx.row(_FIND, {"account": account_id})
    return row[0] if row else None


def is_taken(tx: Tx, alias: str) -> bool:
    """Whether any account of the installation has the alias."""
    return tx.row(_OWNER, {"alias": alias}) is not None


def remove(tx: Tx, account_id: str) -> None:
    """Take the alias away, if there is one."""
    tx.change(_REMOVE, {"account": account_id})
