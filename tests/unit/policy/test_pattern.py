"""Globs against a naive oracle and against regular expressions, and what hostile patterns may cost."""

import re
from collections.abc import Iterator
from typing import Self

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sealstone.policy.pattern import LONGEST, Glob, Wildcard, matches, shortest, split, steps


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


LONGEST_PATTERN = 6144


@given(st.text("ab*?", max_size=20), st.text("abc", max_size=300))
@example("*a?b?*c", "a" * 200 + "axbxc")
@example("?" * 20, "a" * 20)
@example("a*??*b", "aab")
@example("*a?*b?*", "ccacb")
def test_agrees_with_a_regular_expression_on_longer_texts(pattern: str, text: str) -> None:
    written = "".join({"*": ".*", "?": "."}.get(character, character) for character in pattern)
    assert Glob(split(pattern)).matches(text) is (re.fullmatch(written, text, re.DOTALL) is not None)


@given(st.text(min_size=1, max_size=12), st.integers(0, 11))
def test_a_question_mark_stands_for_any_one_character(text: str, at: int) -> None:
    at %= len(text)
    glob = Glob((Wildcard.ANY, text[:at], Wildcard.ONE, text[at + 1 :], Wildcard.ANY, "-"))
    assert glob.matches(f"x{text}y-")
    assert not glob.matches(f"{text[1:]}-")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*?x*", "a" * LONGEST),
        ("*a" * (LONGEST_PATTERN // 2), "a" * LONGEST_PATTERN),
        ("*a" * (LONGEST_PATTERN // 2 - 1) + "*b", "a" * LONGEST_PATTERN),
        ("*" * LONGEST_PATTERN, "a" * LONGEST_PATTERN),
        ("a*" * (LONGEST_PATTERN // 2), "a" * LONGEST_PATTERN + "b"),
        ("*" + "a" * (LONGEST_PATTERN - 2) + "b", "a" * LONGEST_PATTERN * 2),
        ("a*?" * (LONGEST_PATTERN // 3), "a" * LONGEST_PATTERN),
        ("*?" * (LONGEST_PATTERN // 2), "a" * LONGEST_PATTERN),
        ("*" + "a?" * 2000 + "b", "a" * LONGEST_PATTERN),
        ("?" * LONGEST_PATTERN, "a" * LONGEST_PATTERN),
        ("*a*a?*" * 1000 + "b", "a" * LONGEST_PATTERN),
    ],
)
def test_hostile_patterns_cost_one_pass(pattern: str, text: str) -> None:
    counted = Counted(text)
    for _ in range(3):
        Glob(split(pattern)).matches(counted)
    assert counted.steps <= len(text), "a text is read once, however many patterns ask of it"
    counted.searches //= 3
    assert counted.searches <= pattern.count("*") + 1


@pytest.mark.parametrize(
    ("pattern", "work"),
    [
        ("*", 1),
        ("GetUser", 1),
        ("arn:aws:iam::1:user/dev/*", 5),
        ("arn:aws:iam::*:user/*", 5),
        ("*a*", 8),
        ("arn:aws:iam::1:*?x", 11),
        ("${aws:username}", 11),
        ("*${aws:username}*", 519),
    ],
)
def test_what_a_pattern_may_cost(pattern: str, work: int) -> None:
    assert steps(pattern) == work


def test_a_pattern_longer_than_the_text_costs_nothing() -> None:
    counted = Counted("a" * 100)
    assert not matches(split("?" * 100_000), counted)
    assert counted.steps == counted.searches == 0
