"""Signing certificates, and what authentication asks of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from sealstone.model.identity import Status, User
from sealstone.model.managed_policy import EffectivePolicy
from sealstone.model.signing_certificate import SigningCertificate
from sealstone.store import effective_policies, users
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema import SIGNING_CERTIFICATES, USERS

_TABLE: Final = SIGNING_CERTIFICATES.c
_COLUMNS: Final = (
    _TABLE.account_id,
    _TABLE.user_id,
    _TABLE.certificate_id,
    _TABLE.certificate_body,
    _TABLE.fingerprint,
    _TABLE.serial_number,
    _TABLE.not_before,
    _TABLE.not_after,
    _TABLE.status,
    _TABLE.upload_date,
)
_ADD: Final = insert(SIGNING_CERTIFICATES)
_BY_ID: Final = _TABLE.certificate_id == bindparam("id")
_FIND: Final = select(*_COLUMNS).where(_BY_ID)
_KNOWN: Final = select(_TABLE.certificate_id).where(_TABLE.fingerprint == bindparam("fingerprint"))
_OF_ACCOUNT: Final = select(*_COLUMNS).where(_TABLE.account_id == bindparam("account")).order_by(_TABLE.certificate_id)
_OF_USER: Final = _OF_ACCOUNT.where(_TABLE.user_id == bindparam("user"))
_OF_ROOT: Final = _OF_ACCOUNT.where(_TABLE.user_id.is_(None))
_SET_STATUS: Final = update(SIGNING_CERTIFICATES).where(_BY_ID).values(status=bindparam("new_status"))
_REMOVE: Final = delete(SIGNING_CERTIFICATES).where(_BY_ID)
_SIGNER: Final = (
    select(*_COLUMNS, *users.COLUMNS)
    .select_from(
        SIGNING_CERTIFICATES.outerjoin(
            USERS, (USERS.c.account_id == _TABLE.account_id) & (USERS.c.unique_id == _TABLE.user_id)
        )
    )
    .where(_TABLE.fingerprint == bindparam("fingerprint"))
)


@dataclass(frozen=True, slots=True)
class Signer:
    """All that authentication and authorization need of one certificate. `user` is None for root."""

    certificate: SigningCertificate
    user: User | None
    policies: tuple[EffectivePolicy, ...]


def add(tx: Tx, certificate: SigningCertificate) -> None:
    """Store a new certificate. Raises NameTaken, also when the fingerprint is there, of whichever account."""
    values = {
        "account_id": certificate.account_id,
        "user_id": certificate.user_id,
        "certificate_id": certificate.certificate_id,
        "certificate_body": certificate.certificate_body,
        "fingerprint": certificate.fingerprint,
        # Up to 64 bytes: more than any integer column holds.
        "serial_number": str(certificate.serial_number),
        "not_before": time_text(certificate.not_before),
        "not_after": time_text(certificate.not_after),
        "status": certificate.status.value,
        "upload_date": time_text(certificate.upload_date),
    }
    tx.change(_ADD, values)


def find(tx: Tx, certificate_id: str) -> SigningCertificate | None:
    """By id, of whichever account."""
    row = tx.row(_FIND, {"id": certificate_id})
    return _read(row) if row else None


def is_known(tx: Tx, fingerprint: str) -> bool:
    """Whether the certificate belongs to someone, in whichever account."""
    return tx.row(_KNOWN, {"fingerprint": fingerprint}) is not None


def of_user(tx: Tx, account_id: str, user_id: str | None) -> tuple[SigningCertificate, ...]:
    """The certificates of a user, or of root when `user_id` is None, by id."""
    if user_id is None:
        return tuple(_read(row) for row in tx.rows(_OF_ROOT, {"account": account_id}))
    return tuple(_read(row) for row in tx.rows(_OF_USER, {"account": account_id, "user": user_id}))


def set_status(tx: Tx, certificate_id: str, status: Status) -> None:
    """Switch the certificate on or off."""
    tx.change(_SET_STATUS, {"id": certificate_id, "new_status": status.value})


def remove(tx: Tx, certificate_id: str) -> None:
    """Delete the certificate; its fingerprint is free again."""
    tx.change(_REMOVE, {"id": certificate_id})


def signer(tx: Tx, fingerprint: str) -> Signer | None:
    """Certificate and user in one query, policies in another of the same snapshot.

    A certificate whose user is gone is nobody's, least of all root's. `fingerprint`: SHA-256 over the DER, lower-case
    hex. Whether the certificate is Active and valid is not judged here. Raises effective_policies.PolicyLost.
    """
    row = tx.row(_SIGNER, {"fingerprint": fingerprint})
    if row is None:
        return None
    own_end = len(_COLUMNS)
    certificate = _read(row[:own_end])
    user = users.read(row[own_end:]) if row[own_end] else None
    if user is None and certificate.user_id is not None:
        return None
    policies = effective_policies.of_user(tx, user.account_id, user.unique_id) if user else ()
    return Signer(certificate, user, policies)


def _read(row: Sequence[Any]) -> SigningCertificate:
    account_id, user_id, certificate_id, body, fingerprint, serial_number, not_before, not_after, status, upload = row
    return SigningCertificate(
        account_id=account_id,
        user_id=user_id,
        certificate_id=certificate_id,
        certificate_body=body,
        fingerprint=fingerprint,
        serial_number=int(serial_number),
        not_before=read_time(not_before),
        not_after=read_time(not_after),
        status=Status(status),
        upload_date=read_time(upload),
    )
