"""The texts of an account's policies in force that hold a given text, wherever they stand.

For finding what names an ARN that is no more; what the texts mean is the policy room's matter.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, bindparam, func, literal, select, union_all

from sealstone.store.engine import Tx
from sealstone.store.schema import (
    GROUP_POLICIES,
    GROUPS,
    MANAGED_POLICIES,
    POLICY_VERSIONS,
    USER_POLICIES,
    USERS,
)
from sealstone.store.schema_roles import ROLE_POLICIES, ROLES

MANAGED: Final = "policy"


@dataclass(frozen=True, slots=True)
class PolicyText:
    """One document: of the managed policy `name`, or embedded under `name` in the user, group or role `owner`."""

    kind: str
    """user, group, role or, for a managed policy, policy."""
    owner: str
    name: str
    document: str


def _holds(column: ColumnElement[str]) -> ColumnElement[bool]:
    return func.instr(column, bindparam("text")) > 0


_MANAGED: Final = (
    select(
        literal(MANAGED).label("kind"),
        literal("").label("owner"),
        MANAGED_POLICIES.c.name.label("name"),
        POLICY_VERSIONS.c.document.label("document"),
    )
    .select_from(
        MANAGED_POLICIES.join(
            POLICY_VERSIONS,
            (POLICY_VERSIONS.c.account_id == MANAGED_POLICIES.c.account_id)
            & (POLICY_VERSIONS.c.policy_id == MANAGED_POLICIES.c.unique_id)
            & (POLICY_VERSIONS.c.number == MANAGED_POLICIES.c.default_version),
        )
    )
    .where(MANAGED_POLICIES.c.account_id == bindparam("account"), _holds(POLICY_VERSIONS.c.document))
)
_OF_USERS: Final = (
    select(literal("user"), USERS.c.name, USER_POLICIES.c.name, USER_POLICIES.c.document)
    .select_from(
        USER_POLICIES.join(
            USERS, (USERS.c.account_id == USER_POLICIES.c.account_id) & (USERS.c.unique_id == USER_POLICIES.c.user_id)
        )
    )
    .where(USER_POLICIES.c.account_id == bindparam("account"), _holds(USER_POLICIES.c.document))
)
_OF_GROUPS: Final = (
    select(literal("group"), GROUPS.c.name, GROUP_POLICIES.c.name, GROUP_POLICIES.c.document)
    .select_from(
        GROUP_POLICIES.join(
            GROUPS,
            (GROUPS.c.account_id == GROUP_POLICIES.c.account_id) & (GROUPS.c.unique_id == GROUP_POLICIES.c.group_id),
        )
    )
    .where(GROUP_POLICIES.c.account_id == bindparam("account"), _holds(GROUP_POLICIES.c.document))
)
_OF_ROLES: Final = (
    select(literal("role"), ROLES.c.name, ROLE_POLICIES.c.name, ROLE_POLICIES.c.document)
    .select_from(
        ROLE_POLICIES.join(
            ROLES, (ROLES.c.account_id == ROLE_POLICIES.c.account_id) & (ROLES.c.unique_id == ROLE_POLICIES.c.role_id)
        )
    )
    .where(ROLE_POLICIES.c.account_id == bindparam("account"), _holds(ROLE_POLICIES.c.document))
)
_HOLDING: Final = union_all(_MANAGED, _OF_USERS, _OF_GROUPS, _OF_ROLES).order_by("kind", "owner", "name")


def holding(tx: Tx, account_id: str, text: str) -> tuple[PolicyText, ...]:
    """The managed policies (default versions) and embedded policies that hold the text, by kind, owner and name.

    Reads every policy of the account: for what happens seldom.
    """
    return tuple(PolicyText(*row) for row in tx.rows(_HOLDING, {"account": account_id, "text": text}))
