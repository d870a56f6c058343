"""Instance profiles."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from sealstone.model.instance_profile import InstanceProfile
from sealstone.model.names import folded
from sealstone.model.page import Page, PageRequest
from sealstone.store.columns import read_tags, read_time, tags_text, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema_roles import INSTANCE_PROFILES

_TABLE: Final = INSTANCE_PROFILES.c
_COLUMNS: Final = (
    _TABLE.account_id,
    _TABLE.unique_id,
    _TABLE.name,
    _TABLE.path,
    _TABLE.create_date,
    _TABLE.role_id,
    _TABLE.tags,
)
_OF_ACCOUNT: Final = _TABLE.account_id == bindparam("account")
_BY_ID: Final = (_OF_ACCOUNT, _TABLE.unique_id == bindparam("id"))
_ADD: Final = insert(INSTANCE_PROFILES)
_FIND: Final = select(*_COLUMNS).where(_OF_ACCOUNT, _TABLE.name_folded == bindparam("key"))
_SAVE: Final = (
    update(INSTANCE_PROFILES).where(*_BY_ID).values(role_id=bindparam("new_role"), tags=bindparam("new_tags"))
)
_REMOVE: Final = delete(INSTANCE_PROFILES).where(*_BY_ID)
_PAGE: Final = (
    select(*_COLUMNS)
    .where(
        _OF_ACCOUNT,
        _TABLE.name_folded > bindparam("after"),
        func.substr(_TABLE.path, 1, bindparam("length")) == bindparam("prefix"),
    )
    .order_by(_TABLE.name_folded)
    .limit(bindparam("size"))
)
_WITH_ROLE: Final = (
    select(*_COLUMNS).where(_OF_ACCOUNT, _TABLE.role_id == bindparam("role")).order_by(_TABLE.name_folded)
)
_COUNT: Final = select(func.count()).select_from(INSTANCE_PROFILES).where(_OF_ACCOUNT)


def add(tx: Tx, profile: InstanceProfile) -> None:
    """Store a new instance profile. Raises NameTaken."""
    values = {
        "account_id": profile.account_id,
        "unique_id": profile.unique_id,
        "name": profile.name,
        "name_folded": folded(profile.name),
        "path": profile.path,
        "create_date": time_text(profile.create_date),
        "role_id": profile.role_id,
        "tags": tags_text(profile.tags),
    }
    tx.change(_ADD, values)


def find(tx: Tx, account_id: str, name: str) -> InstanceProfile | None:
    """By name, without regard to case."""
    row = tx.row(_FIND, {"account": account_id, "key": folded(name)})
    return _read(row) if row else None


def save(tx: Tx, profile: InstanceProfile) -> None:
    """Keep a changed role or changed tags."""
    values = {
        "account": profile.account_id,
        "id": profile.unique_id,
        "new_role": profile.role_id,
        "new_tags": tags_text(profile.tags),
    }
    tx.change(_SAVE, values)


def remove(tx: Tx, profile: InstanceProfile) -> None:
    """Delete the profile, if it is there."""
    tx.change(_REMOVE, {"account": profile.account_id, "id": profile.unique_id})


def page(tx: Tx, account_id: str, path_prefix: str, request: PageRequest) -> Page[InstanceProfile]:
    """Instance profiles by name whose path begins with the prefix."""
    values = {
        "account": account_id,
        "after": request.after or "",
        "prefix": path_prefix,
        "length": len(path_prefix),
        "size": request.size + 1,
    }
    rows = [_read(row) for row in tx.rows(_PAGE, values)]
    return Page.cut(rows, request.size, lambda profile: folded(profile.name))


def with_role(tx: Tx, account_id: str, role_id: str) -> tuple[InstanceProfile, ...]:
    """The profiles that hold the role, by name."""
    return tuple(_read(row) for row in tx.rows(_WITH_ROLE, {"account": account_id, "role": role_id}))


def count(tx: Tx, account_id: str) -> int:
    """How many instance profiles the account has."""
    row = tx.row(_COUNT, {"account": account_id})
    return row[0] if row else 0


def _read(row: Sequence[Any]) -> InstanceProfile:
    account_id, unique_id, name, path, create_date, role_id, tags = row
    return InstanceProfile(account_id, unique_id, name, path, read_time(create_date), role_id, read_tags(tags))
