"""Policy variables `${key}` and texts that may hold them.

IAM User Guide, "IAM policy elements: Variables and tags". A value put in for a variable is literal: a user who may
choose a tag must not be able to widen a policy by a `*` in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sealstone.model.problem import Problem
from sealstone.policy.pattern import Glob, Piece, Wildcard, matches, split

Context = Mapping[str, tuple[str, ...]]
"""Condition keys in lower case to their values; an absent key or an empty tuple is a missing value."""

_LITERALS = frozenset("*?$")


class UnreadableVariable(Problem):
    """A `${` that opens no variable: unclosed, without a name, or with a default that is not in single quotes."""


@dataclass(frozen=True, slots=True)
class Variable:
    """`${key}` or `${key, 'default'}`; key names ignore case and are kept in lower case."""

    key: str
    default: str | None

    def value(self, context: Context) -> str | None:
        """The literal text to put in, or None when there is none; a key with several values has none."""
        values = context.get(self.key, ())
        return values[0] if len(values) == 1 else self.default


Template = tuple[Piece | Variable, ...]


def read(text: str, *, wildcards: bool) -> Template:
    """Split a text at its variables and, if `wildcards`, at `*` and `?`; `${*}`, `${?}`, `${$}` are those characters.

    Raises UnreadableVariable. Linear: what has been read is never looked at again.
    """
    template: list[Piece | Variable] = []
    position = 0
    while (start := text.find("${", position)) >= 0:
        template += _plain(text[position:start], wildcards=wildcards)
        variable, position = _variable(text, start)
        template.append(variable)
    template += _plain(text[position:], wildcards=wildcards)
    return tuple(piece for piece in template if piece)


def _plain(text: str, *, wildcards: bool) -> tuple[Piece, ...]:
    return split(text) if wildcards else (text,)


def _variable(text: str, start: int) -> tuple[Variable | str, int]:
    """What the `${` at `start` opens, and the position after its `}`."""
    at = start + 2
    end = text.find("}", at)
    if end < 0:
        raise UnreadableVariable("a ${ is not closed", "close it with }, or write ${$}{ for the two characters")
    if text[at:end] in _LITERALS:
        return text[at:end], end + 1
    default = None
    comma = text.find(",", at, end)
    name = text[at : end if comma < 0 else comma].strip()
    if comma >= 0:
        default, end = _default(text, comma + 1)
    if not name or not _NOT_IN_A_NAME.isdisjoint(name):
        raise UnreadableVariable("a policy variable has no proper name", "write ${key} or ${key, 'default'}")
    return Variable(name.lower(), default), end + 1


_NOT_IN_A_NAME = frozenset("${}'\"*?")


def _default(text: str, position: int) -> tuple[str, int]:
    """The quoted text after a comma, and the position of the `}` behind it."""
    opening = text.find("'", position)
    closing = text.find("'", opening + 1)
    end = text.find("}", closing + 1)
    if min(opening, closing, end) < 0 or text[position:opening].strip() or text[closing + 1 : end].strip():
        raise UnreadableVariable("the default of a policy variable is not quoted", "write ${key, 'default'}")
    return text[opening + 1 : closing], end


def resolve(template: Template, context: Context) -> tuple[Piece, ...] | None:
    """The pieces with every variable replaced by its literal value; None when one has no value."""
    pieces: list[Piece] = []
    for piece in template:
        if isinstance(piece, Variable):
            value = piece.value(context)
            if value is None:
                return None
            pieces.append(value)
        else:
            pieces.append(piece)
    return tuple(pieces)


class TextPattern:
    """A template made ready to match: compiled once if it holds no variable, else resolved at each request."""

    __slots__ = ("_glob", "_ignoring_case", "_template")

    def __init__(self, template: Template, *, ignoring_case: bool = False) -> None:
        """With `ignoring_case` both sides are put in lower case first."""
        self._template = template
        self._ignoring_case = ignoring_case
        fixed = tuple(piece for piece in template if not isinstance(piece, Variable))
        self._glob = Glob(_lowered(fixed) if ignoring_case else fixed) if len(fixed) == len(template) else None

    @property
    def has_variables(self) -> bool:
        """Whether matching needs the context of the request."""
        return self._glob is None

    def matches(self, text: str, context: Context) -> bool:
        """Whether the text fits; a variable without a value fits nothing."""
        if self._ignoring_case:
            text = text.lower()
        if self._glob is not None:
            return self._glob.matches(text)
        pieces = resolve(self._template, context)
        if pieces is None:
            return False
        return matches(_lowered(pieces) if self._ignoring_case else pieces, text)


def _lowered(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    return tuple(piece if isinstance(piece, Wildcard) else piece.lower() for piece in pieces)
