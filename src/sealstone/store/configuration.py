"""The count of changes to what the data plane is made from. `engine.Tx` counts it up; here it is only read."""

from typing import Final

from sqlalchemy import select

from sealstone.store.engine import Tx
from sealstone.store.schema import CONFIGURATION

_GENERATION: Final = select(CONFIGURATION.c.generation)


def generation(tx: Tx) -> int:
    """The generation that this unit of work sees: what else it reads is of exactly this generation."""
    row = tx.row(_GENERATION, {})
    return row[0] if row else 0
