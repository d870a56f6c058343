"""Roles."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from sealstone.model.names import folded
from sealstone.model.page import Page, PageRequest
from sealstone.model.role import Role
from sealstone.store.columns import read_tags, read_time, tags_text, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema_roles import ROLES

_TABLE: Final = ROLES.c
COLUMNS: Final = (
    _TABLE.account_id,
    _TABLE.unique_id,
    _TABLE.name,
    _TABLE.path,
    _TABLE.create_date,
    _TABLE.assume_role_policy_document,
    _TABLE.description,
    _TABLE.max_session_duration,
    _TABLE.tags,
    _TABLE.principal_ids,
)
_OF_ACCOUNT: Final = _TABLE.account_id == bindparam("account")
_BY_ID: Final = (_OF_ACCOUNT, _TABLE.unique_id == bindparam("id"))
_ADD: Final = insert(ROLES)
_FIND: Final = select(*COLUMNS).where(_OF_ACCOUNT, _TABLE.name_folded == bindparam("key"))
_FIND_BY_ID: Final = select(*COLUMNS).where(*_BY_ID)
_SAVE: Final = (
    update(ROLES)
    .where(*_BY_ID)
    .values(
        assume_role_policy_document=bindparam("new_document"),
        principal_ids=bindparam("new_principal_ids"),
        description=bindparam("new_description"),
        max_session_duration=bindparam("new_max_session_duration"),
        tags=bindparam("new_tags"),
    )
)
_REMOVE: Final = delete(ROLES).where(*_BY_ID)
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
_COUNT: Final = select(func.count()).select_from(ROLES).where(_OF_ACCOUNT)


def add(tx: Tx, role: Role) -> None:
    """Store a new role. Raises NameTaken."""
    values = {
        "account_id": role.account_id,
        "unique_id": role.unique_id,
        "name": role.name,
        "name_folded": folded(role.name),
        "path": role.path,
        "create_date": time_text(role.create_date),
        "assume_role_policy_document": role.assume_role_policy_document,
        "principal_ids": tags_text(role.principal_ids),
        "description": role.description,
        "max_session_duration": role.max_session_duration,
        "tags": tags_text(role.tags),
    }
    tx.change(_ADD, values)


def find(tx: Tx, account_id: str, name: str) -> Role | None:
    """By name, without regard to case."""
    row = tx.row(_FIND, {"account": account_id, "key": folded(name)})
    return read(row) if row else None


def by_id(tx: Tx, account_id: str, unique_id: str) -> Role | None:
    """By unique id."""
    row = tx.row(_FIND_BY_ID, {"account": account_id, "id": unique_id})
    return read(row) if row else None


def save(tx: Tx, role: Role) -> None:
    """Keep a changed trust policy, description, session duration or tags; a role has its name for ever."""
    values = {
        "account": role.account_id,
        "id": role.unique_id,
        "new_document": role.assume_role_policy_document,
        "new_principal_ids": tags_text(role.principal_ids),
        "new_description": role.description,
        "new_max_session_duration": role.max_session_duration,
        "new_tags": tags_text(role.tags),
    }
    tx.change(_SAVE, values)


def remove(tx: Tx, role: Role) -> None:
    """Delete the role, if it is there; policies and instance profiles are the caller's to check."""
    tx.change(_REMOVE, {"account": role.account_id, "id": role.unique_id})


def page(tx: Tx, account_id: str, path_prefix: str, request: PageRequest) -> Page[Role]:
    """Roles by name whose path begins with the prefix."""
    values = {
        "account": account_id,
        "after": request.after or "",
        "prefix": path_prefix,
        "length": len(path_prefix),
        "size": request.size + 1,
    }
    return Page.cut([read(row) for row in tx.rows(_PAGE, values)], request.size, lambda role: folded(role.name))


def count(tx: Tx, account_id: str) -> int:
    """How many roles the account has."""
    row = tx.row(_COUNT, {"account": account_id})
    return row[0] if row else 0


def read(row: Sequence[Any]) -> Role:
    """A row of COLUMNS as a record."""
    account_id, unique_id, name, path, create_date, document, description, duration, tags, principal_ids = row
    return Role(
        account_id=account_id,
        unique_id=unique_id,
        name=name,
        path=path,
        create_date=read_time(create_date),
        assume_role_policy_document=document,
        description=description,
        max_session_duration=duration,
        tags=read_tags(tags),
        principal_ids=read_tags(principal_ids),
    )
