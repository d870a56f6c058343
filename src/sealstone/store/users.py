"""Users."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from sealstone.model.identity import User
from sealstone.model.names import folded
from sealstone.model.page import Page, PageRequest
from sealstone.store import accounts
from sealstone.store.columns import read_tags, read_time, tags_text, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema import USERS

_TABLE: Final = USERS.c
COLUMNS: Final = (
    _TABLE.account_id,
    _TABLE.unique_id,
    _TABLE.name,
    _TABLE.path,
    _TABLE.create_date,
    _TABLE.tags,
)
_ADD: Final = insert(USERS)
_BY_ID: Final = (_TABLE.account_id == bindparam("account"), _TABLE.unique_id == bindparam("id"))
_FIND: Final = select(*COLUMNS).where(_TABLE.account_id == bindparam("account"), _TABLE.name_folded == bindparam("key"))
_FIND_BY_ID: Final = select(*COLUMNS).where(*_BY_ID)
_SAVE: Final = (
    update(USERS)
    .where(*_BY_ID)
    .values(
        name=bindparam("new_name"),
        name_folded=bindparam("new_name_folded"),
        path=bindparam("new_path"),
        tags=bindparam("new_tags"),
    )
)
_REMOVE: Final = delete(USERS).where(*_BY_ID)
_PAGE: Final = (
    select(*COLUMNS)
    .where(
        _TABLE.account_id == bindparam("account"),
        _TABLE.name_folded > bindparam("after"),
        func.substr(_TABLE.path, 1, bindparam("length")) == bindparam("prefix"),
    )
    .order_by(_TABLE.name_folded)
    .limit(bindparam("size"))
)


def add(tx: Tx, user: User) -> None:
    """Store a new user and count it. Raises NameTaken."""
    values = {
        "account_id": user.account_id,
        "unique_id": user.unique_id,
        "name": user.name,
        "name_folded": folded(user.name),
        "path": user.path,
        "create_date": time_text(user.create_date),
        "tags": tags_text(user.tags),
    }
    tx.change(_ADD, values)
    accounts.count_users(tx, user.account_id, +1)


def find(tx: Tx, account_id: str, name: str) -> User | None:
    """By name, without regard to case."""
    row = tx.row(_FIND, {"account": account_id, "key": folded(name)})
    return read(row) if row else None


def find_by_id(tx: Tx, account_id: str, unique_id: str) -> User | None:
    """By unique id."""
    row = tx.row(_FIND_BY_ID, {"account": account_id, "id": unique_id})
    return read(row) if row else None


def save(tx: Tx, user: User) -> None:
    """Keep a changed name, path or tags. Raises NameTaken."""
    values = {
        "account": user.account_id,
        "id": user.unique_id,
        "new_name": user.name,
        "new_name_folded": folded(user.name),
        "new_path": user.path,
        "new_tags": tags_text(user.tags),
    }
    tx.change(_SAVE, values)


def remove(tx: Tx, user: User) -> None:
    """Delete the user, if it is there, and count it off; keys and policies are the caller's to check."""
    removed = tx.change(_REMOVE, {"account": user.account_id, "id": user.unique_id})
    accounts.count_users(tx, user.account_id, -removed)


def page(tx: Tx, account_id: str, path_prefix: str, request: PageRequest) -> Page[User]:
    """Users by name whose path begins with the prefix."""
    values = {
        "account": account_id,
        "after": request.after or "",
        "prefix": path_prefix,
        "length": len(path_prefix),
        "size": request.size + 1,
    }
    rows = [read(row) for row in tx.rows(_PAGE, values)]
    return Page.cut(rows, request.size, lambda user: folded(user.name))


def count(tx: Tx, account_id: str) -> int:
    """How many users the account has."""
    return accounts.count_users(tx, account_id)


def read(row: Sequence[Any]) -> User:
    """A row of COLUMNS as a record."""
    account_id, unique_id, name, path, create_date, tags = row
    return User(account_id, unique_id, name, path, read_time(create_date), read_tags(tags))
