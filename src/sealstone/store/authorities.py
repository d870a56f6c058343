"""Certificates of the private authority with their sealed keys and their revocation lists. What was issued is beside.

There are few rows: a root and an intermediate, and one or two more with each rotation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, case, insert, select, update

from sealstone.model.authority import AuthorityCertificate, Role, State
from sealstone.model.secret import Sealed
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema_authorities import AUTHORITIES

_TABLE: Final = AUTHORITIES.c
_COLUMNS: Final = (
    _TABLE.certificate_id,
    _TABLE.authority_id,
    _TABLE.role,
    _TABLE.state,
    _TABLE.issued_by,
    _TABLE.certificate,
    _TABLE.created_at,
    _TABLE.not_after,
)
_BY_ID: Final = _TABLE.certificate_id == bindparam("id")
_ADD: Final = insert(AUTHORITIES)
_AUTHORITY_ID: Final = select(_TABLE.authority_id).limit(1)
_ACTIVE_ID: Final = select(_TABLE.certificate_id).where(
    _TABLE.role == Role.INTERMEDIATE.value, _TABLE.state == State.ACTIVE.value
)
_IDS: Final = select(_TABLE.certificate_id)
_FIND: Final = select(*_COLUMNS).where(_BY_ID)
_EVERY: Final = select(*_COLUMNS).order_by(
    _TABLE.created_at,
    # Those of one rotation have one time: each issuer before what it issued.
    case({Role.ROOT.value: 0, Role.CROSS.value: 1}, value=_TABLE.role, else_=2),
    _TABLE.certificate_id,
)
_KEY: Final = select(_TABLE.sealed_private_key).where(_BY_ID)
_RETIRE: Final = update(AUTHORITIES).where(_BY_ID).values(state=State.RETIRED.value)
_ACTIVATE: Final = update(AUTHORITIES).where(_BY_ID).values(state=State.ACTIVE.value)
_LIST: Final = select(_TABLE.crl_number, _TABLE.revocation_list, _TABLE.this_update, _TABLE.next_update).where(_BY_ID)
_LIST_TIMES: Final = select(_TABLE.crl_number, _TABLE.this_update, _TABLE.next_update).where(_BY_ID)
_SAVE_LIST: Final = (
    update(AUTHORITIES)
    .where(_BY_ID)
    .values(
        crl_number=bindparam("new_number"),
        revocation_list=bindparam("new_list"),
        this_update=bindparam("new_this_update"),
        next_update=bindparam("new_next_update"),
    )
)


@dataclass(frozen=True, slots=True)
class ListTimes:
    """Of a revocation list: its number, which grows by one (RFC 5280 5.2.3), and from when until when it counts."""

    number: int
    this_update: datetime
    next_update: datetime


def add(tx: Tx, certificate: AuthorityCertificate, sealed_key: Sealed | None) -> None:
    """Store a new one, with its private key unless it is a cross certificate. It has no revocation list yet."""
    values = {
        "certificate_id": certificate.certificate_id,
        "authority_id": certificate.authority_id,
        "role": certificate.role.value,
        "state": certificate.state.value,
        "issued_by": certificate.issued_by,
        "certificate": certificate.certificate,
        "sealed_private_key": sealed_key.reveal() if sealed_key else None,
        "created_at": time_text(certificate.created_at),
        "not_after": time_text(certificate.not_after),
        "crl_number": 0,
        "revocation_list": None,
        "this_update": None,
        "next_update": None,
    }
    tx.change(_ADD, values)


def find_id(tx: Tx) -> str | None:
    """The authority's id; None while there is no authority."""
    row = tx.row(_AUTHORITY_ID, {})
    return row[0] if row else None


def active_id(tx: Tx) -> str | None:
    """The certificate_id of the intermediate that issues; None while there is no authority."""
    row = tx.row(_ACTIVE_ID, {})
    return row[0] if row else None


def ids(tx: Tx) -> tuple[str, ...]:
    """The certificate_id of each."""
    return tuple(row[0] for row in tx.rows(_IDS, {}))


def find(tx: Tx, certificate_id: str) -> AuthorityCertificate | None:
    """By id."""
    row = tx.row(_FIND, {"id": certificate_id})
    return _read(row) if row else None


def every(tx: Tx) -> tuple[AuthorityCertificate, ...]:
    """All of them, the oldest first."""
    return tuple(_read(row) for row in tx.rows(_EVERY, {}))


def sealed_key(tx: Tx, certificate_id: str) -> Sealed | None:
    """The private key as it lies there; None when there is no such certificate, or it is a cross certificate."""
    row = tx.row(_KEY, {"id": certificate_id})
    return Sealed(row[0]) if row and row[0] is not None else None


def retire(tx: Tx, certificate_id: str) -> None:
    """Issue nothing with it any more."""
    tx.change(_RETIRE, {"id": certificate_id})


def activate(tx: Tx, certificate_id: str) -> None:
    """Issue with it again."""
    tx.change(_ACTIVATE, {"id": certificate_id})


def list_times(tx: Tx, certificate_id: str) -> ListTimes | None:
    """Of its present list; None when there is no such certificate, or no list yet."""
    row = tx.row(_LIST_TIMES, {"id": certificate_id})
    return ListTimes(row[0], read_time(row[1]), read_time(row[2])) if row and row[1] else None


def revocation_list(tx: Tx, certificate_id: str) -> tuple[bytes, ListTimes] | None:
    """Its present list, DER; None as in `list_times`."""
    row = tx.row(_LIST, {"id": certificate_id})
    if row is None or row[1] is None:
        return None
    number, data, this_update, next_update = row
    return data, ListTimes(number, read_time(this_update), read_time(next_update))


def save_revocation_list(tx: Tx, certificate_id: str, data: bytes, times: ListTimes) -> None:
    """Take the place of its list."""
    values = {
        "id": certificate_id,
        "new_number": times.number,
        "new_list": data,
        "new_this_update": time_text(times.this_update),
        "new_next_update": time_text(times.next_update),
    }
    tx.change(_SAVE_LIST, values)


def _read(row: Sequence[Any]) -> AuthorityCertificate:
    certificate_id, authority_id, role, state, issued_by, certificate, created_at, not_after = row
    return AuthorityCertificate(
        certificate_id=certificate_id,
        authority_id=authority_id,
        role=Role(role),
        state=State(state),
        issued_by=issued_by,
        certificate=certificate,
        created_at=read_time(created_at),
        not_after=read_time(not_after),
    )
