"""Where each statement of a policy stands in its text: lines and columns, both counted from 1, as the simulator does.

The text is one that `syntax` accepts: nothing is checked here. Linear in its length.
"""

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]', re.DOTALL)
_LINE_FEED: Final = re.compile("\n")


@dataclass(frozen=True, slots=True)
class Position:
    """A place between characters, told by the line and the column of the character behind it."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """From behind what stands before a statement (a bracket, a colon, the statement before it) to behind its brace.

    So the comma before it and white space are in it, as in the answers of SimulatePrincipalPolicy: those for
    AdministratorAccess begin at line 3, column 17, behind `"Statement": [`, and end at line 8, column 6.
    """

    start: Position
    end: Position


def spans(text: str) -> tuple[Span, ...]:
    """The span of every statement, in their order."""
    # Offsets of the lines' first characters: counting line feeds anew for every statement would be quadratic.
    lines = [0, *(match.end() for match in _LINE_FEED.finditer(text))]
    return tuple(Span(_position(lines, start), _position(lines, end)) for start, end in _offsets(text))


def _offsets(text: str) -> list[tuple[int, int]]:
    """Offsets of begin and end of every statement: objects right below `Statement`, or in the list that it is."""
    found: list[tuple[int, int]] = []
    depth = start = 0
    closes = -1  # the depth that a statement's closing brace comes back to; -1 outside of Statement
    name = ""
    for token in _TOKEN.finditer(text):
        symbol = token.group()
        if symbol[0] == '"':
            name = symbol
        elif symbol == ":" and depth == 1:
            closes = 1 if json.loads(name) == "Statement" else -1
            start = token.end()
        elif symbol in "{[":
            if symbol == "[" and depth == closes == 1:
                closes, start = 2, token.end()
            depth += 1
        elif symbol in "}]":
            depth -= 1
            if symbol == "}" and depth == closes:
                found.append((start, token.end()))
                start = token.end()
    return found


def _position(lines: list[int], offset: int) -> Position:
    line = bisect_right(lines, offset)
    return Position(line, offset - lines[line - 1] + 1)
