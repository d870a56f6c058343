"""A decision in words: who may do what on what, by which statement of which policy, or what keeps them from it.

Asked on the machine itself (`sealstone why`, `sealstone who-can`), not over the wire. The verdict is `judgement`'s, as
for every call; here it is only told. The sessions of a role may be narrowed by policies of their own, which nobody
knows beforehand: what is told is what they can do at most.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sealstone.model.managed_policy import EffectivePolicy
from sealstone.operations import entities, stale_names
from sealstone.operations.entities import Entity, Kind
from sealstone.policy import context_keys, document, near_misses
from sealstone.policy.arn_pattern import parts
from sealstone.policy.evaluate import Decision, Request, Verdict
from sealstone.policy.judgement import Bounds, Judgement, judge
from sealstone.policy.judgement import Kind as Set
from sealstone.policy.near_misses import NearMiss, UnmetCondition, Wants
from sealstone.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict on one identity, in one sentence and the steps below it; `policy` and `statement` (from 1) decided.

    Both are empty for root and where no statement decided.
    """

    entity: Entity
    verdict: Verdict
    summary: str
    steps: tuple[str, ...] = ()
    policy: str = ""
    statement: int | None = None

    @property
    def allowed(self) -> bool:
        """Whether the request would be allowed."""
        return self.verdict is Verdict.ALLOWED


def request_of(
    tx: Tx,
    entity: Entity,
    action: str,
    resource: str,
    given: Mapping[str, tuple[str, ...]],
    now: datetime,
) -> Request:
    """The request as the entity would make it now: its own keys, the time, the resource's tags, and what is given.

    Keys of `given` in lower case; they are in the place of the others. What a call alone has, such as an address, is
    missing unless it is given.
    """
    values: dict[str, tuple[str, ...]] = {
        **entities.context_of(entity),
        "aws:currenttime": (now.strftime("%Y-%m-%dT%H:%M:%SZ"),),
        "aws:epochtime": (str(int(now.timestamp())),),
        "aws:resourceaccount": (entities.account_of(resource) or entity.account_id,),
        "aws:viaawsservice": ("false",),
    }
    for key, value in stale_names.tags_of(tx, entity.account_id, resource).items():
        for prefix in ("aws:resourcetag/", "iam:resourcetag/"):
            name = (prefix + key).lower()
            values[name] = (*values.get(name, ()), value)
    return Request(action, resource, {**values, **given})


def explain(tx: Tx, entity: Entity, request: Request) -> Explanation:
    """Why the entity may or may not do it. Raises PolicyLost, MalformedPolicyDocument for a damaged store."""
    if entity.kind is Kind.ROOT:
        return Explanation(entity, Verdict.ALLOWED, "allowed: root may do everything in its account")
    judgement = judge(entity.bounds, request)
    if judgement.allowed:
        return _allowed(entity, request, judgement)
    if judgement.decision.verdict is Verdict.EXPLICIT_DENY:
        return _denied(entity, judgement)
    return _not_allowed(tx, entity, request, judgement)


def _allowed(entity: Entity, request: Request, judgement: Judgement) -> Explanation:
    policy = _policy(entity, judgement)
    summary = f"allowed: {_statement(judgement.decision)} of {_place(policy, entity)}, allows it"
    too = (f"{_place(entity.boundary, entity)}, allows it too",) if entity.boundary else ()
    steps = too + _missing(entity, request)
    return Explanation(entity, Verdict.ALLOWED, summary, steps, policy.name, judgement.decision.statement)


def _denied(entity: Entity, judgement: Judgement) -> Explanation:
    policy = _policy(entity, judgement)
    summary = f"denied: {_statement(judgement.decision)} of {_place(policy, entity)}, denies it"
    steps = ("an explicit deny wins over everything that allows",)
    return Explanation(entity, Verdict.EXPLICIT_DENY, summary, steps, policy.name, judgement.decision.statement)


def _not_allowed(tx: Tx, entity: Entity, request: Request, judgement: Judgement) -> Explanation:
    """An implicit deny: which policies would have to allow, and how near each of them comes."""
    lacking = entity.granting
    first: tuple[str, ...] = ()
    if judgement.kind is Set.BOUNDARY and entity.boundary:
        lacking = (entity.boundary,)
        granted = judge(Bounds(entity.bounds.identity), request)
        own = _place(_policy(entity, granted), entity)
        first = (f"{_statement(granted.decision)} of {own}, allows it, but both must",)
        summary = f"denied: no statement of {_place(entity.boundary, entity)}, allows it"
    elif lacking:
        summary = f"denied: no policy of {_named(entity)} allows it"
    else:
        summary = f"denied: {_named(entity)} has no policies" + (
            ", nor have its groups" if entity.kind is Kind.USER else ""
        )
    near = tuple(step for policy in lacking for step in _lacking(tx, entity, policy, request))
    return Explanation(entity, Verdict.IMPLICIT_DENY, summary, first + near + _missing(entity, request))


# --- in words ---


def _policy(entity: Entity, judgement: Judgement) -> EffectivePolicy:
    """The policy that decided, in the set that decided."""
    bounding = judgement.kind is Set.BOUNDARY
    return tuple(policy for policy in entity.policies if policy.boundary is bounding)[judgement.decision.document or 0]


def _named(entity: Entity) -> str:
    return f"{entity.kind} {entity.name}"


def _place(policy: EffectivePolicy, entity: Entity) -> str:
    """The policy and how the entity comes by it."""
    if policy.boundary:
        return f"policy {policy.name}, the permissions boundary of {_named(entity)}"
    if policy.group and entity.kind is not Kind.GROUP:
        return f"policy {policy.name}, {'attached through' if policy.managed else 'embedded in'} group {policy.group}"
    return f"policy {policy.name}, {'attached to' if policy.managed else 'embedded in'} {_named(entity)}"


def _statement(decision: Decision) -> str:
    return numbered(decision.statement or 0, decision.sid)


def numbered(number: int, sid: str) -> str:
    """A statement by its number and its Sid."""
    return f'statement {number} "{sid}"' if sid else f"statement {number}"


def _lacking(tx: Tx, entity: Entity, policy: EffectivePolicy, request: Request) -> Iterator[str]:
    """What is wanting in one policy: the nearest statements, or that there are none, and names that nothing has."""
    place = _place(policy, entity)
    misses = near_misses.near_misses(policy.document, request)
    if not misses:
        yield f"no statement of {place}, allows {request.action} on {request.resource}"
    for miss in misses:
        yield f"{numbered(miss.statement, miss.sid)} of {place}, would allow it {_wanted(miss)}"
    for gone in stale_names.gone(tx, entity.account_id, policy.document):
        yield f"{place}, names {gone}, which no server certificate has: renamed, moved, deleted or not uploaded yet"


def _wanted(miss: NearMiss) -> str:
    if miss.wants is Wants.RESOURCE:
        names = ", ".join(miss.resources)
        return f"on anything but {names}" if miss.excluding else f"on {names}"
    return f"if {conditions(miss.conditions)}"


def conditions(unmet: Iterable[UnmetCondition]) -> str:
    """What must hold, and what the request has instead."""
    return " and ".join(_condition(condition) for condition in unmet)


def _condition(condition: UnmetCondition) -> str:
    wanted = f"{condition.operator} {condition.key}: {', '.join(condition.values)}"
    return f"{wanted} (the request has {', '.join(condition.found) or 'no such key'})"


def _missing(entity: Entity, request: Request) -> tuple[str, ...]:
    """One step that names the keys without a value on which the decision may hang."""
    action, resource = request.action.lower(), parts(request.resource)
    names = context_keys.once(
        name
        for policy in entity.policies
        for statement, keys in zip(
            document.stored(policy.document).statements, context_keys.of_statements(policy.document), strict=True
        )
        if statement.speaks_of_action(action) and statement.speaks_of_resource(resource, request.context)
        for name in keys
        if not request.context.get(name.lower())
    )
    return (f"it may hang on what the request does not have here: {', '.join(names)}",) if names else ()
