"""The one row that says which master key this database belongs to, written in the transaction of first start."""

from datetime import datetime
from typing import Final

from sqlalchemy import insert, select

from sealstone.store.columns import time_text
from sealstone.store.engine import Tx
from sealstone.store.schema import INSTALLATION

_ADD: Final = insert(INSTALLATION)
_FIND: Final = select(INSTALLATION.c.check_value)


def add(tx: Tx, check_value: str, at: datetime) -> None:
    """Bind the database to the master key that `check_value` tells of. Raises NameTaken when it is bound already."""
    tx.change(_ADD, {"id": 1, "check_value": check_value, "create_date": time_text(at)})


def check_value(tx: Tx) -> str | None:
    """What `Keyring.verify` compares; None before first start has finished."""
    row = tx.row(_FIND, {})
    return row[0] if row else None
