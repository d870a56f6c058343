"""What IAM checks of a trust policy before it stores it. The first rule that any statement breaks decides the answer.

Recorded are the refusals of CreateRole and UpdateAssumeRolePolicy for text that is no JSON, other actions, a Resource
and unknown principals (LocalStack's aws-validated snapshots, issues of Terraform); the order and the other
sentences are inferred from those and from identity policies.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, cast

from sealstone.policy import principals, strict_json, syntax
from sealstone.policy.acceptance import SID_CHARACTERS, SID_TWICE
from sealstone.policy.pattern import Glob, split
from sealstone.policy.problems import LEGACY, MalformedPolicyDocument, shown
from sealstone.policy.syntax import Block

INVALID_JSON: Final = "This policy contains invalid Json"
ACTIONS: Final = "AssumeRole policy may only specify STS AssumeRole actions."
NOT_PRINCIPAL: Final = "Has prohibited field NotPrincipal"
# IAM user guide, "Actions, resources, and condition keys for AWS Security Token Service": those on a role.
ROLE_ACTIONS: Final = (
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
)

Fault = tuple[str, str]
"""Cause and cure."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as written; `principals` are pairs of type and name, `negated` for NotPrincipal."""

    block: Block
    principals: tuple[tuple[str, str], ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Trust:
    """A trust policy of the right form."""

    version: str | None
    statements: tuple[Statement, ...]


def read(text: str) -> Trust:
    """The policy, if IAM would store it. Raises MalformedPolicyDocument, and nothing else, for any string."""
    try:
        strict_json.parse(text)
    except MalformedPolicyDocument as problem:
        raise MalformedPolicyDocument(INVALID_JSON, problem.cure) from problem
    found = syntax.read(text)
    for rule in _RULES:
        for block in found.blocks:
            for cause, cure in rule(block):
                raise MalformedPolicyDocument(cause, f"statement {block.number}: {cure}")
    _check_sids(found.blocks)
    trust = parsed(text)
    for statement in trust.statements:
        if statement.negated and statement.block.effect == "Allow":
            cure = (
                f"statement {statement.block.number}: an Allow for all but some trusts the whole world; use Principal"
            )
            raise MalformedPolicyDocument(NOT_PRINCIPAL, cure)
        principals.check(statement.principals)
    return trust


def parsed(text: str) -> Trust:
    """A policy of the right form, whatever it says. Raises MalformedPolicyDocument for any other text."""
    found = syntax.read(text)
    document = cast("dict[str, object]", strict_json.parse(text))
    listed = document["Statement"]
    bodies = cast("list[dict[str, object]]", listed if isinstance(listed, list) else [listed])
    statements = (_statement(block, body) for block, body in zip(found.blocks, bodies, strict=True))
    return Trust(found.version, tuple(statements))


def _statement(block: Block, body: dict[str, object]) -> Statement:
    present = [element for element in ("Principal", "NotPrincipal") if element in body]
    if len(present) != 1:
        cause = "Missing required field Principal" if not present else "Has prohibited field NotPrincipal"
        raise MalformedPolicyDocument(cause, f"statement {block.number}: say in one Principal whom the role trusts")
    return Statement(block, principals.entries(body[present[0]]), present[0] == "NotPrincipal")


def _effect(block: Block) -> Iterator[Fault]:
    if block.effect not in {"Allow", "Deny"}:
        yield LEGACY, f'Effect is "{block.effect}"; write {block.effect.capitalize()}'


def _no_resource(block: Block) -> Iterator[Fault]:
    if block.resources is not None:
        element = block.resources.element
        yield f"Has prohibited field {element}", f"take {element} out: the resource is the role itself"


def _has_principal(block: Block) -> Iterator[Fault]:
    if not block.principal:
        yield "Missing required field Principal", "say in Principal whom the role trusts"


def _has_actions(block: Block) -> Iterator[Fault]:
    if block.actions is None:
        yield "Missing required field Action", "name sts:AssumeRole"


def _actions(block: Block) -> Iterator[Fault]:
    named = block.actions.values if block.actions and not block.actions.negated else ()
    if not named:
        yield ACTIONS, "name sts:AssumeRole in Action; NotAction would mean all other actions"
    for action in named:
        pattern = Glob(split(action.lower()))
        if not action.lower().startswith("sts:") or not any(pattern.matches(known) for known in ROLE_ACTIONS):
            yield ACTIONS, f'"{shown(action)}" is none of the actions on roles; name sts:AssumeRole'


def _sid(block: Block) -> Iterator[Fault]:
    if block.sid and not (block.sid.isascii() and block.sid.isalnum()):
        yield SID_CHARACTERS, f'the Sid is "{shown(block.sid)}"'


def _check_sids(blocks: tuple[Block, ...]) -> None:
    seen: set[str] = set()
    for block in blocks:
        if block.sid in seen:
            cure = f'statement {block.number}: the Sid "{shown(block.sid)}" stands above already; change one'
            raise MalformedPolicyDocument(SID_TWICE, cure)
        seen.update({block.sid} - {""})


_RULES: Final[tuple[Callable[[Block], Iterator[Fault]], ...]] = (
    _effect,
    _no_resource,
    _has_principal,
    _has_actions,
    _actions,
    _sid,
)
