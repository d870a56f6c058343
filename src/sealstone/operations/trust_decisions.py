"""The decision in words on assuming a role, where the role's trust policy has a word besides the caller's policies.

The order is that of STS's own judge (`sts.assumed_roles`); all other actions are `decisions` alone.
"""

from dataclasses import replace
from typing import Final

from sealstone.model.role import Role
from sealstone.operations import decisions, entities
from sealstone.operations.decisions import Explanation
from sealstone.operations.entities import Entity, Kind
from sealstone.policy import trust
from sealstone.policy.document import stored
from sealstone.policy.evaluate import Request, Verdict
from sealstone.policy.judgement import Bounds, judge
from sealstone.policy.trust import TrustPrincipal, TrustVerdict
from sealstone.store import roles
from sealstone.store.engine import Tx

_ACTIONS: Final = frozenset({"sts:assumerole", "sts:tagsession", "sts:setsourceidentity"})
_ANYTHING: Final = stored('{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')


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
        summary = f"denied: {policy} trusts neither the {entity.kind} nor its account with it"
        return Explanation(entity, Verdict.IMPLICIT_DENY, summary, (own.summary, *own.steps))
    if own.allowed:
        how = f"the {entity.kind}" if verdict is TrustVerdict.DIRECT else "its account"
        return replace(own, steps=(*own.steps, f"{policy} trusts {how}"))
    if verdict is TrustVerdict.DIRECT and here and _within_boundary(entity, request):
        return Explanation(entity, Verdict.ALLOWED, f"allowed: {policy} trusts the {entity.kind} by name")
    wanted = (
        "the account, so its own policies must allow it too"
        if here
        else "it, but is of another account: its own policies must allow it too"
    )
    return replace(own, steps=(f"{policy} trusts {wanted}", *own.steps))


def _trust(entity: Entity, request: Request, role: Role) -> TrustVerdict:
    if entity.kind is Kind.GROUP:
        return TrustVerdict.NONE
    principal = TrustPrincipal(entity.account_id, (entity.arn,), unique_id=entity.unique_id)
    document = trust.stored(role.assume_role_policy_document, role.principal_ids)
    return trust.evaluate(document, action=request.action, principal=principal, context=request.context)


def _within_boundary(entity: Entity, request: Request) -> bool:
    """A user's boundary does not limit what a policy of the resource grants to it by name; a role's does."""
    if entity.kind is Kind.USER:
        return True
    return judge(Bounds((_ANYTHING,), entity.bounds.boundary), request).allowed


def _role(tx: Tx, arn: str) -> Role | None:
    named = entities.kind_of(arn)
    found = roles.find(tx, entities.account_of(arn), named[1]) if named and named[0] is Kind.ROLE else None
    return found if found and found.arn == arn else None
