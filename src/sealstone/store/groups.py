"""Groups and who is in them."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from sealstone.model.group import Group
from sealstone.model.identity import User
from sealstone.model.names import folded
from sealstone.model.page import Page, PageRequest
from sealstone.store import users
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema import GROUP_MEMBERS, GROUPS, USERS

_TABLE: Final = GROUPS.c
_MEMBERS: Final = GROUP_MEMBERS.c
COLUMNS: Final = (_TABLE.account_id, _TABLE.unique_id, _TABLE.name, _TABLE.path, _TABLE.create_date)
_OF_ACCOUNT: Final = _TABLE.account_id == bindparam("account")
_BY_ID: Final = (_OF_ACCOUNT, _TABLE.unique_id == bindparam("id"))
_ADD: Final = insert(GROUPS)
_FIND: Final = select(*COLUMNS).where(_OF_ACCOUNT, _TABLE.name_folded == bindparam("key"))
_SAVE: Final = (
    update(GROUPS)
    .where(*_BY_ID)
    .values(name=bindparam("new_name"), name_folded=bindparam("new_name_folded"), path=bindparam("new_path"))
)
_REMOVE: Final = delete(GROUPS).where(*_BY_ID)
_PAGE: Final = (
    select(*COLUMNS)
    .where(
        _OF_ACCOUNT,
        _TABLE.name_folded > bindparam("after"),
        func.substr(_TABLE.path, 1, bindparam("length")) == bindparam("prefix"),
    )
    .order_by(_TABLE.name_folded)
    .limit(bindparam("size"))
)
_COUNT: Final = select(func.count()).select_from(GROUPS).where(_OF_ACCOUNT)

_MEMBERSHIP: Final = (
    _MEMBERS.account_id == bindparam("account"),
    _MEMBERS.user_id == bindparam("user"),
    _MEMBERS.group_id == bindparam("group"),
)
_JOIN: Final = insert(GROUP_MEMBERS)
_LEAVE: Final = delete(GROUP_MEMBERS).where(*_MEMBERSHIP)
_OF_USER: Final = (
    select(*COLUMNS)
    .select_from(
        GROUP_MEMBERS.join(GROUPS, (_TABLE.account_id == _MEMBERS.account_id) & (_TABLE.unique_id == _MEMBERS.group_id))
    )
    .where(_MEMBERS.account_id == bindparam("account"), _MEMBERS.user_id == bindparam("user"))
    .order_by(_TABLE.name_folded)
)
_MEMBERS_PAGE: Final = (
    select(*users.COLUMNS)
    .select_from(
        GROUP_MEMBERS.join(USERS, (USERS.c.account_id == _MEMBERS.account_id) & (USERS.c.unique_id == _MEMBERS.user_id))
    )
    .where(
        _MEMBERS.account_id == bindparam("account"),
        _MEMBERS.group_id == bindparam("group"),
        USERS.c.name_folded > bindparam("after"),
    )
    .order_by(USERS.c.name_folded)
    .limit(bindparam("size"))
)


def add(tx: Tx, group: Group) -> None:
    """Store a new group. Raises NameTaken."""
    values = {
        "account_id": group.account_id,
        "unique_id": group.unique_id,
        "name": group.name,
        "name_folded": folded(group.name),
        "path": group.path,
        "create_date": time_text(group.create_date),
    }
    tx.change(_ADD, values)


def find(tx: Tx, account_id: str, name: str) -> Group | None:
    """By name, without regard to case."""
    row = tx.row(_FIND, {"account": account_id, "key": folded(name)})
    return read(row) if row else None


def save(tx: Tx, group: Group) -> None:
    """Keep a changed name or path. Raises NameTaken."""
    values = {
        "account": group.account_id,
        "id": group.unique_id,
        "new_name": group.name,
        "new_name_folded": folded(group.name),
        "new_path": group.path,
    }
    tx.change(_SAVE, values)


def remove(tx: Tx, group: Group) -> None:
    """Delete the group, if it is there; members and policies are the caller's to check."""
    tx.change(_REMOVE, {"account": group.account_id, "id": group.unique_id})


def page(tx: Tx, account_id: str, path_prefix: str, request: PageRequest) -> Page[Group]:
    """Groups by name whose path begins with the prefix."""
    values = {
        "account": account_id,
        "after": request.after or "",
        "prefix": path_prefix,
        "length": len(path_prefix),
        "size": request.size + 1,
    }
    return Page.cut([read(row) for row in tx.rows(_PAGE, values)], request.size, lambda group: folded(group.name))


def count(tx: Tx, account_id: str) -> int:
    """How many groups the account has."""
    row = tx.row(_COUNT, {"account": account_id})
    return row[0] if row else 0


# --- who is in them ---


def join(tx: Tx, group: Group, user: User) -> None:
    """Put the user into the group, where it may already be."""
    leave(tx, group, user)
    tx.change(_JOIN, {"account_id": group.account_id, "user_id": user.unique_id, "group_id": group.unique_id})


def leave(tx: Tx, group: Group, user: User) -> None:
    """Take the user out of the group, if it is there."""
    tx.change(_LEAVE, {"account": group.account_id, "user": user.unique_id, "group": group.unique_id})


def of_user(tx: Tx, account_id: str, user_id: str) -> tuple[Group, ...]:
    """The groups that the user is in, by name."""
    return tuple(read(row) for row in tx.rows(_OF_USER, {"account": account_id, "user": user_id}))


def members_page(tx: Tx, group: Group, request: PageRequest) -> Page[User]:
    """The users in the group, by name."""
    values = {
        "account": group.account_id,
        "group": group.unique_id,
        "after": request.after or "",
        "size": request.size + 1,
    }
    rows = [users.read(row) for row in tx.rows(_MEMBERS_PAGE, values)]
    return Page.cut(rows, request.size, lambda user: folded(user.name))


def read(row: Sequence[Any]) -> Group:
    """A row of COLUMNS as a record."""
    account_id, unique_id, name, path, create_date = row
    return Group(account_id, unique_id, name, path, read_time(create_date))
