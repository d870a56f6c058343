"""What a message may carry of a document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.policy.problems import shown


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("plain", "plain"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 80 + "..."),
        ("a\nb\x1b[2J", "a\\u000ab\\u001b[2J"),
        ("\n" * 80, ("\\u000a" * 80)[:80] + "..."),
        ("\u202e\ud800", "\\u202e\\ud800"),
    ],
)
def test_shown(text: str, printed: str) -> None:
    assert shown(text) == printed


@given(st.text(st.characters()), st.integers(1, 50))
def test_shown_is_short_and_printable(text: str, longest: int) -> None:
    printed = shown(text, longest)
    assert printed.isprintable()
    assert len(printed) <= longest + 3
