"""Permissions boundaries: which managed policy bounds which user or role. What that means is the policy room's."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select

from sealstone.model.identity import User
from sealstone.model.role import Role
from sealstone.store import roles, users
from sealstone.store.engine import Tx
from sealstone.store.schema import USERS
from sealstone.store.schema_roles import BOUNDARIES, ROLES

_TABLE: Final = BOUNDARIES.c
_OF_ACCOUNT: Final = _TABLE.account_id == bindparam("account")
_OF_ENTITY: Final = (_OF_ACCOUNT, _TABLE.entity_id == bindparam("entity"))
_OF_POLICY: Final = (_OF_ACCOUNT, _TABLE.policy_id == bindparam("policy"))
_ADD: Final = insert(BOUNDARIES)
_REMOVE: Final = delete(BOUNDARIES).where(*_OF_ENTITY)
_FIND: Final = select(_TABLE.policy_id).where(*_OF_ENTITY)
_COUNTS: Final = select(_TABLE.policy_id, func.count()).where(_OF_ACCOUNT).group_by(_TABLE.policy_id)
_COUNT: Final = select(func.count()).select_from(BOUNDARIES).where(*_OF_POLICY)
_USERS: Final = (
    select(*users.COLUMNS)
    .select_from(
        BOUNDARIES.join(USERS, (USERS.c.account_id == _TABLE.account_id) & (USERS.c.unique_id == _TABLE.entity_id))
    )
    .where(*_OF_POLICY)
    .order_by(USERS.c.name_folded)
)
_ROLES: Final = (
    select(*roles.COLUMNS)
    .select_from(
        BOUNDARIES.join(ROLES, (ROLES.c.account_id == _TABLE.account_id) & (ROLES.c.unique_id == _TABLE.entity_id))
    )
    .where(*_OF_POLICY)
    .order_by(ROLES.c.name_folded)
)


def put(tx: Tx, account_id: str, entity_id: str, policy_id: str) -> None:
    """Bound the user or role by the policy, in the place of the one that bounded it before."""
    remove(tx, account_id, entity_id)
    tx.change(_ADD, {"account_id": account_id, "entity_id": entity_id, "policy_id": policy_id})


def remove(tx: Tx, account_id: str, entity_id: str) -> bool:
    """Take the boundary away; whether there was one."""
    return bool(tx.change(_REMOVE, {"account": account_id, "entity": entity_id}))


def of(tx: Tx, account_id: str, entity_id: str) -> str | None:
    """The id of the policy that bounds the user or role; None without a boundary."""
    row = tx.row(_FIND, {"account": account_id, "entity": entity_id})
    return row[0] if row else None


def counts(tx: Tx, account_id: str) -> Mapping[str, int]:
    """Policy id to how many entities it bounds, for those that bound any."""
    return {row[0]: row[1] for row in tx.rows(_COUNTS, {"account": account_id})}


def count(tx: Tx, account_id: str, policy_id: str) -> int:
    """How many entities the policy bounds."""
    row = tx.row(_COUNT, {"account": account_id, "policy": policy_id})
    return row[0] if row else 0


def entities_with(tx: Tx, account_id: str, policy_id: str) -> tuple[tuple[User, ...], tuple[Role, ...]]:
    """The users and the roles that the policy bounds, by name."""
    values = {"account": account_id, "policy": policy_id}
    return (
        tuple(users.read(row) for row in tx.rows(_USERS, values)),
        tuple(roles.read(row) for row in tx.rows(_ROLES, values)),
    )
