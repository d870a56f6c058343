"""Random parameters and results by the shapes of the service models, for round trips with botocore as the peer."""

import string
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from hypothesis import strategies as st

from sealstone.operations.service_model import service

# What XML 1.0 cannot say is tested by itself; surrogates are no text.
TEXT = st.one_of(
    st.text(string.ascii_letters, max_size=8),
    st.text(st.sampled_from("&<>\"'%+=;/ \t\r\n\u00e9\u4e2d\U0001f511."), max_size=8),
    st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff", min_codepoint=32), max_size=8),
)
KEY = st.text(string.ascii_letters, min_size=1, max_size=5)
TIME = st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXT,
    "integer": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "boolean": st.booleans(),
    "timestamp": TIME,
    "blob": st.binary(max_size=8),
}


def operations(*services: str) -> list[OperationModel]:
    """Every operation of these services."""
    return [
        service(name).operation_model(operation) for name in services for operation in service(name).operation_names
    ]


def values(shape: Shape | None, depth: int = 6) -> st.SearchStrategy[Any]:
    """Values of a shape: no empty structure inside another, as the query protocol cannot say it."""
    if shape is None:
        return st.just({})
    if isinstance(shape, StructureShape):
        return _structures(shape, depth)
    if isinstance(shape, ListShape):
        return st.lists(values(shape.member, depth - 1), max_size=3) if depth > 0 else st.just([])
    if isinstance(shape, MapShape):
        return st.dictionaries(KEY, values(shape.value, depth - 1), min_size=1, max_size=3)
    return SCALARS[shape.type_name]


@st.composite
def _structures(draw: st.DrawFn, shape: StructureShape, depth: int) -> dict[str, Any]:
    members = dict(shape.members)
    if depth <= 0:
        members = {
            name: member for name, member in members.items() if not isinstance(member, StructureShape | MapShape)
        }
    if not members:
        return {}
    most = 1 if shape.metadata.get("union") else len(members)
    names = draw(st.lists(st.sampled_from(sorted(members)), min_size=1, max_size=most, unique=True))
    return {name: draw(values(members[name], depth - 1)) for name in names}
