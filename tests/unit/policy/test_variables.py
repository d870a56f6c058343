"""Reading and resolving `${...}`; what it means in a policy is in the vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.policy.pattern import Wildcard
from sealstone.policy.variables import TextPattern, UnreadableVariable, Variable, read, resolve


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("a*", ("a", Wildcard.ANY)),
        ("${aws:UserName}", (Variable("aws:username", None),)),
        ("x${a}y${b}", ("x", Variable("a", None), "y", Variable("b", None))),
        ("${a, 'b c'}", (Variable("a", "b c"),)),
        ("${a,'${b}'}", (Variable("a", "${b}"),)),
        ("${aws:PrincipalTag/cost centre}", (Variable("aws:principaltag/cost centre", None),)),
        ("${*}${?}${$}{", ("*", "?", "$", "{")),
        ("$ {a} $", ("$ {a} $",)),
    ],
)
def test_read(text: str, template: tuple[object, ...]) -> None:
    assert read(text, wildcards=True) == template


def test_without_wildcards_a_star_is_a_star() -> None:
    assert read("a*?", wildcards=False) == ("a*?",)


@pytest.mark.parametrize(
    "text",
    [
        "${",
        "${a",
        "${}",
        "${a*}",
        "${${a}}",
        "${a'}",
        "${a,}",
        "${a,b}",
        "${a,'b}",
        "${a,'b'c}",
        "${,'b'}",
        "${a,x'b'}",
        "${a,",
        "${a,'b'",
        "${a}${",
        "${ }",
        "${a, 'b' c}",
    ],
)
def test_a_broken_variable_is_refused(text: str) -> None:
    with pytest.raises(UnreadableVariable) as caught:
        read(text, wildcards=True)
    assert caught.value.cure


@given(st.text("${}a,'* ", max_size=20), st.booleans())
def test_any_text_is_read_or_refused(text: str, wildcards: bool) -> None:
    try:
        read(text, wildcards=wildcards)
    except UnreadableVariable:
        assert "${" in text


@given(st.text("ab*?${}", max_size=10), st.text("ab*?${}", max_size=10))
def test_a_value_is_literal(value: str, text: str) -> None:
    pattern = TextPattern(read("${k}", wildcards=True))
    assert pattern.matches(text, {"k": (value,)}) is (text == value)


def test_resolve() -> None:
    template = read("a*${k}", wildcards=True)
    assert resolve(template, {"k": ("v*",)}) == ("a", Wildcard.ANY, "v*")
    assert resolve(template, {}) is None
    assert resolve(template, {"k": ()}) is None
    assert resolve(template, {"k": ("v", "w")}) is None


def test_has_variables() -> None:
    assert TextPattern(read("${k}", wildcards=True)).has_variables
    assert not TextPattern(read("k", wildcards=True)).has_variables
