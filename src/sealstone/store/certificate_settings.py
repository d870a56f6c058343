"""What an account has set for its certificates in a Region."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from sealstone.store.engine import Tx
from sealstone.store.schema_certificates import CERTIFICATE_SETTINGS

_TABLE: Final = CERTIFICATE_SETTINGS.c
_WHERE: Final = (_TABLE.account_id == bindparam("account"), _TABLE.region == bindparam("in_region"))
_FIND: Final = select(_TABLE.days_before_expiry).where(*_WHERE)
_CLEAR: Final = delete(CERTIFICATE_SETTINGS).where(*_WHERE)
_ADD: Final = insert(CERTIFICATE_SETTINGS)


def days_before_expiry(tx: Tx, account_id: str, region: str) -> int | None:
    """How many days before the end warnings begin; None when nothing was set."""
    row = tx.row(_FIND, {"account": account_id, "in_region": region})
    return row[0] if row else None


def set_days_before_expiry(tx: Tx, account_id: str, region: str, days: int) -> None:
    """Instead of what was set before."""
    tx.change(_CLEAR, {"account": account_id, "in_region": region})
    tx.change(_ADD, {"account_id": account_id, "region": region, "days_before_expiry": days})
