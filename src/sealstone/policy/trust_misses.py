"""Why a trust policy does not let a principal in whom it means: the conditions that do not hold.

For explaining a refusal; deciding is `trust`'s. A statement counts when it allows, names the action, reaches the
principal, and asks for a condition that the request does not meet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sealstone.policy import trust, trust_acceptance
from sealstone.policy.near_misses import UnmetCondition, unmet
from sealstone.policy.principals import Reach, TrustPrincipal
from sealstone.policy.variables import Context


@dataclass(frozen=True, slots=True)
class TrustMiss:
    """A statement (counted from 1, `sid` may be empty), how it means the principal, and the conditions to hold."""

    statement: int
    sid: str
    reach: Reach
    conditions: tuple[UnmetCondition, ...]


def misses(
    text: str, principal_ids: Mapping[str, str], *, action: str, principal: TrustPrincipal, context: Context
) -> Iterator[TrustMiss]:
    """The near misses of one stored trust policy, in the order of its statements.

    Raises MalformedPolicyDocument for text that is no policy.
    """
    document = trust.stored(text, principal_ids)
    written = trust_acceptance.parsed(text).statements
    for found, statement in zip(written, document.statements, strict=True):
        reach = statement.principals.reach(principal, allows=True)
        named = any(pattern.matches(action.lower()) for pattern in statement.actions)
        if not statement.allows or not named or reach is None:
            continue
        wanted = tuple(unmet(found.block.conditions, statement.conditions, context))
        if wanted:
            yield TrustMiss(statement.number, statement.sid, reach, wanted)
