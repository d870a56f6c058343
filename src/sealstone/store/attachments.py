"""Which managed policies are attached to which users, groups and roles."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select

from sealstone.model.group import Group
from sealstone.model.identity import User
from sealstone.model.role import Role
from sealstone.store import groups, roles, users
from sealstone.store.engine import Tx
from sealstone.store.schema import ATTACHMENTS, GROUPS, USERS
from sealstone.store.schema_roles import ROLES

_TABLE: Final = ATTACHMENTS.c
_OF_ACCOUNT: Final = _TABLE.account_id == bindparam("account")
_OF_ENTITY: Final = (_OF_ACCOUNT, _TABLE.entity_id == bindparam("entity"))
_OF_POLICY: Final = (_OF_ACCOUNT, _TABLE.policy_id == bindparam("policy"))
_ADD: Final = insert(ATTACHMENTS)
_REMOVE: Final = delete(ATTACHMENTS).where(*_OF_ENTITY, _TABLE.policy_id == bindparam("policy"))
_POLICIES: Final = select(_TABLE.policy_id).where(*_OF_ENTITY).order_by(_TABLE.policy_id)
_COUNTS: Final = select(_TABLE.policy_id, func.count()).where(_OF_ACCOUNT).group_by(_TABLE.policy_id)
_COUNT: Final = select(func.count()).select_from(ATTACHMENTS).where(*_OF_POLICY)
_USERS: Final = (
    select(*users.COLUMNS)
    .select_from(
        ATTACHMENTS.join(USERS, (USERS.c.account_id == _TABLE.account_id) & (USERS.c.unique_id == _TABLE.entity_id))
    )
    .where(*_OF_POLICY)
    .order_by(USERS.c.name_folded)
)
_GROUPS: Final = (
    select(*groups.COLUMNS)
    .select_from(
        ATTACHMENTS.join(GROUPS, (GROUPS.c.account_id == _TABLE.account_id) & (GROUPS.c.unique_id == _TABLE.entity_id))
    )
    .where(*_OF_POLICY)
    .order_by(GROUPS.c.name_folded)
)
_ROLES: Final = (
    select(*roles.COLUMNS)
    .select_from(
        ATTACHMENTS.join(ROLES, (ROLES.c.account_id == _TABLE.account_id) & (ROLES.c.unique_id == _TABLE.entity_id))
    )
    .where(*_OF_POLICY)
    .order_by(ROLES.c.name_folded)
)


def add(tx: Tx, account_id: str, entity_id: str, policy_id: str) -> None:
    """Attach the policy. Raises NameTaken when it is attached."""
    tx.change(_ADD, {"account_id": account_id, "entity_id": entity_id, "policy_id": policy_id})


def remove(tx: Tx, account_id: str, entity_id: str, policy_id: str) -> bool:
    """Detach the policy; whether it was attached."""
    return bool(tx.change(_REMOVE, {"account": account_id, "entity": entity_id, "policy": policy_id}))


def of_entity(tx: Tx, account_id: str, entity_id: str) -> tuple[str, ...]:
    """The ids of the policies that are attached to a user, a group or a role."""
    return tuple(row[0] for row in tx.rows(_POLICIES, {"account": account_id, "entity": entity_id}))


def counts(tx: Tx, account_id: str) -> Mapping[str, int]:
    """Policy id to how many entities it is attached to, for those attached to any."""
    return {row[0]: row[1] for row in tx.rows(_COUNTS, {"account": account_id})}


def count(tx: Tx, account_id: str, policy_id: str) -> int:
    """How many entities the policy is attached to."""
    row = tx.row(_COUNT, {"account": account_id, "policy": policy_id})
    return row[0] if row else 0


def users_with(tx: Tx, account_id: str, policy_id: str) -> tuple[User, ...]:
    """The users it is attached to, by name; not those who have it through a group."""
    return tuple(users.read(row) for row in tx.rows(_USERS, {"account": account_id, "policy": policy_id}))


def groups_with(tx: Tx, account_id: str, policy_id: str) -> tuple[Group, ...]:
    """The groups it is attached to, by name."""
    return tuple(groups.read(row) for row in tx.rows(_GROUPS, {"account": account_id, "policy": policy_id}))


def roles_with(tx: Tx, account_id: str, policy_id: str) -> tuple[Role, ...]:
    """The roles it is attached to, by name."""
    return tuple(roles.read(row) for row in tx.rows(_ROLES, {"account": account_id, "policy": policy_id}))
