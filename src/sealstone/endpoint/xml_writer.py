"""Writers of XML elements, compiled from output shapes: structures, lists (`member`) and maps (`entry`).

The document around them (root, request id, namespace) is `aws_query`'s; characters and escapes are `xml_text`'s.
"""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sealstone.endpoint.xml_text import escape

Put = Callable[[str], None]
Write = Callable[[Any, Put], None]

_Text = Callable[[Any], str]

# The models say nothing else; "flattened", "name", "xmlAttribute" and the like would change the wire.
_KNOWN_SERIALIZATION: Final = frozenset({"resultWrapper"})


def refuse_unknown_form(shape: Shape) -> None:
    """Raise TypeError for a shape whose wire form the query codec does not know."""
    odd = shape.serialization.keys() - _KNOWN_SERIALIZATION
    if odd:
        raise TypeError(f"{shape.name}: no plain query form for {', '.join(sorted(odd))}")


def structure_writer(name: str, members: Mapping[str, Shape]) -> Write:
    """Elements in the model's order; absent and None members are left out.

    The writer raises TypeError for a member that `name` does not have, or whose value is of another type.
    """
    known = frozenset(members)
    elements = tuple((member, *_element(member, shape)) for member, shape in members.items())

    def write(value: Any, put: Put) -> None:
        if not known.issuperset(value):
            raise TypeError(f"{name} has no members {sorted(value.keys() - known)}")
        for member, start, end, text, nested in elements:
            item = value.get(member)
            if item is None:
                continue
            if text is not None:
                put(f"{start}{text(item)}{end}")
            else:
                put(start)
                nested(item, put)
                put(end)

    return write


def _element(tag: str, shape: Shape) -> tuple[str, str, _Text | None, Write]:
    """A member's tags, and either the function to its text or the writer of what is inside."""
    refuse_unknown_form(shape)
    text = _TEXTS.get(shape.type_name)
    return f"<{tag}>", f"</{tag}>", text, _no_elements if text else _writer(shape)


def _writer(shape: Shape) -> Write:
    if isinstance(shape, StructureShape):
        return structure_writer(shape.name, shape.members)
    if isinstance(shape, ListShape):
        return _list_writer(shape)
    if isinstance(shape, MapShape):
        return _map_writer(shape)
    raise TypeError(f"{shape.name}: no query form for {shape.type_name}")


def _no_elements(_value: Any, _put: Put) -> None:
    """The writer of a text, which has nothing inside; never called."""


def _list_writer(shape: ListShape) -> Write:
    start, end, text, nested = _element("member", shape.member)

    def write(value: Any, put: Put) -> None:
        # A text is iterable too; and a mapping would lose its values.
        if isinstance(value, str | Mapping):
            raise TypeError(f"{shape.name} is a list")
        for item in value:
            put(start)
            if text is not None:
                put(text(item))
            else:
                nested(item, put)
            put(end)

    return write


def _map_writer(shape: MapShape) -> Write:
    entry = structure_writer(f"an entry of {shape.name}", {"key": shape.key, "value": shape.value})

    def write(value: Any, put: Put) -> None:
        for key, item in value.items():
            put("<entry>")
            entry({"key": key, "value": item}, put)
            put("</entry>")

    return write


def _whole_number(value: Any) -> str:
    if type(value) is not int:
        raise TypeError("a whole number was expected")
    return str(value)


def _boolean(value: Any) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    raise TypeError("True or False was expected")


def _timestamp(value: datetime) -> str:
    """Whole seconds in UTC with Z, as IAM and STS answer today (recorded 2020)."""
    if value.tzinfo is not UTC:
        if value.tzinfo is None:
            raise TypeError("a time without a zone cannot be told")
        value = value.astimezone(UTC)
    return f"{value.isoformat()[:19]}Z"


def _blob(value: bytes) -> str:
    return base64.b64encode(value).decode()


_TEXTS: Final[Mapping[str, _Text]] = {
    "string": escape,
    "integer": _whole_number,
    "long": _whole_number,
    "double": repr,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}
