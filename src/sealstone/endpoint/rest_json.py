"""The REST JSON protocol (IAM Roles Anywhere): method, path, query string and body -> parameters; result -> JSON.

Compiled once per operation from the service model: which members stand in the path, in the query string and in the
body. The body itself is `aws_json`'s affair. Errors are named in a header (`x-amzn-errortype`), with the message in
the body. Source: Smithy, "AWS restJson1 protocol"; the peer in the tests is botocore.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from botocore.model import ListShape, OperationModel, Shape

from sealstone.endpoint import aws_json
from sealstone.operations.errors import AWSError, MalformedInput, ValidationError

Labels = tuple[str, ...]
"""What stands in the path where the model has labels, in order, percent-encoded as received."""
Pairs = list[tuple[str, str]]
"""Names and texts of the query string, decoded, in the order received."""
Decoder = Callable[[Labels, Pairs, bytes], dict[str, Any]]

CONTENT_TYPE: Final = "application/json"
ERROR_HEADER: Final = "x-amzn-errortype"

_LABEL: Final = re.compile(r"\{[A-Za-z]+\}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,10}")
_SIGNATURE_PREFIX: Final = "X-Amz-"
_MOST_PAIRS: Final = 1000
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SHOWN: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


# --- where an operation is ---


class Paths:
    """Method and path -> what was put there. Paths are compared segment by segment, as received."""

    def __init__(self, operations: Iterable[tuple[str, str, Any]]) -> None:
        """Triples of method, URI pattern and anything. Raises TypeError for a pattern with a greedy label."""
        self._found: dict[tuple[str, int], list[tuple[tuple[str, ...], Any]]] = {}
        for method, pattern, target in operations:
            segments = tuple(pattern.split("/")[1:])
            if not pattern.startswith("/") or any("{" in one and not _LABEL.fullmatch(one) for one in segments):
                raise TypeError(f"{pattern}: no form for this URI")
            self._found.setdefault((method, len(segments)), []).append((segments, target))

    def find(self, method: str, path: str) -> tuple[Any, Labels] | None:
        """What is at this method and path, with the values of the labels; None when there is nothing."""
        given = path.split("/")[1:]
        for segments, target in self._found.get((method, len(given)), ()):
            pairs = tuple(zip(segments, given, strict=True))
            if all(value if segment[:1] == "{" else segment == value for segment, value in pairs):
                return target, tuple(value for segment, value in pairs if segment[:1] == "{")
        return None


# --- decoding ---


def compile_decoder(operation: OperationModel, also_in_query: Iterable[str] = ()) -> Decoder:
    """Labels, pairs of the query string and JSON body -> parameters under AWS's member names, with Python types.

    `also_in_query`: members that may stand in the body or in the query string. The decoder
    raises MalformedInput for a text that is not of its type, ValidationError for what the operation does not have.
    Raises TypeError now for a member that stands anywhere else.
    """
    shape = operation.input_shape
    members = dict(shape.members) if shape else {}
    labels = [name.strip("{}") for name in _LABEL.findall(operation.http["requestUri"])]
    in_path = {_wire_name(name, one): name for name, one in members.items() if _location(one) == "uri"}
    in_query = {_wire_name(name, one): (name, one) for name, one in members.items() if _location(one) == "querystring"}
    in_body = {name: one for name, one in members.items() if _location(one) == ""}
    in_query |= {name: (name, members[name]) for name in also_in_query}
    if set(labels) != in_path.keys() or any(members[name].type_name != "string" for name in in_path.values()):
        raise TypeError(f"{operation.name}: labels and members differ")
    readers = {wire: (name, _query_reader(one)) for wire, (name, one) in in_query.items()}
    read_body = aws_json.members_reader(shape.name if shape else "Unit", in_body)

    def decode(found: Labels, pairs: Pairs, body: bytes) -> dict[str, Any]:
        parameters: dict[str, Any] = read_body(aws_json.parsed(body), "")
        for wire, texts in _gathered(pairs).items():
            if wire not in readers:
                raise _unknown(wire, readers)
            name, read = readers[wire]
            if name in parameters:
                raise MalformedInput(f"{name} is given twice: in the query string and in the body.")
            parameters[name] = read(texts, name)
        for label, text in zip(labels, found, strict=True):
            parameters[in_path[label]] = _decoded(text)
        return parameters

    return decode


def query_pairs(query: str) -> Pairs:
    """The pairs of a raw query string, without those of a presigned request. Raises MalformedInput."""
    pieces = [piece for piece in query.split("&") if piece] if query else []
    if len(pieces) > _MOST_PAIRS:
        raise MalformedInput(f"The query string has more than {_MOST_PAIRS} parameters.")
    pairs = []
    for piece in pieces:
        name, _, value = piece.partition("=")
        pairs.append((_decoded(name.replace("+", " ")), _decoded(value.replace("+", " "))))
    return [pair for pair in pairs if not pair[0].startswith(_SIGNATURE_PREFIX)]


def _location(shape: Shape) -> str:
    """`uri`, `querystring`, or nothing for the body."""
    found = str(shape.serialization.get("location", ""))
    if found not in {"", "uri", "querystring"}:
        raise TypeError(f"{shape.name}: no form for a member in {found}")
    return found


def _wire_name(name: str, shape: Shape) -> str:
    return str(shape.serialization.get("name", name))


def _decoded(text: str) -> str:
    """Percent-encoding undone, strictly. The text holds one character per byte."""
    if _BAD_ESCAPE.search(text):
        raise MalformedInput("The request holds a percent sign that is not followed by two hexadecimal digits.")
    try:
        return unquote_to_bytes(text.encode("latin-1")).decode()
    except UnicodeDecodeError as problem:
        raise MalformedInput("The request is not encoded in UTF-8.") from problem


def _gathered(pairs: Pairs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text)
    return found


def _query_reader(shape: Shape) -> Callable[[list[str], str], Any]:
    if isinstance(shape, ListShape) and shape.member.type_name == "string":
        return lambda texts, _name: texts
    if shape.type_name == "string":
        return _only
    if shape.type_name == "integer":
        return _whole_number
    raise TypeError(f"{shape.name}: no form for {shape.type_name} in a query string")


def _only(texts: list[str], name: str) -> str:
    if len(texts) > 1:
        raise MalformedInput(f"{name} is given more than once.")
    return texts[0]


def _whole_number(texts: list[str], name: str) -> int:
    text = _only(texts, name)
    if not _NUMBER.fullmatch(text):
        raise MalformedInput(f"The value of {name} must be a whole number in decimal digits.")
    return int(text)


def _unknown(wire: str, known: Iterable[str]) -> ValidationError:
    shown = wire if _SHOWN.fullmatch(wire) else "(unreadable)"
    expected = ", ".join(known) or "nothing"
    return ValidationError(f"Unknown parameter in the query string: {shown}. It takes: {expected}.")


# --- encoding ---


def compile_encoder(operation: OperationModel) -> aws_json.Encoder:
    """Result under AWS's member names -> the JSON answer. Raises TypeError now when a member belongs elsewhere."""
    shape = operation.output_shape
    if shape and any(_location(one) for one in shape.members.values()):
        raise TypeError(f"{operation.name}: no form for members outside the body")
    return aws_json.compile_encoder(operation)


def error_type(error: AWSError) -> str:
    """What the header `x-amzn-errortype` says: the name of the exception in the model."""
    return error.code_in(json=True)


def encode_error(error: AWSError) -> bytes:
    """The JSON of a refusal; its type is in the header."""
    return aws_json.dumped({"message": error.message})
