"""From what is served to what is wanted: by steps where that is possible, else by a reload."""

import pytest

from sealstone.dataplane.certificate_files import LARGEST
from sealstone.dataplane.changes import Step, steps
from sealstone.dataplane.haproxy_config import Rendered
from sealstone.dataplane.tokens import PLACE
from sealstone.model.secret import Secret

A, B, C, D = (f"certificates/{name}.pem" for name in "abcd")
LIST = "lists/l.list"


def between(
    old: dict[str, str], old_lists: dict[str, tuple[str, ...]], new: dict[str, str], lines: tuple[str, ...]
) -> tuple[Step, ...] | None:
    texts = {LIST: "".join(f"{line}\n" for line in lines)} if lines else {}
    rendered = Rendered(texts, {name: Secret(b"") for name in new if name.startswith("certificates/")}, {})
    return steps(old, old_lists, rendered, new)


def test_a_change_of_content() -> None:
    assert between({A: "1", LIST: "x"}, {LIST: (A,)}, {A: "2", LIST: "x"}, (A,)) == (Step("replace", A),)


def test_one_more_and_one_less() -> None:
    """New ones are there before a list names them, old ones go when no list names them any more."""
    old = {A: "1", B: "1", LIST: "x"}
    assert between(old, {LIST: (A, B)}, {A: "1", C: "1", LIST: "y"}, (A, C)) == (
        Step("new", C),
        Step("list", C, LIST),
        Step("unlist", B, LIST),
        Step("delete", B),
    )


@pytest.mark.parametrize(
    ("old", "lists", "new", "lines"),
    [
        ({A: "1", "haproxy.cfg": "1"}, {LIST: (A,)}, {A: "1", "haproxy.cfg": "2"}, (A,)),
        ({A: "1", "trust/l.pem": "1"}, {LIST: (A,)}, {A: "1"}, (A,)),
        ({A: "1"}, {LIST: (A,)}, {A: "1"}, ()),
        ({A: "1", B: "1", C: "1"}, {LIST: (A, B, C)}, {A: "1", B: "1", C: "1"}, (A, C, B)),
        ({A: "1", B: "1"}, {LIST: (A, B)}, {A: "1", B: "1", C: "1"}, (A, C, B)),
        ({A: "1", B: "1"}, {LIST: (A, B)}, {B: "1"}, (B,)),
        ({A: "1", LIST: "x"}, {LIST: (f"{A} !*",)}, {A: "1", LIST: "y"}, (f"{A} l.default.invalid",)),
    ],
    ids=["configuration", "trust", "lists", "order", "in between", "the default", "an earlier version's list"],
)
def test_what_needs_a_reload(
    old: dict[str, str], lists: dict[str, tuple[str, ...]], new: dict[str, str], lines: tuple[str, ...]
) -> None:
    assert between(old, lists, new, lines) is None


def test_a_file_that_is_too_large_for_a_message_needs_a_reload_when_it_has_changed() -> None:
    large = Rendered({LIST: f"{A}\n"}, {A: Secret(bytes(LARGEST + 1))}, {})
    assert steps({A: "1"}, {LIST: (A,)}, large, {A: "2"}) is None
    assert steps({A: "1"}, {LIST: (A,)}, large, {A: "1"}) == ()


def test_tokens_are_exchanged_first() -> None:
    old, new = {A: "1", LIST: "x", PLACE: "1"}, {A: "2", LIST: "x", PLACE: "2"}
    assert between(old, {LIST: (A,)}, new, (A,)) == (Step("tokens", PLACE), Step("replace", A))
    assert between({A: "1", LIST: "x"}, {LIST: (A,)}, new, (A,)) is None


def test_nothing_to_do() -> None:
    assert between({A: "1", D: "1"}, {LIST: (A, D)}, {A: "1", D: "1"}, (A, D)) == ()
