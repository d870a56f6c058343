"""Which of the authority's certificates counts now: to issue with, to make an intermediate below, to forget behind.

Pure choices among rows. A clock that ran ahead leaves certificates from the future behind: they are passed over, and
what was there before them is taken back. What is then made or stored is the affair of `authority`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sealstone.model.authority import AuthorityCertificate, Role, State
from sealstone.store.authorities import ListTimes
from sealstone.x509.making.certificates import BACKDATED

LEFT: Final = timedelta(days=730)
"""An intermediate with less before it is replaced: what it issues, for 398 days at most, never outlives it."""
LIST_PERIOD: Final = timedelta(days=7)
"""How long a revocation list counts; a new one is made when half of it is over."""
KEPT: Final = timedelta(days=30)
"""After the end of an issuer what it issued is forgotten."""

Rows = Sequence[AuthorityCertificate]


def begun(row: AuthorityCertificate, at: datetime) -> bool:
    """Whether it is valid already. One that is not was made while the clock was ahead."""
    return row.created_at - BACKDATED <= at


def active(rows: Rows, role: Role) -> AuthorityCertificate | None:
    """The active one of this role."""
    return next((row for row in rows if row.role is role and row.state is State.ACTIVE), None)


def issuing(rows: Rows, at: datetime) -> AuthorityCertificate | None:
    """The intermediate to issue with: the active one, or the newest that is valid when the active one is not yet.

    None when a new one has to be made: the active one nears its end, or there is nothing to take back.
    """
    present = active(rows, Role.INTERMEDIATE)
    if present and _counts(rows, present, at):
        return present if _has_enough(present, at) else None
    good = [row for row in rows if row.role is Role.INTERMEDIATE and _counts(rows, row, at) and _has_enough(row, at)]
    return max(good, key=lambda row: row.created_at, default=None)


def root(rows: Rows, at: datetime) -> AuthorityCertificate | None:
    """The root below which an intermediate is made: the active one, or the newest before it that is valid already.

    It may have ended. None when all of them lie in the future.
    """
    good = [row for row in rows if row.role is Role.ROOT and begun(row, at)]
    return max(good, key=lambda row: (row.state is State.ACTIVE, row.created_at), default=None)


def has_lived_out(row: AuthorityCertificate, last_list: ListTimes | None, at: datetime) -> bool:
    """Whether it ended so long ago that nobody asks for what it issued.

    A clock that jumped ahead is no proof: the last list must have been made just before the end, as it is wherever
    time went by day after day.
    """
    seen = last_list is not None and row.not_after - LIST_PERIOD <= last_list.this_update <= row.not_after
    return seen and at - row.not_after > KEPT


def _counts(rows: Rows, row: AuthorityCertificate, at: datetime) -> bool:
    return begun(row, at) and all(begun(above, at) for above in rows if above.certificate_id == row.issued_by)


def _has_enough(row: AuthorityCertificate, at: datetime) -> bool:
    return row.not_after - at >= LEFT
