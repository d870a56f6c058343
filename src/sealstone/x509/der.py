"""A minimal, strict reader of DER (X.690): tags, lengths, integers. Knows no structure of X.509 and no algorithm.

It reads what must be judged before anything expensive or talkative may touch it: sizes of key numbers, serial
numbers, curve names, and the names that are shown. Everything it refuses is `Malformed`.
"""

from typing import Final, NamedTuple

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
SET: Final = 0x31


class Malformed(ValueError):  # the caller turns it into the Problem of its part
    """The bytes are not DER, or not of the expected structure. The text is a clause that fits after "because"."""


class Element(NamedTuple):
    """One tag-length-value: where it starts, where its content starts, where it ends, in the bytes it was read from."""

    tag: int
    start: int
    content: int
    end: int


def element(data: bytes, start: int, end: int) -> Element:
    """The element at `start`, wholly before `end`. Raises Malformed."""
    if start + 2 > end:
        raise Malformed("it ends in the middle of a value")
    tag = data[start]
    if tag & 0x1F == 0x1F:
        raise Malformed("it holds a tag of more than one byte")
    length = data[start + 1]
    content = start + 2
    if length >= 0x80:
        length, content = _long_length(data, content, length & 0x7F)
    if content + length > end:
        raise Malformed("it is cut short: a length points beyond its end")
    return Element(tag, start, content, content + length)


def _long_length(data: bytes, start: int, octets: int) -> tuple[int, int]:
    """X.690 10.1: definite form in the least number of octets."""
    if octets == 0:
        raise Malformed("it is encoded in BER, with indefinite lengths, and not in DER")
    if octets > 4:
        raise Malformed("a length has more than 4 bytes")
    length = int.from_bytes(data[start : start + octets], "big")
    if length < 0x80 or length >> 8 * (octets - 1) == 0:
        raise Malformed("it is encoded in BER, with a length longer than needed, and not in DER")
    return length, start + octets


def children(data: bytes, parent: Element, most: int = 32) -> list[Element]:
    """The elements inside a constructed one, `most` at most, so that no input makes much work. Raises Malformed."""
    found: list[Element] = []
    at, end = parent.content, parent.end
    while at < end:
        if len(found) == most:
            raise Malformed(f"it holds more than {most} values where a few belong")
        # Most values are short and whole; `element` tells what is wrong with the others.
        if at + 2 <= end and data[at] & 0x1F != 0x1F and (length := data[at + 1]) < 0x80 and at + 2 + length <= end:
            child = Element(data[at], at, at + 2, at + 2 + length)
        else:
            child = element(data, at, end)
        found.append(child)
        at = child.end
    return found


def whole_sequence(data: bytes) -> list[Element]:
    """The elements of the one SEQUENCE that the bytes consist of. Raises Malformed, also for trailing bytes."""
    outer = expect(element(data, 0, len(data)), SEQUENCE)
    if outer.end != len(data):
        raise Malformed(f"{len(data) - outer.end} bytes follow its end")
    return children(data, outer)


def expect(found: Element, tag: int) -> Element:
    """The element itself. Raises Malformed when it has another tag."""
    if found.tag != tag:
        raise Malformed(f"a value has tag {found.tag:#04x} where {tag:#04x} belongs")
    return found


def content(data: bytes, found: Element) -> bytes:
    """The bytes of the value, without tag and length."""
    return data[found.content : found.end]


def integer(data: bytes, found: Element) -> int:
    """The value of an INTEGER. Raises Malformed when it is empty or not in its shortest form (X.690 8.3)."""
    expect(found, INTEGER)
    value = content(data, found)
    if not value or (len(value) > 1 and value[0] in {0x00, 0xFF} and (value[0] ^ value[1]) < 0x80):
        raise Malformed("a number is not in its shortest form, so it is not DER")
    return int.from_bytes(value, "big", signed=True)


def dotted(identifier: bytes) -> str:
    """An object identifier's content as `1.2.840…` (X.690 8.19); hex when it is none that anybody would know."""
    if not identifier or len(identifier) > 32 or identifier[-1] >= 0x80:
        return f"#{identifier[:32].hex()}"
    arcs, value = [], 0
    for byte in identifier:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))
