"""BER becomes DER; what is neither is refused; nothing makes more work than its size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.x509.containers import samples

from sealstone.x509 import der
from sealstone.x509.containers import ber

OPEN = b"\x30\x80"
END = b"\x00\x00"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x02\x01\x05", b"\x02\x01\x05"),
        (OPEN + END, b"\x30\x00"),
        (OPEN + b"\x02\x01\x05" + END, b"\x30\x03\x02\x01\x05"),
        (OPEN + OPEN + END + END, b"\x30\x02\x30\x00"),
        (b"\x02\x81\x01\x05", b"\x02\x01\x05"),
        (b"\x30\x84\x00\x00\x00\x03\x02\x01\x05", b"\x30\x03\x02\x01\x05"),
        (b"\x24\x80\x04\x01a\x04\x02bc" + END, b"\x04\x03abc"),
        (b"\x24\x06\x24\x02\x04\x00\x04\x00", b"\x04\x00"),
        (b"\xa0\x80\x04\x01a" + END, b"\xa0\x03\x04\x01a"),
        (b"\x30\x00trailing", b"\x30\x00"),
    ],
)
def test_ber_becomes_der(data: bytes, expected: bytes) -> None:
    assert ber.as_der(data) == expected


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "cut short"),
        (b"\x30", "cut short"),
        (b"\x30\x05\x02\x01\x05", "cut short"),
        (OPEN + b"\x02\x01\x05", "no end"),
        (OPEN + b"\x02\x01\x05\x00", "cut short"),
        (b"\x04\x80" + END, "no length"),
        (b"\x1f\x01\x00", "more than one byte"),
        (b"\x24\x03\x02\x01\x05", "in pieces"),
        (b"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff", "cut short"),
        (OPEN * 100_000, "nested too deeply"),
    ],
    ids=lambda value: str(len(value)),
)
def test_what_is_neither_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(der.Malformed, match=words):
        ber.as_der(data)


def test_a_flood_of_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    flood = ber.written(der.SEQUENCE, b"\x05\x00" * 1000)
    assert ber.as_der(flood) == flood
    monkeypatch.setattr(ber, "_MOST_VALUES", 1000)
    with pytest.raises(der.Malformed, match="too many"):
        ber.as_der(flood)


@pytest.mark.parametrize("length", [0, 127, 128, 255, 256, 65535, 65536])
def test_lengths_are_as_the_strict_reader_wants_them(length: int) -> None:
    data = ber.written(der.OCTET_STRING, bytes(length))
    found = der.element(data, 0, len(data))
    assert (found.end, found.end - found.content) == (len(data), length)


def test_a_certificate_stays_as_it_is() -> None:
    assert ber.as_der(samples.CERTIFICATE) == samples.CERTIFICATE


@given(st.binary(max_size=64))
def test_anything_is_der_afterwards_or_refused(data: bytes) -> None:
    try:
        found = ber.as_der(data)
    except der.Malformed:
        return
    assert der.element(found, 0, len(found)).end == len(found)
    assert ber.as_der(found) == found
