"""Trust policies: what CreateRole and UpdateAssumeRolePolicy accept, and whom a role trusts.

IAM User Guide, "Roles terms and concepts" and "AWS JSON policy elements: Principal". `read` is for what a caller
hands in, `stored` for what was accepted before. Who the named users and roles are is the operations' to find out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sealstone.policy import conditions, principals, syntax, trust_acceptance
from sealstone.policy.conditions import Condition
from sealstone.policy.pattern import Glob, split
from sealstone.policy.principals import Principals, Reach, TrustPrincipal
from sealstone.policy.problems import LEGACY, SYNTAX, MalformedPolicyDocument
from sealstone.policy.variables import Context, UnreadableVariable

__all__ = ("TrustDocument", "TrustPrincipal", "TrustVerdict", "evaluate", "read", "shown_as", "stored")

_ELEMENTS: Final = ("Principal", "NotPrincipal")


class TrustVerdict(Enum):
    """Whether a trust policy lets a principal in.

    DIRECT: an Allow names the principal itself. EVERYONE: an Allow means everybody and does not name it. ACCOUNT: an
    Allow names its account only, so that its own policies must allow the action too. The most particular counts; a
    Deny that applies wins over all.
    """

    DIRECT = "direct"
    EVERYONE = "everyone"
    ACCOUNT = "account"
    EXPLICIT_DENY = "explicitDeny"
    NONE = "none"


@dataclass(frozen=True, slots=True, eq=False)
class TrustStatement:
    """A compiled statement; `number` counts from 1, `sid` may be empty."""

    number: int
    sid: str
    allows: bool
    principals: Principals
    actions: tuple[Glob, ...]
    conditions: tuple[Condition, ...]

    def applies(self, action: str, context: Context) -> bool:
        """Whether it speaks of the action, in lower case, and its conditions hold."""
        return any(pattern.matches(action) for pattern in self.actions) and all(
            condition.holds(context, allows=self.allows) for condition in self.conditions
        )


@dataclass(frozen=True, slots=True, eq=False)
class TrustDocument:
    """A compiled trust policy. `named`: the users and roles it names, each as written, which must exist."""

    statements: tuple[TrustStatement, ...]
    named: tuple[str, ...]

    @property
    def steps_per_value(self) -> int:
        """The work of testing one value by every condition (`pattern.steps`)."""
        return sum(condition.steps for statement in self.statements for condition in statement.conditions)


def read(text: str) -> TrustDocument:
    """Check a trust policy as IAM does before storing it. Raises MalformedPolicyDocument, and nothing else.

    What it answers trusts no user and no role by name yet: their ids are for `stored`.
    """
    found = trust_acceptance.read(text)
    return _compile(found, {})


def stored(text: str, principal_ids: Mapping[str, str]) -> TrustDocument:
    """Compile a trust policy that `read` accepted once, with the ids of the users and roles that it names.

    Raises MalformedPolicyDocument for text that is no policy at all.
    """
    return _compile(trust_acceptance.parsed(text), principal_ids)


def evaluate(document: TrustDocument, *, action: str, principal: TrustPrincipal, context: Context) -> TrustVerdict:
    """Judge whether `principal` may do `action` (sts:AssumeRole, sts:TagSession, ...) to the role of this document."""
    lowered = action.lower()
    found: set[Reach] = set()
    for statement in document.statements:
        reach = statement.principals.reach(principal, allows=statement.allows)
        if reach is None or not statement.applies(lowered, context):
            continue
        if not statement.allows:
            return TrustVerdict.EXPLICIT_DENY
        found.add(reach)
    return next((TrustVerdict(reach.value) for reach in Reach if reach in found), TrustVerdict.NONE)


def shown_as(text: str, names: Mapping[str, str]) -> str:
    """The document with principals renamed: what was written to what they are called now, an ARN or a bare id.

    The text as it was sent, white space and all, while nobody was renamed.
    """
    renamed = {old: new for old, new in names.items() if old != new}
    if not renamed:
        return text
    # A number is a text here, which means the same in a policy and can be of any length.
    document = json.loads(text, parse_int=str, parse_float=str)
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in _ELEMENTS:
            if isinstance(statement.get(element), dict):
                statement[element] = {
                    kind: _renamed(kind, value, renamed) for kind, value in statement[element].items()
                }
    return json.dumps(document, ensure_ascii=False)


def _renamed(kind: str, value: Any, names: Mapping[str, str]) -> Any:
    if kind != "AWS":
        return value
    return [names.get(name, name) for name in value] if isinstance(value, list) else names.get(value, value)


def _compile(found: trust_acceptance.Trust, principal_ids: Mapping[str, str]) -> TrustDocument:
    variables = found.version == syntax.CURRENT_VERSION
    statements = tuple(_statement(block, principal_ids, variables=variables) for block in found.statements)
    named = dict.fromkeys(name for block in found.statements for name in principals.must_exist(block.principals))
    return TrustDocument(statements, tuple(named))


def _statement(
    found: trust_acceptance.Statement, principal_ids: Mapping[str, str], *, variables: bool
) -> TrustStatement:
    block = found.block
    actions = block.actions.values if block.actions else ()
    try:
        return TrustStatement(
            number=block.number,
            sid=block.sid,
            allows=block.effect.lower() == "allow",
            principals=principals.compiled(found.principals, principal_ids, negated=found.negated),
            actions=tuple(Glob(split(action.lower())) for action in actions),
            conditions=tuple(
                conditions.compiled(line.operator, line.key, line.values, variables=variables)
                for line in block.conditions
            ),
        )
    except UnreadableVariable as problem:
        cure = f"statement {block.number}: {problem.cause}; {problem.cure}"
        raise MalformedPolicyDocument(SYNTAX, cure) from problem
    except ValueError as fault:
        cure = f"statement {block.number}: a condition value cannot be read by its operator"
        raise MalformedPolicyDocument(LEGACY, cure) from fault
