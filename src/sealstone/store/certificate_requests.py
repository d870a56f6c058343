"""Requests of certificates: what a worker has to do next and until when one has taken it; tokens; how many were asked.

A worker takes an errand for a time (a lease) and gets a number with it that counts up (a fence). What it writes at the
end is written only while the number is still the last one: whoever was frozen meanwhile comes too late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, delete, func, insert, null, or_, select, update

from sealstone.model.certificate import Certificate
from sealstone.model.certificate_request import INSIDE, LONGEST_PAUSE, PENDING, CertificateRequest, Lane
from sealstone.store import certificates
from sealstone.store.columns import document_text, time_text
from sealstone.store.day_counts import DayCounts
from sealstone.store.engine import Tx
from sealstone.store.schema_certificates import (
    CERTIFICATE_REQUEST_COUNTS,
    CERTIFICATE_REQUESTS,
    VALIDATION_TOKENS,
)

_TABLE: Final = CERTIFICATE_REQUESTS.c
_TOKENS: Final = VALIDATION_TOKENS.c
_BY_ID: Final = (
    _TABLE.account_id == bindparam("account"),
    _TABLE.region == bindparam("in_region"),
    _TABLE.unique_id == bindparam("id"),
)
_ADD: Final = insert(CERTIFICATE_REQUESTS)
_CHANGED: Final[Mapping[str, Any]] = {"request": bindparam("new"), "lane": bindparam("new_lane")}
_SAVE: Final = update(CERTIFICATE_REQUESTS).where(*_BY_ID).values(**_CHANGED, due_at=bindparam("new_due"))
_SAVE_ONLY: Final = update(CERTIFICATE_REQUESTS).where(*_BY_ID).values(**_CHANGED)
_WAKE: Final = update(CERTIFICATE_REQUESTS).where(*_BY_ID).values(due_at=bindparam("new_due"))
_NUDGE: Final = (
    update(CERTIFICATE_REQUESTS)
    .where(_TABLE.account_id == bindparam("account"), _TABLE.unique_id == bindparam("id"), _TABLE.due_at.is_not(None))
    .values(due_at=bindparam("new_due"))
)
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
# A clock that ran ahead leaves times in the future behind: no lease is longer than `lease_end`, no pause than `far`.
_FREE: Final = or_(
    _TABLE.lease_until.is_(None), _TABLE.lease_until < bindparam("at"), _TABLE.lease_until > bindparam("lease_end")
)
_IS_DUE: Final = and_(
    or_(
        _TABLE.due_at <= bindparam("at"),
        and_(_TABLE.due_at > bindparam("far"), or_(*(_TABLE.lane == lane.value for lane in PENDING))),
    ),
    _FREE,
)
_TURNS: Final = (
    select(
        _TABLE.account_id,
        _TABLE.region,
        _TABLE.unique_id,
        _TABLE.due_at,
        func.row_number().over(partition_by=_TABLE.account_id, order_by=_TABLE.due_at).label("turn"),
    )
    .where(_IS_DUE, or_(_TABLE.lane == bindparam("one_lane"), _TABLE.lane == bindparam("other_lane")))
    .subquery()
)
# One of each account in turn: whoever has many waits behind nobody else's many, and nobody behind theirs.
_DUE: Final = (
    select(_TURNS.c.account_id, _TURNS.c.region, _TURNS.c.unique_id)
    .order_by(_TURNS.c.turn, _TURNS.c.due_at)
    .limit(bindparam("size"))
)
_NEXT: Final = select(func.min(_TABLE.due_at))
# Due again when the lease ends: a crash leaves it so. Whoever wakes it meanwhile is told by an earlier time.
_TAKE: Final = (
    update(CERTIFICATE_REQUESTS)
    .where(*_BY_ID, _IS_DUE)
    .values(lease_until=bindparam("until"), due_at=bindparam("until"), fence=_TABLE.fence + 1)
)
_HELD: Final = select(_TABLE.fence, _TABLE.due_at, _TABLE.lease_until).where(*_BY_ID)
_RELEASE: Final = update(CERTIFICATE_REQUESTS).where(*_BY_ID).values(lease_until=null())
_REQUESTED_BY_DAY: Final = DayCounts(CERTIFICATE_REQUEST_COUNTS, CERTIFICATE_REQUEST_COUNTS.c.requests)
_ADD_TOKEN: Final = insert(VALIDATION_TOKENS)
_EVERY_TOKEN: Final = select(_TOKENS.account_id, _TOKENS.token, _TOKENS.body).order_by(_TOKENS.token)
_OF_CERTIFICATE: Final = (
    _TOKENS.account_id == bindparam("account"),
    _TOKENS.region == bindparam("in_region"),
    _TOKENS.unique_id == bindparam("id"),
)
_TOKEN_BODY: Final = select(_TOKENS.body).where(*_OF_CERTIFICATE, _TOKENS.token == bindparam("wanted"))
_REMOVE_TOKENS: Final = delete(VALIDATION_TOKENS).where(*_OF_CERTIFICATE)
LEASE: Final = timedelta(seconds=60)
_LONG_AGO: Final = "1970-01-01T00:00:00Z"
_PATH: Final = "/.well-known/pki-validation/{}.txt"


def add(tx: Tx, certificate: Certificate, request: CertificateRequest, *, due_at: datetime | None) -> None:
    """Of a new certificate, which is stored apart (`certificates.add`); a worker looks at it from `due_at` on."""
    values = {
        "account_id": certificate.account_id,
        "region": certificate.region,
        "unique_id": certificate.unique_id,
        "idempotency_token": request.idempotency_token,
        "requested_at": time_text(request.requested_at),
        "lane": request.lane.value,
        "due_at": _time(due_at),
        "lease_until": None,
        "fence": 0,
        "request": document_text(request.document()),
    }
    tx.change(_ADD, values)


def save(tx: Tx, certificate: Certificate, request: CertificateRequest) -> None:
    """Another state of it; when it is due stays."""
    tx.change(_SAVE_ONLY, _key(certificate) | _new(request))


def schedule(tx: Tx, certificate: Certificate, request: CertificateRequest, due_at: datetime | None) -> None:
    """Another state of it, and when a worker looks at it next; None for never."""
    tx.change(_SAVE, _key(certificate) | _new(request) | {"new_due": _time(due_at)})


def wake(tx: Tx, certificate: Certificate, due_at: datetime) -> None:
    """Let a worker look at it at that time, whenever it was due."""
    tx.change(_WAKE, _key(certificate) | {"new_due": _time(due_at)})


def nudge(tx: Tx, account_id: str, unique_id: str) -> None:
    """Let a worker look at it now, if it is one that was asked for and is not over."""
    tx.change(_NUDGE, {"account": account_id, "id": unique_id, "new_due": _LONG_AGO})


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


class Place(NamedTuple):
    """Where a certificate is, without reading it: one that cannot be read holds up no others."""

    account_id: str
    region: str
    unique_id: str


@dataclass(frozen=True, slots=True)
class Held:
    """Who has an errand now."""

    fence: int
    woken: bool
    """Whether somebody wished that it be looked at since it was taken."""


def due(tx: Tx, at: datetime, size: int, lanes: tuple[Lane, Lane] = INSIDE) -> tuple[Place, ...]:
    """Those that somebody has to look at and nobody has taken: of each account in turn, the longest due first."""
    values = _times(at) | {"size": size, "one_lane": lanes[0].value, "other_lane": lanes[1].value}
    return tuple(Place(*row) for row in tx.rows(_DUE, values))


def next_due(tx: Tx) -> str | None:
    """When the next one is due, taken or not, as a time's text; None when none is."""
    row = tx.row(_NEXT, {})
    return row[0] if row else None


def take(tx: Tx, place: Place, at: datetime, until: datetime) -> int | None:
    """The fence of the errand that is now the caller's; None when somebody else was faster, or nothing is due."""
    key = {"account": place.account_id, "in_region": place.region, "id": place.unique_id}
    if not tx.change(_TAKE, key | _times(at) | {"until": time_text(until)}):
        return None
    row = tx.row(_HELD, key)
    return int(row[0]) if row else None


def held(tx: Tx, certificate: Certificate) -> Held | None:
    """None when there is no such request."""
    row = tx.row(_HELD, _key(certificate))
    return Held(int(row[0]), woken=row[1] != row[2]) if row else None


def release(tx: Tx, certificate: Certificate) -> None:
    """The errand is done, or put off: whoever comes next may take it when it is due."""
    tx.change(_RELEASE, _key(certificate))


def put_off(tx: Tx, place: Place, until: datetime) -> None:
    """Look at it later."""
    key = {"account": place.account_id, "in_region": place.region, "id": place.unique_id}
    tx.change(_WAKE, key | {"new_due": time_text(until)})


# --- tokens of validation over HTTP ---


def add_token(tx: Tx, certificate: Certificate, token: str, body: str) -> None:
    """Every listener of the account that speaks HTTP answers with the body from now on."""
    key = {"account_id": certificate.account_id, "region": certificate.region, "unique_id": certificate.unique_id}
    tx.change(_ADD_TOKEN, key | {"token": token, "body": body})


def remove_tokens(tx: Tx, certificate: Certificate) -> None:
    """Those of the certificate; nothing is changed when there are none."""
    if any(one.token for one in (certificate.request.validations if certificate.request else ())):
        tx.change(_REMOVE_TOKENS, _key(certificate))


def tokens(tx: Tx) -> tuple[tuple[str, str, str], ...]:
    """Account, path and body of all of them, for the data plane."""
    return tuple((account_id, token_path(token), body) for account_id, token, body in tx.rows(_EVERY_TOKEN, {}))


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
    _REQUESTED_BY_DAY.add(tx, account_id, region, at)


def requests_since(tx: Tx, account_id: str, region: str, since: datetime) -> int:
    """Requests from that day on."""
    return _REQUESTED_BY_DAY.since(tx, account_id, region, since)


def _new(request: CertificateRequest) -> dict[str, str]:
    return {"new": document_text(request.document()), "new_lane": request.lane.value}


def _times(at: datetime) -> dict[str, Any]:
    return {
        "at": time_text(at),
        "far": time_text(at + 2 * LONGEST_PAUSE),
        "lease_end": time_text(at + 2 * LEASE),
    }


def _time(moment: datetime | None) -> str | None:
    return time_text(moment) if moment else None


def _key(certificate: Certificate) -> dict[str, Any]:
    return {"account": certificate.account_id, "in_region": certificate.region, "id": certificate.unique_id}
