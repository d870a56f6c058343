"""Wildcard matching with `*` and `?`, in time that no pattern can make explode.

Text in, verdict out: what a pattern stands for (an action, a part of an ARN) is not known here. No regular
expressions: a policy author must not be able to choose how long a request takes.
"""

from collections.abc import Iterable
from enum import Enum


class Wildcard(Enum):
    """`*` stands for any run of characters, the empty one too; `?` for exactly one character."""

    ANY = "*"
    ONE = "?"


Piece = str | Wildcard


def split(text: str) -> tuple[Piece, ...]:
    """The pieces of a pattern in which every `*` and `?` is a wildcard."""
    pieces: list[Piece] = []
    start = 0
    for position, character in enumerate(text):
        if character in "*?":
            pieces += [text[start:position], Wildcard(character)]
            start = position + 1
    return (*pieces, text[start:])


def shortest(pieces: Iterable[Piece]) -> int:
    """How many characters a text must have at the least to match."""
    return sum(len(piece) if isinstance(piece, str) else piece is Wildcard.ONE for piece in pieces)


class Glob:
    """A compiled pattern. Matching takes one pass over the text, whatever the pattern.

    Three forms, cheapest first: a plain text is compared; with `*` alone, the runs between are searched one after
    the other from the left (each found at its first place, which is enough since a run has no wildcard in it);
    with `?`, all positions of the pattern are followed at once as the bits of one number.
    """

    __slots__ = ("_any", "_every", "_loops", "_masks", "_runs", "_shortest")

    def __init__(self, pieces: Iterable[Piece]) -> None:
        """Compile the pieces; empty texts and repeated `*` are allowed among them."""
        pieces = _tidy(pieces)
        self._shortest = shortest(pieces)
        self._any = pieces == [Wildcard.ANY]
        self._runs: tuple[str, ...] = ()
        self._masks: dict[str, int] = {}
        self._every = self._loops = 0
        if Wildcard.ONE in pieces:
            self._compile_bits(pieces)
        else:
            self._runs = _runs(pieces)

    def matches(self, text: str) -> bool:
        """Whether the whole text fits the pattern, case-sensitively."""
        if self._any:
            return True
        if len(self._runs) == 1:
            return text == self._runs[0]
        if len(text) < self._shortest:
            return False
        return self._search(text) if self._runs else self._walk(text)

    def _search(self, text: str) -> bool:
        first, *middle, last = self._runs
        if not (text.startswith(first) and text.endswith(last)):
            return False
        position, end = len(first), len(text) - len(last)
        for run in middle:
            position = text.find(run, position, end)
            if position < 0:
                return False
            position += len(run)
        return True

    def _compile_bits(self, pieces: list[Piece]) -> None:
        """Bit i of a mask: the i-th character of the pattern accepts this one; of loops: a `*` stands before it."""
        bit = 1
        for piece in pieces:
            if piece is Wildcard.ANY:
                self._loops |= bit
            elif piece is Wildcard.ONE:
                self._every |= bit
                bit <<= 1
            else:
                for character in piece:
                    self._masks[character] = self._masks.get(character, 0) | bit
                    bit <<= 1
        for character in self._masks:
            self._masks[character] |= self._every

    def _walk(self, text: str) -> bool:
        # Bit i of reached: some way to match the first i characters of the pattern against the text so far.
        reached = 1
        masks, every, loops = self._masks, self._every, self._loops
        for character in text:
            reached = (reached & masks.get(character, every)) << 1 | reached & loops
            if not reached:
                return False
        return bool(reached >> self._shortest & 1)


def matches(pieces: tuple[Piece, ...], text: str) -> bool:
    """Match once, for pieces known only now; a pattern longer than the text is not even compiled."""
    return shortest(pieces) <= len(text) and Glob(pieces).matches(text)


def _tidy(pieces: Iterable[Piece]) -> list[Piece]:
    """Join neighbouring texts, drop empty ones, keep one of several `*` in a row."""
    tidy: list[Piece] = []
    for piece in pieces:
        if not piece:
            continue
        if tidy and piece is Wildcard.ANY is tidy[-1]:
            continue
        if tidy and isinstance(piece, str) and isinstance(tidy[-1], str):
            tidy[-1] += piece
        else:
            tidy.append(piece)
    return tidy


def _runs(pieces: list[Piece]) -> tuple[str, ...]:
    """The texts before, between and after the `*`s: one more than there are `*`s, the outer two perhaps empty."""
    runs = [""]
    for piece in pieces:
        if isinstance(piece, str):
            runs[-1] = piece
        else:
            runs.append("")
    return tuple(runs)
