"""ARN patterns: six parts, each matched within its own bounds.

IAM User Guide, "IAM JSON policy elements: Resource": a wildcard does not reach beyond the part it stands in; only the
last part may contain colons. A lone `*` matches every resource.
"""

from sealstone.policy.pattern import Glob, Wildcard, split
from sealstone.policy.variables import Context, TextPattern, Variable, read

PARTS = 6

Arn = tuple[str, ...]


def parts(text: str) -> Arn:
    """The six parts of an ARN, or fewer if it is none; everything after the fifth colon is the last part."""
    return tuple(text.split(":", PARTS - 1))


class ResourcePattern:
    """One entry of Resource or NotResource."""

    __slots__ = ("_fixed", "_last", "_lone", "_plain")

    def __init__(self, text: str, *, variables: bool) -> None:
        """Compile; a short ARN is filled up with `*` as IAM's messages show it. Raises UnreadableVariable."""
        found = parts(text)
        found += ("*",) * (PARTS - len(found))
        # Variables stand in the resource part only (IAM User Guide, "Where you can use policy variables").
        self._last = TextPattern(read(found[-1], wildcards=True) if variables else split(found[-1]))
        self._fixed = tuple(Glob(split(part)) for part in found[:-1])
        # Most have no wildcard before the last part: those parts are compared at once.
        self._plain = found[:-1] if {"*", "?"}.isdisjoint("".join(found[:-1])) else None
        self._lone = text == "*"

    @property
    def has_variables(self) -> bool:
        """Whether matching needs the context of the request."""
        return self._last.has_variables

    def matches(self, resource: Arn, context: Context) -> bool:
        """Whether the resource is meant; what is no ARN (an action on `*`) is met by a lone `*` alone."""
        if self._lone:
            return True
        if len(resource) < PARTS:
            return False
        if self._plain is not None:
            return resource[: PARTS - 1] == self._plain and self._last.matches(resource[-1], context)
        for pattern, part in zip(self._fixed, resource, strict=False):
            if not pattern.matches(part):
                return False
        return self._last.matches(resource[-1], context)


class ArnValue:
    """One value of an ArnLike condition: variables may stand in every part, or be the whole value."""

    __slots__ = ("_parts", "_whole")

    def __init__(self, text: str, *, variables: bool) -> None:
        """Compile. A text of fewer than six parts matches only as a lone `*` or a lone variable."""
        template = read(text, wildcards=True) if variables else split(text)
        by_part: list[list[str | Wildcard | Variable]] = [[]]
        for piece in template:
            if not isinstance(piece, str):
                by_part[-1].append(piece)
                continue
            # Split before the values are known: a colon inside a value must not shift the parts.
            first, *others = piece.split(":", PARTS - len(by_part))
            by_part[-1].append(first)
            by_part += [[other] for other in others]
        self._parts = tuple(TextPattern(tuple(part)) for part in by_part)
        lone = [piece for piece in template if piece]
        self._whole = len(lone) == 1 and not isinstance(lone[0], str) and lone[0] is not Wildcard.ONE

    @property
    def has_variables(self) -> bool:
        """Whether matching needs more of the context than the key under test."""
        return any(part.has_variables for part in self._parts)

    def matches(self, text: str, context: Context) -> bool:
        """Whether the ARN fits part by part."""
        if self._whole:
            return self._parts[0].matches(text, context)
        found = parts(text)
        return len(found) == len(self._parts) == PARTS and all(
            pattern.matches(part, context) for pattern, part in zip(self._parts, found, strict=True)
        )
