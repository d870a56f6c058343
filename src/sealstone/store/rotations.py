"""Which certificates rotations have stored and not named yet: what one that was killed has left.

The row says it, and nothing else: a certificate that only has such a name is its owner's. One that somebody has
renamed since is theirs as well.
"""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from sealstone.model.server_certificate import ServerCertificate
from sealstone.store import server_certificates
from sealstone.store.engine import Tx
from sealstone.store.schema import SERVER_CERTIFICATES
from sealstone.store.schema_load_balancing import ROTATIONS

_TABLE: Final = ROTATIONS.c
_STORED: Final = SERVER_CERTIFICATES.c
_OF_OLD: Final = (_TABLE.account_id == bindparam("account"), _TABLE.old_id == bindparam("old"))
_ADD: Final = insert(ROTATIONS)
_FIND: Final = select(_TABLE.unique_id).where(
    _TABLE.account_id == bindparam("account"), _TABLE.unique_id == bindparam("id")
)
_LEFT: Final = (
    select(*server_certificates.COLUMNS)
    .select_from(
        ROTATIONS.join(
            SERVER_CERTIFICATES,
            (_STORED.account_id == _TABLE.account_id)
            & (_STORED.unique_id == _TABLE.unique_id)
            & (_STORED.name == _TABLE.name),
        )
    )
    .where(*_OF_OLD)
    .order_by(_STORED.name)
)
_REMOVE: Final = delete(ROTATIONS).where(*_OF_OLD)


def begin(tx: Tx, new: ServerCertificate, old: ServerCertificate) -> None:
    """Note that `new` is stored to take the place of `old`."""
    values = {"account_id": new.account_id, "unique_id": new.unique_id, "name": new.name, "old_id": old.unique_id}
    tx.change(_ADD, values)


def is_begun(tx: Tx, new: ServerCertificate) -> bool:
    """Whether the rotation that stored it has not come to its end."""
    return tx.row(_FIND, {"account": new.account_id, "id": new.unique_id}) is not None


def left(tx: Tx, old: ServerCertificate) -> tuple[ServerCertificate, ...]:
    """What was stored to take the place of `old`, is there, and has the name still that it was stored under."""
    values = {"account": old.account_id, "old": old.unique_id}
    return tuple(server_certificates.read(row) for row in tx.rows(_LEFT, values))


def end(tx: Tx, old: ServerCertificate) -> None:
    """Forget every rotation of `old`, of certificates too that are gone."""
    tx.change(_REMOVE, {"account": old.account_id, "old": old.unique_id})
