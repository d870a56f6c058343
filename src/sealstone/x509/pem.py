"""PEM framing (RFC 7468), strict and in linear time: text -> blocks -> DER bytes. Knows labels as words only.

Strict: only white space may stand around blocks, boundaries must match and stand on lines of their own, base64 must
be whole. Lenient where it harms nobody: line lengths, blanks at line ends, blank lines. What a text that is not PEM
may be instead is the affair of `mistakes`.
"""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sealstone.x509 import mistakes
from sealstone.x509.acceptance import AS_TEXTS, Sending
from sealstone.x509.escaping import quotable, shown
from sealstone.x509.problems import NotPEM, Part, TextAroundPEM

_BLANKS: Final = " \t"
_WHITE: Final = " \t\n"
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_HYPHENS: Final = "-----"
_BEGIN: Final = "-----BEGIN "
_END: Final = "-----END "
_LONGEST_LABEL: Final = 64


@dataclass(frozen=True, slots=True)
class Block:
    """One PEM block, framed but not decoded: an encrypted key is refused without reading it."""

    part: Part
    number: int
    """Position in the text, from 0."""
    label: str
    """The words after BEGIN, as sent: escape before showing."""
    body: str = field(repr=False)
    """What stands between the BEGIN and the END line."""

    @property
    def encrypted(self) -> bool:
        """Whether the header of RFC 1421 4.6.1.1 says so (OpenSSL's traditional form)."""
        header, colon, rest = self.body.lstrip(_WHITE).partition(":")
        return bool(colon) and header == "Proc-Type" and "ENCRYPTED" in rest.partition("\n")[0]

    def der(self) -> bytes:
        """The decoded bytes. Raises NotPEM."""
        try:
            digits = self.body.encode("ascii").translate(None, b" \t\n")
            decoded = binascii.a2b_base64(digits, strict_mode=True)
        except ValueError:  # UnicodeEncodeError and binascii.Error are both
            raise self._damaged() from None
        # Padding behind whole quartets passes as strict in some versions of Python: RFC 4648 section 4 has none there.
        if len(digits) % 4 or digits.count(b"=") != -len(decoded) % 3:
            raise self._damaged()
        if not decoded:
            raise NotPEM(self.part, f"block {self.number + 1} of the {self.part} is empty", "send the whole file")
        return decoded

    def _damaged(self) -> NotPEM:
        """Says where, and what stands there unless it may be a piece of a private key."""
        for number, line in enumerate(self.body.split("\n"), start=1):
            wrong = line.encode("ascii", "replace").translate(None, _BASE64 + b" \t").decode()
            if wrong:
                what = "a header" if ":" in wrong else "a character that is not base64"
                return self._not_base64(f"line {number} after its BEGIN line has {what}")
        return self._not_base64("characters are missing or too many")

    def _not_base64(self, reason: str) -> NotPEM:
        return NotPEM(
            self.part,
            f"block {self.number + 1} of the {self.part} is not base64: {reason}",
            "send the file as it was issued, unchanged",
        )


def normalised(text: str) -> str:
    """LF line ends and no outer white space: what AWS returns of an upload (recorded: CRLF comes back as LF)."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip(_WHITE)


def count(text: str) -> int:
    """How many blocks the text seems to hold, without looking into them."""
    return text.count(_BEGIN)


def blocks(text: str, part: Part, sending: Sending = AS_TEXTS) -> Iterator[Block]:
    """The blocks of a normalised text, one by one, so that a reader can stop before a flood of them.

    `sending` is for cures. Raises NotPEM when there is none or its framing is damaged, TextAroundPEM for anything but
    white space around.
    """
    start = text.find(_BEGIN)
    if start < 0:
        raise mistakes.no_block(text, part, sending)
    if start > 0:
        raise mistakes.text_before(text[:start], part)
    number = 0
    while start >= 0:
        label, opened = _begin_line(text, start, part)
        closed, after = _end_line(text, opened, label, part)
        yield Block(part, number, label, text[opened:closed])
        start = _next(text, after, part)
        number += 1


def _begin_line(text: str, start: int, part: Part) -> tuple[str, int]:
    """The label, and where the line after begins."""
    label_at = start + len(_BEGIN)
    hyphens = text.find(_HYPHENS, label_at, label_at + _LONGEST_LABEL + len(_HYPHENS))
    if hyphens < 0 or "\n" in text[label_at:hyphens]:
        raise NotPEM(
            part, f"a BEGIN line of the {part} does not end with five hyphens", "send the whole file, unchanged"
        )
    line_end = text.find("\n", hyphens)
    rest = text[hyphens + len(_HYPHENS) : line_end if line_end >= 0 else len(text)]
    if rest.strip(_BLANKS) or line_end < 0:
        raise mistakes.begin_line_goes_on(rest, part)
    return text[label_at:hyphens], line_end + 1


def _end_line(text: str, opened: int, label: str, part: Part) -> tuple[int, int]:
    """Where the body ends, and where the text after the END line begins."""
    closed = text.find(_HYPHENS, opened)
    expected = f"{_END}{label}{_HYPHENS}"
    if closed < 0 or text.startswith(_BEGIN, closed):
        raise NotPEM(part, f"the {part} has a BEGIN line without its END line", "send the whole file; it seems cut off")
    if not text.startswith(expected, closed):
        found = text[closed : closed + len(_END) + _LONGEST_LABEL].partition("\n")[0]
        said = part is not Part.PRIVATE_KEY and quotable(found) and quotable(label)
        excerpt = f": '{shown(found)}' ends {shown(label)}" if said else ""
        raise NotPEM(part, f"an END line of the {part} does not match its BEGIN line{excerpt}", "send the whole file")
    line_start = text.rfind("\n", opened - 1, closed) + 1
    if text[line_start:closed].strip(_BLANKS):
        raise mistakes.line_breaks_lost(part)
    return closed, closed + len(expected)


def _next(text: str, after: int, part: Part) -> int:
    """Where the next block starts, or -1 at the end of the text."""
    following = text.find(_HYPHENS, after)
    gap = text[after : following if following >= 0 else len(text)]
    if gap.strip(_WHITE):
        place = "after the last END line" if following < 0 else "between its blocks"
        raise TextAroundPEM(part, place, gap)
    if following < 0:
        return -1
    if not text.startswith(_BEGIN, following):
        raise TextAroundPEM(part, "between its blocks", text[following : following + 80])
    if "\n" not in gap:
        raise mistakes.joined(part)
    return following
