"""The identities that policies are given to, found by ARN, each with the policies in force for it.

For those who ask what somebody may do without being that somebody: the simulator and `decisions`. Who calls, and what
bounds the call, is `call.Caller`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from sealstone.model import arn, aws_policies
from sealstone.model.managed_policy import EffectivePolicy
from sealstone.model.names import ROOT_PATH
from sealstone.model.page import Page, PageRequest
from sealstone.policy import document
from sealstone.policy.judgement import Bounds
from sealstone.store import (
    attachments,
    effective_policies,
    group_policies,
    groups,
    managed_policies,
    roles,
    users,
)
from sealstone.store.engine import Tx

# arn:partition:service:region:account:resource
_ARN_PARTS: Final = 6
_BATCH: Final = 500

T = TypeVar("T")


class Kind(StrEnum):
    """What the identity is, as ARNs spell it."""

    ROOT = "root"
    USER = "user"
    GROUP = "group"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Entity:
    """A user, group, role or an account's root, its tags, and every policy in force for it, a boundary among them."""

    kind: Kind
    account_id: str
    unique_id: str
    name: str
    arn: str
    tags: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[EffectivePolicy, ...] = ()

    @property
    def granting(self) -> tuple[EffectivePolicy, ...]:
        """The policies that may grant: all but the permissions boundary."""
        return tuple(policy for policy in self.policies if not policy.boundary)

    @property
    def boundary(self) -> EffectivePolicy | None:
        """The permissions boundary."""
        return next((policy for policy in self.policies if policy.boundary), None)

    @property
    def bounds(self) -> Bounds:
        """Its policies compiled."""
        boundary = self.boundary
        return Bounds(
            tuple(document.stored(policy.document) for policy in self.granting),
            (document.stored(boundary.document),) if boundary else None,
        )


def account_of(entity_arn: str) -> str:
    """The account in an ARN; empty for what is none."""
    found = entity_arn.split(":", _ARN_PARTS - 1)
    return found[4] if len(found) == _ARN_PARTS and found[0] == "arn" else ""


def kind_of(entity_arn: str) -> tuple[Kind, str] | None:
    """Kind and name in the ARN of a user, group, role, session of a role (its role is meant) or root; else None."""
    found = entity_arn.split(":", _ARN_PARTS - 1)
    if len(found) != _ARN_PARTS or found[0] != "arn" or found[3]:
        return None
    service, path = found[2], found[5].split("/")
    if service == "sts" and len(path) == 3 and path[0] == "assumed-role" and path[1]:
        return Kind.ROLE, path[1]
    if service != "iam":
        return None
    if path == ["root"]:
        return Kind.ROOT, "root"
    known = path[0] in (Kind.USER, Kind.GROUP, Kind.ROLE)
    return (Kind(path[0]), path[-1]) if known and len(path) > 1 and path[-1] else None


def find(tx: Tx, account_id: str, entity_arn: str) -> Entity | None:
    """The identity of this ARN, to the letter, or the role whose session it names. Raises PolicyLost."""
    named = kind_of(entity_arn)
    if named is None or account_of(entity_arn) != account_id:
        return None
    found = _FINDERS[named[0]](tx, account_id, named[1])
    session = entity_arn.startswith("arn:aws:sts:")
    return found if found and (session or found.arn == entity_arn) else None


def every(tx: Tx, account_id: str) -> Iterator[Entity]:
    """All who can call: root, the users, the roles, each kind by name. Raises PolicyLost."""
    yield _root(tx, account_id, "")
    for user in _walked(lambda request: users.page(tx, account_id, ROOT_PATH, request)):
        policies = effective_policies.of_user(tx, account_id, user.unique_id)
        yield Entity(Kind.USER, account_id, user.unique_id, user.name, user.arn, user.tags, policies)
    for role in _walked(lambda request: roles.page(tx, account_id, ROOT_PATH, request)):
        policies = effective_policies.of_role(tx, account_id, role.unique_id)
        yield Entity(Kind.ROLE, account_id, role.unique_id, role.name, role.arn, role.tags, policies)


def _walked(page: Callable[[PageRequest], Page[T]]) -> Iterator[T]:
    after: str | None = None
    while True:
        found = page(PageRequest(size=_BATCH, after=after))
        yield from found.items
        if found.last is None:
            return
        after = found.last


def _root(_tx: Tx, account_id: str, _name: str) -> Entity:
    return Entity(Kind.ROOT, account_id, account_id, "root", arn.root(account_id))


def _user(tx: Tx, account_id: str, name: str) -> Entity | None:
    user = users.find(tx, account_id, name)
    if user is None:
        return None
    policies = effective_policies.of_user(tx, account_id, user.unique_id)
    return Entity(Kind.USER, account_id, user.unique_id, user.name, user.arn, user.tags, policies)


def _role(tx: Tx, account_id: str, name: str) -> Entity | None:
    role = roles.find(tx, account_id, name)
    if role is None:
        return None
    policies = effective_policies.of_role(tx, account_id, role.unique_id)
    return Entity(Kind.ROLE, account_id, role.unique_id, role.name, role.arn, role.tags, policies)


def _group(tx: Tx, account_id: str, name: str) -> Entity | None:
    group = groups.find(tx, account_id, name)
    if group is None:
        return None
    embedded = tuple(
        EffectivePolicy(policy.name, policy.document, group=group.name)
        for policy in group_policies.all_of(tx, account_id, group.unique_id)
    )
    attached = tuple(
        _attached(tx, account_id, policy_id, group.name)
        for policy_id in attachments.of_entity(tx, account_id, group.unique_id)
    )
    return Entity(Kind.GROUP, account_id, group.unique_id, group.name, group.arn, {}, embedded + attached)


def _attached(tx: Tx, account_id: str, policy_id: str, group: str) -> EffectivePolicy:
    """A managed policy by its id, with the document of its default version. Raises PolicyLost."""
    ours = managed_policies.find_by_id(tx, account_id, policy_id)
    if ours:
        versions = managed_policies.versions(tx, ours)
        text = next((version.document for version in versions if version.number == ours.default_version), None)
        if text is not None:
            return EffectivePolicy(ours.name, text, managed=True, group=group)
    aws = aws_policies.by_id(policy_id)
    if aws is None:
        raise effective_policies.PolicyLost(f"the policy {policy_id} is attached and has no document")
    return EffectivePolicy(aws.name, aws_policies.version(aws).document, managed=True, group=group)


_FINDERS: Final[Mapping[Kind, Callable[[Tx, str, str], Entity | None]]] = {
    Kind.ROOT: _root,
    Kind.USER: _user,
    Kind.GROUP: _group,
    Kind.ROLE: _role,
}


def context_of(entity: Entity) -> dict[str, tuple[str, ...]]:
    """The condition keys that the identity itself gives to its requests (context of global keys); a group has none.

    A role's sessions have ids with a name behind a colon that nobody knows beforehand, so there is no aws:userid.
    """
    if entity.kind is Kind.GROUP:
        return {}
    types = {Kind.ROOT: "Account", Kind.USER: "User", Kind.ROLE: "AssumedRole"}
    values: dict[str, tuple[str, ...]] = {
        "aws:principalarn": (entity.arn,),
        "aws:principalaccount": (entity.account_id,),
        "aws:principaltype": (types[entity.kind],),
        "aws:principalisawsservice": ("false",),
    }
    if entity.kind is Kind.USER:
        values["aws:username"] = (entity.name,)
    if entity.kind is not Kind.ROLE:
        values["aws:userid"] = (entity.unique_id,)
    for key, value in entity.tags.items():
        name = f"aws:principaltag/{key}".lower()
        values[name] = (*values.get(name, ()), value)
    return values
