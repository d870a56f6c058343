"""ARN patterns as values of their own; their meaning in policies is in the vectors."""

from hypothesis import given
from hypothesis import strategies as st

from sealstone.policy.arn_pattern import ArnValue, ResourcePattern, parts

PART = st.text("ab*?", max_size=4)
VALUE = st.text("ab", max_size=4)


def test_parts() -> None:
    assert parts("arn:aws:iam::1:user/a:b") == ("arn", "aws", "iam", "", "1", "user/a:b")
    assert parts("name") == ("name",)


def test_has_variables() -> None:
    assert ResourcePattern("arn:aws:iam::1:user/${x}", variables=True).has_variables
    assert not ResourcePattern("arn:aws:iam::1:user/${x}", variables=False).has_variables
    assert not ResourcePattern("arn:aws:sns::${x}:t", variables=True).has_variables
    assert ArnValue("arn:aws:sns::${x}:t", variables=True).has_variables
    assert not ArnValue("arn:aws:sns::${x}:t", variables=False).has_variables


def test_what_is_no_arn_is_met_by_a_lone_star_alone() -> None:
    for text in ("arn:aws:iam", "arn", "*", "", "arn:aws:iam::1"):
        assert not ResourcePattern("arn:aws:iam::1:*", variables=True).matches(parts(text), {})
        assert not ResourcePattern("*:*", variables=True).matches(parts(text), {})
        assert ResourcePattern("*", variables=True).matches(parts(text), {})


@given(st.lists(PART, min_size=6, max_size=6), st.lists(VALUE, min_size=6, max_size=6), st.integers(0, 5))
def test_one_part_that_does_not_fit_is_enough(patterns: list[str], values: list[str], at: int) -> None:
    values = [value.replace("b", "a") for value in values]
    patterns[at] = "b"
    arn = tuple(values)
    assert not ResourcePattern(":".join(patterns), variables=True).matches(arn, {})
    assert not ArnValue(":".join(patterns), variables=True).matches(":".join(arn), {})


@given(st.lists(PART, min_size=6, max_size=6), st.lists(VALUE, min_size=6, max_size=6))
def test_both_kinds_of_pattern_agree_on_whole_arns(patterns: list[str], values: list[str]) -> None:
    resource = ResourcePattern(":".join(patterns), variables=True).matches(tuple(values), {})
    assert resource is ArnValue(":".join(patterns), variables=True).matches(":".join(values), {})


@given(st.text(":ab", max_size=6))
def test_a_value_in_an_earlier_part_shifts_nothing(value: str) -> None:
    pattern = ArnValue("arn:aws:iam::${k}:user/*", variables=True)
    arn = f"arn:aws:iam::{value}:user/x"
    assert pattern.matches(arn, {"k": (value,)}) is (":" not in value)
