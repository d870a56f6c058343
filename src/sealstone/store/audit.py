"""The audit log: one chain of rows for each account, held together by HMAC-SHA-256 under a key from the master key.

Each row's MAC covers the MAC of the row before it, so that a changed, removed, added or moved row breaks the chain;
the head row is MACed too, so that cutting rows off the end is noticed, and a chain whose end was tampered with is
never mended by going on: the next record breaks it for good. Whoever can replace the whole database by an
older copy is not: that is outside what a database can prove of itself (SECURITY.md).
"""

import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select

from sealstone.model.audit import AuditRecord
from sealstone.model.secret import Secret
from sealstone.store import accounts
from sealstone.store.columns import exact_time_text, read_time
from sealstone.store.engine import Tx
from sealstone.store.faults import DiskFailed, StoreFailed
from sealstone.store.schema import AUDIT, AUDIT_HEADS

_FIRST: Final = "0" * 64
# What follows a tampered end is chained to this, which is no record's MAC.
_BROKEN: Final = "broken"
_BATCH: Final = 1000
_LOWEST: Final = -(2**63)
_FIELDS: Final = tuple(AuditRecord.__dataclass_fields__)
# Whatever a parameter holds that JSON lacks is kept as text.
_JSON: Final = msgspec.json.Encoder(enc_hook=str)
_ROWS: Final = AUDIT.c
_HEADS: Final = AUDIT_HEADS.c
_ADD: Final = insert(AUDIT)
_HEAD: Final = select(_HEADS.position, _HEADS.mac, _HEADS.head_mac).where(_HEADS.account_id == bindparam("account"))
_LAST: Final = select(func.max(_ROWS.position)).where(_ROWS.account_id == bindparam("account"))
_DROP_HEAD: Final = delete(AUDIT_HEADS).where(_HEADS.account_id == bindparam("account"))
_ADD_HEAD: Final = insert(AUDIT_HEADS)
_ALL_HEADS: Final = select(_HEADS.account_id, _HEADS.position, _HEADS.mac, _HEADS.head_mac)
_CHAIN: Final = (
    select(_ROWS.position, _ROWS.record, _ROWS.mac, _ROWS.at)
    .where(_ROWS.account_id == bindparam("account"), _ROWS.position >= bindparam("first"))
    .order_by(_ROWS.position)
    .limit(bindparam("size"))
)
_ACCOUNTS: Final = select(_ROWS.account_id).distinct()
_LATEST: Final = (
    select(_ROWS.at, _ROWS.record)
    .where(_ROWS.account_id == bindparam("account"))
    .order_by(_ROWS.position.desc())
    .limit(bindparam("size"))
)


@dataclass(frozen=True, slots=True)
class Chain:
    """The verdict on one account's chain: whole, or broken at a position (from 1) for a reason."""

    account_id: str
    length: int
    broken_at: int | None = None
    reason: str = ""


def append(tx: Tx, records: Iterable[AuditRecord], key: Secret) -> None:
    """Add the records to the chains of their accounts, in order.

    A damaged chain takes records too, so that no damage stops the recording; `verify` finds it as before.
    """
    by_account: dict[str, list[AuditRecord]] = defaultdict(list)
    for record in records:
        by_account[record.account_id].append(record)
    keyed = _keyed(key)
    for account_id, chain in by_account.items():
        _extend(tx, account_id, chain, keyed)


def verify(tx: Tx, key: Secret) -> tuple[Chain, ...]:
    """Walk every chain from its first row to its head; an account has one from its creation on."""
    keyed = _keyed(key)
    heads = {row[0]: row for row in tx.rows(_ALL_HEADS, {})}
    created = {account.account_id for account in accounts.every(tx)}
    chains = sorted({row[0] for row in tx.rows(_ACCOUNTS, {})} | heads.keys() | created)
    return tuple(_walk(tx, account_id, heads.get(account_id), keyed) for account_id in chains)


def tail(tx: Tx, count: int, account_id: str | None = None) -> tuple[AuditRecord, ...]:
    """The last `count` records, of one account or of all, the oldest first. Raises StoreFailed for a damaged one."""
    chains = (account_id,) if account_id else tuple(row[0] for row in tx.rows(_ALL_HEADS, {}))
    rows = [row for account in chains for row in reversed(tx.rows(_LATEST, {"account": account, "size": count}))]
    # Sorting is stable: within an account and a microsecond the order of the chain stays.
    return tuple(_read(text) for _, text in sorted(rows, key=itemgetter(0))[-count:])


def _extend(tx: Tx, account_id: str, records: list[AuditRecord], keyed: hmac.HMAC) -> None:
    position, mac = _end(tx, account_id, keyed)
    rows: list[Mapping[str, Any]] = []
    for record in records:
        position += 1
        at = exact_time_text(record.at)
        text = _text(record, at)
        mac = _mac(keyed, account_id, position, mac, text)
        rows.append({"account_id": account_id, "position": position, "at": at, "record": text, "mac": mac})
    tx.add(_ADD, rows)
    tx.change(_DROP_HEAD, {"account": account_id})
    head_mac = _mac(keyed, account_id, position, mac, "head")
    tx.change(_ADD_HEAD, {"account_id": account_id, "position": position, "mac": mac, "head_mac": head_mac})


def _end(tx: Tx, account_id: str, keyed: hmac.HMAC) -> tuple[int, str]:
    """Position and MAC that the next record goes on from."""
    head = tx.row(_HEAD, {"account": account_id})
    (last,) = tx.row(_LAST, {"account": account_id}) or (None,)
    if head is None and last is None:
        return 0, _FIRST
    if head is not None and head[0] == last and _same(head[2], _mac(keyed, account_id, last, head[1], "head")):
        return last, head[1]
    return last or 0, _BROKEN


def _walk(tx: Tx, account_id: str, head: Any, keyed: hmac.HMAC) -> Chain:
    position, mac = 0, _FIRST
    try:
        for found, text, found_mac, at in _records(tx, account_id):
            if found != position + 1:
                return Chain(account_id, position, position + 1, "a record is missing, or one was put in")
            mac = _mac(keyed, account_id, found, mac, text)
            if not _same(found_mac, mac) or json.loads(text)["at"] != at:
                return Chain(account_id, position, found, "this record, or the one before it, was altered")
            position = found
    except DiskFailed:
        raise
    except StoreFailed:
        return Chain(account_id, position, position + 1, "this record cannot be read")
    if head is None or head[1:3] != (position, mac):
        return Chain(account_id, position, position + 1, "records were cut off the end, or the head was altered")
    if not _same(head[3], _mac(keyed, account_id, position, mac, "head")):
        return Chain(account_id, position, position + 1, "the head was altered")
    return Chain(account_id, position)


def _records(tx: Tx, account_id: str) -> Iterator[tuple[Any, ...]]:
    """A chain's rows by position, a batch at a time; one at a time when a batch cannot be read, to find the row."""
    first, size = _LOWEST, _BATCH
    while True:
        try:
            rows = tx.rows(_CHAIN, {"account": account_id, "first": first, "size": size})
        except StoreFailed:
            if size == 1:
                raise
            size = 1
            continue
        if not rows:
            return
        yield from rows
        first = rows[-1][0] + 1


def _same(found: object, wanted: str) -> bool:
    """Whether a MAC as it was found, which may be anything at all, is the wanted one."""
    return isinstance(found, str) and hmac.compare_digest(found.encode(), wanted.encode())


def _keyed(key: Secret) -> hmac.HMAC:
    """The key set up once for many MACs: a copy costs a third of what a new one does."""
    return hmac.new(key.reveal(), digestmod="sha256")


def _mac(keyed: hmac.HMAC, account_id: str, position: int, before: str, text: str) -> str:
    mac = keyed.copy()
    mac.update(f"{account_id}|{position}|{before}|{text}".encode())
    return mac.hexdigest()


def _text(record: AuditRecord, at: str) -> str:
    """One JSON text: what is stored is what is MACed. There is one for every record, whatever a caller sent."""
    fields = {**{name: getattr(record, name) for name in _FIELDS}, "at": at}
    try:
        return _JSON.encode(fields).decode()
    except (UnicodeEncodeError, OverflowError):
        # Half a surrogate pair, or an integer beyond 64 bits: the slower encoder knows both.
        return json.dumps(fields, default=str, ensure_ascii=False).encode("utf-8", "replace").decode()


def _read(text: str) -> AuditRecord:
    try:
        # Records of before there were warnings have none.
        fields = {"warnings": ()} | json.loads(text)
        lists = {name: tuple(fields[name]) for name in ("resources", "warnings")}
        return AuditRecord(**fields | lists | {"at": read_time(fields["at"])})
    except (ValueError, TypeError, KeyError) as fault:
        raise StoreFailed("a record of the audit log is damaged; run: sealstone audit verify") from fault
