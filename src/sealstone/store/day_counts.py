"""Counts by day, for quotas over a year: what is deleted later gives nothing back, so its rows cannot be counted."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, bindparam, func, insert, select, update

from sealstone.store.columns import time_text
from sealstone.store.engine import Tx


class DayCounts:
    """One table of them: account, Region, day, and a column that counts."""

    def __init__(self, table: Table, counted: Column[Any]) -> None:
        row = table.c
        place = (row.account_id == bindparam("account"), row.region == bindparam("in_region"))
        self._name = counted.name
        self._up = update(table).where(*place, row.day == bindparam("of_day")).values({counted: counted + 1})
        self._first = insert(table)
        self._sum = select(func.coalesce(func.sum(counted), 0)).where(*place, row.day >= bindparam("first_day"))

    def add(self, tx: Tx, account_id: str, region: str, at: datetime) -> None:
        """One more on that day."""
        day = time_text(at)[:10]
        if not tx.change(self._up, {"account": account_id, "in_region": region, "of_day": day}):
            tx.change(self._first, {"account_id": account_id, "region": region, "day": day, self._name: 1})

    def since(self, tx: Tx, account_id: str, region: str, since: datetime) -> int:
        """All from that day on."""
        row = tx.row(self._sum, {"account": account_id, "in_region": region, "first_day": time_text(since)[:10]})
        return int(row[0]) if row else 0
