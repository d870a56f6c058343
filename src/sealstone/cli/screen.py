"""How files are shown to a person: blocks, trees, colours by state; 80 columns, and plain where nobody looks.

Rich is imported when something is shown. It leaves colours out when the output is no terminal or NO_COLOR is set. All
text is literal: brackets in a name are no markup. Foreign text must be escaped before it comes here.
"""

import importlib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sealstone.cli import output
from sealstone.x509.inspection import Validity

WIDTH: Final = 80
INDENT: Final = 2
LABEL: Final = 14
"""Columns of a label. With the indent, 64 are left, which a SHA-256 fills."""

_DEEPEST: Final = 10
_NARROWEST: Final = 20
_WIDEST: Final = 100
_SOON: Final = 30  # days


class Style(StrEnum):
    """Colours by what they mean."""

    PLAIN = ""
    TITLE = "bold"
    FAINT = "dim"
    GOOD = "green"
    WARNING = "yellow"
    BAD = "red"


Part = tuple[str, Style]
"""A piece of a line."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a block, or several: the value is wrapped beside its label."""

    label: str
    value: str
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Node:
    """One place in a tree: its lines, and what hangs below."""

    lines: tuple[tuple[Part, ...], ...]
    children: tuple["Node", ...] = ()


def days_left(not_after: datetime, at: datetime) -> int:
    """Whole days until it ends: 0 on the last day, negative when it is over."""
    return (not_after - at).days


def left(validity: Validity, not_before: datetime, not_after: datetime, at: datetime) -> tuple[str, Style]:
    """How much of a validity is left, in words, and its colour: green, yellow under 30 days, red when it is over."""
    if validity is Validity.UNKNOWN:
        return "dates cannot be read", Style.BAD
    if validity is Validity.NOT_YET_VALID:
        return f"begins in {_days((not_before - at).days)}", Style.WARNING
    if validity is Validity.EXPIRED:
        return f"expired {_days((at - not_after).days)} ago", Style.BAD
    days = days_left(not_after, at)
    return f"{_days(days)} left", Style.WARNING if days < _SOON else Style.GOOD


def _days(count: int) -> str:
    return "less than a day" if count < 1 else "1 day" if count == 1 else f"{count:,} days"


class Screen:
    """Standard output, for a person."""

    def __init__(self) -> None:
        """As wide as the terminal, up to 100 columns; 80 where there is none."""
        if sys.stdout is None:
            raise output.closed()
        encoding = (sys.stdout.encoding or "ascii").lower()
        if not encoding.startswith("utf") and hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace")
        console = importlib.import_module("rich.console").Console
        self._console: Any = console(file=sys.stdout, highlight=False, markup=False, emoji=False)
        self._console.width = min(self._console.width, _WIDEST) if self._console.is_terminal else WIDTH
        self._text: Any = importlib.import_module("rich.text").Text

    def line(self, text: str = "", style: Style = Style.PLAIN) -> None:
        """A line, wrapped where it must be."""
        self.parts([(text, style)])

    def parts(self, parts: Iterable[Part], hanging: int = 0) -> None:
        """A line of several styles; what does not fit stands `hanging` columns to the right."""
        for number, line in enumerate(self._joined(parts).wrap(self._console, self._width(hanging), overflow="fold")):
            self._print(self._text(" " * hanging if number else "") + line)

    def block(self, rows: Iterable[Row]) -> None:
        """Labels and values in two columns; rows without a value are left out."""
        hanging = INDENT + LABEL
        for row in (row for row in rows if row.value):
            text = self._text(row.value, style=row.style)
            for number, line in enumerate(text.wrap(self._console, self._width(hanging), overflow="fold")):
                label = "" if number else " " * INDENT + row.label
                self._print(self._text(label.ljust(hanging)) + line)

    def tree(self, tops: Sequence[Node]) -> None:
        """Each top with all that hangs below it, apart from others; what is deeper than ten is no more indented."""
        made = importlib.import_module("rich.tree").Tree
        for number, top in enumerate(tops):
            if number and (top.children or tops[number - 1].children):
                self.line()
            drawn = made(self._label(top), guide_style=Style.FAINT)
            waiting = [(drawn, child, 1) for child in reversed(top.children)]
            while waiting:
                above, node, depth = waiting.pop()
                added = above.add(self._label(node))
                below = added if depth < _DEEPEST else above
                waiting += [(below, child, depth + 1) for child in reversed(node.children)]
            for segments in self._console.render_lines(drawn, pad=False):
                self._print(self._text.assemble(*((segment.text, segment.style or "") for segment in segments)))

    def _label(self, node: Node) -> Any:
        return self._text("\n", overflow="fold").join(self._joined(line) for line in node.lines)

    def _joined(self, parts: Iterable[Part]) -> Any:
        return self._text.assemble(*parts)

    def _print(self, line: Any) -> None:
        """A line that fits, without blanks at its end."""
        line.rstrip()
        self._console.print(line, soft_wrap=True)

    def _width(self, hanging: int) -> int:
        width: int = self._console.width
        return max(width - hanging, _NARROWEST)
