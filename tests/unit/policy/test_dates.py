"""Dates as numbers, against the calendar of the standard library where it reaches."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.policy import dates

DATETIMES = st.datetimes(timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(DATETIMES)
def test_agrees_with_the_calendar(moment: datetime) -> None:
    # Offsets with seconds are not written by isoformat for whole minutes.
    assert dates.read(moment.isoformat()) == (moment - EPOCH) // timedelta(microseconds=1) * 1000


@given(st.datetimes(), st.booleans())
def test_a_date_alone_is_its_midnight(moment: datetime, with_t: bool) -> None:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    expected = (midnight - EPOCH) // timedelta(seconds=1) * dates.NANOSECONDS
    assert dates.read(f"{moment:%Y-%m-%d}".rjust(10, "0") + "T" * with_t) == expected


@given(st.integers(0, dates.LATEST_EPOCH))
def test_seconds_since_1970(seconds: int) -> None:
    assert dates.read(str(seconds)) == seconds * dates.NANOSECONDS


@pytest.mark.parametrize("year", [-401, -400, -101, -100, -5, -4, -1, 0, 1, 4, 100, 400, 12_000])
def test_years_follow_each_other(year: int) -> None:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    day = 86_400 * dates.NANOSECONDS
    first, following = (dates.read(f"{one}-01-01") for one in (year, year + 1))
    assert following - first == (366 if leap else 365) * day
    assert following - dates.read(f"{year}-12-31T00:00Z") == day


@pytest.mark.parametrize("text", ["", "-", "T", "T10:00", "2020-", "2020-1-1-1", "1" * 65, "2020-01-01T1:2:3:4", "+5"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|three|long"):
        dates.read(text)


@given(st.text("0123456789-:.+TZt ", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(dates.read(text), int)
