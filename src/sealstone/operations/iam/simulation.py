"""The policy simulator: what policies would decide, shown with the statements behind it; nothing is carried out.

How policies judge is the policy room's matter (`judgement`), so that the simulator cannot say other than the house
does. Simulated are identity policies and a permissions boundary, within the account.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sealstone.model import page
from sealstone.operations import entities
from sealstone.operations.call import Call, Resource
from sealstone.operations.entities import Entity, Kind
from sealstone.operations.errors import InvalidInput, NoSuchEntity, ValidationError
from sealstone.operations.iam import simulated
from sealstone.operations.iam.simulated import Source, Sources
from sealstone.operations.iam.wording import page_members
from sealstone.operations.operation import operation
from sealstone.policy import context_keys

_EVERYTHING: Final = "*"
# Statements that one answer may ask: what the simulator is given is the caller's to choose, the time it takes is not.
_MOST_WORK: Final = 50_000
# The same in steps (`policy.pattern.steps`): what one statement costs is theirs to choose too.
_MOST_STEPS: Final = 1_000_000
# Results of one page, of which each action has one for each resource; and of all pages together.
_MOST_RESULTS: Final = 1_000
_MOST_COMBINATIONS: Final = 10_000


def simulated_entity(call: Call) -> tuple[Resource, ...]:
    """The identity whose policies are simulated, with its tags when there is one."""
    sent = call.parameters.get("PolicySourceArn") or _EVERYTHING
    found = entities.find(call.tx, call.account_id, sent)
    return (Resource(sent, found.tags if found else {}),)


def nothing_in_particular(_call: Call) -> tuple[Resource, ...]:
    """Policies that are sent belong to nobody."""
    return (Resource(_EVERYTHING),)


_PRINCIPAL_UNSUPPORTED: Final = ("PolicyExclusionList", "ResourcePolicy", "ResourceHandlingOption")
_CUSTOM_UNSUPPORTED: Final = ("OrderedOrganizationPolicyInputList", "ResourcePolicy", "ResourceHandlingOption")


@operation("iam", on=simulated_entity, access="Read", unsupported=_PRINCIPAL_UNSUPPORTED, slow=True)
def simulate_principal_policy(
    call: Call,
    *,
    policy_source_arn: str,
    action_names: Sequence[str],
    policy_input_list: Sequence[str] = (),
    permissions_boundary_policy_input_list: Sequence[str] = (),
    resource_arns: Sequence[str] = (),
    resource_owner: str | None = None,
    caller_arn: str | None = None,
    context_entries: Sequence[Mapping[str, Any]] = (),
    max_items: int | None = None,
    marker: str | None = None,
) -> Mapping[str, Any]:
    """What the policies of a user (its groups' too), group or role, and any that are sent, would decide."""
    entity = _entity(call, policy_source_arn)
    identity = tuple(simulated.stored_source(policy, entity) for policy in entity.granting)
    boundary = simulated.sent_sources(permissions_boundary_policy_input_list, "PermissionsBoundaryPolicyInputList")
    if not boundary and entity.boundary:
        boundary = (simulated.stored_source(entity.boundary, entity),)
    sources = simulated.sources(identity + simulated.sent_sources(policy_input_list, "PolicyInputList"), boundary)
    _check_owner(call, resource_owner)
    simulated_caller = _entity(call, caller_arn, "CallerArn") if caller_arn else entity
    context = entities.context_of(simulated_caller) | simulated.context(context_entries)
    return _results(sources, action_names, resource_arns, context, max_items, marker)


@operation("iam", on=nothing_in_particular, access="Read", unsupported=_CUSTOM_UNSUPPORTED, slow=True)
def simulate_custom_policy(
    call: Call,
    *,
    policy_input_list: Sequence[str],
    action_names: Sequence[str],
    permissions_boundary_policy_input_list: Sequence[str] = (),
    resource_arns: Sequence[str] = (),
    resource_owner: str | None = None,
    caller_arn: str | None = None,
    context_entries: Sequence[Mapping[str, Any]] = (),
    max_items: int | None = None,
    marker: str | None = None,
) -> Mapping[str, Any]:
    """What the policies that are sent would decide. `caller_arn` names whom conditions find; it need not exist."""
    sources = simulated.sources(
        simulated.sent_sources(policy_input_list, "PolicyInputList"),
        simulated.sent_sources(permissions_boundary_policy_input_list, "PermissionsBoundaryPolicyInputList"),
    )
    _check_owner(call, resource_owner)
    context = (simulated.named_caller(caller_arn) if caller_arn else {}) | simulated.context(context_entries)
    return _results(sources, action_names, resource_arns, context, max_items, marker)


@operation("iam", on=nothing_in_particular, access="Read", slow=True)
def get_context_keys_for_custom_policy(call: Call, *, policy_input_list: Sequence[str]) -> Mapping[str, Any]:  # noqa: ARG001
    """The condition keys that the policies ask for, as they are written there."""
    return _context_keys(simulated.sent_sources(policy_input_list, "PolicyInputList"))


@operation("iam", on=simulated_entity, access="Read", slow=True)
def get_context_keys_for_principal_policy(
    call: Call, *, policy_source_arn: str, policy_input_list: Sequence[str] = ()
) -> Mapping[str, Any]:
    """The condition keys that the identity's policies, and any that are sent, ask for."""
    entity = _entity(call, policy_source_arn)
    stored = tuple(simulated.stored_source(policy, entity) for policy in entity.granting)
    return _context_keys(stored + simulated.sent_sources(policy_input_list, "PolicyInputList"))


# --- shared steps ---


def _entity(call: Call, entity_arn: str, parameter: str = "PolicySourceArn") -> Entity:
    """The user, group or role. Raises InvalidInput for an ARN of anything else, NoSuchEntity for none of the name."""
    named = entities.kind_of(entity_arn)
    if named is None or named[0] is Kind.ROOT or not entity_arn.startswith("arn:aws:iam:"):
        raise InvalidInput(f"Invalid Entity Arn: {entity_arn}. {parameter} is the ARN of a user, a group or a role.")
    found = entities.find(call.tx, call.account_id, entity_arn)
    if found is None:
        raise NoSuchEntity(f"The {named[0]} with name {named[1]} cannot be found.")
    return found


def _check_owner(call: Call, owner: str | None) -> None:
    """Only resources of the account are simulated. The owner is an account's id or its ARN."""
    if owner not in (None, call.account_id, f"arn:aws:iam::{call.account_id}:{Kind.ROOT}"):
        raise InvalidInput(
            f"ResourceOwner {owner} is another account: only resources of this account can be simulated here; "
            "leave the parameter out."
        )


def _results(
    sources: Sources,
    actions: Sequence[str],
    resources: Sequence[str],
    context: Mapping[str, tuple[str, ...]],
    max_items: int | None,
    marker: str | None,
) -> Mapping[str, Any]:
    """One result an action, in their order, in pages: no more on one than may be asked at once."""
    simulated.check_actions(actions)
    simulated.check_resources(resources)
    size = min(max_items or page.DEFAULT_SIZE, _at_once(sources, len(actions), max(1, len(resources)), context))
    start = _start(marker, len(actions))
    wanted = actions[start : start + size]
    last = str(start + size) if start + size < len(actions) else None
    results = [simulated.result(sources, action, resources, context) for action in wanted]
    return {"EvaluationResults": results} | page_members(page.Page(tuple(wanted), last))


def _at_once(sources: Sources, actions: int, resources: int, context: Mapping[str, tuple[str, ...]]) -> int:
    """How many actions one page can have. Raises InvalidInput when it is none, and for too many pages in all."""
    if actions * resources > _MOST_COMBINATIONS:
        raise InvalidInput(
            f"{actions} actions on {resources} resources are {actions * resources} combinations, more than the "
            f"{_MOST_COMBINATIONS} of one simulation; ask with fewer ActionNames or ResourceArns."
        )
    statements = max(1, sources.statements)
    # A judgement asks the statements up to three times: for the verdict, the boundary and the statements behind it.
    steps = max(1, 3 * sources.steps(max((len(values) for values in context.values()), default=1)))
    size = min(_MOST_RESULTS // resources, _MOST_WORK // (resources * statements), _MOST_STEPS // (resources * steps))
    if size < 1:
        raise InvalidInput(
            f"{resources} resources under {statements} statements are too many to simulate at once; "
            "ask with fewer ResourceArns, or with fewer wildcards in the policies."
        )
    return size


def _start(marker: str | None, count: int) -> int:
    """Where a page begins. Raises ValidationError for a marker that is not of this listing."""
    if not marker:
        return 0
    try:
        start = int(page.unmarked(marker))
    except ValueError as fault:
        raise ValidationError("Invalid Marker.") from fault
    if not 0 < start < count:
        raise ValidationError("Invalid Marker.")
    return start


def _context_keys(sources: Sequence[Source]) -> Mapping[str, Any]:
    names = (name for source in sources for keys in source.keys for name in keys)
    return {"ContextKeyNames": list(context_keys.once(names))}
