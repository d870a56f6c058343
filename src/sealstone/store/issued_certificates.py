"""What the private authority issued, and what of it is revoked. A row is there before its certificate is handed out.

A certificate is known by its serial number alone: 158 bits of chance, whichever certificate of the authority issued it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from sealstone.model.authority import Holder, IssuedCertificate, Revocation, RevocationReason
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema_authorities import ISSUED_CERTIFICATES

_TABLE: Final = ISSUED_CERTIFICATES.c
_COLUMNS: Final = (
    _TABLE.serial_number,
    _TABLE.issuer_id,
    _TABLE.order_id,
    _TABLE.account_id,
    _TABLE.region,
    _TABLE.unique_id,
    _TABLE.issued_at,
    _TABLE.not_after,
    _TABLE.revoked_at,
    _TABLE.revocation_reason,
)
_OF_HOLDER: Final = and_(
    _TABLE.account_id == bindparam("account"),
    _TABLE.region == bindparam("in_region"),
    _TABLE.unique_id == bindparam("id"),
)
_ADD: Final = insert(ISSUED_CERTIFICATES)
_FIND: Final = select(*_COLUMNS).where(_TABLE.serial_number == bindparam("serial"))
_OF: Final = select(*_COLUMNS).where(_OF_HOLDER).order_by(_TABLE.issued_at, _TABLE.serial_number)
_MARKED: Final[Mapping[str, Any]] = {"revoked_at": bindparam("at"), "revocation_reason": bindparam("reason")}
_COUNTS_STILL: Final = and_(_TABLE.revoked_at.is_(None), _TABLE.not_after >= bindparam("at"))
_REVOKE: Final = (
    update(ISSUED_CERTIFICATES)
    .where(
        _COUNTS_STILL,
        or_(_TABLE.serial_number == bindparam("serial"), and_(_OF_HOLDER, _TABLE.order_id == bindparam("order"))),
    )
    .values(**_MARKED)
)
_REVOKE_ALL: Final = update(ISSUED_CERTIFICATES).where(_COUNTS_STILL, _OF_HOLDER).values(**_MARKED)
_WAITS: Final = (
    select(_TABLE.serial_number)
    .where(_TABLE.issuer_id == bindparam("issuer"), _TABLE.revoked_at.is_not(None), _TABLE.crl_number.is_(None))
    .limit(1)
)
_REVOKED: Final = (
    select(*_COLUMNS)
    .where(
        _TABLE.issuer_id == bindparam("issuer"), _TABLE.revoked_at.is_not(None), _TABLE.not_after >= bindparam("after")
    )
    .order_by(_TABLE.revoked_at, _TABLE.serial_number)
)
_LISTED: Final = (
    update(ISSUED_CERTIFICATES)
    .where(_TABLE.issuer_id == bindparam("issuer"), _TABLE.revoked_at.is_not(None), _TABLE.crl_number.is_(None))
    .values(crl_number=bindparam("number"))
)
_FORGET: Final = delete(ISSUED_CERTIFICATES).where(_TABLE.issuer_id == bindparam("issuer"))
_COUNT: Final = select(func.count(), func.count(_TABLE.revoked_at)).where(
    _TABLE.issuer_id == bindparam("issuer"), _TABLE.not_after >= bindparam("at")
)


def add(tx: Tx, issued: IssuedCertificate) -> None:
    """Keep one that is about to be handed out. Raises NameTaken for a serial number that is there."""
    holder = issued.holder
    values = {
        "serial_number": issued.serial_number,
        "issuer_id": issued.issuer_id,
        "order_id": issued.order_id,
        "account_id": holder.account_id,
        "region": holder.region,
        "unique_id": holder.unique_id,
        "issued_at": time_text(issued.issued_at),
        "not_after": time_text(issued.not_after),
        "revoked_at": None,
        "revocation_reason": None,
        "crl_number": None,
    }
    tx.change(_ADD, values)


def find(tx: Tx, serial_number: str) -> IssuedCertificate | None:
    """By serial number, as `model.authority.serial_text` has it."""
    row = tx.row(_FIND, {"serial": serial_number})
    return _read(row) if row else None


def of(tx: Tx, holder: Holder) -> tuple[IssuedCertificate, ...]:
    """All that was issued for one ACM certificate, the oldest first."""
    return tuple(_read(row) for row in tx.rows(_OF, _named(holder)))


def revoke(tx: Tx, serial_number: str, at: datetime, reason: RevocationReason) -> bool:
    """Revoke a certificate, and whatever else the same order led to, for it has the same key.

    False when the authority did not issue it. What is revoked already keeps its date and its reason; what has expired
    is left alone. The next revocation list has it, and status is answered accordingly at once.
    """
    found = find(tx, serial_number)
    if found is None:
        return False
    values = {"serial": serial_number, "order": found.order_id, "at": time_text(at), "reason": reason.value}
    tx.change(_REVOKE, {**values, **_named(found.holder)})
    return True


def revoke_all(tx: Tx, holder: Holder, at: datetime, reason: RevocationReason) -> int:
    """Revoke all that was issued for one ACM certificate and counts still, of earlier versions too; how many."""
    return tx.change(_REVOKE_ALL, {**_named(holder), "at": time_text(at), "reason": reason.value})


def waits(tx: Tx, issuer_id: str) -> bool:
    """Whether something of this issuer is revoked and on no list yet."""
    return tx.row(_WAITS, {"issuer": issuer_id}) is not None


def revoked(tx: Tx, issuer_id: str, *, ended_after: datetime) -> tuple[IssuedCertificate, ...]:
    """What of this issuer is revoked, the earliest first, without what had expired by `ended_after`."""
    return tuple(_read(row) for row in tx.rows(_REVOKED, {"issuer": issuer_id, "after": time_text(ended_after)}))


def listed(tx: Tx, issuer_id: str, crl_number: int) -> None:
    """That what waited is on this list."""
    tx.change(_LISTED, {"issuer": issuer_id, "number": crl_number})


def forget(tx: Tx, issuer_id: str) -> int:
    """Drop all that this issuer issued, revocations too; how many. For an issuer that has ended itself."""
    return tx.change(_FORGET, {"issuer": issuer_id})


def count(tx: Tx, issuer_id: str, at: datetime) -> tuple[int, int]:
    """How many of this issuer have not expired, and how many of those are revoked."""
    row = tx.row(_COUNT, {"issuer": issuer_id, "at": time_text(at)})
    return (row[0], row[1]) if row else (0, 0)


def _named(holder: Holder) -> dict[str, str]:
    return {"account": holder.account_id, "in_region": holder.region, "id": holder.unique_id}


def _read(row: Sequence[Any]) -> IssuedCertificate:
    serial_number, issuer_id, order_id, account_id, region, unique_id, issued_at, not_after, revoked_at, reason = row
    return IssuedCertificate(
        serial_number=serial_number,
        issuer_id=issuer_id,
        order_id=order_id,
        holder=Holder(account_id, region, unique_id),
        issued_at=read_time(issued_at),
        not_after=read_time(not_after),
        revocation=Revocation(read_time(revoked_at), RevocationReason(reason)) if revoked_at else None,
    )
