"""The decision whether a set of policies allows a request.

IAM User Guide, "Policy evaluation logic", within one account. One call judges one set, such as all identity policies
of a user; how several sets (a permissions boundary, session policies) judge together is `judgement`. Who is root and
which policies a caller has are the operations' matter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from sealstone.policy.arn_pattern import parts
from sealstone.policy.document import Document, Statement
from sealstone.policy.pattern import LONGEST
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
    """Judge a request by one set of policies: any Deny that applies wins, else any Allow, else implicit deny.

    A resource longer than any ARN is denied unread: how long a pattern is walked is not the caller's to choose. [ours]
    """
    if len(request.resource) > LONGEST:
        return _IMPLICIT_DENY
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


def applying(documents: Sequence[Document], request: Request, *, allows: bool) -> tuple[tuple[int, Statement], ...]:
    """Every statement that allows (or, else, that denies) and applies, with the position of its document from 0.

    For those who show a decision (the simulator); `evaluate` stops at the first that settles it.
    """
    action, resource = request.action.lower(), parts(request.resource)
    return tuple(
        (position, statement)
        for position, document in enumerate(documents)
        for statement in document.statements
        if statement.allows is allows and statement.applies(action, resource, request.context)
    )
