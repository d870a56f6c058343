"""Why a statement that allows does not allow a request: how far it comes, and what it still wants.

For explaining an implicit deny; deciding is `evaluate`'s. A statement counts as a near miss when it names the action
and either does not name the resource, or names it and asks for a condition that does not hold.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from sealstone.policy import syntax
from sealstone.policy.arn_pattern import parts
from sealstone.policy.conditions import Condition
from sealstone.policy.document import Statement, stored
from sealstone.policy.evaluate import Request
from sealstone.policy.syntax import Block, ConditionLine
from sealstone.policy.variables import Context


class Wants(Enum):
    """What keeps the statement from speaking of the request."""

    RESOURCE = "resource"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class UnmetCondition:
    """A condition as it is written, and the request's values of its key: none when the request lacks the key."""

    operator: str
    key: str
    values: tuple[str, ...]
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A statement (counted from 1, `sid` may be empty) and what it wants: other resources, or conditions to hold."""

    statement: int
    sid: str
    wants: Wants
    resources: tuple[str, ...]
    excluding: bool
    """True when `resources` are those of NotResource: the statement means all others."""
    conditions: tuple[UnmetCondition, ...] = ()


def near_misses(text: str, request: Request) -> tuple[NearMiss, ...]:
    """The near misses of one policy, in the order of its statements.

    Raises MalformedPolicyDocument for text that is no policy.
    """
    document = stored(text)
    blocks = syntax.read(text).blocks
    return tuple(_missed(blocks, document.statements, request))


def _missed(blocks: tuple[Block, ...], statements: tuple[Statement, ...], request: Request) -> Iterator[NearMiss]:
    action, resource = request.action.lower(), parts(request.resource)
    for block, statement in zip(blocks, statements, strict=True):
        if not statement.allows or not statement.speaks_of_action(action):
            continue
        names = block.resources.values if block.resources else ()
        if not statement.speaks_of_resource(resource, request.context):
            yield NearMiss(block.number, block.sid, Wants.RESOURCE, names, statement.not_resource)
        elif wanted := tuple(unmet(block.conditions, statement.conditions, request.context)):
            yield NearMiss(block.number, block.sid, Wants.CONDITION, names, statement.not_resource, wanted)


def unmet(
    lines: Iterable[ConditionLine], conditions: Iterable[Condition], context: Context
) -> Iterator[UnmetCondition]:
    """The conditions of a statement that allows, as written and as compiled, that do not hold."""
    for line, condition in zip(lines, conditions, strict=True):
        if not condition.holds(context):
            found = context.get(condition.key, ())
            yield UnmetCondition(line.name, line.key, line.values, found)
