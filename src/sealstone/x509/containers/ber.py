"""BER made DER (X.690): old Windows and Java tools, and hardware, write PKCS #12 and PKCS #7 with open ends.

Lengths become definite and short, and octet strings in pieces become whole. Bounded in depth and in values; nothing
else is judged. What is inside of octet strings stays as it is.
"""

from typing import Final

from sealstone.x509 import der

_DEEPEST: Final = 32
_MOST_VALUES: Final = 1_000_000
_CONSTRUCTED: Final = 0x20
_OCTETS_IN_PIECES: Final = 0x24


def as_der(data: bytes) -> bytes:
    """The first value in `data` as DER; what follows it is left out. Raises der.Malformed."""
    tag, content, _ = _Rewriter(data).value(0, len(data), 0)
    return written(tag, content)


def written(tag: int, content: bytes) -> bytes:
    """One value in DER."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


class _Rewriter:
    """One pass over the bytes; it counts the values."""

    __slots__ = ("_data", "_left")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = _MOST_VALUES

    def value(self, start: int, end: int, depth: int) -> tuple[int, bytes, int]:
        """Tag, content in DER, and where the next value starts."""
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise der.Malformed("its values are too many, or nested too deeply")
        tag, content, length = self._header(start, end)
        if length is not None and not tag & _CONSTRUCTED:
            return tag, self._data[content : content + length], content + length
        if not tag & _CONSTRUCTED:
            raise der.Malformed("a simple value has no length")
        return self._constructed(tag, content, end if length is None else content + length, depth, length is None)

    def _constructed(self, tag: int, at: int, end: int, depth: int, is_open: bool) -> tuple[int, bytes, int]:
        """The values inside, up to the length given or to the two zero bytes that end an open one (X.690 8.1.5)."""
        parts = []
        while at < end:
            if is_open and self._data[at : at + 2] == b"\0\0":
                break
            child_tag, child, at = self.value(at, end, depth + 1)
            if tag != _OCTETS_IN_PIECES:
                child = written(child_tag, child)
            elif child_tag != der.OCTET_STRING:
                raise der.Malformed("a string in pieces holds something else")
            parts.append(child)
        if is_open and at + 2 > end:
            raise der.Malformed("it is cut short: an open value has no end")
        return der.OCTET_STRING if tag == _OCTETS_IN_PIECES else tag, b"".join(parts), at + 2 if is_open else at

    def _header(self, start: int, end: int) -> tuple[int, int, int | None]:
        """Tag, where the content starts, and its length, None when it is open (X.690 8.1.3)."""
        if start + 2 > end:
            raise der.Malformed("it is cut short: it ends in the middle of a value")
        tag, length, content = self._data[start], self._data[start + 1], start + 2
        if tag & 0x1F == 0x1F:
            raise der.Malformed("it holds a tag of more than one byte")
        if length == 0x80:
            return tag, content, None
        if length > 0x80:
            octets = length & 0x7F
            length = int.from_bytes(self._data[content : min(content + octets, end)], "big")
            content += octets
        if content + length > end:
            raise der.Malformed("it is cut short: a length points beyond its end")
        return tag, content, length
