"""Certificates that listeners use, of both stores, with their sealed keys: what the data plane needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from sealstone.model.certificate import Certificate, Content
from sealstone.model.secret import Sealed
from sealstone.store import certificates, server_certificates
from sealstone.store.engine import Tx
from sealstone.store.schema import SERVER_CERTIFICATE_KEYS, SERVER_CERTIFICATES
from sealstone.store.schema_certificates import CERTIFICATE_KEYS, CERTIFICATES
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
_ACM_KEYS: Final = CERTIFICATE_KEYS.c
_ACM: Final = CERTIFICATES.c
_ACM_USED: Final = select(CERTIFICATE_USES.c.certificate_id).where(CERTIFICATE_USES.c.account_id == _ACM.account_id)
_ACM_IN_USE: Final = (
    select(*certificates.COLUMNS, _ACM_KEYS.sealed_private_key)
    .select_from(
        certificates.WITH_REQUESTS.join(
            CERTIFICATE_KEYS,
            (_ACM_KEYS.account_id == _ACM.account_id)
            & (_ACM_KEYS.region == _ACM.region)
            & (_ACM_KEYS.unique_id == _ACM.unique_id),
        )
    )
    .where(_ACM.unique_id.in_(_ACM_USED))
    .order_by(_ACM.unique_id)
)


@dataclass(frozen=True, slots=True)
class Servable:
    """What serving needs of a certificate, whichever store it lies in."""

    account_id: str
    unique_id: str
    arn: str
    name: str
    bound_to: str
    """What its sealed private key is bound to."""
    certificate_body: str
    certificate_chain: str | None
    fingerprint: str
    """SHA-256 over the DER, lower-case hex."""


@dataclass(frozen=True, slots=True)
class ServedCertificate:
    """A certificate and its key, sealed and bound to `certificate.bound_to`."""

    certificate: Servable
    sealed_private_key: Sealed


def in_use(tx: Tx) -> tuple[ServedCertificate, ...]:
    """Of all accounts, those of IAM before those of ACM; each once, however many listeners use it."""
    return (
        *(ServedCertificate(_of_iam(row[:-1]), Sealed(row[-1])) for row in tx.rows(_IN_USE, {})),
        *(
            ServedCertificate(_of_acm(found, found.content), Sealed(row[-1]))
            for row in tx.rows(_ACM_IN_USE, {})
            if (found := certificates.read(row[:-1])).content
        ),
    )


def _of_iam(row: Sequence[Any]) -> Servable:
    found = server_certificates.read(row)
    return Servable(
        found.account_id,
        found.unique_id,
        found.arn,
        found.name,
        found.bound_to,
        found.certificate_body,
        found.certificate_chain,
        found.fingerprint,
    )


def _of_acm(found: Certificate, content: Content) -> Servable:
    return Servable(
        found.account_id,
        found.unique_id,
        found.arn,
        found.name,
        found.bound_to,
        content.certificate_body,
        content.certificate_chain,
        content.fingerprint,
    )
