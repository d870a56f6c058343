"""Text into XML 1.0 so that the document is well-formed whatever the text holds.

Two steps, because the second is cheap only once a document: `escape` for each text, `document` for the whole.
"""

import re
from typing import Final

# XML 1.0, 2.2: of the C0 controls only tab, LF and CR are characters. A "?" stands for what cannot be said.
_CONTROLS: Final = bytes.maketrans(
    bytes(code for code in range(0x20) if code not in b"\t\n\r"),
    b"?" * 29,
)
_NOT_CHARACTERS: Final = re.compile("[\ufffe\uffff]")


def escape(text: str) -> str:
    """Element content. CR becomes a reference: a parser turns a raw one into LF (XML 1.0, 2.11)."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if "\r" in text:
        text = text.replace("\r", "&#13;")
    return text


def document(text: str) -> bytes:
    """UTF-8 of a whole document; characters that XML 1.0 forbids, lone surrogates too, become "?"."""
    if not text.isascii():
        text = _NOT_CHARACTERS.sub("?", text)
    return text.encode("utf-8", "replace").translate(_CONTROLS)
