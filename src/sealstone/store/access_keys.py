"""Access keys, their sealed secrets, their last uses, and what authentication asks of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from sealstone.model.identity import AccessKey, LastUse, Status, User
from sealstone.model.managed_policy import EffectivePolicy
from sealstone.model.secret import Sealed
from sealstone.store import effective_policies, users
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema import ACCESS_KEY_USES, ACCESS_KEYS, USERS

_TABLE: Final = ACCESS_KEYS.c
_COLUMNS: Final = (_TABLE.account_id, _TABLE.access_key_id, _TABLE.user_id, _TABLE.status, _TABLE.create_date)
_ADD: Final = insert(ACCESS_KEYS)
_BY_ID: Final = _TABLE.access_key_id == bindparam("id")
_FIND: Final = select(*_COLUMNS).where(_BY_ID)
_OF_USER: Final = (
    select(*_COLUMNS)
    .where(_TABLE.account_id == bindparam("account"), _TABLE.user_id == bindparam("user"))
    .order_by(_TABLE.access_key_id)
)
_OF_ROOT: Final = (
    select(*_COLUMNS)
    .where(_TABLE.account_id == bindparam("account"), _TABLE.user_id.is_(None))
    .order_by(_TABLE.access_key_id)
)
_SET_STATUS: Final = update(ACCESS_KEYS).where(_BY_ID).values(status=bindparam("new_status"))
_REMOVE: Final = delete(ACCESS_KEYS).where(_BY_ID)
_CREDENTIALS: Final = (
    select(*_COLUMNS, _TABLE.sealed_secret, *users.COLUMNS)
    .select_from(
        ACCESS_KEYS.outerjoin(USERS, (USERS.c.account_id == _TABLE.account_id) & (USERS.c.unique_id == _TABLE.user_id))
    )
    .where(_BY_ID)
)
_USES: Final = ACCESS_KEY_USES.c
_LAST_USE: Final = select(*_USES).where(_USES.access_key_id == bindparam("id"))
_FORGET_USE: Final = delete(ACCESS_KEY_USES).where(_USES.access_key_id == bindparam("id"))
_ADD_USE: Final = insert(ACCESS_KEY_USES)


@dataclass(frozen=True, slots=True)
class Credentials:
    """All that authentication and authorization need of one key. `user` is None for root."""

    key: AccessKey
    sealed_secret: Sealed
    user: User | None
    policies: tuple[EffectivePolicy, ...]


def add(tx: Tx, key: AccessKey, sealed_secret: Sealed) -> None:
    """Store a new key with its secret. Raises NameTaken."""
    values = {
        "access_key_id": key.access_key_id,
        "account_id": key.account_id,
        "user_id": key.user_id,
        "status": key.status.value,
        "create_date": time_text(key.create_date),
        "sealed_secret": sealed_secret.reveal(),
    }
    tx.change(_ADD, values)


def find(tx: Tx, access_key_id: str) -> AccessKey | None:
    """By id, of whichever account."""
    row = tx.row(_FIND, {"id": access_key_id})
    return _read(row) if row else None


def of_user(tx: Tx, account_id: str, user_id: str | None) -> tuple[AccessKey, ...]:
    """The keys of a user, or of root when `user_id` is None, by id."""
    if user_id is None:
        return tuple(_read(row) for row in tx.rows(_OF_ROOT, {"account": account_id}))
    return tuple(_read(row) for row in tx.rows(_OF_USER, {"account": account_id, "user": user_id}))


def set_status(tx: Tx, access_key_id: str, status: Status) -> None:
    """Switch the key on or off."""
    tx.change(_SET_STATUS, {"id": access_key_id, "new_status": status.value})


def remove(tx: Tx, access_key_id: str) -> None:
    """Delete the key, its secret and its last use."""
    tx.change(_FORGET_USE, {"id": access_key_id})
    tx.change(_REMOVE, {"id": access_key_id})


def credentials(tx: Tx, access_key_id: str) -> Credentials | None:
    """Key, sealed secret and user in one query, policies in another of the same snapshot.

    A key whose user is gone is nobody's, least of all root's. Raises effective_policies.PolicyLost.
    """
    row = tx.row(_CREDENTIALS, {"id": access_key_id})
    if row is None:
        return None
    key_end = len(_COLUMNS) + 1
    key = _read(row[: key_end - 1])
    user = users.read(row[key_end:]) if row[key_end] else None
    if user is None and key.user_id is not None:
        return None
    policies = effective_policies.of_user(tx, user.account_id, user.unique_id) if user else ()
    return Credentials(key=key, sealed_secret=Sealed(row[key_end - 1]), user=user, policies=policies)


def record_uses(tx: Tx, uses: Iterable[LastUse]) -> None:
    """Keep the last of each key's uses; a use of a key that is gone is kept for nobody and harms nothing."""
    batch = {use.access_key_id: use for use in uses}.values()
    if not batch:
        return
    tx.change(_FORGET_USE, *({"id": use.access_key_id} for use in batch))
    rows = [
        {
            "access_key_id": use.access_key_id,
            "used_at": time_text(use.at),
            "service": use.service,
            "region": use.region,
        }
        for use in batch
    ]
    tx.change(_ADD_USE, *rows)


def last_use(tx: Tx, access_key_id: str) -> LastUse | None:
    """When the key last signed an accepted request; None when it never did."""
    row = tx.row(_LAST_USE, {"id": access_key_id})
    return LastUse(row[0], read_time(row[1]), row[2], row[3]) if row else None


def _read(row: Sequence[Any]) -> AccessKey:
    account_id, access_key_id, user_id, status, create_date = row
    return AccessKey(account_id, access_key_id, user_id, Status(status), read_time(create_date))
