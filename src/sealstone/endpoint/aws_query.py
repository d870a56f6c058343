"""The AWS query protocol (IAM, STS, ELB): form -> parameters, result -> XML, error -> XML.

Everything is compiled once per operation from the service model; a request walks only the members it was sent.
Values are checked for type here, for constraints (length, pattern, ...) in `operations.shapes`. Members that the
protocol knows but our services lack (flattened lists, attributes, renamed members) are refused at compile time.
Wire form: recorded and documented in the AWS query protocol; the peer in the tests is botocore.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from sealstone.endpoint.xml_text import document, escape
from sealstone.endpoint.xml_writer import refuse_unknown_form, structure_writer
from sealstone.operations.errors import AWSError, MalformedInput, ValidationError

Decoder = Callable[[Mapping[str, str]], dict[str, Any]]
Encoder = Callable[[Mapping[str, Any], str], bytes]

# The namespace of an error before the service is known (recorded: SNS, SES and old IAM answers).
FAULT_NAMESPACE: Final = "http://webservices.amazon.com/AWSFault/2005-15-09"

_Fields = Mapping[str, str]
_Leaf = Callable[[str, str], Any]
_Branch = Callable[[_Fields, str], Any]
_Structure = Callable[[_Fields, str], dict[str, Any]]

_FRAME: Final = frozenset({"Action", "Version"})
# No list of a model comes near 99,999 members; a longer number is refused before it is one.
_INDEX: Final = re.compile(r"([1-9][0-9]{0,4})(?:\.(.+))?")
_NUMBER: Final = re.compile(r"-?[0-9]{1,19}")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
_READABLE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MOST_NAMED: Final = 5
_WIDTH: Final = {"integer": 31, "long": 63}


# --- decoding ---


def compile_decoder(operation: OperationModel) -> Decoder:
    """Form (as `form.parse_form` gives it) -> parameters under AWS's member names, with Python types.

    The decoder raises MalformedInput for a text that is not of its type and for lists
    with gaps; ValidationError for parameters that the operation does not have: refused, never ignored.
    Raises TypeError now for a shape that has no plain query form.
    """
    shape = operation.input_shape
    read = _reader(*_split(shape.members if shape else {}))

    def decode(form: Mapping[str, str]) -> dict[str, Any]:
        return read(form, "")

    return decode


def _split(members: Mapping[str, Shape]) -> tuple[dict[str, _Leaf], dict[str, _Branch]]:
    """What is one text, and what is spread over many names."""
    leaves: dict[str, _Leaf] = {}
    branches: dict[str, _Branch] = {}
    for name, shape in members.items():
        refuse_unknown_form(shape)
        if shape.type_name in _LEAVES:
            leaves[name] = _LEAVES[shape.type_name]
        else:
            branches[name] = _branch(shape)
    return leaves, branches


def _branch(shape: Shape) -> _Branch:
    if isinstance(shape, StructureShape):
        return _reader(*_split(shape.members))
    if isinstance(shape, ListShape):
        return _list_reader(shape)
    if isinstance(shape, MapShape):
        return _map_reader(shape)
    raise TypeError(f"{shape.name}: no query form for {shape.type_name}")


def _reader(leaves: Mapping[str, _Leaf], branches: Mapping[str, _Branch]) -> _Structure:
    """A structure. `where` is the name of what is being read, with its final dot, for messages."""
    known = (*leaves, *branches)

    def read(fields: _Fields, where: str) -> dict[str, Any]:
        parameters: dict[str, Any] = {}
        groups: dict[str, dict[str, str]] = {}
        unknown: list[str] = []
        for name, text in fields.items():
            leaf = leaves.get(name)
            if leaf is not None:
                parameters[name] = leaf(text, where + name)
                continue
            head, dot, rest = name.partition(".")
            if head not in branches or (dot and not rest):
                if where or not _is_frame(name):
                    unknown.append(where + name)
            else:
                groups.setdefault(head, {})[rest] = text
        if unknown:
            raise _unknown_parameters(unknown, where, known)
        for head, group in groups.items():
            parameters[head] = branches[head](group, f"{where}{head}.")
        return parameters

    return read


def _is_frame(name: str) -> bool:
    """Action and Version were read by the router."""
    return name in _FRAME


def _unknown_parameters(names: list[str], where: str, known: Iterable[str]) -> ValidationError:
    """Names only, and only readable ones: a body in another format may hold a secret where a name should be."""
    shown = [name if _READABLE_NAME.fullmatch(name) else "(unreadable)" for name in names[:_MOST_NAMED]]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    expected = ", ".join(where + name for name in known) or "no parameters"
    return ValidationError(f"Unknown parameter in the request: {', '.join(shown)}{more}. Expected: {expected}.")


def _list_reader(shape: ListShape) -> _Branch:
    """`X.member.1`, `X.member.2.Key`, in any order; `X=` is the empty list."""
    refuse_unknown_form(shape.member)
    leaf = _LEAVES.get(shape.member.type_name)
    branch = None if leaf else _branch(shape.member)

    def read(fields: _Fields, where: str) -> list[Any]:
        if fields == {"": ""}:
            return []
        members = _indexed(fields, "member", where)
        prefix = f"{where}member."
        if branch:
            return [branch(members[index], f"{prefix}{index}.") for index in range(1, len(members) + 1)]
        return [_single(leaf, members[index], f"{prefix}{index}") for index in range(1, len(members) + 1)]

    return read


def _map_reader(shape: MapShape) -> _Branch:
    """`X.entry.1.key`, `X.entry.1.value`; `X=` is the empty map."""
    entry = _reader(*_split({"key": shape.key, "value": shape.value}))

    def read(fields: _Fields, where: str) -> dict[str, Any]:
        if fields == {"": ""}:
            return {}
        entries = _indexed(fields, "entry", where)
        found: dict[str, Any] = {}
        for index in range(1, len(entries) + 1):
            one = entry(entries[index], f"{where}entry.{index}.")
            if one.keys() != {"key", "value"} or one["key"] in found:
                raise MalformedInput(f"{where}entry.{index} needs one key, given once, and one value.")
            found[one["key"]] = one["value"]
        return found

    return read


def _indexed(fields: _Fields, label: str, where: str) -> dict[int, dict[str, str]]:
    """Position -> what stands there: 1..n without gaps. Costs what was sent, whatever the numbers are."""
    members: dict[int, dict[str, str]] = {}
    for name, text in fields.items():
        head, _, tail = name.partition(".")
        match = _INDEX.fullmatch(tail)
        if head != label or match is None:
            raise MalformedInput(f"List positions must be {where}{label}.1, {where}{label}.2 and so on.")
        members.setdefault(int(match[1]), {})[match[2] or ""] = text
    if max(members) != len(members):
        raise MalformedInput(f"The positions under {where}{label} must be 1 to {len(members)} without gaps.")
    return members


def _single(leaf: _Leaf | None, fields: _Fields, name: str) -> Any:
    """One text at a list position; anything below it has no meaning."""
    if leaf is None or fields.keys() != {""}:
        raise MalformedInput(f"{name} must be a single value.")
    return leaf(fields[""], name)


def _string(text: str, _name: str) -> str:
    return text


def _whole_number(type_name: str) -> _Leaf:
    bits = _WIDTH[type_name]

    def read(text: str, name: str) -> int:
        if _NUMBER.fullmatch(text):
            number = int(text)
            if -(1 << bits) <= number < 1 << bits:
                return number
        raise MalformedInput(f"The value of {name} must be a whole number in decimal digits.")

    return read


def _boolean(text: str, name: str) -> bool:
    if text not in ("true", "false"):
        raise MalformedInput(f"The value of {name} must be true or false.")
    return text == "true"


def _timestamp(text: str, name: str) -> datetime:
    try:
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass  # the form is right, the day does not exist: the same answer
    raise MalformedInput(f"The value of {name} must be a UTC time such as 2026-01-31T12:00:00Z.")


def _blob(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise MalformedInput(f"The value of {name} must be base64.") from problem


_LEAVES: Final[Mapping[str, _Leaf]] = {
    "string": _string,
    "integer": _whole_number("integer"),
    "long": _whole_number("long"),
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}


# --- encoding ---


def compile_encoder(operation: OperationModel) -> Encoder:
    """Result under AWS's member names and a request id -> the XML answer.

    Members that are absent or None are left out. The encoder raises TypeError for a result that the output shape
    does not have or that is of another type: that is a fault of the operation, never of the caller.
    """
    name = operation.name
    namespace = operation.service_model.metadata["xmlNamespace"]
    shape = operation.output_shape
    wrapper = shape.serialization["resultWrapper"] if shape else ""
    write = structure_writer(shape.name, shape.members) if shape else None
    head = f'<{name}Response xmlns="{namespace}">'
    middle = "<ResponseMetadata><RequestId>"
    tail = f"</RequestId></ResponseMetadata></{name}Response>"

    def encode(result: Mapping[str, Any], request_id: str) -> bytes:
        parts = [head]
        if write is not None:
            parts.append(f"<{wrapper}>")
            write(result, parts.append)
            parts.append(f"</{wrapper}>")
        elif result:
            raise TypeError(f"{name} has no result members")
        parts += (middle, escape(request_id), tail)
        return document("".join(parts))

    return encode


def encode_error(error: AWSError, request_id: str, namespace: str = FAULT_NAMESPACE) -> bytes:
    """The XML of a refusal; `namespace` is the service's, or AWSFault while the service is not known."""
    message = f"<Message>{escape(error.message)}</Message>" if error.message else ""
    return document(
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{error.fault}</Type><Code>{escape(error.code)}</Code>'
        f"{message}</Error><RequestId>{escape(request_id)}</RequestId></ErrorResponse>"
    )
