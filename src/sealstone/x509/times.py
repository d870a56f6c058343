"""Dates as certificates have them: UTCTime and GeneralizedTime (RFC 5280 4.1.2.5), read leniently. No clock here."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from sealstone.x509 import der

UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
TAGS: Final = frozenset({UTC_TIME, GENERALIZED_TIME})
_FORM: Final = r"(?P<moment>\d{%d})(?P<seconds>\d\d)?(?:[.,]\d{1,9})?(?P<zone>Z|[+-]\d{4})?"
_FORMS: Final[Mapping[int, re.Pattern[str]]] = {
    UTC_TIME: re.compile(_FORM % 10, re.ASCII),
    GENERALIZED_TIME: re.compile(_FORM % 12, re.ASCII),
}
_LONGEST: Final = 40


def moment(data: bytes, found: der.Element) -> datetime:
    """A time in UTC, to the second. Raises der.Malformed when it is none, or of a year that there is not.

    Zones and left-out seconds, which RFC 5280 forbids and old authorities wrote, are taken (X.680 46, 47).
    """
    text = der.content(data, found)[:_LONGEST].decode("ascii", "replace")
    form = _FORMS[found.tag].fullmatch(text) if found.tag in TAGS else None
    if form is None:
        raise der.Malformed("a date is not written as a date")
    century = "" if found.tag == GENERALIZED_TIME else _century(form["moment"])
    written = century + form["moment"]
    try:
        local = datetime.strptime(f"{written}{form['seconds'] or '00'}", "%Y%m%d%H%M%S").replace(tzinfo=_zone(form))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise der.Malformed("a date is none of the calendar's") from None


def _century(written: str) -> str:
    """RFC 5280 4.1.2.5.1: two digits of a year from 50 on are of the 20th century."""
    return "19" if written[:2] >= "50" else "20"


def _zone(form: re.Match[str]) -> timezone:
    zone = form["zone"] or "Z"
    if zone == "Z":
        return UTC
    span = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    return timezone(-span if zone[0] == "-" else span)
