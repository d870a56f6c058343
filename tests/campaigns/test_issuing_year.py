"""A year of short-lived certificates by a moved clock: none expires, though the authority is away for weeks."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from tests.issuing import Issuance

from sealstone.model.certificate import Certificate
from sealstone.store import certificate_requests, certificates
from sealstone.store.columns import read_time
from sealstone.store.schema_certificates import CERTIFICATES

FIRST_END = select(func.min(CERTIFICATES.c.not_after))
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def every(house: Issuance) -> list[Certificate]:
    with house.store.reading() as tx:
        return list(certificates.each(tx, "123456789012", "eu-central-1", after=None))


def shortest(house: Issuance) -> timedelta:
    """What the one that ends first has left."""
    with house.store.reading() as tx:
        row = tx.row(FIRST_END, {})
    assert row is not None
    return read_time(row[0]) - house.now


def year(house: Issuance, *, away_from: timedelta, away_for: timedelta) -> timedelta:
    """Run a year, from one due time to the next; the least that any certificate ever had left."""
    began, least = house.now, 1000 * DAY
    while (passed := house.now - began) < 365 * DAY:
        house.authority.away = away_from <= passed < away_from + away_for
        with house.store.reading() as tx:
            due = certificate_requests.next_due(tx)
        assert due is not None
        house.pass_time(min(max(read_time(due) - house.now, timedelta(minutes=1)), 6 * HOUR))
        least = min(least, shortest(house))
    return least


@pytest.mark.parametrize(
    ("count", "days", "away_for"),
    # A thousand in all, in stores that run side by side. Certificates of 6 days do not live for 14 days without an
    # authority, so theirs is away for a day and a half.
    [*((248, 47, 14 * DAY) for _ in range(4)), (8, 6, 36 * HOUR)],
)
def test_a_year_of_certificates(house: Issuance, count: int, days: int, away_for: timedelta) -> None:
    for number in range(count):
        house.ask(f"c{number}", days=days)
        house.use(f"c{number}", f"l{number}")
        house.served(f"l{number}", always=True)
    house.pass_time(HOUR)
    least = year(house, away_from=100 * DAY, away_for=away_for)
    assert least > timedelta(), "one has expired"
    versions = [one.version for one in every(house)]
    assert min(versions) >= 365 // days
    orders = len(house.authority.orders)
    assert orders == sum(versions), "the authority was asked for nothing in vain"
