"""The strict DER reader: what it reads, and each thing it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import forged

from sealstone.x509 import der


def integer(data: bytes) -> int:
    return der.integer(data, der.element(data, 0, len(data)))


@pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 256, -1, -128, -129, 2**2048])
def test_integers(value: int) -> None:
    assert integer(forged.integer(value)) == value


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "middle"),
        (b"\x02", "middle"),
        (b"\x1f\x01\x00", "more than one byte"),
        (b"\x02\x02\x01", "cut short"),
        (b"\x02\x80\x00\x00", "indefinite"),
        (b"\x02\x81\x01\x01", "longer than needed"),
        (b"\x02\x82\x00\x81" + b"\x01" * 129, "longer than needed"),
        (b"\x02\x85\x01\x00\x00\x00\x00", "4 bytes"),
        (b"\x02\x84\xff\xff\xff\xff", "cut short"),
        (b"\x02\x00", "shortest"),
        (b"\x02\x02\x00\x01", "shortest"),
        (b"\x02\x02\xff\xff", "shortest"),
        (b"\x04\x01\x01", "tag 0x04"),
    ],
)
def test_refuses(data: bytes, reason: str) -> None:
    with pytest.raises(der.Malformed, match=reason):
        integer(data)


def test_whole_sequence() -> None:
    data = forged.sequence(forged.integer(1), forged.octets(b"x"))
    first, second = der.whole_sequence(data)
    assert der.integer(data, first) == 1
    assert der.content(data, second) == b"x"
    with pytest.raises(der.Malformed, match="1 bytes follow"):
        der.whole_sequence(data + b"\x00")
    with pytest.raises(der.Malformed, match="tag 0x02"):
        der.whole_sequence(forged.integer(1))


def test_no_more_children_than_belong() -> None:
    """A megabyte of empty values makes no work."""
    with pytest.raises(der.Malformed, match="more than 32"):
        der.whole_sequence(forged.sequence(b"\x05\x00" * 500_000))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("550403", "2.5.4.3"),
        ("2a864886f70d010101", "1.2.840.113549.1.1.1"),
        ("883703", "2.999.3"),
        ("00", "0.0"),
        ("", "#"),
        ("2a86", "#2a86"),
        ("2a" * 40, "#" + "2a" * 32),
    ],
)
def test_dotted(content: str, text: str) -> None:
    assert der.dotted(bytes.fromhex(content)) == text


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Children or Malformed, nothing else; and children lie side by side."""
    try:
        found = der.whole_sequence(data)
    except der.Malformed:
        return
    ends = [child.end for child in found]
    assert [child.start for child in found] == [len(data) - sum(c.end - c.start for c in found), *ends[:-1]][
        : len(found)
    ]


@given(st.integers(min_value=-(2**4096), max_value=2**4096))
def test_any_integer(value: int) -> None:
    assert integer(forged.integer(value)) == value
