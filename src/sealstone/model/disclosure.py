"""What a text may hold that must not be repeated: key material in the wrong place, told by its look.

People paste a private key where the certificate belongs, its base64 without the BEGIN line, or a secret where a name
belongs. What looks so is neither recorded nor quoted. Names that people choose do not look so, or hardly ever; then
they are recorded by length and digest, which harms nobody.
"""

import re
from itertools import pairwise
from typing import Final

RECORDED: Final = 40
"""The shortest run that is no name: an AWS secret access key has 40 characters, the shortest SEC 1 key 68 in base64."""
QUOTED: Final = 16
"""In an error even a part of a key is too much."""

_PEM: Final = "-----"
# Base64, base64url and hexadecimal digits.
_RUN: Final = re.compile(r"[A-Za-z0-9+/_=-]+")
_HEX: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Fa-f])[0-9A-Fa-f]+")
# Of neighbours in random base64, 62 in 100 are of two classes: capital, small letter, digit. Of words in a row, written
# MyCertificateOfTheYear2026 or with separators between, no more than 33.
_CHANGES: Final = 0.35
# A key's first bytes are no random ones: a SEQUENCE, then identifiers that are mostly capitals in base64.
_SEQUENCE: Final = re.compile(r"(?:^|=)M[C-I]")
_CHANGES_AFTER: Final = 0.2
_CHANGES_QUOTED: Final = 0.15


def may_hold_key(text: str, shortest: int = RECORDED) -> bool:
    """Whether the text has PEM in it, or a run of at least `shortest` characters that looks like encoded bytes.

    Encoded bytes are hexadecimal, or base64 of any alphabet: capitals, small letters and digits in quick change. For
    an error (`QUOTED`) less is enough: not to quote costs nothing.
    """
    if _PEM in text:
        return True
    if len(text) < shortest:
        return False
    changes, kinds = (_CHANGES, 3) if shortest >= RECORDED else (_CHANGES_QUOTED, 2)
    return any(
        len(run) >= shortest
        and (
            _HEX.fullmatch(run) is not None
            or _changes(run, kinds) >= (min(changes, _CHANGES_AFTER) if _SEQUENCE.search(run) else changes)
        )
        for run in _RUN.findall(text)
    )


def _changes(run: str, kinds: int) -> float:
    """How often the class changes from one letter or digit to the next; 0 when there are fewer classes than `kinds`."""
    classes = [_class(character) for character in run if character.isalnum()]
    if len(set(classes)) < kinds:
        return 0.0
    return sum(before != after for before, after in pairwise(classes)) / len(run)


def _class(character: str) -> int:
    return 0 if character.isdigit() else 1 if character.isupper() else 2
