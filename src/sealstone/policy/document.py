"""Policy documents as values ready to be evaluated.

`read` is for what a caller hands in, `stored` for what was accepted before; both end in the same immutable
`Document`, which may be kept and shared between threads.
"""

from dataclasses import dataclass
from typing import Final

from sealstone.policy import acceptance, conditions, syntax
from sealstone.policy.arn_pattern import Arn, ResourcePattern
from sealstone.policy.conditions import Condition
from sealstone.policy.pattern import Glob, split, steps
from sealstone.policy.problems import LEGACY, SYNTAX, MalformedPolicyDocument
from sealstone.policy.variables import Context, UnreadableVariable

# Steps: an ARN is matched part by part.
_PER_RESOURCE: Final = 7


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A compiled statement; `number` counts from 1, `sid` may be empty."""

    number: int
    sid: str
    allows: bool
    actions: tuple[Glob, ...]
    not_action: bool
    resources: tuple[ResourcePattern, ...]
    not_resource: bool
    conditions: tuple[Condition, ...]
    steps: int = 0
    """The work of matching its resources once (`pattern.steps`)."""

    def applies(self, action: str, resource: Arn, context: Context) -> bool:
        """Whether it speaks of the request; `action` in lower case, `resource` in its parts."""
        return (
            self._names_action(action) is not self.not_action
            and self._names_resource(resource, context) is not self.not_resource
            and all(condition.holds(context, allows=self.allows) for condition in self.conditions)
        )

    def speaks_of_action(self, action: str) -> bool:
        """Whether it means the action, in lower case; a part of `applies`, for those who explain."""
        return self._names_action(action) is not self.not_action

    def speaks_of_resource(self, resource: Arn, context: Context) -> bool:
        """Whether it means the resource, in its parts; a part of `applies`, for those who explain."""
        return self._names_resource(resource, context) is not self.not_resource

    @property
    def steps_per_value(self) -> int:
        """The work of testing one value by every condition."""
        return sum(condition.steps for condition in self.conditions)

    # Plain loops: a request asks every statement these two questions, and a generator costs more than the answer.
    def _names_action(self, action: str) -> bool:
        for pattern in self.actions:  # noqa: SIM110
            if pattern.matches(action):
                return True
        return False

    def _names_resource(self, resource: Arn, context: Context) -> bool:
        for pattern in self.resources:  # noqa: SIM110
            if pattern.matches(resource, context):
                return True
        return False

    @property
    def uses_context(self) -> bool:
        """Whether it has conditions or policy variables."""
        return bool(self.conditions) or any(resource.has_variables for resource in self.resources)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A compiled policy; without `uses_context` its verdict depends on action and resource alone."""

    version: str | None
    statements: tuple[Statement, ...]
    uses_context: bool


def read(text: str, *, managed: bool = False) -> Document:
    """Check an identity policy as IAM does before storing it, and compile it.

    `managed` asks for Version 2012-10-17, as CreatePolicy does; an inline policy may have 2008-10-17 or no Version,
    and then knows no variables. Raises MalformedPolicyDocument, and nothing else, for any string.
    """
    found = syntax.read(text)
    acceptance.check(found, managed=managed)
    return _compile(found)


def stored(text: str) -> Document:
    """Compile a document that `read` accepted once.

    The rules for storing are not asked again: a later, stricter release must not lose a policy in force.
    Raises MalformedPolicyDocument for text that is no policy at all.
    """
    return _compile(syntax.read(text))


def _compile(found: syntax.Syntax) -> Document:
    # IAM User Guide, "Version": before 2012-10-17 a ${...} is plain text.
    variables = found.version == syntax.CURRENT_VERSION
    statements = tuple(_statement(block, variables=variables) for block in found.blocks)
    return Document(found.version, statements, any(statement.uses_context for statement in statements))


def _statement(block: syntax.Block, *, variables: bool) -> Statement:
    actions = block.actions or syntax.Names("Action", ())
    resources = block.resources or syntax.Names("Resource", ())
    try:
        return Statement(
            number=block.number,
            sid=block.sid,
            allows=block.effect.lower() == "allow",
            actions=tuple(Glob(split(action.lower())) for action in actions.values),
            not_action=actions.negated,
            resources=tuple(ResourcePattern(resource, variables=variables) for resource in resources.values),
            not_resource=resources.negated,
            conditions=tuple(
                conditions.compiled(line.operator, line.key, line.values, variables=variables)
                for line in block.conditions
            ),
            steps=sum(_PER_RESOURCE + steps(resource) for resource in resources.values),
        )
    except UnreadableVariable as problem:
        cure = f"statement {block.number}: {problem.cause}; {problem.cure}"
        raise MalformedPolicyDocument(SYNTAX, cure) from problem
    except ValueError as fault:
        cure = f"statement {block.number}: a condition value cannot be read by its operator"
        raise MalformedPolicyDocument(LEGACY, cure) from fault
