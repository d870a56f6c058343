"""The judgement of a request by everything that bounds one principal: its policies, its boundary, its session.

IAM User Guide, "Policy evaluation logic", within one account: a Deny in any of the sets decides; else every set that
there is must allow. How one set is judged is `evaluate`; which documents are in the sets, and that root has none, is
the operations' matter.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from sealstone.policy.document import Document
from sealstone.policy.evaluate import Decision, Request, Verdict, evaluate


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """The three sets of documents of a principal; None is a set that it does not have.

    An empty tuple is a set that allows nothing. `identity` are its own policies and its groups' or its role's.
    """

    identity: tuple[Document, ...]
    boundary: tuple[Document, ...] | None = None
    session: tuple[Document, ...] | None = None


class Kind(Enum):
    """Which set decided, in the words of AWS's denials."""

    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"


_ARTICLES: Final = {Kind.IDENTITY: "an", Kind.BOUNDARY: "a", Kind.SESSION: "a"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome: the set that decided and its decision, whose `document` counts within that set.

    Of a request that every set allows, the identity policies' decision is kept: it says who granted.
    """

    allowed: bool
    kind: Kind
    decision: Decision


def judge(bounds: Bounds, request: Request) -> Judgement:
    """Judge a request by all sets: any explicit deny first, then the first set that does not allow.

    The order identity, boundary, session is the one in which AWS's documents draw the decision.
    """
    identity = evaluate(bounds.identity, request)
    if identity.verdict is Verdict.EXPLICIT_DENY or (bounds.boundary is None and bounds.session is None):
        return Judgement(identity.allowed, Kind.IDENTITY, identity)
    return _narrowed(bounds, request, identity)


def _narrowed(bounds: Bounds, request: Request, identity: Decision) -> Judgement:
    """The judgement when a further set may narrow what the identity policies, which do not deny, allow."""
    first = None if identity.allowed else Judgement(allowed=False, kind=Kind.IDENTITY, decision=identity)
    for kind, documents in ((Kind.BOUNDARY, bounds.boundary), (Kind.SESSION, bounds.session)):
        if documents is None:
            continue
        decision = evaluate(documents, request)
        if decision.verdict is Verdict.EXPLICIT_DENY:
            return Judgement(allowed=False, kind=kind, decision=decision)
        if first is None and not decision.allowed:
            first = Judgement(allowed=False, kind=kind, decision=decision)
    return first or Judgement(allowed=True, kind=Kind.IDENTITY, decision=identity)


def denial(judgement: Judgement, action: str) -> str:
    """The tail of AWS's denial, after the resource. Raises ValueError for a request that was allowed.

    Source: IAM User Guide, "Troubleshoot access denied error messages".
    """
    if judgement.allowed:
        raise ValueError("an allowed request has no reason for its denial")
    if judgement.decision.verdict is Verdict.EXPLICIT_DENY:
        return f"with an explicit deny in {_ARTICLES[judgement.kind]} {judgement.kind.value}"
    return f"because no {judgement.kind.value} allows the {action} action"
