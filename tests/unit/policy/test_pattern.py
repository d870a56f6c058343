"""Globs against a naive oracle, and the number of steps that hostile patterns may cost."""

from collections.abc import Iterator
from typing import Self

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sealstone.policy.pattern import Glob, Wildcard, matches, shortest, split


def oracle(pattern: str, text: str) -> bool:
    """The definition, word by word; exponential, so for short texts only."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return oracle(pattern[1:], text) or (bool(text) and oracle(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and oracle(pattern[1:], text[1:])


@given(st.text("ab*?", max_size=8), st.text("ab*?", max_size=8))
@example("a*b*a", "aba")
@example("*ab*ab*", "abab")
@example("*ab*ab*", "abbb")
@example("?*?", "a")
def test_agrees_with_the_definition(pattern: str, text: str) -> None:
    assert Glob(split(pattern)).matches(text) is oracle(pattern, text)
    assert matches(split(pattern), text) is oracle(pattern, text)


@given(st.text(), st.text(max_size=3))
def test_a_literal_matches_itself_alone(literal: str, more: str) -> None:
    glob = Glob((literal,))
    assert glob.matches(literal)
    assert glob.matches(literal + more) is (not more)


@given(st.text("a*?", max_size=6), st.text("a*?", max_size=6), st.text("ab*?", max_size=12))
def test_a_literal_star_is_no_wildcard(before: str, literal: str, text: str) -> None:
    pieces = (*split(before), literal, Wildcard.ANY)
    expected = any(text[at:].startswith(literal) and oracle(before, text[:at]) for at in range(len(text) + 1))
    assert Glob(pieces).matches(text) is expected


def test_pieces() -> None:
    assert split("a*b?") == ("a", Wildcard.ANY, "b", Wildcard.ONE, "")
    assert split("") == ("",)
    assert shortest(split("a*bc?")) == 4


class Counted(str):
    """A text that counts how often it is walked over and searched."""

    __slots__ = ("searches", "steps")
    steps: int
    searches: int

    def __new__(cls, text: str) -> Self:
        counted = super().__new__(cls, text)
        counted.steps = counted.searches = 0
        return counted

    def __iter__(self) -> Iterator[str]:
        for character in super().__iter__():
            self.steps += 1
            yield character

    def find(self, *arguments: object) -> int:
        self.searches += 1
        return super().find(*arguments)  # type: ignore[arg-type]


LONGEST = 6144


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*a" * (LONGEST // 2), "a" * LONGEST),
        ("*a" * (LONGEST // 2 - 1) + "*b", "a" * LONGEST),
        ("*" * LONGEST, "a" * LONGEST),
        ("a*" * (LONGEST // 2), "a" * LONGEST + "b"),
        ("*" + "a" * (LONGEST - 2) + "b", "a" * LONGEST * 2),
        ("a*?" * (LONGEST // 3), "a" * LONGEST),
        ("*?" * (LONGEST // 2), "a" * LONGEST),
        ("*" + "a?" * 2000 + "b", "a" * LONGEST),
        ("?" * LONGEST, "a" * LONGEST),
        ("*a*a?*" * 1000 + "b", "a" * LONGEST),
    ],
)
def test_hostile_patterns_cost_one_pass(pattern: str, text: str) -> None:
    counted = Counted(text)
    Glob(split(pattern)).matches(counted)
    assert counted.steps <= len(text)
    assert counted.searches <= pattern.count("*") + 1


def test_a_pattern_longer_than_the_text_costs_nothing() -> None:
    counted = Counted("a" * 100)
    assert not matches(split("?" * 100_000), counted)
    assert counted.steps == counted.searches == 0
