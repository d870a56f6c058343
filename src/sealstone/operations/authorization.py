"""Whether the caller may: its policies, its permissions boundary and its session's policies judge the call.

`perform` asks before anything else happens. An operation on which a policy of the resource has a word too (a role's
trust policy) brings a judge of its own (`operation.Operation.judge`) that leans on this one.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Final

from sealstone.operations.call import Call, Resource
from sealstone.operations.context import RequestContext
from sealstone.operations.errors import AccessDenied
from sealstone.policy.document import Document
from sealstone.policy.evaluate import Request
from sealstone.policy.judgement import Bounds, Judgement, denial, judge

# Sets of documents times actions: what a few hundred busy callers ask for.
_KEPT: Final = 4096


def judged(call: Call, action: str, resource: Resource, *, bounds: Bounds | None = None) -> Judgement:
    """What the caller's policies say of one action on one resource; `bounds` in the place of its own.

    The statement that decided is not numbered as in its document: only those that speak of the action are asked.
    """
    caller = call.caller
    bounds = bounds or Bounds(caller.policies, caller.boundary, caller.session_policies)
    asked = Bounds(
        _about(action, bounds.identity),
        None if bounds.boundary is None else _about(action, bounds.boundary),
        None if bounds.session is None else _about(action, bounds.session),
    )
    return judge(asked, Request(action=action, resource=resource.arn, context=RequestContext(call, resource)))


@lru_cache(maxsize=_KEPT)
def _about(action: str, documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """The documents with those statements alone that speak of the action: a caller with many policies asks few.

    Documents never change and are compared by identity, so what is kept is right for as long as it is kept.
    """
    lowered = action.lower()
    found: list[Document] = []
    for document in documents:
        statements = tuple(each for each in document.statements if each.speaks_of_action(lowered))
        if statements:
            found.append(replace(document, statements=statements))
    return tuple(found)


def authorize(call: Call, action: str) -> None:
    """Every resource of the call must be allowed. Root may do everything (IAM user guide, evaluation logic).

    Raises AccessDenied.
    """
    if call.caller.is_root:
        return
    for resource in call.resources:
        judgement = judged(call, action, resource)
        if not judgement.allowed:
            raise denied(call, action, resource, denial(judgement, action))


def denied(call: Call, action: str, resource: Resource, reason: str = "") -> AccessDenied:
    """AWS's present wording; the reason says which kind of policy denied, and is left out where it would tell more."""
    sentence = f"User: {call.caller.arn} is not authorized to perform: {action} on resource: "
    return AccessDenied(f"{sentence}{resource.named or resource.arn} {reason}".rstrip())
