"""Inline policies of roles."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from sealstone.model.names import folded
from sealstone.model.page import Page, PageRequest
from sealstone.model.role import RolePolicy
from sealstone.store.engine import Tx
from sealstone.store.schema_roles import ROLE_POLICIES

_TABLE: Final = ROLE_POLICIES.c
COLUMNS: Final = (_TABLE.account_id, _TABLE.role_id, _TABLE.name, _TABLE.document)
_OF_ROLE: Final = (_TABLE.account_id == bindparam("account"), _TABLE.role_id == bindparam("role"))
_ONE: Final = (*_OF_ROLE, _TABLE.name_folded == bindparam("key"))
_ADD: Final = insert(ROLE_POLICIES)
_FIND: Final = select(*COLUMNS).where(*_ONE)
_REMOVE: Final = delete(ROLE_POLICIES).where(*_ONE)
_ALL: Final = select(*COLUMNS).where(*_OF_ROLE).order_by(_TABLE.name_folded)
_NAMES: Final = (
    select(_TABLE.name)
    .where(*_OF_ROLE, _TABLE.name_folded > bindparam("after"))
    .order_by(_TABLE.name_folded)
    .limit(bindparam("size"))
)


def put(tx: Tx, policy: RolePolicy) -> None:
    """Add the policy, or put it in the place of the one of its name."""
    remove(tx, policy)
    values = {
        "account_id": policy.account_id,
        "role_id": policy.role_id,
        "name_folded": folded(policy.name),
        "name": policy.name,
        "document": policy.document,
    }
    tx.change(_ADD, values)


def find(tx: Tx, account_id: str, role_id: str, name: str) -> RolePolicy | None:
    """By name, without regard to case."""
    row = tx.row(_FIND, {"account": account_id, "role": role_id, "key": folded(name)})
    return RolePolicy(*row) if row else None


def remove(tx: Tx, policy: RolePolicy) -> None:
    """Delete the policy, if it is there."""
    tx.change(_REMOVE, {"account": policy.account_id, "role": policy.role_id, "key": folded(policy.name)})


def all_of(tx: Tx, account_id: str, role_id: str) -> tuple[RolePolicy, ...]:
    """Every policy of the role, by name."""
    return tuple(RolePolicy(*row) for row in tx.rows(_ALL, {"account": account_id, "role": role_id}))


def names_page(tx: Tx, account_id: str, role_id: str, request: PageRequest) -> Page[str]:
    """Names of the role's policies."""
    values = {"account": account_id, "role": role_id, "after": request.after or "", "size": request.size + 1}
    return Page.cut([row[0] for row in tx.rows(_NAMES, values)], request.size, folded)
