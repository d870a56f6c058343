"""Rules of listeners of the second generation."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from sealstone.model.rule import Rule
from sealstone.store.columns import document_text, read_document
from sealstone.store.engine import Tx
from sealstone.store.schema_load_balancing import RULES

_TABLE: Final = RULES.c
_COLUMNS: Final = (_TABLE.account_id, _TABLE.rule_id, _TABLE.listener_id, _TABLE.priority, _TABLE.document)
_BY_ID: Final = (_TABLE.account_id == bindparam("account"), _TABLE.rule_id == bindparam("id"))
_OF_LISTENER: Final = (_TABLE.account_id == bindparam("account"), _TABLE.listener_id == bindparam("listener"))
_ADD: Final = insert(RULES)
_WITH_ID: Final = select(*_COLUMNS).where(*_BY_ID)
_OF: Final = select(*_COLUMNS).where(*_OF_LISTENER).order_by(_TABLE.priority, _TABLE.rule_id)
_SAVE: Final = (
    update(RULES).where(*_BY_ID).values(priority=bindparam("new_priority"), document=bindparam("new_document"))
)
_REMOVE: Final = delete(RULES).where(*_BY_ID)
_REMOVE_ALL: Final = delete(RULES).where(*_OF_LISTENER)
_EVERY: Final = select(*_COLUMNS).order_by(_TABLE.account_id, _TABLE.listener_id, _TABLE.priority, _TABLE.rule_id)


def add(tx: Tx, rule: Rule) -> None:
    """Store a new rule; whether its priority is free is the caller's to check. Raises NameTaken."""
    values = {
        "account_id": rule.account_id,
        "rule_id": rule.rule_id,
        "listener_id": rule.listener_id,
        "priority": rule.priority,
        "document": document_text(rule.document),
    }
    tx.change(_ADD, values)


def with_id(tx: Tx, account_id: str, rule_id: str) -> Rule | None:
    """By id."""
    row = tx.row(_WITH_ID, {"account": account_id, "id": rule_id})
    return _read(row) if row else None


def of(tx: Tx, account_id: str, listener_id: str) -> tuple[Rule, ...]:
    """The rules of one listener, by priority."""
    return tuple(_read(row) for row in tx.rows(_OF, {"account": account_id, "listener": listener_id}))


def save(tx: Tx, rule: Rule) -> None:
    """Keep a changed priority or document."""
    values = {
        "account": rule.account_id,
        "id": rule.rule_id,
        "new_priority": rule.priority,
        "new_document": document_text(rule.document),
    }
    tx.change(_SAVE, values)


def remove(tx: Tx, rule: Rule) -> None:
    """Delete the row, if it is there."""
    tx.change(_REMOVE, {"account": rule.account_id, "id": rule.rule_id})


def remove_all(tx: Tx, account_id: str, listener_id: str) -> None:
    """Delete every rule of one listener."""
    tx.change(_REMOVE_ALL, {"account": account_id, "listener": listener_id})


def every(tx: Tx) -> tuple[Rule, ...]:
    """All of all accounts, by listener and priority, for the data plane."""
    return tuple(_read(row) for row in tx.rows(_EVERY, {}))


def _read(row: Sequence[Any]) -> Rule:
    account_id, rule_id, listener_id, priority, document = row
    return Rule(account_id, rule_id, listener_id, priority, read_document(document))
