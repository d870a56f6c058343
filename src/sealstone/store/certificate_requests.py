"""Requests of certificates: what a worker has to do next and until when one has taken it; tokens; how many were asked.

A worker takes an errand for a time (a lease) and gets a number with it that counts up (a fence). What it writes at the
end is written only while the number is still the last one: whoever was frozen meanwhile comes too late.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, null, or_, select, update

from sealstone.model.certificate import Certificate
from sealstone.model.certificate_request import CertificateRequest
from sealstone.store import certificates
from sealstone.store.columns import document_text, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema_certificates import (
    CERTIFICATE_REQUEST_COUNTS,
    CERTIFICATE_REQUESTS,
    CERTIFICATES,
    VALIDATION_TOKENS,
)

_TABLE: Final = CERTIFICATE_REQUESTS.c
_COUNTS: Final = CERTIFICATE_REQUEST_COUNTS.c
_TOKENS: Final = VALIDATION_TOKENS.c
_BY_ID: Final = (
    _TABLE.account_id == bindparam("account"),
    _TABLE.region == bindparam("in_region"),
    _TABLE.unique_id == bindparam("id"),
)
_ADD: Final = insert(CERTIFICATE_REQUESTS)
_SAVE: Final = update(CERTIFICATE_REQUESTS).where(*_BY_ID).values(request=bindparam("new"), due_at=bindparam("new_due"))
_SAVE_ONLY: Final = update(CERTIFICATE_REQUESTS).where(*_BY_ID).values(request=bindparam("new"))
_WAKE: Final = update(CERTIFICATE_REQUESTS).where(*_BY_ID).values(due_at=bindparam("new_due"))
_REMOVE: Final = delete(CERTIFICATE_REQUESTS).where(*_BY_ID)
_WITH_TOKEN: Final = (
    select(*certificates.COLUMNS)
    .select_from(certificates.WITH_REQUESTS)
    .where(
        _TABLE.account_id == bindparam("account"),
        _TABLE.region == bindparam("in_region"),
        _TABLE.idempotency_token == bindparam("token"),
        _TABLE.requested_at >= bindparam("since"),
    )
    .order_by(_TABLE.requested_at.desc())
    .limit(1)
)
_FREE: Final = or_(_TABLE.lease_until.is_(None), _TABLE.lease_until < bindparam("at"))
_DUE: Final = (
    select(*certificates.COLUMNS)
    .select_from(certificates.WITH_REQUESTS)
    .where(_TABLE.due_at <= bindparam("at"), _FREE)
    .order_by(_TABLE.due_at)
    .limit(bindparam("size"))
)
_NEXT: Final = select(func.min(_TABLE.due_at))
_TAKE: Final = (
    update(CERTIFICATE_REQUESTS)
    .where(*_BY_ID, _TABLE.due_at <= bindparam("at"), _FREE)
    .values(lease_until=bindparam("until"), fence=_TABLE.fence + 1)
)
_FENCE: Final = select(_TABLE.fence, CERTIFICATES.c.version).select_from(certificates.WITH_REQUESTS).where(*_BY_ID)
_RELEASE: Final = update(CERTIFICATE_REQUESTS).where(*_BY_ID).values(lease_until=null())
_DAY: Final = (
    _COUNTS.account_id == bindparam("account"),
    _COUNTS.region == bindparam("in_region"),
    _COUNTS.day == bindparam("of_day"),
)
_COUNT_UP: Final = update(CERTIFICATE_REQUEST_COUNTS).where(*_DAY).values(requests=_COUNTS.requests + 1)
_FIRST_OF_DAY: Final = insert(CERTIFICATE_REQUEST_COUNTS)
_REQUESTED: Final = select(func.coalesce(func.sum(_COUNTS.requests), 0)).where(
    _COUNTS.account_id == bindparam("account"),
    _COUNTS.region == bindparam("in_region"),
    _COUNTS.day >= bindparam("first_day"),
)
_ADD_TOKEN: Final = insert(VALIDATION_TOKENS)
_EVERY_TOKEN: Final = select(_TOKENS.token, _TOKENS.body).order_by(_TOKENS.token)
_OF_CERTIFICATE: Final = (
    _TOKENS.account_id == bindparam("account"),
    _TOKENS.region == bindparam("in_region"),
    _TOKENS.unique_id == bindparam("id"),
)
_TOKEN_BODY: Final = select(_TOKENS.body).where(*_OF_CERTIFICATE, _TOKENS.token == bindparam("wanted"))
_REMOVE_TOKENS: Final = delete(VALIDATION_TOKENS).where(*_OF_CERTIFICATE)
_PATH: Final = "/.well-known/pki-validation/{}.txt"


def add(tx: Tx, certificate: Certificate, request: CertificateRequest, *, due_at: datetime | None) -> None:
    """Of a new certificate, which is stored apart (`certificates.add`); a worker looks at it from `due_at` on."""
    values = {
        "account_id": certificate.account_id,
        "region": certificate.region,
        "unique_id": certificate.unique_id,
        "idempotency_token": request.idempotency_token,
        "requested_at": time_text(request.requested_at),
        "due_at": _time(due_at),
        "lease_until": None,
        "fence": 0,
        "request": document_text(request.document()),
    }
    tx.change(_ADD, values)


def save(tx: Tx, certificate: Certificate, request: CertificateRequest) -> None:
    """Another state of it; when it is due stays."""
    tx.change(_SAVE_ONLY, _key(certificate) | {"new": document_text(request.document())})


def schedule(tx: Tx, certificate: Certificate, request: CertificateRequest, due_at: datetime | None) -> None:
    """Another state of it, and when a worker looks at it next; None for never."""
    tx.change(_SAVE, _key(certificate) | {"new": document_text(request.document()), "new_due": _time(due_at)})


def wake(tx: Tx, certificate: Certificate, due_at: datetime) -> None:
    """Let a worker look at it at that time, whenever it was due."""
    tx.change(_WAKE, _key(certificate) | {"new_due": _time(due_at)})


def remove(tx: Tx, certificate: Certificate) -> None:
    """With its tokens."""
    remove_tokens(tx, certificate)
    tx.change(_REMOVE, _key(certificate))


def with_token(tx: Tx, account_id: str, region: str, token: str, since: datetime) -> Certificate | None:
    """The newest that was asked for with this idempotency token since then."""
    values = {"account": account_id, "in_region": region, "token": token, "since": time_text(since)}
    row = tx.row(_WITH_TOKEN, values)
    return certificates.read(row) if row else None


# --- errands ---


def due(tx: Tx, at: datetime, size: int) -> tuple[Certificate, ...]:
    """Those that somebody has to look at and nobody has taken, the longest due first."""
    return tuple(certificates.read(row) for row in tx.rows(_DUE, {"at": time_text(at), "size": size}))


def next_due(tx: Tx) -> str | None:
    """When the next one is due, taken or not, as a time's text; None when none is."""
    row = tx.row(_NEXT, {})
    return row[0] if row else None


def take(tx: Tx, certificate: Certificate, at: datetime, until: datetime) -> int | None:
    """The fence of the errand that is now the caller's; None when somebody else was faster, or nothing is due."""
    key = _key(certificate)
    if not tx.change(_TAKE, key | {"at": time_text(at), "until": time_text(until)}):
        return None
    row = tx.row(_FENCE, key)
    return int(row[0]) if row else None


def holds(tx: Tx, certificate: Certificate, fence: int) -> bool:
    """Whether the errand is still the caller's and the certificate is of the version that it knows."""
    row = tx.row(_FENCE, _key(certificate))
    return row is not None and (row[0], row[1]) == (fence, certificate.version)


def release(tx: Tx, certificate: Certificate) -> None:
    """The errand is done, or put off: whoever comes next may take it when it is due."""
    tx.change(_RELEASE, _key(certificate))


# --- tokens of validation over HTTP ---


def add_token(tx: Tx, certificate: Certificate, token: str, body: str) -> None:
    """Every listener that speaks HTTP answers with the body from now on."""
    key = {"account_id": certificate.account_id, "region": certificate.region, "unique_id": certificate.unique_id}
    tx.change(_ADD_TOKEN, key | {"token": token, "body": body})


def remove_tokens(tx: Tx, certificate: Certificate) -> None:
    """Those of the certificate; nothing is changed when there are none."""
    if any(one.token for one in (certificate.request.validations if certificate.request else ())):
        tx.change(_REMOVE_TOKENS, _key(certificate))


def tokens(tx: Tx) -> tuple[tuple[str, str], ...]:
    """Path and body of all of them, for the data plane."""
    return tuple((token_path(token), body) for token, body in tx.rows(_EVERY_TOKEN, {}))


def token_body(tx: Tx, certificate: Certificate, token: str) -> str:
    """What the token's path answers; empty when there is no such token of this certificate."""
    row = tx.row(_TOKEN_BODY, _key(certificate) | {"wanted": token})
    return str(row[0]) if row else ""


def token_path(token: str) -> str:
    """Where the token is looked for, on the host that is validated."""
    return _PATH.format(token)


# --- counts ---


def count_request(tx: Tx, account_id: str, region: str, at: datetime) -> None:
    """One more request on that day."""
    day = time_text(at)[:10]
    if not tx.change(_COUNT_UP, {"account": account_id, "in_region": region, "of_day": day}):
        tx.change(_FIRST_OF_DAY, {"account_id": account_id, "region": region, "day": day, "requests": 1})


def requests_since(tx: Tx, account_id: str, region: str, since: datetime) -> int:
    """Requests from that day on."""
    values = {"account": account_id, "in_region": region, "first_day": time_text(since)[:10]}
    row = tx.row(_REQUESTED, values)
    return int(row[0]) if row else 0


def _time(moment: datetime | None) -> str | None:
    return time_text(moment) if moment else None


def _key(certificate: Certificate) -> dict[str, Any]:
    return {"account": certificate.account_id, "in_region": certificate.region, "id": certificate.unique_id}
