"""The grammar of a policy document: from JSON to plain records, refusing what is not of the right form.

IAM User Guide, "Grammar of the IAM JSON policy language". Everything refused here is `Syntax errors in policy.`, the
first of IAM's checks; what the words mean (versions, ARNs, dates, action names) is judged in `acceptance`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn, cast

from sealstone.policy.operators import Operator
from sealstone.policy.problems import SYNTAX, MalformedPolicyDocument, shown
from sealstone.policy.strict_json import Number, parse

CURRENT_VERSION = "2012-10-17"
VERSIONS = (CURRENT_VERSION, "2008-10-17")

_TOP_KEYS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_KEYS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)

JSONObject = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Names:
    """The entries of Action, NotAction, Resource or NotResource; `negated` for the Not forms."""

    element: str
    values: tuple[str, ...]

    @property
    def negated(self) -> bool:
        """Whether everything but these is meant."""
        return self.element.startswith("Not")


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """One key under one operator of a Condition: operator as written and as read, key, values as text."""

    name: str
    operator: Operator
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A statement as written; `number` counts from 1, `actions` and `resources` are None when absent."""

    number: int
    sid: str
    effect: str
    principal: bool
    actions: Names | None
    resources: Names | None
    conditions: tuple[ConditionLine, ...]


@dataclass(frozen=True, slots=True)
class Syntax:
    """A document of the right form; an absent Version is None."""

    version: str | None
    blocks: tuple[Block, ...]


def read(text: str) -> Syntax:
    """Read JSON text of a policy. Raises MalformedPolicyDocument (`Syntax errors in policy.`), nothing else."""
    document = _object(parse(text), "the document")
    _known_keys(document, _TOP_KEYS, "the document")
    version = document.get("Version")
    if "Version" in document and version not in VERSIONS:
        _refuse(f"Version must be one of {', '.join(VERSIONS)}")
    if "Id" in document:
        _text(document["Id"], "Id")
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        _refuse("Statement must be an object or a list of at least one")
    return Syntax(
        cast("str | None", version), tuple(_block(number, found) for number, found in enumerate(statements, start=1))
    )


def _block(number: int, found: object) -> Block:
    place = f"statement {number}"
    statement = _object(found, place)
    _known_keys(statement, _STATEMENT_KEYS, place)
    if "Effect" not in statement:
        _refuse(f"{place} has no Effect; write Allow or Deny")
    effect = _text(statement["Effect"], f"{place}: Effect")
    if effect.lower() not in {"allow", "deny"}:
        _refuse(f'{place}: Effect is "{shown(effect)}"; write Allow or Deny')
    return Block(
        number=number,
        sid=_text(statement.get("Sid", ""), f"{place}: Sid"),
        effect=effect,
        principal="Principal" in statement or "NotPrincipal" in statement,
        actions=_names(statement, "Action", place),
        resources=_names(statement, "Resource", place),
        conditions=tuple(_conditions(statement.get("Condition", {}), f"{place}: Condition")),
    )


def _names(statement: JSONObject, element: str, place: str) -> Names | None:
    present = [key for key in (element, f"Not{element}") if key in statement]
    if len(present) > 1:
        _refuse(f"{place} has both {present[0]} and {present[1]}; keep one")
    if not present:
        return None
    value = statement[present[0]]
    values = value if isinstance(value, list) else [value]
    place = f"{place}: {present[0]}"
    return Names(present[0], tuple(_text(one, f"{place}, entry {at}") for at, one in enumerate(values, start=1)))


def _conditions(found: object, place: str) -> Iterator[ConditionLine]:
    for name, block in _object(found, place).items():
        keys = _object(block, f'{place} "{shown(name)}"')
        operator = Operator.read(name)
        if operator is None and keys:
            # Recorded: an unknown operator over no keys at all is accepted; it tests nothing.
            _refuse(f'{place}: there is no operator "{shown(name)}"')
        for key, value in keys.items():
            values = value if isinstance(value, list) else [value]
            spot = f'{place}, {shown(name)}, key "{shown(key)}"'
            yield ConditionLine(name, cast("Operator", operator), key, tuple(_value(one, spot) for one in values))


def _value(found: object, place: str) -> str:
    """A condition value: a string, number or Boolean, each as its JSON text."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if not isinstance(found, str):
        _refuse(f"{place}: a value is {_type(found)}; write strings, numbers or Booleans")
    return str(found)


def _object(found: object, place: str) -> JSONObject:
    if not isinstance(found, dict):
        _refuse(f"{place} is {_type(found)}; write an object")
    return found


def _text(found: object, place: str) -> str:
    if not isinstance(found, str) or isinstance(found, Number):
        _refuse(f"{place} is {_type(found)}; write a string")
    return found


def _known_keys(found: JSONObject, known: frozenset[str], place: str) -> None:
    for key in found:
        if key not in known:
            _refuse(f'{place} has the unknown key "{shown(key)}"; known are {", ".join(sorted(known))}')


def _type(found: object) -> str:
    names = {Number: "a number", str: "a string", bool: "a Boolean", list: "a list", dict: "an object"}
    return names.get(type(found), "null")


def _refuse(cure: str) -> NoReturn:
    raise MalformedPolicyDocument(SYNTAX, cure)
