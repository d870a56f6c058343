"""Inline policies of groups."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from sealstone.model.group import GroupPolicy
from sealstone.model.names import folded
from sealstone.model.page import Page, PageRequest
from sealstone.store.engine import Tx
from sealstone.store.schema import GROUP_POLICIES

_TABLE: Final = GROUP_POLICIES.c
COLUMNS: Final = (_TABLE.account_id, _TABLE.group_id, _TABLE.name, _TABLE.document)
_OF_GROUP: Final = (_TABLE.account_id == bindparam("account"), _TABLE.group_id == bindparam("group"))
_ONE: Final = (*_OF_GROUP, _TABLE.name_folded == bindparam("key"))
_ADD: Final = insert(GROUP_POLICIES)
_FIND: Final = select(*COLUMNS).where(*_ONE)
_REMOVE: Final = delete(GROUP_POLICIES).where(*_ONE)
_ALL: Final = select(*COLUMNS).where(*_OF_GROUP).order_by(_TABLE.name_folded)
_NAMES: Final = (
    select(_TABLE.name)
    .where(*_OF_GROUP, _TABLE.name_folded > bindparam("after"))
    .order_by(_TABLE.name_folded)
    .limit(bindparam("size"))
)


def put(tx: Tx, policy: GroupPolicy) -> None:
    """Add the policy, or put it in the place of the one of its name."""
    remove(tx, policy)
    values = {
        "account_id": policy.account_id,
        "group_id": policy.group_id,
        "name_folded": folded(policy.name),
        "name": policy.name,
        "document": policy.document,
    }
    tx.change(_ADD, values)


def find(tx: Tx, account_id: str, group_id: str, name: str) -> GroupPolicy | None:
    """By name, without regard to case."""
    row = tx.row(_FIND, {"account": account_id, "group": group_id, "key": folded(name)})
    return GroupPolicy(*row) if row else None


def remove(tx: Tx, policy: GroupPolicy) -> None:
    """Delete the policy, if it is there."""
    tx.change(_REMOVE, {"account": policy.account_id, "group": policy.group_id, "key": folded(policy.name)})


def all_of(tx: Tx, account_id: str, group_id: str) -> tuple[GroupPolicy, ...]:
    """Every policy of the group, by name."""
    return tuple(GroupPolicy(*row) for row in tx.rows(_ALL, {"account": account_id, "group": group_id}))


def names_page(tx: Tx, account_id: str, group_id: str, request: PageRequest) -> Page[str]:
    """Names of the group's policies."""
    values = {"account": account_id, "group": group_id, "after": request.after or "", "size": request.size + 1}
    return Page.cut([row[0] for row in tx.rows(_NAMES, values)], request.size, folded)
