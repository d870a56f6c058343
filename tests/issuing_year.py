"""A year of short-lived certificates in one store, by a moved clock, while the authority is away for a time.

    python -m tests.issuing_year COUNT DAYS HOURS

COUNT certificates of DAYS days that listeners use; the authority does not answer for HOURS hours. Prints one JSON
object: the least seconds that any certificate ever had left, the fewest contents that one had, all of them, and how
often the authority was asked.
"""

import json
import logging
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from tests.issuing import DAY, HOUR, Issuance

from sealstone.store import certificate_requests, certificates
from sealstone.store.columns import read_time
from sealstone.store.schema_certificates import CERTIFICATES

_FIRST_END: Final = select(func.min(CERTIFICATES.c.not_after))
_AWAY_FROM: Final = 100 * DAY
_STEP: Final = 3 * HOUR
"""The least time between two rounds of the worker, which really looks five times a second."""
_LONGEST: Final = 6 * HOUR


def shortest(house: Issuance) -> timedelta:
    """What the one that ends first has left."""
    with house.store.reading() as tx:
        row = tx.row(_FIRST_END, {})
    assert row is not None
    return read_time(row[0]) - house.now


def year(house: Issuance, away_for: timedelta) -> timedelta:
    """Run a year, from one due time to the next; the least that any certificate ever had left."""
    began, least = house.now, 1000 * DAY
    while (passed := house.now - began) < 365 * DAY:
        house.authority.away = _AWAY_FROM <= passed < _AWAY_FROM + away_for
        with house.store.reading() as tx:
            due = certificate_requests.next_due(tx)
        assert due is not None
        house.pass_time(min(max(read_time(due) - house.now, _STEP), _LONGEST))
        least = min(least, shortest(house))
    return least


def run(count: int, days: int, hours: int) -> dict[str, float]:
    """The whole of it, in a store of its own."""
    with tempfile.TemporaryDirectory() as directory:
        house = Issuance(Path(directory))
        for number in range(count):
            house.ask(f"c{number}", days=days)
            house.use(f"c{number}", f"l{number}")
            house.served(f"l{number}", always=True)
        house.pass_time(HOUR)
        least = year(house, timedelta(hours=hours))
        with house.store.reading() as tx:
            versions = [one.version for one in certificates.each(tx, "123456789012", "eu-central-1", after=None)]
        house.close()
    return {
        "least": least.total_seconds(),
        "fewest": min(versions),
        "contents": sum(versions),
        "orders": len(house.authority.orders),
    }


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    print(json.dumps(run(*(int(argument) for argument in sys.argv[1:]))))  # noqa: T201
