"""Inline policies of users."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from sealstone.model.identity import InlinePolicy
from sealstone.model.names import folded
from sealstone.model.page import Page, PageRequest
from sealstone.store.engine import Tx
from sealstone.store.schema import USER_POLICIES

_TABLE: Final = USER_POLICIES.c
COLUMNS: Final = (_TABLE.account_id, _TABLE.user_id, _TABLE.name, _TABLE.document)
_OF_USER: Final = (_TABLE.account_id == bindparam("account"), _TABLE.user_id == bindparam("user"))
_ONE: Final = (*_OF_USER, _TABLE.name_folded == bindparam("key"))
_ADD: Final = insert(USER_POLICIES)
_FIND: Final = select(*COLUMNS).where(*_ONE)
_REMOVE: Final = delete(USER_POLICIES).where(*_ONE)
_ALL: Final = select(*COLUMNS).where(*_OF_USER).order_by(_TABLE.name_folded)
_NAMES: Final = (
    select(_TABLE.name)
    .where(*_OF_USER, _TABLE.name_folded > bindparam("after"))
    .order_by(_TABLE.name_folded)
    .limit(bindparam("size"))
)


def put(tx: Tx, policy: InlinePolicy) -> None:
    """Add the policy, or put it in the place of the one of its name."""
    remove(tx, policy)
    values = {
        "account_id": policy.account_id,
        "user_id": policy.user_id,
        "name_folded": folded(policy.name),
        "name": policy.name,
        "document": policy.document,
    }
    tx.change(_ADD, values)


def find(tx: Tx, account_id: str, user_id: str, name: str) -> InlinePolicy | None:
    """By name, without regard to case."""
    row = tx.row(_FIND, {"account": account_id, "user": user_id, "key": folded(name)})
    return InlinePolicy(*row) if row else None


def remove(tx: Tx, policy: InlinePolicy) -> None:
    """Delete the policy, if it is there."""
    tx.change(_REMOVE, {"account": policy.account_id, "user": policy.user_id, "key": folded(policy.name)})


def all_of(tx: Tx, account_id: str, user_id: str) -> tuple[InlinePolicy, ...]:
    """Every policy of the user, by name."""
    return tuple(InlinePolicy(*row) for row in tx.rows(_ALL, {"account": account_id, "user": user_id}))


def names_page(tx: Tx, account_id: str, user_id: str, request: PageRequest) -> Page[str]:
    """Names of the user's policies."""
    values = {"account": account_id, "user": user_id, "after": request.after or "", "size": request.size + 1}
    return Page.cut([row[0] for row in tx.rows(_NAMES, values)], request.size, folded)
