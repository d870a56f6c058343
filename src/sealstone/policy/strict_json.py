"""Strict JSON for policy documents: no duplicate keys, no NaN, no deep nesting, no half characters.

What the JSON means is not known here; see `syntax`.
"""

import json
from typing import NoReturn

from sealstone.policy.problems import SYNTAX, MalformedPolicyDocument, shown

# The deepest legal place is document > Statement list > statement > Condition > operator > list of values: six.
# The room above that lets `syntax` name the wrong type instead of "nested too deeply".
DEEPEST = 20


class Number(str):
    """A JSON number as it was written: condition values may be numbers, a Sid or an Action may not."""

    __slots__ = ()


def parse(text: str) -> object:
    """The value that `text` denotes: dict, list, str, `Number`, bool or None.

    Linear in the length of the text. Raises MalformedPolicyDocument, and nothing else, for any string.
    """
    _check_depth(text)
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse_constant,
        )
        # An escape such as \ud800 alone yields half a character, which no answer or log could carry.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as fault:
        cure = f"the document is not JSON at line {fault.lineno}, column {fault.colno}: {fault.msg}"
        raise MalformedPolicyDocument(SYNTAX, cure) from fault
    except UnicodeEncodeError as fault:
        cure = "the document holds half of a surrogate pair; write the whole character"
        raise MalformedPolicyDocument(SYNTAX, cure) from fault
    return value


def _check_depth(text: str) -> None:
    """Count brackets outside strings before the recursive parser sees them (RFC 8259 clause 9 allows a limit)."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = not escaped and character == "\\"
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > DEEPEST:
                raise MalformedPolicyDocument(SYNTAX, f"the document is nested more than {DEEPEST} levels deep")
        elif character in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # The last of two equal keys would win silently, and with it a Deny could vanish.
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise MalformedPolicyDocument(SYNTAX, f'the key "{shown(twice)}" stands twice in one object; keep one')
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedPolicyDocument(SYNTAX, f"{name} is not JSON; write a number or a string")
