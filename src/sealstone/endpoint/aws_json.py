"""The AWS JSON 1.1 protocol (ACM): body -> parameters, result -> JSON, error -> JSON.

Compiled once per operation from the service model, like `aws_query`. Types are checked here, constraints in
`operations.shapes`. Timestamps are epoch seconds, blobs are base64, null is the same as absent.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from sealstone.operations.errors import AWSError, InvalidAction, MalformedInput, ValidationError

Decoder = Callable[[bytes], dict[str, Any]]
Encoder = Callable[[Mapping[str, Any]], bytes]

CONTENT_TYPE: Final = "application/x-amz-json-1.1"

Reader = Callable[[Any, str], Any]
_Say = Callable[[Any], Any]

_WIDTH: Final = {"integer": 31, "long": 63}
_SHOWN: Final = 64
# Only shapes that contain themselves can go deeper than a handful of levels.
_DEEPEST: Final = 32
_TOO_DEEP: Final = "The body is nested too deeply."
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def operation_name(target: str, prefix: str) -> str:
    """The operation in `X-Amz-Target: CertificateManager.ListCertificates`; raises InvalidAction for another form."""
    service, dot, name = target.partition(".")
    if service != prefix or not dot or not name.isalnum() or len(name) > _SHOWN:
        raise InvalidAction(f"X-Amz-Target must be {prefix}.Operation.")
    return name


# --- decoding ---


def compile_decoder(operation: OperationModel) -> Decoder:
    """JSON body -> parameters under AWS's member names, with Python types; an empty body has no members.

    The decoder raises MalformedInput for what is no JSON object, for a name given twice and for a value of another
    JSON type, ValidationError for a member that the operation does not have.
    Raises TypeError now for a shape that has no JSON form here.
    """
    shape = operation.input_shape
    read = members_reader(shape.name, shape.members) if shape else members_reader("Unit", {})

    def decode(body: bytes) -> dict[str, Any]:
        parameters: dict[str, Any] = read(parsed(body), "")
        return parameters

    return decode


def members_reader(name: str, members: Mapping[str, Shape]) -> Reader:
    """A value of JSON and where it stands -> the members of a structure of that name; for `rest_json` too."""
    return _structure_reader(name, members, {})


def parsed(body: bytes) -> Any:
    """The value of a body; `{}` of an empty one. Raises MalformedInput."""
    if not body:
        return {}
    try:
        return json.loads(body.decode(), object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except RecursionError as problem:
        raise MalformedInput(_TOO_DEEP) from problem
    except ValueError as problem:
        # UnicodeDecodeError, JSONDecodeError, an integer of thousands of digits
        raise MalformedInput("The body is not JSON in UTF-8.") from problem


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedInput("The body holds the same name twice.")
    return found


def _no_constant(_name: str) -> NoReturn:
    raise MalformedInput("The body holds a number that JSON does not have.")


def _reader(shape: Shape, seen: dict[str, Reader]) -> Reader:
    if isinstance(shape, StructureShape):
        # A shape that contains itself (ACM: CertificateFilterStatement) meets the reader being built.
        return seen.get(shape.name) or _structure_reader(shape.name, shape.members, seen)
    if isinstance(shape, ListShape):
        return _list_reader(_reader(shape.member, seen))
    if isinstance(shape, MapShape):
        return _map_reader(_reader(shape.key, seen), _reader(shape.value, seen))
    if shape.type_name not in _READERS:
        raise TypeError(f"{shape.name}: no JSON form for {shape.type_name}")
    return _READERS[shape.type_name]


def _wrong_type(where: str, expected: str) -> MalformedInput:
    return MalformedInput(f"{where or 'The body'} must be {expected}.")


def _structure_reader(name: str, members: Mapping[str, Shape], seen: dict[str, Reader]) -> Reader:
    readers: dict[str, Reader] = {}

    def read(value: Any, where: str) -> dict[str, Any]:
        if type(value) is not dict:
            raise _wrong_type(where, "a JSON object")
        if where.count(".") > _DEEPEST:
            raise MalformedInput(_TOO_DEEP)
        prefix = f"{where}." if where else ""
        found: dict[str, Any] = {}
        for member, item in value.items():
            reader = readers.get(member)
            if reader is None:
                raise _unknown_member(member, prefix, name, members)
            if item is not None:
                found[member] = reader(item, prefix + member)
        return found

    seen[name] = read
    readers |= {member: _reader(shape, seen) for member, shape in members.items()}
    return read


def _unknown_member(member: str, prefix: str, name: str, members: Mapping[str, Shape]) -> ValidationError:
    shown = member if member.isascii() and member.isalnum() and len(member) <= _SHOWN else "(unreadable)"
    expected = ", ".join(members) or "nothing"
    return ValidationError(f"Unknown member in the request: {prefix}{shown}. {name} takes: {expected}.")


def _list_reader(element: Reader) -> Reader:
    def read(value: Any, where: str) -> list[Any]:
        if type(value) is not list:
            raise _wrong_type(where, "a JSON array")
        return [element(item, f"{where}[{index}]") for index, item in enumerate(value)]

    return read


def _map_reader(key: Reader, element: Reader) -> Reader:
    def read(value: Any, where: str) -> dict[str, Any]:
        if type(value) is not dict:
            raise _wrong_type(where, "a JSON object")
        return {key(name, where): element(item, f"{where} value") for name, item in value.items()}

    return read


def _string(value: Any, where: str) -> str:
    # JSON can say half a surrogate pair ("\ud800"), which no UTF-8 text holds.
    if type(value) is not str or _SURROGATE.search(value):
        raise _wrong_type(where, "a string")
    return value


def _whole_number(type_name: str) -> Reader:
    bits = _WIDTH[type_name]

    def read(value: Any, where: str) -> int:
        if type(value) is int and -(1 << bits) <= value < 1 << bits:
            return value
        raise _wrong_type(where, "a whole number")

    return read


def _boolean(value: Any, where: str) -> bool:
    if type(value) is not bool:
        raise _wrong_type(where, "true or false")
    return value


def _timestamp(value: Any, where: str) -> datetime:
    try:
        if type(value) in (int, float):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass  # a number, but no time: the same answer
    raise _wrong_type(where, "a time in seconds since 1970")


def _blob(value: Any, where: str) -> bytes:
    try:
        if type(value) is str:
            return base64.b64decode(value, validate=True)
    except ValueError:
        pass  # binascii.Error is one, so is a text beyond ASCII: the same answer
    raise _wrong_type(where, "a string in base64")


_READERS: Final[Mapping[str, Reader]] = {
    "string": _string,
    "integer": _whole_number("integer"),
    "long": _whole_number("long"),
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}


# --- encoding ---


def compile_encoder(operation: OperationModel) -> Encoder:
    """Result under AWS's member names -> the JSON answer, ASCII only; operations without output answer `{}`.

    Timestamps are epoch seconds unless the model says otherwise.

    Members that are absent or None are left out. The encoder raises TypeError for a result that the output shape
    does not have or that is of another type: that is a fault of the operation, never of the caller.
    """
    shape = operation.output_shape
    say = _structure_sayer(shape.name, shape.members) if shape else _structure_sayer(operation.name, {})

    def encode(result: Mapping[str, Any]) -> bytes:
        return dumped(say(result))

    return encode


def encode_error(error: AWSError) -> bytes:
    """The JSON of a refusal. AccessDeniedException alone spells its member `Message` (recorded)."""
    code = error.code_in(json=True)
    member = "Message" if code == "AccessDeniedException" else "message"
    return dumped({"__type": code, member: error.message})


def dumped(value: Any) -> bytes:
    """A value as compact JSON, ASCII only."""
    return json.dumps(value, separators=(",", ":")).encode()


def _sayer(shape: Shape) -> _Say:
    if isinstance(shape, StructureShape):
        return _structure_sayer(shape.name, shape.members)
    if isinstance(shape, ListShape):
        return _list_sayer(shape.name, _sayer(shape.member))
    if isinstance(shape, MapShape):
        return _map_sayer(_sayer(shape.value))
    if shape.type_name not in _SAYERS:
        raise TypeError(f"{shape.name}: no JSON form for {shape.type_name}")
    if shape.type_name == "timestamp" and shape.serialization.get("timestampFormat") == "iso8601":
        return _instant
    return _SAYERS[shape.type_name]


def _structure_sayer(name: str, members: Mapping[str, Shape]) -> _Say:
    sayers = {member: _sayer(shape) for member, shape in members.items()}

    def say(value: Any) -> dict[str, Any]:
        if not sayers.keys() >= value.keys():
            raise TypeError(f"{name} has no members {sorted(value.keys() - sayers.keys())}")
        return {member: sayers[member](item) for member, item in value.items() if item is not None}

    return say


def _list_sayer(name: str, element: _Say) -> _Say:
    def say(value: Any) -> list[Any]:
        # A text is iterable too; and a mapping would lose its values.
        if isinstance(value, str | Mapping):
            raise TypeError(f"{name} is a list")
        return [element(item) for item in value]

    return say


def _map_sayer(element: _Say) -> _Say:
    def say(value: Any) -> dict[str, Any]:
        return {key: element(item) for key, item in value.items()}

    return say


def _exactly(*types: type) -> _Say:
    """The value itself when it is of one of these types."""

    def say(value: Any) -> Any:
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise TypeError(f"expected {types[0].__name__}, got {type(value).__name__}")
        return value

    return say


def _epoch(value: datetime) -> float:
    if value.tzinfo is None:
        raise TypeError("a time without a zone cannot be told")
    return round(value.timestamp(), 3)


def _instant(value: datetime) -> str:
    """RFC 3339, in UTC and to the second."""
    if value.tzinfo is None:
        raise TypeError("a time without a zone cannot be told")
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


_SAYERS: Final[Mapping[str, _Say]] = {
    "string": _exactly(str),
    "integer": _exactly(int),
    "long": _exactly(int),
    "boolean": _exactly(bool),
    "timestamp": _epoch,
    "blob": _base64,
}
