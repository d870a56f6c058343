"""Trust stores of mutual TLS, with the certificates of their authorities."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from sealstone.model.names import folded
from sealstone.model.page import Page, PageRequest
from sealstone.model.trust_store import TrustStore
from sealstone.store.columns import document_text, read_document, read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema_load_balancing import TRUST_STORES

_TABLE: Final = TRUST_STORES.c
_COLUMNS: Final = (
    *(_TABLE.account_id, _TABLE.unique_id, _TABLE.region, _TABLE.name),
    *(_TABLE.create_date, _TABLE.bundle, _TABLE.document),
)
_BY_ID: Final = (_TABLE.account_id == bindparam("account"), _TABLE.unique_id == bindparam("id"))
_OF_REGION: Final = (_TABLE.account_id == bindparam("account"), _TABLE.region == bindparam("in_region"))
_ADD: Final = insert(TRUST_STORES)
_WITH_ID: Final = select(*_COLUMNS).where(*_BY_ID)
_FIND: Final = select(*_COLUMNS).where(*_OF_REGION, _TABLE.name_folded == bindparam("key"))
_SAVE: Final = (
    update(TRUST_STORES).where(*_BY_ID).values(document=bindparam("new_document"), bundle=bindparam("new_bundle"))
)
_REMOVE: Final = delete(TRUST_STORES).where(*_BY_ID)
_PAGE: Final = (
    select(*_COLUMNS)
    .where(*_OF_REGION, _TABLE.name_folded > bindparam("after"))
    .order_by(_TABLE.name_folded)
    .limit(bindparam("size"))
)
_COUNT: Final = select(func.count()).select_from(TRUST_STORES).where(*_OF_REGION)
_EVERY: Final = select(*_COLUMNS).order_by(_TABLE.account_id, _TABLE.unique_id)


def add(tx: Tx, trust_store: TrustStore) -> None:
    """Store a new trust store. Raises NameTaken."""
    values = {
        "account_id": trust_store.account_id,
        "unique_id": trust_store.unique_id,
        "region": trust_store.region,
        "name": trust_store.name,
        "name_folded": folded(trust_store.name),
        "create_date": time_text(trust_store.create_date),
        "document": document_text(trust_store.document),
        "bundle": trust_store.bundle,
    }
    tx.change(_ADD, values)


def find(tx: Tx, account_id: str, region: str, name: str) -> TrustStore | None:
    """By name, without regard to case."""
    row = tx.row(_FIND, {"account": account_id, "in_region": region, "key": folded(name)})
    return _read(row) if row else None


def with_id(tx: Tx, account_id: str, unique_id: str) -> TrustStore | None:
    """By id."""
    row = tx.row(_WITH_ID, {"account": account_id, "id": unique_id})
    return _read(row) if row else None


def save(tx: Tx, trust_store: TrustStore) -> None:
    """Keep a changed document or bundle."""
    values = {
        "account": trust_store.account_id,
        "id": trust_store.unique_id,
        "new_document": document_text(trust_store.document),
        "new_bundle": trust_store.bundle,
    }
    tx.change(_SAVE, values)


def remove(tx: Tx, trust_store: TrustStore) -> None:
    """Delete the row, if it is there; what verifies by it is the caller's to check."""
    tx.change(_REMOVE, {"account": trust_store.account_id, "id": trust_store.unique_id})


def page(tx: Tx, account_id: str, region: str, request: PageRequest) -> Page[TrustStore]:
    """Of one account and region, by name."""
    values = {"account": account_id, "in_region": region, "after": request.after or "", "size": request.size + 1}
    rows = [_read(row) for row in tx.rows(_PAGE, values)]
    return Page.cut(rows, request.size, lambda item: folded(item.name))


def count(tx: Tx, account_id: str, region: str) -> int:
    """How many the account has there."""
    row = tx.row(_COUNT, {"account": account_id, "in_region": region})
    return row[0] if row else 0


def every(tx: Tx) -> tuple[TrustStore, ...]:
    """All of all accounts, for the data plane."""
    return tuple(_read(row) for row in tx.rows(_EVERY, {}))


def _read(row: Sequence[Any]) -> TrustStore:
    account_id, unique_id, region, name, create_date, bundle, document = row
    return TrustStore(account_id, unique_id, region, name, read_time(create_date), bundle, read_document(document))
