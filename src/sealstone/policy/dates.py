"""Dates in conditions: ISO 8601 as the W3C note profiles it, or seconds since 1970, as one number to compare.

IAM accepts years that no calendar type of Python holds and shortened forms (`01T` is a year); hence no datetime.
"""

from calendar import isleap
from typing import Final

NANOSECONDS: Final = 10**9
LATEST_EPOCH: Final = 2**63 - 1
# The first and last year of java.util.Date, which IAM enforces (recorded: -292275054 is accepted).
FIRST_YEAR: Final = -292_275_054
LAST_YEAR: Final = 292_278_993

_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LONGEST = 64


def read(text: str) -> int:
    """Nanoseconds since 1970-01-01T00:00:00Z of an ISO 8601 date or of a count of seconds.

    Raises ValueError for everything else: a bad month, an offset of one digit, more than nine decimals, an epoch
    beyond 63 bits (all recorded as refused); a day that its month does not have (our reading).
    """
    if len(text) > _LONGEST:
        raise ValueError("too long for a date")
    if "t" not in text.lower() and "-" not in text:
        return _number(text, 0, LATEST_EPOCH) * NANOSECONDS
    date, _, time = text.upper().partition("T")
    return _days(date) * 86_400 * NANOSECONDS + (_time(time) if time else 0)


def _number(text: str, lowest: int, highest: int, *, digits: int = 0) -> int:
    """A run of ASCII digits within bounds, and of an exact length if asked."""
    if not (text.isascii() and text.isdigit()) or (digits and len(text) != digits):
        raise ValueError(f"{text!r} is not a number here")
    number = int(text)
    if not lowest <= number <= highest:
        raise ValueError(f"{number} is not between {lowest} and {highest}")
    return number


def _days(text: str) -> int:
    """Days from 1970-01-01 to a date in the proleptic Gregorian calendar; month and day may be left out."""
    before_zero = text.startswith("-")
    fields = text[before_zero:].split("-")
    year = _number(fields[0], 0, -FIRST_YEAR if before_zero else LAST_YEAR)
    year = -year if before_zero else year
    month = _number(fields[1], 1, 12) if len(fields) > 1 else 1
    lengths = (31, 29 if isleap(year) else 28, *_DAYS[2:])
    day = _number(fields[2], 1, lengths[month - 1]) if len(fields) > 2 else 1
    if len(fields) > 3:
        raise ValueError("a date has three fields")
    past = year - 1
    leap_days = past // 4 - past // 100 + past // 400
    return past * 365 + leap_days + sum(lengths[: month - 1]) + day - 1 - 719_162


def _time(text: str) -> int:
    """Nanoseconds since midnight UTC: hours, and if given minutes, seconds, decimals and the offset."""
    clock, offset = _split_offset(text)
    fields = clock.split(":")
    if len(fields) > 3:
        raise ValueError("a time has three fields")
    seconds, point, decimals = fields[2].partition(".") if len(fields) > 2 else ("0", "", "")
    if point and not 1 <= len(decimals) <= 9:
        raise ValueError("one to nine decimals")
    whole = _number(fields[0], 0, 23) * 3600 + _number(seconds, 0, 59)
    whole += _number(fields[1], 0, 59) * 60 if len(fields) > 1 else 0
    fraction = _number(decimals.ljust(9, "0"), 0, NANOSECONDS) if point else 0
    return (whole - offset) * NANOSECONDS + fraction


def _split_offset(text: str) -> tuple[str, int]:
    """The clock and the seconds it is ahead of UTC; without an offset the clock is UTC."""
    if text.endswith("Z"):
        return text[:-1], 0
    for sign, direction in (("+", 1), ("-", -1)):
        clock, found, offset = text.partition(sign)
        if found:
            hours, colon, minutes = offset.partition(":")
            ahead = _number(hours, 0, 23, digits=2) * 3600
            ahead += _number(minutes, 0, 59, digits=2) * 60 if colon else 0
            return clock, direction * ahead
    return text, 0
