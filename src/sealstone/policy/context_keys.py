"""Which condition keys a policy asks for: in its conditions and as variables, written as the policy writes them.

What the keys mean, and which a request has, is the operations' matter.
"""

import re
from collections.abc import Iterator
from typing import Final

from sealstone.policy import syntax
from sealstone.policy.syntax import Block
from sealstone.policy.variables import UnreadableVariable, Variable, read

_OPENING: Final = re.compile(r"\$\{\s*([^,}\s]+)")


def of_statements(text: str) -> tuple[tuple[str, ...], ...]:
    """For each statement its keys, each once whatever its case: of resources, then of conditions, as they stand.

    Raises MalformedPolicyDocument for text that is no policy.
    """
    found = syntax.read(text)
    variables = found.version == syntax.CURRENT_VERSION
    return tuple(once(_keys(block, variables=variables)) for block in found.blocks)


def once(names: Iterator[str]) -> tuple[str, ...]:
    """The names without those that differ from an earlier one by case alone."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.lower(), name)
    return tuple(first.values())


def _keys(block: Block, *, variables: bool) -> Iterator[str]:
    for resource in block.resources.values if block.resources else ():
        yield from _variables(resource) if variables else ()
    for line in block.conditions:
        yield line.key
        for value in line.values:
            yield from _variables(value) if variables else ()


def _variables(text: str) -> Iterator[str]:
    """The variables in a text, as they are written; those that cannot be read stand in no policy that was accepted."""
    if "${" not in text:
        return
    try:
        known = {piece.key for piece in read(text, wildcards=False) if isinstance(piece, Variable)}
    except UnreadableVariable:
        return
    for match in _OPENING.finditer(text):
        if match[1].lower() in known:
            yield match[1]
