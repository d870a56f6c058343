"""The decision whether a set of policies allows a request.

IAM User Guide, "Policy evaluation logic", within one account. One call judges one set, such as all identity policies
of a user; a permissions boundary or a session policy is a further set, judged by a further call, and the request is
allowed if every set allows it. Who is root, which policies a caller has and the whole sentence of a denial are the
operations' matter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from sealstone.policy.arn_pattern import parts
from sealstone.policy.document import Document, Statement
from sealstone.policy.variables import Context


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: `iam:GetUser`, the ARN of the resource or `*`, and the condition keys.

    Keys of `context` are in lower case, values always tuples; an absent key or an empty tuple is a missing value.
    The mapping is asked only for keys that a matching statement names, so it may be built lazily.
    """

    action: str
    resource: str
    context: Context


class Verdict(Enum):
    """The three outcomes, as the policy simulator spells them."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict and, unless the deny is implicit, the statement behind it.

    `document` counts the documents handed in from 0, `statement` the statements in it from 1; `sid` may be empty.
    """

    verdict: Verdict
    document: int | None = None
    statement: int | None = None
    sid: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.verdict is Verdict.ALLOWED


_IMPLICIT_DENY = Decision(Verdict.IMPLICIT_DENY)


def evaluate(documents: Iterable[Document], request: Request) -> Decision:
    """Judge a request by one set of policies: any Deny that applies wins, else any Allow, else implicit deny."""
    action, resource, context = request.action.lower(), parts(request.resource), request.context
    decision = _IMPLICIT_DENY
    for position, document in enumerate(documents):
        for statement in document.statements:
            if statement.allows and decision.allowed:
                continue
            if statement.applies(action, resource, context):
                decision = _decided(position, statement)
                if not statement.allows:
                    return decision
    return decision


def _decided(position: int, statement: Statement) -> Decision:
    verdict = Verdict.ALLOWED if statement.allows else Verdict.EXPLICIT_DENY
    return Decision(verdict, position, statement.number, statement.sid)


def reason(decision: Decision, action: str) -> str:
    """The tail of AWS's denial, after the resource. Raises ValueError for a request that was allowed."""
    if decision.allowed:
        raise ValueError("an allowed request has no reason for its denial")
    if decision.verdict is Verdict.EXPLICIT_DENY:
        return "with an explicit deny in an identity-based policy"
    return f"because no identity-based policy allows the {action} action"
