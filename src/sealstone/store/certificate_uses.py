"""Which listeners use which certificates: what serving reads, and what deleting a certificate asks."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, literal, select

from sealstone.model.listener import CertificateUse
from sealstone.store import certificate_requests
from sealstone.store.engine import Tx
from sealstone.store.schema_load_balancing import CERTIFICATE_USES, LISTENERS

_TABLE: Final = CERTIFICATE_USES.c
_COLUMNS: Final = (_TABLE.account_id, _TABLE.listener_id, _TABLE.certificate_id, _TABLE.is_default)
_OF_LISTENER: Final = (_TABLE.account_id == bindparam("account"), _TABLE.listener_id == bindparam("listener"))
_ONE: Final = (
    *_OF_LISTENER,
    _TABLE.certificate_id == bindparam("certificate"),
    _TABLE.is_default == bindparam("default_one"),
)
_ADD: Final = insert(CERTIFICATE_USES)
_OF: Final = select(*_COLUMNS).where(*_OF_LISTENER).order_by(_TABLE.is_default.desc(), _TABLE.certificate_id)
_REMOVE: Final = delete(CERTIFICATE_USES).where(*_ONE)
_REMOVE_DEFAULT: Final = delete(CERTIFICATE_USES).where(*_OF_LISTENER, _TABLE.is_default == literal(1))
_REMOVE_ALL: Final = delete(CERTIFICATE_USES).where(*_OF_LISTENER)
_EVERY: Final = select(*_COLUMNS).order_by(
    _TABLE.account_id, _TABLE.listener_id, _TABLE.is_default.desc(), _TABLE.certificate_id
)
_USERS: Final = (
    select(LISTENERS.c.load_balancer_id)
    .distinct()
    .select_from(
        CERTIFICATE_USES.join(
            LISTENERS,
            (LISTENERS.c.account_id == _TABLE.account_id) & (LISTENERS.c.listener_id == _TABLE.listener_id),
        )
    )
    .where(_TABLE.account_id == bindparam("account"), _TABLE.certificate_id == bindparam("certificate"))
    .order_by(LISTENERS.c.load_balancer_id)
)
_USED: Final = select(_TABLE.certificate_id).distinct().where(_TABLE.account_id == bindparam("account"))
_LISTENERS: Final = (
    select(_TABLE.listener_id)
    .distinct()
    .where(_TABLE.account_id == bindparam("account"), _TABLE.certificate_id == bindparam("certificate"))
    .order_by(_TABLE.listener_id)
)


def add(tx: Tx, use: CertificateUse) -> None:
    """Let the listener use the certificate, which it may do already; its default is in the place of any other."""
    remove(tx, use)
    if use.is_default:
        tx.change(_REMOVE_DEFAULT, {"account": use.account_id, "listener": use.listener_id})
    values = {
        "account_id": use.account_id,
        "listener_id": use.listener_id,
        "certificate_id": use.certificate_id,
        "is_default": int(use.is_default),
    }
    tx.change(_ADD, values)
    # What was not renewed because nobody used it may be late already.
    certificate_requests.nudge(tx, use.account_id, use.certificate_id)


def of(tx: Tx, account_id: str, listener_id: str) -> tuple[CertificateUse, ...]:
    """What one listener uses, its default first."""
    return tuple(_read(row) for row in tx.rows(_OF, {"account": account_id, "listener": listener_id}))


def remove(tx: Tx, use: CertificateUse) -> None:
    """End one use, if there is such."""
    values = {
        "account": use.account_id,
        "listener": use.listener_id,
        "certificate": use.certificate_id,
        "default_one": int(use.is_default),
    }
    tx.change(_REMOVE, values)


def remove_all(tx: Tx, account_id: str, listener_id: str) -> None:
    """End every use of one listener."""
    tx.change(_REMOVE_ALL, {"account": account_id, "listener": listener_id})


def every(tx: Tx) -> tuple[CertificateUse, ...]:
    """All of all accounts, a listener's default first, for the data plane."""
    return tuple(_read(row) for row in tx.rows(_EVERY, {}))


def load_balancers(tx: Tx, account_id: str, certificate_id: str) -> tuple[str, ...]:
    """The ids of the load balancers whose listeners use the certificate; empty when it is in nobody's use."""
    values = {"account": account_id, "certificate": certificate_id}
    return tuple(row[0] for row in tx.rows(_USERS, values))


def used(tx: Tx, account_id: str) -> frozenset[str]:
    """The ids of all certificates that are in use, in one query."""
    return frozenset(row[0] for row in tx.rows(_USED, {"account": account_id}))


def listeners(tx: Tx, account_id: str, certificate_id: str) -> tuple[str, ...]:
    """The ids of the listeners that use the certificate, each once."""
    values = {"account": account_id, "certificate": certificate_id}
    return tuple(row[0] for row in tx.rows(_LISTENERS, values))


def _read(row: Sequence[Any]) -> CertificateUse:
    account_id, listener_id, certificate_id, is_default = row
    return CertificateUse(account_id, listener_id, certificate_id, bool(is_default))
