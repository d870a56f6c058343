"""Instances: the addresses behind the ids by which classic load balancers know their targets."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from sealstone.model.instance import Instance
from sealstone.store.engine import Tx
from sealstone.store.schema_load_balancing import INSTANCES

_TABLE: Final = INSTANCES.c
_COLUMNS: Final = (_TABLE.account_id, _TABLE.instance_id, _TABLE.address)
_OF_ACCOUNT: Final = _TABLE.account_id == bindparam("account")
_BY_ID: Final = (_OF_ACCOUNT, _TABLE.instance_id == bindparam("id"))
_ADD: Final = insert(INSTANCES)
_FIND: Final = select(*_COLUMNS).where(*_BY_ID)
_SAVE: Final = update(INSTANCES).where(*_BY_ID).values(address=bindparam("new_address"))
_REMOVE: Final = delete(INSTANCES).where(*_BY_ID)
_OF: Final = select(*_COLUMNS).where(_OF_ACCOUNT).order_by(_TABLE.instance_id)
_EVERY: Final = select(*_COLUMNS).order_by(_TABLE.account_id, _TABLE.instance_id)


def add(tx: Tx, instance: Instance) -> None:
    """Store a new instance. Raises NameTaken."""
    values = {
        "account_id": instance.account_id,
        "instance_id": instance.instance_id,
        "address": instance.address,
    }
    tx.change(_ADD, values)


def find(tx: Tx, account_id: str, instance_id: str) -> Instance | None:
    """By id."""
    row = tx.row(_FIND, {"account": account_id, "id": instance_id})
    return _read(row) if row else None


def save(tx: Tx, instance: Instance) -> None:
    """Keep a changed address."""
    values = {"account": instance.account_id, "id": instance.instance_id, "new_address": instance.address}
    tx.change(_SAVE, values)


def remove(tx: Tx, instance: Instance) -> None:
    """Delete the row, if it is there; where it is registered is the caller's to check."""
    tx.change(_REMOVE, {"account": instance.account_id, "id": instance.instance_id})


def of(tx: Tx, account_id: str) -> tuple[Instance, ...]:
    """Those of one account, by id."""
    return tuple(_read(row) for row in tx.rows(_OF, {"account": account_id}))


def every(tx: Tx) -> tuple[Instance, ...]:
    """All of all accounts, for the data plane."""
    return tuple(_read(row) for row in tx.rows(_EVERY, {}))


def _read(row: Sequence[Any]) -> Instance:
    account_id, instance_id, address = row
    return Instance(account_id, instance_id, address)
