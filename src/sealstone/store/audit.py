"""The audit log: one chain of rows for each account, held together by HMAC-SHA-256 under a key from the master key.

Each row's MAC covers the MAC of the row before it, so that a changed, removed, added or moved row breaks the chain;
the head row is MACed too, so that cutting rows off the end is noticed. Whoever can replace the whole database by an
older copy is not: that is outside what a database can prove of itself (SECURITY.md).
"""

import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select

from sealstone.model.audit import AuditRecord
from sealstone.model.secret import Secret
from sealstone.store.columns import exact_time_text, read_time
from sealstone.store.engine import Tx
from sealstone.store.schema import AUDIT, AUDIT_HEADS

_FIRST: Final = "0" * 64
_ROWS: Final = AUDIT.c
_HEADS: Final = AUDIT_HEADS.c
_ADD: Final = insert(AUDIT)
_HEAD: Final = select(_HEADS.position, _HEADS.mac).where(_HEADS.account_id == bindparam("account"))
_DROP_HEAD: Final = delete(AUDIT_HEADS).where(_HEADS.account_id == bindparam("account"))
_ADD_HEAD: Final = insert(AUDIT_HEADS)
_ALL_HEADS: Final = select(_HEADS.account_id, _HEADS.position, _HEADS.mac, _HEADS.head_mac)
_CHAIN: Final = (
    select(_ROWS.position, _ROWS.record, _ROWS.mac, _ROWS.at)
    .where(_ROWS.account_id == bindparam("account"))
    .order_by(_ROWS.position)
)
_ACCOUNTS: Final = select(_ROWS.account_id).distinct()
_LATEST: Final = select(_ROWS.record).order_by(_ROWS.at.desc(), _ROWS.position.desc()).limit(bindparam("size"))
_LATEST_OF: Final = _LATEST.where(_ROWS.account_id == bindparam("account"))


@dataclass(frozen=True, slots=True)
class Chain:
    """The verdict on one account's chain: whole, or broken at a position (from 1) for a reason."""

    account_id: str
    length: int
    broken_at: int | None = None
    reason: str = ""


def append(tx: Tx, records: Iterable[AuditRecord], key: Secret) -> None:
    """Add the records to the chains of their accounts, in order."""
    by_account: dict[str, list[AuditRecord]] = defaultdict(list)
    for record in records:
        by_account[record.account_id].append(record)
    for account_id, chain in by_account.items():
        _extend(tx, account_id, chain, key.reveal())


def verify(tx: Tx, key: Secret) -> tuple[Chain, ...]:
    """Walk every chain from its first row to its head."""
    secret = key.reveal()
    heads = {row[0]: row for row in tx.run(_ALL_HEADS)}
    accounts = sorted({row[0] for row in tx.run(_ACCOUNTS)} | heads.keys())
    return tuple(_walk(tx, account_id, heads.get(account_id), secret) for account_id in accounts)


def tail(tx: Tx, count: int, account_id: str | None = None) -> tuple[AuditRecord, ...]:
    """The last `count` records, of one account or of all, the oldest of them first."""
    if account_id is None:
        rows = tx.run(_LATEST, {"size": count}).all()
    else:
        rows = tx.run(_LATEST_OF, {"size": count, "account": account_id}).all()
    return tuple(_read(row[0]) for row in reversed(rows))


def _extend(tx: Tx, account_id: str, records: list[AuditRecord], key: bytes) -> None:
    head = tx.run(_HEAD, {"account": account_id}).first()
    position, mac = (head[0], head[1]) if head else (0, _FIRST)
    rows: list[Mapping[str, Any]] = []
    for record in records:
        position += 1
        text = _text(record)
        mac = _mac(key, account_id, position, mac, text)
        at = exact_time_text(record.at)
        rows.append({"account_id": account_id, "position": position, "at": at, "record": text, "mac": mac})
    tx.run(_ADD, rows)
    tx.run(_DROP_HEAD, {"account": account_id})
    head_mac = _mac(key, account_id, position, mac, "head")
    tx.run(_ADD_HEAD, {"account_id": account_id, "position": position, "mac": mac, "head_mac": head_mac})


def _walk(tx: Tx, account_id: str, head: Any, key: bytes) -> Chain:
    position, mac = 0, _FIRST
    for found, text, found_mac, at in tx.run(_CHAIN, {"account": account_id}):
        position += 1
        if found != position:
            return Chain(account_id, position - 1, position, "a record is missing")
        mac = _mac(key, account_id, position, mac, text)
        if not hmac.compare_digest(mac, found_mac) or json.loads(text)["at"] != at:
            return Chain(account_id, position - 1, position, "this record, or the one before it, was altered")
    if head is None or head[1:3] != (position, mac):
        return Chain(account_id, position, position + 1, "records were cut off the end, or the head was altered")
    if not hmac.compare_digest(head[3], _mac(key, account_id, position, mac, "head")):
        return Chain(account_id, position, position + 1, "the head was altered")
    return Chain(account_id, position)


def _mac(key: bytes, account_id: str, position: int, before: str, text: str) -> str:
    return hmac.digest(key, f"{account_id}|{position}|{before}|{text}".encode(), "sha256").hex()


def _text(record: AuditRecord) -> str:
    """One canonical JSON text: what is stored is what is MACed."""
    fields = {name: getattr(record, name) for name in _FIELDS}
    return json.dumps({**fields, "at": exact_time_text(record.at)}, default=_plain, separators=(",", ":"))


_FIELDS: Final = tuple(AuditRecord.__dataclass_fields__)


def _plain(value: object) -> object:
    """Times in parameters, and anything else that JSON lacks, as text."""
    return exact_time_text(value) if isinstance(value, datetime) else str(value)


def _read(text: str) -> AuditRecord:
    fields = json.loads(text)
    return AuditRecord(**fields | {"at": read_time(fields["at"]), "resources": tuple(fields["resources"])})
