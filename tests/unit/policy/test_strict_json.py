"""Strict JSON: equal to the standard parser where that is strict enough, and refusing the rest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.policy.problems import MalformedPolicyDocument
from sealstone.policy.strict_json import DEEPEST, Number, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.text('"\\[]{}a\u00e9', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('"\\[{a', max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.booleans())
def test_reads_what_json_reads(value: object, ascii_only: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only)) == value


def test_numbers_keep_their_text() -> None:
    found = parse("[1, -2.50, 1e400, " + "9" * 5000 + "]")
    assert found == ["1", "-2.50", "1e400", "9" * 5000]
    assert isinstance(found, list)
    assert all(type(one) is Number for one in found)


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_depth_is_bounded_before_the_parser_sees_it(opening: str) -> None:
    with pytest.raises(MalformedPolicyDocument, match=f"nested more than {DEEPEST} levels"):
        parse(opening * 50_000)


def test_the_deepest_is_allowed() -> None:
    assert parse("[" * DEEPEST + "]" * DEEPEST)
    assert parse("[" + "[]," * 100 + "[]]")


def test_brackets_in_strings_are_no_depth() -> None:
    assert parse(json.dumps(["[{" * 100, '"[' * 100, "\\", '\\"[' * 100]))


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', '{"b":{"a":1,"c":2,"a":null}}', '[{"\\u0061":1,"a":2}]'])
def test_a_key_stands_once(text: str) -> None:
    with pytest.raises(MalformedPolicyDocument, match='the key "a" stands twice'):
        parse(text)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a":-Infinity}'])
def test_constants_are_no_json(text: str) -> None:
    with pytest.raises(MalformedPolicyDocument, match=r"is not JSON; write a number"):
        parse(text)


@pytest.mark.parametrize("text", ['"\\ud800"', '{"\\udfff":1}', '["\ud800"]'])
def test_half_characters_are_refused(text: str) -> None:
    with pytest.raises(MalformedPolicyDocument, match="surrogate"):
        parse(text)
