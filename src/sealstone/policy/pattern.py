"""Wildcard matching with `*` and `?`, in time that no pattern can make explode.

Text in, verdict out: what a pattern stands for (an action, a part of an ARN) is not known here. No regular
expressions: a policy author must not be able to choose how long a request takes.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Final

LONGEST: Final = 2048
"""Characters of the longest text that a policy is held against: no ARN is longer, and no tag. [ours]"""
_KEPT: Final = 16
_PER_WILD_PART: Final = 4
# Steps: putting in a value and compiling; looking for a value of any length in a text of any length.
_PER_VARIABLE: Final = 10
_SOUGHT_VALUE: Final = 500


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
    """A compiled pattern. Matching takes time linear in the text and in the pattern, whatever the two are.

    Runs are the pieces between `*`s. The first and the last can stand in one place only; those between are put one
    after the other at the first place that is free, which is enough since no run stretches.
    """

    __slots__ = ("_any", "_gapped", "_runs", "_shortest")

    def __init__(self, pieces: Iterable[Piece]) -> None:
        """Compile the pieces; empty texts and repeated `*` are allowed among them."""
        pieces = _tidy(pieces)
        self._shortest = shortest(pieces)
        self._any = pieces == [Wildcard.ANY]
        self._runs: tuple[str, ...] = ()
        self._gapped: tuple[_Gapped, ...] = ()
        if Wildcard.ONE in pieces:
            self._gapped = tuple(map(_Gapped, _between(pieces)))
        else:
            self._runs = tuple("".join(map(str, run)) for run in _between(pieces))

    def matches(self, text: str) -> bool:
        """Whether the whole text fits the pattern, case-sensitively."""
        if self._any:
            return True
        if len(self._runs) == 1:
            return text == self._runs[0]
        if len(text) < self._shortest:
            return False
        return self._search(text) if self._runs else self._search_gapped(text)

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

    def _search_gapped(self, text: str) -> bool:
        first, *others = self._gapped
        if not first.stands_at(text, 0):
            return False
        if not others:
            return len(text) == first.length
        *middle, last = others
        position, end = first.length, len(text) - last.length
        if not last.stands_at(text, end):
            return False
        for run in middle:
            position = run.end_of_first(text, position, end)
            if position < 0:
                return False
        return True


class _Gapped:
    """A run of known length in which some characters may be any: texts at their offsets, and nothing between them."""

    __slots__ = ("length", "texts")

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self.length = 0
        texts: list[tuple[int, str]] = []
        for piece in pieces:
            if isinstance(piece, str):
                texts.append((self.length, piece))
            self.length += len(piece) if isinstance(piece, str) else 1
        self.texts = tuple(texts)

    def stands_at(self, text: str, position: int) -> bool:
        """Whether it is there; the text is long enough."""
        return all(text.startswith(part, position + offset) for offset, part in self.texts)

    def end_of_first(self, text: str, position: int, end: int) -> int:
        """Where its first occurrence from `position` on ends, no later than `end`; -1 for none.

        All places are asked at once, as the bits of one number: to try them one by one is quadratic.
        """
        if position + self.length > end:
            return -1
        candidates = -1 << position
        places = _places(text)
        for offset, part in self.texts:
            for at, character in enumerate(part, start=offset):
                candidates &= places.get(character, 0) >> at
                if not candidates:
                    return -1
        stop = (candidates & -candidates).bit_length() - 1 + self.length
        return stop if stop <= end else -1


@lru_cache(maxsize=_KEPT)
def _places(text: str) -> Mapping[str, int]:
    """For each character of the text a number whose bit i is set when it stands at i. Many patterns ask of one text."""
    found: dict[str, bytearray] = {}
    size = len(text) // 8 + 1
    for at, character in enumerate(text):
        bits = found.get(character)
        if bits is None:
            bits = found[character] = bytearray(size)
        bits[at >> 3] |= 1 << (at & 7)
    return {character: int.from_bytes(bits, "little") for character, bits in found.items()}


def steps(pattern: str) -> int:
    """How much work one match of the pattern, as it is written, can be: about 0.4 microseconds each.

    For texts of up to `LONGEST` characters. A text costs one step: dear are several `*`, and `?`, in one part of an
    ARN, and what is compiled at each request since it holds variables.
    """
    found = 1
    for part in pattern.split(":"):
        if "?" in part:
            found += _PER_WILD_PART + 2 * len(part)
        elif "*" in part and part != "*":
            found += _PER_WILD_PART + (len(part) if part.count("*") > 1 else 0)
    variables = pattern.count("${")
    return found if not variables else found + _PER_VARIABLE * variables + (_SOUGHT_VALUE if found > 1 else 0)


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


def _between(pieces: list[Piece]) -> tuple[list[Piece], ...]:
    """What stands before, between and after the `*`s: one more than there are `*`s, any of them perhaps empty."""
    runs: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece is Wildcard.ANY:
            runs.append([])
        else:
            runs[-1].append(piece)
    return tuple(runs)
