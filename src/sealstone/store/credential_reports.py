"""The last credential report of each account, and what one is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select

from sealstone.model.identity import AccessKey, LastUse, Status, User
from sealstone.store import users
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema import ACCESS_KEY_USES, ACCESS_KEYS, CREDENTIAL_REPORTS, SIGNING_CERTIFICATES, USERS

_TABLE: Final = CREDENTIAL_REPORTS.c
_KEYS: Final = ACCESS_KEYS.c
_USES: Final = ACCESS_KEY_USES.c
_CERTIFICATES: Final = SIGNING_CERTIFICATES.c
_ADD: Final = insert(CREDENTIAL_REPORTS)
_REMOVE: Final = delete(CREDENTIAL_REPORTS).where(_TABLE.account_id == bindparam("account"))
_FIND: Final = select(_TABLE.content, _TABLE.generated_time).where(_TABLE.account_id == bindparam("account"))
_USERS: Final = select(*users.COLUMNS).where(USERS.c.account_id == bindparam("account")).order_by(USERS.c.name_folded)
_ACCESS_KEYS: Final = (
    select(
        *(_KEYS.account_id, _KEYS.access_key_id, _KEYS.user_id, _KEYS.status, _KEYS.create_date),
        *(_USES.used_at, _USES.service, _USES.region),
    )
    .select_from(ACCESS_KEYS.outerjoin(ACCESS_KEY_USES, _USES.access_key_id == _KEYS.access_key_id))
    .where(_KEYS.account_id == bindparam("account"))
    .order_by(_KEYS.create_date, _KEYS.access_key_id)
)
_SIGNING_CERTIFICATES: Final = (
    select(_CERTIFICATES.user_id, _CERTIFICATES.status, _CERTIFICATES.upload_date)
    .where(_CERTIFICATES.account_id == bindparam("account"))
    .order_by(_CERTIFICATES.upload_date, _CERTIFICATES.certificate_id)
)


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it was made; `content` is CSV."""

    content: str
    generated_time: datetime


@dataclass(frozen=True, slots=True)
class Dated:
    """A signing certificate as far as a report tells of it."""

    status: Status
    upload_date: datetime


def put(tx: Tx, account_id: str, report: Report) -> None:
    """Keep the report in the place of the account's last one."""
    tx.change(_REMOVE, {"account": account_id})
    values = {
        "account_id": account_id,
        "generated_time": time_text(report.generated_time),
        "content": report.content,
    }
    tx.change(_ADD, values)


def find(tx: Tx, account_id: str) -> Report | None:
    """The last report, however old."""
    row = tx.row(_FIND, {"account": account_id})
    return Report(row[0], read_time(row[1])) if row else None


def every_user(tx: Tx, account_id: str) -> tuple[User, ...]:
    """All users of the account, by name."""
    return tuple(users.read(row) for row in tx.rows(_USERS, {"account": account_id}))


def keys_by_owner(tx: Tx, account_id: str) -> Mapping[str | None, Sequence[tuple[AccessKey, LastUse | None]]]:
    """Access keys with their last use by user id (None: root), the oldest first."""
    found: dict[str | None, list[tuple[AccessKey, LastUse | None]]] = {}
    for row in tx.rows(_ACCESS_KEYS, {"account": account_id}):
        key = AccessKey(row[0], row[1], row[2], Status(row[3]), read_time(row[4]))
        found.setdefault(key.user_id, []).append((key, _use(key.access_key_id, row[5:])))
    return found


def certificates_by_owner(tx: Tx, account_id: str) -> Mapping[str | None, Sequence[Dated]]:
    """Signing certificates by user id (None: root), the oldest first."""
    found: dict[str | None, list[Dated]] = {}
    for user_id, status, upload_date in tx.rows(_SIGNING_CERTIFICATES, {"account": account_id}):
        found.setdefault(user_id, []).append(Dated(Status(status), read_time(upload_date)))
    return found


def _use(access_key_id: str, row: Sequence[Any]) -> LastUse | None:
    used_at, service, region = row
    return LastUse(access_key_id, read_time(used_at), service, region) if used_at else None
