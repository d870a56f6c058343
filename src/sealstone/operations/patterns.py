r"""The regular expressions of the service models, which are Java's, as functions of a text.

Java differs from Python in what the models use: `\w` and `\d` are ASCII, `.` stops at more line ends, and there are
Unicode categories (`\p{L}`). A pattern holds for the whole text. No pattern of the models takes more than linear time.
"""

import re
from collections.abc import Callable
from typing import Final
from unicodedata import category

Holds = Callable[[str], bool]

# One class, repeated: the only form in which the models use Unicode categories.
_CATEGORY_CLASS: Final = re.compile(r"\(?\[((?:\\p\{[LNZ]\})+)((?:\\.|[^\]\\])*)\]([+*])\)?")
_IN_ASCII: Final = {"L": "A-Za-z", "N": "0-9", "Z": " "}
_TOKEN: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\.")
# java.util.regex.Pattern, "Line terminators".
_ANY_BUT_LINE_END: Final = r"[^\n\r\u0085\u2028\u2029]"
# Those of ARNs of Roles Anywhere, whose longest text is of 1,011 characters: two runs of anything, which try every pair
# of colons. The first run may as well end at the next colon; what is longer than any of them matches none.
_TWO_RUNS: Final = "(:.*){2}"
_AS_ONE: Final = r":[^:\n\r\u0085\u2028\u2029]*:.*"
_RUN: Final = ".*"
_LONGEST_WITH_RUNS: Final = 2048


def compile_pattern(pattern: str) -> Holds:
    """Whether a text matches the whole of `pattern`; raises ValueError for a form that is not translated."""
    if r"\p" in pattern:
        return _by_category(pattern)
    longest = _LONGEST_WITH_RUNS if pattern.count(_RUN) > 1 else None
    pattern = pattern.replace(_TWO_RUNS, _AS_ONE)
    translated = _TOKEN.sub(lambda token: _ANY_BUT_LINE_END if token[0] == "." else token[0], pattern)
    # "x+.*" at the end means the same as "x.*" and would try every split of a text that fails.
    translated = translated.replace(rf"]+{_ANY_BUT_LINE_END}*", rf"]{_ANY_BUT_LINE_END}*")
    match = re.compile(translated, re.ASCII).fullmatch
    if longest is not None:
        return lambda text: len(text) <= longest and match(text) is not None
    return lambda text: match(text) is not None


def _by_category(pattern: str) -> Holds:
    # A pattern holds for the whole text, whether it says so or not.
    form = _CATEGORY_CLASS.fullmatch(pattern.removeprefix("^").removesuffix("$"))
    if form is None or not form[2].isascii() or r"\u" in form[2]:
        raise ValueError(f"no translation for the pattern {pattern}")
    categories = frozenset(re.findall(r"[LNZ]", form[1]))
    ascii_ranges = "".join(_IN_ASCII[letter] for letter in sorted(categories))
    plain = re.compile(f"[{ascii_ranges}{form[2]}]*", re.ASCII)
    may_be_empty = form[3] == "*"

    def holds(text: str) -> bool:
        if not text:
            return may_be_empty
        if text.isascii():
            return plain.fullmatch(text) is not None
        return all(category(letter)[0] in categories or plain.fullmatch(letter) for letter in text)

    return holds
