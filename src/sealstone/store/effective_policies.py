"""Every policy in force for a user, in one query: embedded in and attached to the user, and to its groups.

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

_ATTACHED: Final = ATTACHMENTS.c
# Asked as lists of ids: joined, SQLite would read every policy of every group before it looks at who is a member.
_GROUP_IDS: Final = select(GROUP_MEMBERS.c.group_id).where(
    GROUP_MEMBERS.c.account_id == bindparam("account"), GROUP_MEMBERS.c.user_id == bindparam("user")
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
).where(USER_POLICIES.c.account_id == bindparam("account"), USER_POLICIES.c.user_id == bindparam("user"))
_ATTACHED_TO_USER: Final = (
    select(literal(2), literal(""), MANAGED_POLICIES.c.name, POLICY_VERSIONS.c.document, _ATTACHED.policy_id)
    .select_from(ATTACHMENTS.outerjoin(MANAGED_POLICIES, _POLICY).outerjoin(POLICY_VERSIONS, _DEFAULT))
    .where(_ATTACHED.account_id == bindparam("account"), _ATTACHED.entity_id == bindparam("user"))
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
QUERY: Final = union_all(_EMBEDDED, _ATTACHED_TO_USER, _EMBEDDED_IN_GROUPS, _ATTACHED_TO_GROUPS).order_by(
    "place", "group_name", "name", "policy_id"
)


class PolicyLost(Exception):
    """An attachment names a policy that is neither the account's nor AWS's.

    Never passed over: what is missing could be the one that denies.
    """


def of_user(tx: Tx, account_id: str, user_id: str) -> tuple[EffectivePolicy, ...]:
    """All of them, the user's own first, then its groups'; by name within. Raises PolicyLost."""
    return tuple(_read(*row) for row in tx.rows(QUERY, {"account": account_id, "user": user_id}))


def _read(_place: int, group: str, name: str | None, document: str | None, policy_id: str) -> EffectivePolicy:
    if name is not None and document is not None:
        return EffectivePolicy(name, document, bool(policy_id), group)
    policy = aws_policies.by_id(policy_id)
    if policy is None:
        raise PolicyLost(f"the policy {policy_id} is attached and has no document")
    return EffectivePolicy(policy.name, aws_policies.version(policy).document, managed=True, group=group)
