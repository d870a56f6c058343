"""Every policy in force for a user or a role, in one query: embedded, attached, of a user's groups, and the boundary.

What they mean together is the policy room's matter; that all of them are here is this module's.
"""

from typing import Final

from sqlalchemy import bindparam, literal, select, union_all

from sealstone.model import aws_policies
from sealstone.model.managed_policy import EffectivePolicy
from sealstone.store.engine import Tx
from sealstone.store.schema import (
    ATTACHMENTS,
    GROUP_MEMBERS,
    GROUP_POLICIES,
    GROUPS,
    MANAGED_POLICIES,
    POLICY_VERSIONS,
    USER_POLICIES,
)
from sealstone.store.schema_roles import BOUNDARIES, ROLE_POLICIES

_BOUNDARY_PLACE: Final = 5
_ATTACHED: Final = ATTACHMENTS.c
_BOUNDED: Final = BOUNDARIES.c
# Asked as lists of ids: joined, SQLite would read every policy of every group before it looks at who is a member.
_GROUP_IDS: Final = select(GROUP_MEMBERS.c.group_id).where(
    GROUP_MEMBERS.c.account_id == bindparam("account"), GROUP_MEMBERS.c.user_id == bindparam("entity")
)
_POLICY: Final = (MANAGED_POLICIES.c.account_id == _ATTACHED.account_id) & (
    MANAGED_POLICIES.c.unique_id == _ATTACHED.policy_id
)
_DEFAULT: Final = (
    (POLICY_VERSIONS.c.account_id == MANAGED_POLICIES.c.account_id)
    & (POLICY_VERSIONS.c.policy_id == MANAGED_POLICIES.c.unique_id)
    & (POLICY_VERSIONS.c.number == MANAGED_POLICIES.c.default_version)
)
# Columns: the place in AWS's order, the group's name, the policy's name, its document, its id when it is attached. An
# attached policy without a row is one of AWS's.
_EMBEDDED: Final = select(
    literal(1).label("place"),
    literal("").label("group_name"),
    USER_POLICIES.c.name,
    USER_POLICIES.c.document,
    literal("").label("policy_id"),
).where(USER_POLICIES.c.account_id == bindparam("account"), USER_POLICIES.c.user_id == bindparam("entity"))
_ATTACHED_TO_ENTITY: Final = (
    select(literal(2), literal(""), MANAGED_POLICIES.c.name, POLICY_VERSIONS.c.document, _ATTACHED.policy_id)
    .select_from(ATTACHMENTS.outerjoin(MANAGED_POLICIES, _POLICY).outerjoin(POLICY_VERSIONS, _DEFAULT))
    .where(_ATTACHED.account_id == bindparam("account"), _ATTACHED.entity_id == bindparam("entity"))
)
_EMBEDDED_IN_GROUPS: Final = (
    select(literal(3), GROUPS.c.name, GROUP_POLICIES.c.name, GROUP_POLICIES.c.document, literal(""))
    .select_from(
        GROUP_POLICIES.join(
            GROUPS,
            (GROUPS.c.account_id == GROUP_POLICIES.c.account_id) & (GROUPS.c.unique_id == GROUP_POLICIES.c.group_id),
        )
    )
    .where(GROUP_POLICIES.c.account_id == bindparam("account"), GROUP_POLICIES.c.group_id.in_(_GROUP_IDS))
)
_ATTACHED_TO_GROUPS: Final = (
    select(literal(4), GROUPS.c.name, MANAGED_POLICIES.c.name, POLICY_VERSIONS.c.document, _ATTACHED.policy_id)
    .select_from(
        ATTACHMENTS.join(
            GROUPS, (GROUPS.c.account_id == _ATTACHED.account_id) & (GROUPS.c.unique_id == _ATTACHED.entity_id)
        )
        .outerjoin(MANAGED_POLICIES, _POLICY)
        .outerjoin(POLICY_VERSIONS, _DEFAULT)
    )
    .where(_ATTACHED.account_id == bindparam("account"), _ATTACHED.entity_id.in_(_GROUP_IDS))
)
_EMBEDDED_IN_ROLE: Final = select(
    literal(1).label("place"),
    literal("").label("group_name"),
    ROLE_POLICIES.c.name,
    ROLE_POLICIES.c.document,
    literal("").label("policy_id"),
).where(ROLE_POLICIES.c.account_id == bindparam("account"), ROLE_POLICIES.c.role_id == bindparam("entity"))
_BOUNDARY: Final = (
    select(
        literal(_BOUNDARY_PLACE), literal(""), MANAGED_POLICIES.c.name, POLICY_VERSIONS.c.document, _BOUNDED.policy_id
    )
    .select_from(
        BOUNDARIES.outerjoin(
            MANAGED_POLICIES,
            (MANAGED_POLICIES.c.account_id == _BOUNDED.account_id)
            & (MANAGED_POLICIES.c.unique_id == _BOUNDED.policy_id),
        ).outerjoin(POLICY_VERSIONS, _DEFAULT)
    )
    .where(_BOUNDED.account_id == bindparam("account"), _BOUNDED.entity_id == bindparam("entity"))
)
_ORDER: Final = ("place", "group_name", "name", "policy_id")
QUERY: Final = union_all(_EMBEDDED, _ATTACHED_TO_ENTITY, _EMBEDDED_IN_GROUPS, _ATTACHED_TO_GROUPS, _BOUNDARY).order_by(
    *_ORDER
)
ROLE_QUERY: Final = union_all(_EMBEDDED_IN_ROLE, _ATTACHED_TO_ENTITY, _BOUNDARY).order_by(*_ORDER)


class PolicyLost(Exception):
    """An attachment or a boundary names a policy that is neither the account's nor AWS's.

    Never passed over: what is missing could be the one that denies.
    """


def of_user(tx: Tx, account_id: str, user_id: str) -> tuple[EffectivePolicy, ...]:
    """All of them: the user's own, its groups', each by name, and the boundary last. Raises PolicyLost."""
    return tuple(_read(*row) for row in tx.rows(QUERY, {"account": account_id, "entity": user_id}))


def of_role(tx: Tx, account_id: str, role_id: str) -> tuple[EffectivePolicy, ...]:
    """All of them: embedded, attached, each by name, and the boundary last. Raises PolicyLost."""
    return tuple(_read(*row) for row in tx.rows(ROLE_QUERY, {"account": account_id, "entity": role_id}))


def _read(place: int, group: str, name: str | None, document: str | None, policy_id: str) -> EffectivePolicy:
    boundary = place == _BOUNDARY_PLACE
    if name is not None and document is not None:
        return EffectivePolicy(name, document, bool(policy_id), group, boundary)
    policy = aws_policies.by_id(policy_id)
    if policy is None:
        raise PolicyLost(f"the policy {policy_id} is in force and has no document")
    text = aws_policies.version(policy).document
    return EffectivePolicy(policy.name, text, managed=True, group=group, boundary=boundary)
