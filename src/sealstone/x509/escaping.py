"""How text from outside is shown in causes, cures and names: printable, short, on one line."""

from typing import Final

from sealstone.model.disclosure import QUOTED, may_hold_key

LIMIT: Final = 80
"""Characters of foreign text that a message shows at most."""


def shown(text: str, limit: int = LIMIT) -> str:
    """The text cut to `limit` characters, with everything unprintable (control, bidi, NUL, lone surrogate) escaped."""
    cut = escaped(text[:limit])
    return cut if len(text) <= limit and len(cut) <= limit else cut[: limit - 1] + "…"


def quotable(text: str, limit: int = LIMIT) -> bool:
    """Whether what would be shown of the text looks like words, and not like a part of a key (`model.disclosure`)."""
    return not may_hold_key(text[:limit].strip("-"), QUOTED)


def escaped(text: str) -> str:
    r"""The text with every unprintable character as the hex pairs of its UTF-8 bytes, `\0A` (RFC 4514, 2.4).

    `str.isprintable` is false for the Unicode categories Cc, Cf (which holds the bidirectional controls), Cs, Co,
    Cn, Zl, Zp and all of Zs but the plain space.
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else hex_pairs(character) for character in text)


def hex_pairs(character: str) -> str:
    r"""One character as `\XX` for each byte of its UTF-8 form (RFC 4514, 2.4)."""
    return "".join(f"\\{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
