"""Distinguished names as text: RFC 4514, with everything unprintable escaped. For showing only, never for comparing.

Names are compared as DER bytes where they matter (chain links). Read without `cryptography`, whose `Name` objects
warn about, or refuse, names that real certificates have.
"""

from typing import Final

from sealstone.x509 import der
from sealstone.x509.escaping import escaped

_MOST_PARTS: Final = 128
_LONGEST_HEX: Final = 256  # bytes of a name that cannot be read
_SHORT: Final = {  # RFC 4514 section 3, and what OpenSSL calls the others that are common
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.42": "GN",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
_ENCODINGS: Final = {  # X.680 string tags; T61 is read as Latin-1, as everybody does
    12: "utf-8",
    18: "ascii",
    19: "ascii",
    20: "latin-1",
    22: "ascii",
    26: "ascii",
    28: "utf-32-be",
    30: "utf-16-be",
}


def as_text(name: bytes) -> str:
    """A DER `Name` as RFC 4514 writes it, last part first: `CN=build.example.com,O=Example`.

    What cannot be read is shown as `#` and hex (RFC 4514, 2.4), so that no name makes a certificate unusable.
    """
    try:
        whole = der.element(name, 0, len(name))
        parts = [_relative(name, part) for part in der.children(name, whole, _MOST_PARTS)]
    except der.Malformed:
        return f"#{name[:_LONGEST_HEX].hex()}"
    return ",".join(reversed(parts)) or "(an empty name)"


def comparable(name: bytes) -> bytes:
    """The same bytes for names that RFC 5280 7.1 calls the same; the name itself when it cannot be read.

    As OpenSSL compares: whatever string type it is, ASCII letters without case, runs of white space as one space, none
    at the ends, the attributes of one part in any order.
    """
    try:
        return repr(list(relative_names(name))).encode()
    except der.Malformed:
        return name


def relative_names(name: bytes) -> tuple[tuple[tuple[bytes, bytes], ...], ...]:
    """The parts of a name, the highest first, each comparable as in `comparable`. Raises der.Malformed."""
    whole = der.element(name, 0, len(name))
    return tuple(
        tuple(sorted(_comparable(name, attribute) for attribute in der.children(name, der.expect(part, der.SET))))
        for part in der.children(name, whole, _MOST_PARTS)
    )


def texts(name: bytes) -> tuple[tuple[bytes, str], ...]:
    """The attributes that are texts, as they stand there, each with its object identifier. Raises der.Malformed."""
    whole = der.element(name, 0, len(name))
    each = (
        _read(name, attribute)
        for part in der.children(name, whole, _MOST_PARTS)
        for attribute in der.children(name, der.expect(part, der.SET))
    )
    return tuple((kind, text) for kind, _, text in each if text is not None)


def same(one: bytes, other: bytes) -> bool:
    """Whether two DER names are the same name (RFC 5280 7.1)."""
    return one == other or comparable(one) == comparable(other)


def _read(name: bytes, attribute: der.Element) -> tuple[bytes, der.Element, str | None]:
    """Kind, value, and the value as a text, if it is one."""
    pair = der.children(name, der.expect(attribute, der.SEQUENCE))
    if len(pair) != 2:
        raise der.Malformed("a name has an attribute that is not a pair")
    return der.content(name, pair[0]), pair[1], _text(name, pair[1])


def _text(name: bytes, value: der.Element) -> str | None:
    encoding = _ENCODINGS.get(value.tag)
    try:
        return der.content(name, value).decode(encoding) if encoding else None
    except UnicodeDecodeError:
        return None


def _comparable(name: bytes, attribute: der.Element) -> tuple[bytes, bytes]:
    kind, value, text = _read(name, attribute)
    if text is None:
        return kind, name[value.start : value.end]
    # `lower` of bytes knows ASCII only, and so does `split`.
    return kind, b" ".join(text.encode("utf-8", "surrogatepass").lower().split())


def _relative(name: bytes, part: der.Element) -> str:
    return "+".join(_attribute(name, attribute) for attribute in der.children(name, der.expect(part, der.SET)))


def _attribute(name: bytes, attribute: der.Element) -> str:
    pair = der.children(name, der.expect(attribute, der.SEQUENCE))
    if len(pair) != 2:
        raise der.Malformed("a name has an attribute that is not a pair")
    kind = der.dotted(der.content(name, der.expect(pair[0], der.OBJECT_IDENTIFIER)))
    return f"{_SHORT.get(kind, kind)}={_value(name, pair[1])}"


def _value(name: bytes, value: der.Element) -> str:
    text = _text(name, value)
    return f"#{name[value.start : value.end].hex()}" if text is None else _quoted(text)


def _quoted(text: str) -> str:
    r"""RFC 4514, 2.4: a backslash before `"+,;<>\`, before a leading `#` or space and a trailing space."""
    if text.isalnum():
        return text
    marked = "".join(f"\\{character}" if character in '"+,;<>\\' else character for character in text)
    if marked[:1] in {"#", " "}:
        marked = "\\" + marked
    if len(marked) > 1 and marked.endswith(" ") and marked != "\\ ":
        marked = marked[:-1] + "\\ "
    return escaped(marked)
