"""A year of short-lived certificates by a moved clock: none expires, though the authority is away for weeks."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.issuing import Issuance

from sealstone.model.certificate import Certificate
from sealstone.store import certificates
from sealstone.store.columns import read_time
from sealstone.store.schema_certificates import CERTIFICATES

FIRST_END = select(func.min(CERTIFICATES.c.not_after))
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Issuance]:
    """An empty one."""
    made = Issuance(tmp_path)
    yield made
    made.close()


def every(house: Issuance) -> list[Certificate]:
    with house.store.reading() as tx:
        return list(certificates.each(tx, "123456789012", "eu-central-1", after=None))


def shortest(house: Issuance) -> timedelta:
    """What the one that ends first has left."""
    with house.store.reading() as tx:
        row = tx.row(FIRST_END, {})
    assert row is not None
    return read_time(row[0]) - house.now


def year(house: Issuance, *, away_from: timedelta, away_for: timedelta, steps: int) -> timedelta:
    """Run a year; the least that any certificate ever had left."""
    began, least = house.now, 1000 * DAY
    step = 365 * DAY / steps
    for _ in range(steps):
        house.authority.away = away_from <= house.now - began < away_from + away_for
        house.pass_time(step)
        least = min(least, shortest(house))
    return least


@pytest.mark.parametrize(
    ("count", "days", "away_for", "steps"),
    # Certificates of 6 days do not live for 14 days without an authority, so theirs is away for a day and a half.
    [(990, 47, 14 * DAY, 365 * 4), (10, 6, 36 * HOUR, 365 * 8)],
)
def test_a_year_of_certificates(house: Issuance, count: int, days: int, away_for: timedelta, steps: int) -> None:
    for number in range(count):
        house.ask(f"c{number}", days=days)
        house.use(f"c{number}", f"l{number}")
        house.served(f"l{number}", always=True)
    house.pass_time(HOUR)
    least = year(house, away_from=100 * DAY, away_for=away_for, steps=steps)
    assert least > timedelta(), "one has expired"
    versions = [one.version for one in every(house)]
    assert min(versions) >= 365 // days
    orders = len(house.authority.orders)
    assert orders == sum(versions), "the authority was asked for nothing in vain"
