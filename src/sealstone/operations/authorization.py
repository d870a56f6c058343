"""Whether the caller may: its policies, its permissions boundary and its session's policies judge the call.

`perform` asks before anything else happens. An operation on which a policy of the resource has a word too (a role's
trust policy) brings a judge of its own (`operation.Operation.judge`) that leans on this one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from sealstone.operations.call import Call, Resource
from sealstone.operations.context import RequestContext
from sealstone.operations.errors import AccessDenied
from sealstone.policy.document import Document
from sealstone.policy.evaluate import Decision, Request, Verdict
from sealstone.policy.judgement import Bounds, Judgement, Kind, denial, judge

# Sets of documents times actions: what a few hundred busy callers ask for.
_KEPT: Final = 4096
# Steps (`policy.pattern.steps`) that all judgements of one call may take: some 30 ms, more than any caller of AWS's
# quotas needs.
MOST_STEPS: Final = 80_000
_PER_JUDGEMENT: Final = 20
_IMPLICIT_DENY: Final = Judgement(allowed=False, kind=Kind.IDENTITY, decision=Decision(Verdict.IMPLICIT_DENY))
# Parameters whose values are several values of one condition key.
_LISTS: Final = (
    *("Tags", "tags", "TagKeys", "tagKeys", "TransitiveTagKeys"),
    *("Listeners", "PolicyAttributes", "SecurityGroups", "Subnets", "SubnetMappings", "SubjectAlternativeNames"),
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The statements of a set that speak of one action, and the work of asking them: once, and for each value."""

    documents: tuple[Document, ...]
    steps: int
    steps_per_value: int


def judged(
    call: Call,
    action: str,
    resource: Resource,
    *,
    bounds: Bounds | None = None,
    more: Mapping[str, tuple[str, ...]] | None = None,
) -> Judgement:
    """What the caller's policies say of one action on one resource; `bounds` in the place of its own.

    `more` are condition keys that only this action has, in lower case, in the place of the call's.

    The statement that decided is not numbered as in its document: only those that speak of the action are asked.
    A call whose policies, resources and values are too much work together is denied. [ours]
    """
    caller = call.caller
    bounds = bounds or Bounds(caller.policies, caller.boundary, caller.session_policies)
    identity = _about(action, bounds.identity)
    boundary = None if bounds.boundary is None else _about(action, bounds.boundary)
    session = None if bounds.session is None else _about(action, bounds.session)
    call.steps += _PER_JUDGEMENT + len(resource.arn) + identity.steps
    if boundary or session or identity.steps_per_value:
        _spend_the_rest(call, identity, boundary, session)
    if call.steps > MOST_STEPS:
        return _IMPLICIT_DENY
    sets = Bounds(identity.documents, boundary.documents if boundary else None, session.documents if session else None)
    context = RequestContext(call, resource)
    return judge(sets, Request(action=action, resource=resource.arn, context={**context, **more} if more else context))


def _spend_the_rest(call: Call, identity: _Asked, boundary: _Asked | None, session: _Asked | None) -> None:
    """Count what few callers have: conditions, a boundary, a session's policies."""
    spend(call, 0, identity.steps_per_value)
    for asked in (boundary, session):
        if asked:
            spend(call, asked.steps, asked.steps_per_value)


def spend(call: Call, steps: int, steps_per_value: int) -> None:
    """Count the work of asking some statements, before it is done; `judged` denies when there was too much."""
    if steps_per_value:
        sent = sum(len(call.parameters.get(name) or ()) for name in _LISTS)
        handed_on = len(call.caller.session.transitive_tag_keys) if call.caller.session else 0
        steps += steps_per_value * max(1, sent + handed_on)
    call.steps += steps


@lru_cache(maxsize=_KEPT)
def _about(action: str, documents: tuple[Document, ...]) -> _Asked:
    """The documents with those statements alone that speak of the action: a caller with many policies asks few.

    Documents never change and are compared by identity, so what is kept is right for as long as it is kept.
    """
    lowered = action.lower()
    found: list[Document] = []
    for document in documents:
        statements = tuple(each for each in document.statements if each.speaks_of_action(lowered))
        if statements:
            found.append(replace(document, statements=statements))
    asked = [statement for document in found for statement in document.statements]
    steps = sum(statement.steps for statement in asked)
    return _Asked(tuple(found), steps, sum(statement.steps_per_value for statement in asked))


def authorize(call: Call, action: str) -> None:
    """Every resource of the call must be allowed. Raises AccessDenied."""
    permit(call, action, call.resources)


def permit(
    call: Call, action: str, resources: Iterable[Resource], *, more: Mapping[str, tuple[str, ...]] | None = None
) -> None:
    """Each of these must be allowed; `more` as in `judged`. Root may do everything (IAM user guide, evaluation logic).

    Raises AccessDenied.
    """
    if call.caller.is_root:
        return
    for resource in resources:
        judgement = judged(call, action, resource, more=more)
        if not judgement.allowed:
            raise denied(call, action, resource, denial(judgement, action))


def denied(call: Call, action: str, resource: Resource, reason: str = "") -> AccessDenied:
    """AWS's present wording; the reason says which kind of policy denied, and is left out where it would tell more."""
    sentence = f"User: {call.caller.arn} is not authorized to perform: {action} on resource: "
    return AccessDenied(f"{sentence}{resource.named or resource.arn} {reason}".rstrip())
