"""Certificates that listeners use, with their sealed keys: what the data plane needs, in one query."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from sealstone.model.secret import Sealed
from sealstone.model.server_certificate import ServerCertificate
from sealstone.store import server_certificates
from sealstone.store.engine import Tx
from sealstone.store.schema import SERVER_CERTIFICATE_KEYS, SERVER_CERTIFICATES
from sealstone.store.schema_load_balancing import CERTIFICATE_USES

_KEYS: Final = SERVER_CERTIFICATE_KEYS.c
_TABLE: Final = SERVER_CERTIFICATES.c
_USED: Final = select(CERTIFICATE_USES.c.certificate_id).where(CERTIFICATE_USES.c.account_id == _TABLE.account_id)
_IN_USE: Final = (
    select(*server_certificates.COLUMNS, _KEYS.sealed_private_key)
    .select_from(
        SERVER_CERTIFICATES.join(
            SERVER_CERTIFICATE_KEYS,
            (_KEYS.account_id == _TABLE.account_id) & (_KEYS.unique_id == _TABLE.unique_id),
        )
    )
    .where(_TABLE.unique_id.in_(_USED))
    .order_by(_TABLE.unique_id)
)


@dataclass(frozen=True, slots=True)
class ServedCertificate:
    """A certificate and its key, sealed and bound to `certificate.bound_to`."""

    certificate: ServerCertificate
    sealed_private_key: Sealed


def in_use(tx: Tx) -> tuple[ServedCertificate, ...]:
    """Of all accounts, by id; each once, however many listeners use it."""
    return tuple(ServedCertificate(server_certificates.read(row[:-1]), Sealed(row[-1])) for row in tx.rows(_IN_USE, {}))
