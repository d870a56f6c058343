"""Listeners of both generations, and which ports are taken at an address."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from sealstone.model.listener import Listener
from sealstone.store.columns import document_text, read_document
from sealstone.store.engine import Tx
from sealstone.store.schema_load_balancing import LISTENERS, LOAD_BALANCERS

_TABLE: Final = LISTENERS.c
_COLUMNS: Final = (
    *(_TABLE.account_id, _TABLE.listener_id, _TABLE.load_balancer_id),
    *(_TABLE.port, _TABLE.protocol, _TABLE.document),
)
_BY_ID: Final = (_TABLE.account_id == bindparam("account"), _TABLE.listener_id == bindparam("id"))
_OF: Final = (_TABLE.account_id == bindparam("account"), _TABLE.load_balancer_id == bindparam("load_balancer"))
_ADD: Final = insert(LISTENERS)
_WITH_ID: Final = select(*_COLUMNS).where(*_BY_ID)
_OF_ONE: Final = select(*_COLUMNS).where(*_OF).order_by(_TABLE.port)
_SAVE: Final = (
    update(LISTENERS)
    .where(*_BY_ID)
    .values(port=bindparam("new_port"), protocol=bindparam("new_protocol"), document=bindparam("new_document"))
)
_REMOVE: Final = delete(LISTENERS).where(*_BY_ID)
_COUNT: Final = select(func.count()).select_from(LISTENERS).where(*_OF)
_EVERY: Final = select(*_COLUMNS).order_by(_TABLE.account_id, _TABLE.listener_id)
_BOUND: Final = (
    select(LOAD_BALANCERS.c.address, _TABLE.port)
    .select_from(
        LISTENERS.join(
            LOAD_BALANCERS,
            (LOAD_BALANCERS.c.account_id == _TABLE.account_id)
            & (LOAD_BALANCERS.c.unique_id == _TABLE.load_balancer_id),
        )
    )
    .where(_TABLE.load_balancer_id != bindparam("but"))
)


def add(tx: Tx, listener: Listener) -> None:
    """Store a new listener. Raises NameTaken when its load balancer has one on the port."""
    values = {
        "account_id": listener.account_id,
        "listener_id": listener.listener_id,
        "load_balancer_id": listener.load_balancer_id,
        "port": listener.port,
        "protocol": listener.protocol,
        "document": document_text(listener.document),
    }
    tx.change(_ADD, values)


def with_id(tx: Tx, account_id: str, listener_id: str) -> Listener | None:
    """By id."""
    row = tx.row(_WITH_ID, {"account": account_id, "id": listener_id})
    return _read(row) if row else None


def of(tx: Tx, account_id: str, load_balancer_id: str) -> tuple[Listener, ...]:
    """The listeners of one load balancer, by port."""
    rows = tx.rows(_OF_ONE, {"account": account_id, "load_balancer": load_balancer_id})
    return tuple(_read(row) for row in rows)


def save(tx: Tx, listener: Listener) -> None:
    """Keep a changed port, protocol or document. Raises NameTaken as `add`."""
    values = {
        "account": listener.account_id,
        "id": listener.listener_id,
        "new_port": listener.port,
        "new_protocol": listener.protocol,
        "new_document": document_text(listener.document),
    }
    tx.change(_SAVE, values)


def remove(tx: Tx, listener: Listener) -> None:
    """Delete the row, if it is there; rules and uses of certificates are the caller's to remove."""
    tx.change(_REMOVE, {"account": listener.account_id, "id": listener.listener_id})


def count(tx: Tx, account_id: str, load_balancer_id: str) -> int:
    """How many listeners the load balancer has."""
    row = tx.row(_COUNT, {"account": account_id, "load_balancer": load_balancer_id})
    return row[0] if row else 0


def every(tx: Tx) -> tuple[Listener, ...]:
    """All of all accounts, for the data plane."""
    return tuple(_read(row) for row in tx.rows(_EVERY, {}))


def bound(tx: Tx, but: str = "") -> tuple[tuple[str, int], ...]:
    """Address and port of every listener of all accounts, those of the load balancer `but` left out."""
    return tuple((address, port) for address, port in tx.rows(_BOUND, {"but": but}))


def _read(row: Sequence[Any]) -> Listener:
    account_id, listener_id, load_balancer_id, port, protocol, document = row
    return Listener(account_id, listener_id, load_balancer_id, port, protocol, read_document(document))
