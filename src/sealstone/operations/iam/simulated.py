"""What a simulation is made of: sources of policies, a context, and the result for one action.

The operations that ask for it are in `simulation`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sealstone.model.managed_policy import EffectivePolicy
from sealstone.operations import entities
from sealstone.operations.entities import Entity, Kind
from sealstone.operations.errors import InvalidInput
from sealstone.operations.iam.wording import explained
from sealstone.policy import context_keys, document, operands, operators, positions
from sealstone.policy.document import Document
from sealstone.policy.evaluate import Request, Verdict, applying, evaluate
from sealstone.policy.judgement import Bounds, judge
from sealstone.policy.positions import Position, Span
from sealstone.policy.problems import MalformedPolicyDocument

_EVERYTHING: Final = "*"
# Characters of all policies of one parameter: 20 managed policies and more; reading them takes time.
_MOST_CHARACTERS: Final = 262_144
# Recorded for managed and for sent policies alike; the model has other words, which AWS does not answer.
_SOURCE_TYPE: Final = "IAM Policy"
# From what hides least to what hides most: the decision over several resources is the most restrictive.
_STRICTNESS: Final = (Verdict.ALLOWED, Verdict.IMPLICIT_DENY, Verdict.EXPLICIT_DENY)
_READERS: Final = {
    "numeric": operands.READERS[operators.Kind.NUMERIC],
    "boolean": operands.READERS[operators.Kind.BOOL],
    "ip": operands.READERS[operators.Kind.IP_ADDRESS],
    "binary": operands.READERS[operators.Kind.BINARY],
    "date": operands.READERS[operators.Kind.DATE],
}


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A policy under simulation: how the answer names it, compiled, and for each statement its keys and its place."""

    name: str
    document: Document
    keys: tuple[tuple[str, ...], ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """The identity policies and, unless empty, the permissions boundary."""

    identity: tuple[Source, ...]
    boundary: tuple[Source, ...]
    bounds: Bounds

    @property
    def all(self) -> tuple[Source, ...]:
        """Both, the identity policies first."""
        return self.identity + self.boundary

    @property
    def statements(self) -> int:
        """How many statements there are."""
        return sum(len(source.document.statements) for source in self.all)

    def steps(self, values: int) -> int:
        """The work of asking all of them once about a resource, with that many values of a condition key."""
        asked = [statement for source in self.all for statement in source.document.statements]
        return sum(statement.steps + statement.steps_per_value * max(1, values) for statement in asked)


def sources(identity: tuple[Source, ...], boundary: tuple[Source, ...]) -> Sources:
    """Raises InvalidInput for more than one boundary (SimulatePrincipalPolicy, API reference)."""
    if len(boundary) > 1:
        raise InvalidInput("Only one permissions boundary can be simulated; send one document.")
    bounding = tuple(source.document for source in boundary)
    return Sources(identity, boundary, Bounds(tuple(source.document for source in identity), bounding or None))


def stored_source(policy: EffectivePolicy, entity: Entity) -> Source:
    """A policy in force. Recorded: an embedded one is named `role_NAME_POLICY`, a managed one by its name."""
    kind, owner = (Kind.GROUP, policy.group) if policy.group else (entity.kind, entity.name)
    name = policy.name if policy.managed else f"{kind}_{owner}_{policy.name}"
    return _source(name, policy.document, document.stored(policy.document))


def sent_sources(texts: Sequence[str], parameter: str) -> tuple[Source, ...]:
    """Policies that were sent, named by their place (`PolicyInputList.1`). Raises InvalidInput for a bad one."""
    if sum(map(len, texts)) > _MOST_CHARACTERS:
        raise InvalidInput(f"{parameter} is longer than {_MOST_CHARACTERS} characters together; send fewer policies.")
    found = []
    for number, text in enumerate(texts, start=1):
        try:
            found.append(_source(f"{parameter}.{number}", text, document.read(text)))
        except MalformedPolicyDocument as problem:
            raise InvalidInput(explained(problem.cause, "", f"{parameter}.{number}: {problem.cure}")) from problem
    return tuple(found)


def _source(name: str, text: str, compiled: Document) -> Source:
    return Source(name, compiled, context_keys.of_statements(text), positions.spans(text))


# --- what is sent ---


def check_actions(actions: Sequence[str]) -> None:
    """Raise InvalidInput unless each names one operation: SimulateCustomPolicy takes no wildcards."""
    for action in actions:
        service, _, name = action.partition(":")
        if not service or not name or not {"*", "?", ":", " "}.isdisjoint(service + name):
            raise InvalidInput(f"Action name {action} is not valid. Write service:Operation, without wildcards.")


def check_resources(resources: Sequence[str]) -> None:
    """Raise InvalidInput unless each is an ARN or `*`."""
    for resource in resources:
        if resource != _EVERYTHING and not (resource.startswith("arn:") and resource.count(":") >= 5):
            raise InvalidInput(f"Resource {resource} must be in ARN format or *.")


def context(entries: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Context entries as condition keys. Raises InvalidInput for one without name, given twice or not of its type."""
    values: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        name = entry.get("ContextKeyName")
        if not name:
            raise InvalidInput("A context entry has no ContextKeyName.")
        if name.lower() in values:
            raise InvalidInput(f"The context key {name} is given more than once; its name has no case.")
        values[name.lower()] = _typed(name, entry)
    return values


def _typed(name: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    values = tuple(entry.get("ContextKeyValues") or ())
    kind = entry.get("ContextKeyType") or "stringList"
    if len(values) > 1 and not kind.endswith("List"):
        raise InvalidInput(f"The context key {name} has {len(values)} values; of the type {kind} it has one.")
    reader = _READERS.get(kind.removesuffix("List"))
    for value in values if reader else ():
        try:
            reader(value)  # type: ignore[misc]  # not None: see the loop
        except ValueError as fault:
            raise InvalidInput(f"A value of the context key {name} is not of the type {kind}.") from fault
    return values


def named_caller(caller_arn: str) -> dict[str, tuple[str, ...]]:
    """What the ARN alone tells of a caller. Raises InvalidInput unless it is a user's, a group's or a role's."""
    named = entities.kind_of(caller_arn)
    if named is None or named[0] is Kind.ROOT or not caller_arn.startswith("arn:aws:iam:"):
        raise InvalidInput(f"Invalid Entity Arn: {caller_arn}. CallerArn is the ARN of a user, a group or a role.")
    entity = Entity(named[0], entities.account_of(caller_arn), "", named[1], caller_arn)
    return {key: value for key, value in entities.context_of(entity).items() if value != ("",)}


# --- the result ---


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    """One action on one resource."""

    verdict: Verdict
    matched: tuple[tuple[Source, int], ...]
    missing: tuple[str, ...]
    boundary_allows: bool | None


def result(
    given: Sources, action: str, resources: Sequence[str], found: Mapping[str, tuple[str, ...]]
) -> Mapping[str, Any]:
    """The EvaluationResult of one action: the most restrictive decision over the resources, then each by itself.

    Members as in the data type's API reference: details only where ARNs were sent, and empty within one account.
    """
    named = [resource for resource in resources if resource != _EVERYTHING]
    outcomes = {resource: _outcome(given, action, resource, found) for resource in resources or (_EVERYTHING,)}
    verdict = max((outcome.verdict for outcome in outcomes.values()), key=_STRICTNESS.index)
    matched = dict.fromkeys(
        match for outcome in outcomes.values() if outcome.verdict is verdict for match in outcome.matched
    )
    together = _Outcome(
        verdict,
        tuple(matched),
        context_keys.once(name for outcome in outcomes.values() for name in outcome.missing),
        all(outcome.boundary_allows for outcome in outcomes.values()) if given.boundary else None,
    )
    shown = {
        "EvalActionName": action,
        # The model speaks of an ARN template for several resources, which nobody recorded: `*` stands for them all.
        "EvalResourceName": named[0] if len(outcomes) == len(named) == 1 else _EVERYTHING,
        "EvalDecision": verdict.value,
    }
    if not named:
        return shown | _members(together)
    specific = [
        {"EvalResourceName": resource, "EvalResourceDecision": outcome.verdict.value} | _members(outcome)
        for resource, outcome in outcomes.items()
    ]
    return shown | _members(together) | {"EvalDecisionDetails": {}, "ResourceSpecificResults": specific}


def _outcome(given: Sources, action: str, resource: str, found: Mapping[str, tuple[str, ...]]) -> _Outcome:
    request = Request(action, resource, found)
    judgement = judge(given.bounds, request)
    boundary = evaluate(given.bounds.boundary, request).allowed if given.bounds.boundary else None
    if judgement.allowed:
        verdict, deciding = Verdict.ALLOWED, given.identity
    elif judgement.decision.verdict is Verdict.EXPLICIT_DENY:
        verdict, deciding = Verdict.EXPLICIT_DENY, given.all
    else:
        verdict, deciding = Verdict.IMPLICIT_DENY, ()
    allows = verdict is Verdict.ALLOWED
    matched = tuple(
        (deciding[position], statement.number)
        for position, statement in applying([source.document for source in deciding], request, allows=allows)
    )
    return _Outcome(verdict, matched, _missing(given, request), boundary)


def _missing(given: Sources, request: Request) -> tuple[str, ...]:
    """Keys without a value in statements that name the action: on these the decision may hang [inferred]."""
    action = request.action.lower()
    return context_keys.once(
        name
        for source in given.all
        for statement, keys in zip(source.document.statements, source.keys, strict=True)
        if statement.speaks_of_action(action)
        for name in keys
        if not request.context.get(name.lower())
    )


def _members(outcome: _Outcome) -> dict[str, Any]:
    members: dict[str, Any] = {
        "MatchedStatements": [_statement(source, number) for source, number in outcome.matched],
        "MissingContextValues": list(outcome.missing),
    }
    if outcome.boundary_allows is not None:
        members["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": outcome.boundary_allows}
    return members


def _statement(source: Source, number: int) -> Mapping[str, Any]:
    span = source.spans[number - 1]
    return {
        "SourcePolicyId": source.name,
        "SourcePolicyType": _SOURCE_TYPE,
        "StartPosition": _position(span.start),
        "EndPosition": _position(span.end),
    }


def _position(position: Position) -> Mapping[str, int]:
    return {"Line": position.line, "Column": position.column}
