"""What a renewal took the place of: kept with its key until the new certificate has been seen served."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select

from sealstone.model.certificate import Certificate, Content
from sealstone.model.certificate_detail import CertificateDetail
from sealstone.model.secret import Sealed
from sealstone.store import certificates
from sealstone.store.columns import document_text, read_document, read_time
from sealstone.store.engine import Tx
from sealstone.store.schema_certificates import SUPERSEDED_CERTIFICATES

_TABLE: Final = SUPERSEDED_CERTIFICATES.c
_BY_ID: Final = (
    _TABLE.account_id == bindparam("account"),
    _TABLE.region == bindparam("in_region"),
    _TABLE.unique_id == bindparam("id"),
)
_ADD: Final = insert(SUPERSEDED_CERTIFICATES)
_REMOVE: Final = delete(SUPERSEDED_CERTIFICATES).where(*_BY_ID)
_FIND: Final = select(
    _TABLE.version,
    _TABLE.generation,
    _TABLE.document,
    _TABLE.sealed_private_key,
    _TABLE.listeners,
    _TABLE.certificate_body,
    _TABLE.certificate_chain,
    _TABLE.fingerprint,
    _TABLE.not_before,
    _TABLE.not_after,
).where(*_BY_ID)


@dataclass(frozen=True, slots=True)
class Superseded:
    """The content before the present one. Its key is bound to its version."""

    version: int
    generation: int
    """The configuration in which the listeners began to serve the new one."""
    content: Content
    detail: CertificateDetail
    sealed_private_key: Sealed
    listeners: tuple[str, ...] = ()
    """Those that were seen to serve it: they alone have to be seen to serve the new one."""


def put(tx: Tx, certificate: Certificate, superseded: Superseded) -> None:
    """Keep it, in the place of what was kept before."""
    remove(tx, certificate)
    values = {
        "account_id": certificate.account_id,
        "region": certificate.region,
        "unique_id": certificate.unique_id,
        "version": superseded.version,
        **certificates.content_values(superseded.content),
        "document": document_text(superseded.detail.document()),
        "sealed_private_key": superseded.sealed_private_key.reveal(),
        "generation": superseded.generation,
        "listeners": " ".join(superseded.listeners),
    }
    tx.change(_ADD, values)


def find(tx: Tx, certificate: Certificate) -> Superseded | None:
    """What is kept of it, if anything is."""
    row = tx.row(_FIND, _key(certificate))
    if row is None:
        return None
    version, generation, document, sealed, listeners, *columns = row
    body, chain, fingerprint, not_before, not_after = columns
    content = Content(body, chain, fingerprint, read_time(not_before), read_time(not_after))
    detail = CertificateDetail.of(read_document(document))
    return Superseded(version, generation, content, detail, Sealed(sealed), tuple(listeners.split()))


def remove(tx: Tx, certificate: Certificate) -> None:
    """Forget it, its key too, if it is there."""
    tx.change(_REMOVE, _key(certificate))


def _key(certificate: Certificate) -> dict[str, Any]:
    return {"account": certificate.account_id, "in_region": certificate.region, "id": certificate.unique_id}
