"""Blocks, trees and colours: at 80 columns, plain where nobody looks, and never an exception for a letter."""

import io
import sys
from datetime import timedelta

import pytest
from tests.pki import NOW

from sealstone.cli.screen import Node, Row, Screen, Style, days_left, left
from sealstone.x509.inspection import Validity

DAY = timedelta(days=1)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a terminal with colours of 200 columns were there."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")


def node(name: str, *children: Node) -> Node:
    return Node((((name, Style.PLAIN), (" [1]", Style.FAINT)), (("verified", Style.GOOD),)), children)


def test_a_block_is_aligned_and_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().block([Row("Key", "EC P-256"), Row("Names", ""), Row("SHA-256", "f" * 64), Row("Note", "word " * 30)])
    lines = capsys.readouterr().out.split("\n")
    assert lines[0] == "  Key           EC P-256"
    assert lines[1] == "  SHA-256       " + "f" * 64
    assert lines[2].startswith("  Note          word word")
    assert lines[3].startswith("                word")
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)


def test_lines_are_literal_and_hang(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    screen.line("[bold]no markup[/bold] :smile: 127.0.0.1")
    screen.line()
    screen.parts([("word " * 20, Style.GOOD), ("end", Style.BAD)], hanging=4)
    out = capsys.readouterr().out
    assert out.startswith("[bold]no markup[/bold] :smile: 127.0.0.1\n\nword word")
    assert "\n    word" in out
    assert "\x1b" not in out


def test_wide_letters_fit(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().block([Row("Subject", "漢字" * 40)])
    assert max(map(len, capsys.readouterr().out.split("\n"))) <= 16 + 32


def test_a_tree(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().tree([node("root", node("first", node("leaf")), node("second")), node("lone"), node("other")])
    assert capsys.readouterr().out.splitlines() == [
        "root [1]",
        "verified",
        "├── first [1]",
        "│   verified",
        "│   └── leaf [1]",
        "│       verified",
        "└── second [1]",
        "    verified",
        "",
        "lone [1]",
        "verified",
        "other [1]",
        "verified",
    ]


def test_a_deep_tree_stays_readable(capsys: pytest.CaptureFixture[str]) -> None:
    deep = node("0")
    for number in range(1, 300):
        deep = node(str(number), deep)
    Screen().tree([deep])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 600
    assert max(map(len, lines)) < 60


def test_colours_are_for_terminals(capsys: pytest.CaptureFixture[str], terminal: None) -> None:
    screen = Screen()
    screen.line("bad", Style.BAD)
    screen.block([Row("Valid", "good", Style.GOOD)])
    screen.tree([node("root", node("leaf"))])
    screen.line("x" * 150)
    out = capsys.readouterr().out
    assert "\x1b[31mbad\x1b[0m" in out
    assert "\x1b[32mgood\x1b[0m" in out
    assert "x" * 100 + "\n" + "x" * 50 in out


def test_no_color_is_heard(
    capsys: pytest.CaptureFixture[str],
    terminal: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    Screen().line("bad", Style.BAD)
    assert capsys.readouterr().out == "bad\n"


def test_an_output_of_few_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    ascii_only = io.TextIOWrapper(raw, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", ascii_only)
    Screen().tree([node("bücher", node("a"))])
    ascii_only.flush()
    assert raw.getvalue().decode("ascii").splitlines()[0] == "b\\xfccher [1]"
    plain = io.StringIO()
    monkeypatch.setattr(sys, "stdout", plain)
    Screen().line("a")
    assert plain.getvalue() == "a\n"


@pytest.mark.parametrize(
    ("validity", "begins", "ends", "words", "style"),
    [
        (Validity.VALID, -DAY, 365 * DAY, "365 days left", Style.GOOD),
        (Validity.VALID, -DAY, 36_500 * DAY, "36,500 days left", Style.GOOD),
        (Validity.VALID, -DAY, 30 * DAY, "30 days left", Style.GOOD),
        (Validity.VALID, -DAY, 30 * DAY - DAY / 24, "29 days left", Style.WARNING),
        (Validity.VALID, -DAY, DAY, "1 day left", Style.WARNING),
        (Validity.VALID, -DAY, DAY / 2, "less than a day left", Style.WARNING),
        (Validity.EXPIRED, -DAY, -DAY / 2, "expired less than a day ago", Style.BAD),
        (Validity.EXPIRED, -9 * DAY, -3 * DAY, "expired 3 days ago", Style.BAD),
        (Validity.NOT_YET_VALID, 2 * DAY, 9 * DAY, "begins in 2 days", Style.WARNING),
        (Validity.UNKNOWN, DAY, DAY, "dates cannot be read", Style.BAD),
    ],
)
def test_what_is_left(validity: Validity, begins: timedelta, ends: timedelta, words: str, style: Style) -> None:
    assert left(validity, NOW + begins, NOW + ends, NOW) == (words, style)


def test_days_left() -> None:
    assert [days_left(NOW + shift, NOW) for shift in (DAY, DAY / 2, -DAY / 2, -DAY)] == [1, 0, -1, -1]
