"""Dates as authorities write them, and as they must not be written."""

from datetime import UTC, datetime

import pytest
from tests.forged import tlv

from sealstone.x509 import der, times


def read(tag: int, text: bytes) -> datetime:
    data = tlv(tag, text)
    return times.moment(data, der.element(data, 0, len(data)))


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        (times.UTC_TIME, b"491231235959Z", datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (times.UTC_TIME, b"500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (times.UTC_TIME, b"2601011200Z", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        (times.UTC_TIME, b"260101120000+0130", datetime(2026, 1, 1, 10, 30, tzinfo=UTC)),
        (times.UTC_TIME, b"260101120000-0130", datetime(2026, 1, 1, 13, 30, tzinfo=UTC)),
        (times.GENERALIZED_TIME, b"99991231235959Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (times.GENERALIZED_TIME, b"20500101000000.5Z", datetime(2050, 1, 1, tzinfo=UTC)),
        (times.GENERALIZED_TIME, b"205001010000", datetime(2050, 1, 1, tzinfo=UTC)),
    ],
)
def test_dates(tag: int, text: bytes, expected: datetime) -> None:
    assert read(tag, text) == expected
    assert read(tag, text).tzinfo is UTC


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (times.UTC_TIME, b""),
        (times.UTC_TIME, b"20260101120000Z"),
        (times.UTC_TIME, b"261301120000Z"),
        (times.UTC_TIME, b"260229120000Z"),
        (times.UTC_TIME, b"260101120060Z"),
        (times.UTC_TIME, b"2601011200 1Z"),
        (times.UTC_TIME, b"260101120000+9999"),
        (times.UTC_TIME, b"260101120000Z" + b"0" * 1000),
        (times.GENERALIZED_TIME, b"00000101000000Z"),
        (times.GENERALIZED_TIME, b"99991231235959-0100"),
        (times.GENERALIZED_TIME, b"00010101000000+0100"),
        (0x0C, b"260101120000Z"),
    ],
)
def test_what_is_no_date(tag: int, text: bytes) -> None:
    with pytest.raises(der.Malformed):
        read(tag, text)
