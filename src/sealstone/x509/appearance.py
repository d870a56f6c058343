"""What a text looks like, told without a word of it: somebody may have sent a file of passwords instead of another.

Which of the common mistakes it is, `mistakes` says; nothing here decides whether something is accepted.
"""

from typing import Final

_BASE64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_")
_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.*_")
_LINE_ENDS: Final = "\r\n\t\f"
_LONGEST_TOLD: Final = 80
_PRINTED: Final = (  # by openssl x509 -text, req -text, pkcs12 -nodes, s_client, and pkcs7 -print_certs
    "Certificate:",
    "Certificate Request:",
    "Certificate chain",
    "Bag Attributes",
    "CONNECTED(",
    "Private-Key:",
    "depth=",
    "subject=",
    "issuer=",
)


def told(text: str) -> str:
    """A clause of size and kind: `one line of 14 characters that may be a host name`. `text` is not blank."""
    stripped = text.strip()
    if is_binary(stripped):
        return "binary data, or text in an odd encoding"
    if stripped.startswith(_PRINTED):
        return "what openssl prints beside the blocks"
    lines = stripped.splitlines()
    if len(lines) > 1:
        return "several lines of text"
    size = f"of {len(stripped)} characters" if len(stripped) < _LONGEST_TOLD else "of 80 characters or more"
    size = "of 1 character" if len(stripped) == 1 else size
    return f"one line {size}{_kind(stripped)}"


def is_binary(text: str) -> bool:
    """Whether there are characters in it that no text has."""
    return any(not character.isprintable() and character not in _LINE_ENDS for character in text)


def _kind(line: str) -> str:
    if " " in line:
        return ", several words"
    if "." in line and not set(line.lower()) - _NAME:
        return " that may be a host name"
    if len(line) >= 32 and not set(line) - _BASE64:  # shorter ones are words as well
        return " that may be base64"
    return ""
