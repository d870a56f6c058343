"""The decision in words on assuming a role, where the role's trust policy has a word besides the caller's policies.

The order is that of STS's own judge (`sts.assumed_roles`); all other actions are `decisions` alone.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sealstone.model.role import Role
from sealstone.operations import decisions, entities
from sealstone.operations.decisions import Explanation
from sealstone.operations.entities import Entity, Kind
from sealstone.policy import trust, trust_misses
from sealstone.policy.document import stored
from sealstone.policy.evaluate import Request, Verdict
from sealstone.policy.judgement import Bounds, judge
from sealstone.policy.principals import Reach
from sealstone.policy.trust import TrustPrincipal, TrustVerdict
from sealstone.store import roles
from sealstone.store.engine import Tx

_ACTIONS: Final = frozenset({"sts:assumerole", "sts:tagsession", "sts:setsourceidentity"})
_ENOUGH: Final = frozenset({TrustVerdict.DIRECT, TrustVerdict.EVERYONE})
_ANYTHING: Final = stored('{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')

# Whom a statement means, to be filled with the kind of the identity.
_REACHED: Final = {Reach.DIRECT: "the {}", Reach.EVERYONE: "everybody", Reach.ACCOUNT: "its account"}
_TRUSTED: Final = {TrustVerdict(reach.value): words for reach, words in _REACHED.items()}


def explain(tx: Tx, entity: Entity, request: Request) -> Explanation:
    """Why the entity may or may not do it, whatever the action. Raises as `decisions.explain` does."""
    if request.action.lower() not in _ACTIONS:
        return decisions.explain(tx, entity, request)
    if entity.kind is Kind.ROOT:
        return Explanation(entity, Verdict.EXPLICIT_DENY, "denied: roles may not be assumed by root")
    own = decisions.explain(tx, entity, request)
    if own.verdict is Verdict.EXPLICIT_DENY:
        return own
    role = _role(tx, request.resource)
    if role is None:
        return Explanation(entity, Verdict.IMPLICIT_DENY, f"denied: there is no role {request.resource}", own.steps)
    return _judged(entity, request, own, role)


def _judged(entity: Entity, request: Request, own: Explanation, role: Role) -> Explanation:
    verdict = _trust(entity, request, role)
    policy = f"the trust policy of role {role.name}"
    here = role.account_id == entity.account_id
    if verdict is TrustVerdict.EXPLICIT_DENY:
        return Explanation(entity, Verdict.EXPLICIT_DENY, f"denied: {policy} denies it", own.steps)
    if verdict is TrustVerdict.NONE:
        return _untrusted(entity, request, own, role)
    if own.allowed:
        return replace(own, steps=(*own.steps, f"{policy} trusts {_TRUSTED[verdict].format(entity.kind)}"))
    if verdict in _ENOUGH and here:
        if _within_boundary(entity, request, verdict):
            how = f"the {entity.kind} by name" if verdict is TrustVerdict.DIRECT else "everybody"
            return Explanation(entity, Verdict.ALLOWED, f"allowed: {policy} trusts {how}")
        return replace(own, steps=(f"{policy} trusts it, but its permissions boundary must allow it too", *own.steps))
    wanted = (
        "the account, so its own policies must allow it too"
        if here
        else "it, but is of another account: its own policies must allow it too"
    )
    return replace(own, steps=(f"{policy} trusts {wanted}", *own.steps))


def _untrusted(entity: Entity, request: Request, own: Explanation, role: Role) -> Explanation:
    """No statement lets it in: none means it, or those that do want what the request does not have."""
    policy = f"the trust policy of role {role.name}"
    near = tuple(_misses(entity, request, role))
    summary = (
        f"denied: {policy} trusts the {entity.kind} only under conditions, which do not hold"
        if near
        else f"denied: {policy} trusts neither the {entity.kind} nor its account with it"
    )
    return Explanation(entity, Verdict.IMPLICIT_DENY, summary, (*near, own.summary, *own.steps))


def _misses(entity: Entity, request: Request, role: Role) -> Iterator[str]:
    """The statements that would let it in under conditions, and the keys that are missing here."""
    if entity.kind is Kind.GROUP:
        return
    missing: dict[str, None] = {}
    text, ids = role.assume_role_policy_document, role.principal_ids
    for miss in trust_misses.misses(
        text, ids, action=request.action, principal=_principal(entity), context=request.context
    ):
        statement = decisions.numbered(miss.statement, miss.sid)
        whom = _REACHED[miss.reach].format(entity.kind)
        yield (
            f"{statement} of the trust policy of role {role.name} would trust {whom} if "
            f"{decisions.conditions(miss.conditions)}"
        )
        missing |= {unmet.key: None for unmet in miss.conditions if not unmet.found}
    if missing:
        yield f"it may hang on what the request does not have here: {', '.join(missing)}"


def _trust(entity: Entity, request: Request, role: Role) -> TrustVerdict:
    if entity.kind is Kind.GROUP:
        return TrustVerdict.NONE
    document = trust.stored(role.assume_role_policy_document, role.principal_ids)
    return trust.evaluate(document, action=request.action, principal=_principal(entity), context=request.context)


def _principal(entity: Entity) -> TrustPrincipal:
    return TrustPrincipal(entity.account_id, (entity.arn,), unique_id=entity.unique_id)


def _within_boundary(entity: Entity, request: Request, verdict: TrustVerdict) -> bool:
    """A user's boundary does not limit what a policy of the resource grants to it by name; a role's does.

    Everybody is nobody's name (`sts.assumed_roles`).
    """
    if entity.kind is Kind.USER and verdict is TrustVerdict.DIRECT:
        return True
    return judge(Bounds((_ANYTHING,), entity.bounds.boundary), request).allowed


def _role(tx: Tx, arn: str) -> Role | None:
    named = entities.kind_of(arn)
    found = roles.find(tx, entities.account_of(arn), named[1]) if named and named[0] is Kind.ROLE else None
    return found if found and found.arn == arn else None
