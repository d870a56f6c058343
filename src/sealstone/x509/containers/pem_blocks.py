"""PEM as it is found in the wild, in linear time: blocks with anything around them, and what is odd about each.

The strict reader of uploads is `sealstone.x509.pem`; this one takes what people have, and remarks.
"""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_HYPHENS: Final = "-----"
BEGIN: Final = "-----BEGIN "
_END: Final = "-----END "
_LONGEST_LABEL: Final = 64
_MOST_HEADERS: Final = 32
_WHITE: Final = " \t\n\r\x0b\x0c\xa0\u2028\u2029\ufeff"
_PUNCTUATION: Final = "\"',;}])"
"""What stands around PEM in JSON, YAML and program text."""
_INVISIBLE: Final = {ord(character): None for character in _WHITE}


@dataclass(frozen=True, slots=True)
class Found:
    """One block. `fault` is set when there is none after all: a BEGIN line without what must follow."""

    label: str
    body: str = field(repr=False, default="")
    remarks: tuple[str, ...] = ()
    fault: str = ""

    @property
    def encrypted(self) -> bool:
        """OpenSSL's own encryption (RFC 1421 4.6.1.1)."""
        return "ENCRYPTED" in self.headers.get("Proc-Type", "")

    @property
    def text(self) -> str:
        """The block again, with its lines."""
        return f"{BEGIN}{self.label}{_HYPHENS}\n{self.body.strip(_WHITE)}\n{_END}{self.label}{_HYPHENS}\n"

    @property
    def headers(self) -> dict[str, str]:
        """RFC 1421 4.6: the lines with a colon before the base64."""
        return _parted(self.body)[0]

    def decoded(self) -> tuple[bytes, tuple[str, ...]]:
        """The bytes, and what is odd about their base64. Raises ValueError with a clause that says what is wrong."""
        digits = _parted(self.body)[1].translate(_INVISIBLE)
        remarks = () if len(digits) % 4 == 0 else ("its base64 has lost its padding",)
        digits += "=" * (-len(digits) % 4) if remarks else ""
        try:
            data = binascii.a2b_base64(digits.encode("ascii"), strict_mode=True)
        except ValueError:
            raise ValueError(_damage(self.body)) from None
        # Padding behind whole quartets passes as strict in some versions of Python: RFC 4648 section 4 has none there.
        if digits.count("=") != -len(data) % 3:
            raise ValueError(_damage(self.body))
        if not data:
            raise ValueError("it is empty")
        return data, remarks


def found(text: str) -> Iterator[Found]:
    """The blocks of a text whose line ends are LF, one by one, so that the caller can stop before a flood of them."""
    at, start = 0, text.find(BEGIN)
    after: Found | None = None
    while start >= 0:
        if after:
            yield after
        around: tuple[str, ...] = ()
        if _says_something(text[at:start]):
            around = ("text stands before its BEGIN line",)
        elif 0 < at == start:
            around = ("its BEGIN line stands on the END line of the block before",)
        after, at = _block(text, start, around)
        start = text.find(BEGIN, at)
    if after:
        rest = ("text stands after its END line",) if not after.fault and _says_something(text[at:]) else ()
        yield Found(after.label, after.body, (*after.remarks, *rest), after.fault)


def _block(text: str, start: int, remarks: tuple[str, ...]) -> tuple[Found, int]:
    """The block whose BEGIN line starts there, and where the text after it begins."""
    label_at = start + len(BEGIN)
    hyphens = text.find(_HYPHENS, label_at, label_at + _LONGEST_LABEL + len(_HYPHENS))
    if hyphens < 0 or "\n" in text[label_at:hyphens]:
        return Found("", fault="its BEGIN line does not end with five hyphens"), label_at
    label, opened = text[label_at:hyphens], hyphens + len(_HYPHENS)
    closed = text.find(_HYPHENS, opened)
    if closed < 0:
        return Found(label, fault="it has no END line; it seems cut off"), len(text)
    if not text.startswith(_END, closed):
        return Found(label, fault="it has no END line before the next line of hyphens"), closed
    end_at = closed + len(_END)
    if text.startswith(label + _HYPHENS, end_at):
        after = end_at + len(label) + len(_HYPHENS)
    else:
        remarks += ("its END line does not match its BEGIN line",)
        after = text.find("\n", end_at)
        after = len(text) if after < 0 else after
    body = text[opened:closed]
    if "\\n" in body:
        body = body.replace("\\r", "").replace("\\n", "\n")
        remarks += ("it has the two characters \\n where line breaks belong",)
    elif "\n" not in body.strip(" ") and len(body) > _LONGEST_LABEL:
        remarks += ("it has lost its line breaks",)
    return Found(label, body, remarks), after


def _says_something(gap: str) -> bool:
    return bool(gap.replace("\\r", "").replace("\\n", "").strip(_WHITE + _PUNCTUATION))


def _parted(body: str) -> tuple[dict[str, str], str]:
    """The headers (RFC 1421 4.6, with lines that go on) and the base64."""
    lines = body.strip(_WHITE).split("\n")
    if ":" not in lines[0]:
        return {}, body
    headers: dict[str, str] = {}
    name = ""
    for number, line in enumerate(lines[:_MOST_HEADERS]):
        before, colon, value = line.partition(":")
        if colon:
            name = before.strip()
            headers[name] = value.strip()
        elif line[:1] in {" ", "\t"} and line.strip():
            headers[name] += line.strip()
        else:
            return headers, "\n".join(lines[number:])
    return headers, "\n".join(lines[_MOST_HEADERS:])


def _damage(body: str) -> str:
    """Where the base64 breaks off; of what stands there nothing is told, it may be a piece of a key."""
    for number, line in enumerate(body.split("\n"), start=1):
        digits = line.translate(_INVISIBLE)
        if digits and not (digits.isascii() and digits.rstrip("=").replace("+", "").replace("/", "").isalnum()):
            return f"line {number} after its BEGIN line is not base64"
    return "its base64 is damaged: characters are missing or too many"
