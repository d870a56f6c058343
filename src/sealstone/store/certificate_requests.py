"""Requests of certificates: what a worker has to do next and until when one has taken it; tokens; how many were asked.

A worker takes an errand for a time (a lease) and gets a number with it that counts up (a fence). What it writes at the
end is written only while the number is still the last one: whoever was frozen meanwhile comes too late.

While a certificate's validation method is being changed, its row has a second time: of the next look at the new
validations. Both kinds of errand share lease and fence, and neither moves the other's time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    union_all,
    update,
)

from sealstone.model.certificate import Certificate
from sealstone.model.certificate_request import INSIDE, LONGEST_PAUSE, OUTSIDE, PENDING, CertificateRequest, Lane
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
_SAVE_LOOK: Final = update(CERTIFICATE_REQUESTS).where(*_BY_ID).values(**_CHANGED, look_at=bindparam("new_look"))
_WAKE: Final = update(CERTIFICATE_REQUESTS).where(*_BY_ID).values(due_at=bindparam("new_due"))
_NUDGE: Final = (
    update(CERTIFICATE_REQUESTS)
    .where(_TABLE.account_id == bindparam("account"), _TABLE.unique_id == bindparam("id"), _TABLE.due_at.is_not(None))
    .values(due_at=bindparam("new_due"))
)
_PUT_OFF: Final = (
    update(CERTIFICATE_REQUESTS)
    .where(*_BY_ID)
    .values(
        due_at=bindparam("new_due"), look_at=case((_TABLE.look_at.is_not(None), bindparam("new_due")), else_=null())
    )
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
_HAS_ERRAND: Final = or_(
    _TABLE.due_at <= bindparam("at"),
    and_(_TABLE.due_at > bindparam("far"), or_(*(_TABLE.lane == lane.value for lane in PENDING))),
)
_HAS_LOOK: Final = or_(_TABLE.look_at <= bindparam("at"), _TABLE.look_at > bindparam("far"))


def _due_of(lanes: tuple[Lane, Lane]) -> CompoundSelect[tuple[Any, ...]]:
    """Whoever `_HAS_ERRAND` or `_HAS_LOOK` in these lanes, a branch for each comparison: every branch is a search.

    As one condition with OR it reads the whole table, five times a second in each worker.
    """
    at: BindParameter[Any] = bindparam("at")
    far: BindParameter[Any] = bindparam("far")
    branches = [
        *((lane, _TABLE.due_at, _TABLE.due_at <= at) for lane in lanes),
        *((lane, _TABLE.due_at, _TABLE.due_at > far) for lane in lanes if lane in PENDING),
        *((lane, _TABLE.look_at, look) for lane in lanes for look in (_TABLE.look_at <= at, _TABLE.look_at > far)),
    ]
    columns = (_TABLE.account_id, _TABLE.region, _TABLE.unique_id)
    return union_all(
        *(
            select(*columns, since.label("since")).where(_TABLE.lane == lane.value, those, _FREE)
            for lane, since, those in branches
        )
    )


def _in_turn(lanes: tuple[Lane, Lane]) -> Select[Any]:
    """One of each account in turn: whoever has many waits behind nobody else's many, and nobody behind theirs."""
    found = _due_of(lanes).subquery().c
    place, since = (found.account_id, found.region, found.unique_id), func.min(found.since)
    turn = func.row_number().over(partition_by=found.account_id, order_by=since).label("turn")
    turns = select(*place, since.label("since"), turn).group_by(*place).subquery().c
    return (
        select(turns.account_id, turns.region, turns.unique_id)
        .order_by(turns.turn, turns.since)
        .limit(bindparam("size"))
    )


_DUE: Final = {lanes: _in_turn(lanes) for lanes in (INSIDE, OUTSIDE)}
_NEXT: Final = select(func.min(_TABLE.due_at), func.min(_TABLE.look_at))
# Due again when the lease ends: a crash leaves it so. Whoever wakes it meanwhile is told by an earlier time.
_TAKE: Final = (
    update(CERTIFICATE_REQUESTS)
    .where(*_BY_ID, _HAS_ERRAND, _FREE)
    .values(lease_until=bindparam("until"), due_at=bindparam("until"), fence=_TABLE.fence + 1)
)
_TAKE_LOOK: Final = (
    update(CERTIFICATE_REQUESTS)
    .where(*_BY_ID, _HAS_LOOK, _FREE)
    .values(lease_until=bindparam("until"), look_at=bindparam("until"), fence=_TABLE.fence + 1)
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
        "look_at": None,
    }
    tx.change(_ADD, values)


def save(tx: Tx, certificate: Certificate, request: CertificateRequest) -> None:
    """Another state of it; when it is due stays."""
    tx.change(_SAVE_ONLY, _key(certificate) | _new(request))


def schedule(tx: Tx, certificate: Certificate, request: CertificateRequest, due_at: datetime | None) -> None:
    """Another state of it, and when a worker looks at it next; None for never."""
    tx.change(_SAVE, _key(certificate) | _new(request) | {"new_due": _time(due_at)})


def look(tx: Tx, certificate: Certificate, request: CertificateRequest, look_at: datetime | None) -> None:
    """Another state of it, and when the change of its validation method is looked at next; None for never."""
    tx.change(_SAVE_LOOK, _key(certificate) | _new(request) | {"new_look": _time(look_at)})


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


class Taken(NamedTuple):
    """An errand that is the caller's for the time of its lease."""

    fence: int
    looks: bool
    """Whether it is a look at the change of the validation method, and nothing else."""


@dataclass(frozen=True, slots=True)
class Held:
    """Who has an errand now."""

    fence: int
    woken: bool
    """Whether somebody wished that it be looked at since it was taken; says nothing of one that looks."""


def due(tx: Tx, at: datetime, size: int, lanes: tuple[Lane, Lane] = INSIDE) -> tuple[Place, ...]:
    """Those that somebody has to look at and nobody has taken: of each account in turn, the longest due first."""
    return tuple(Place(*row) for row in tx.rows(_DUE[lanes], _times(at) | {"size": size}))


def next_due(tx: Tx) -> str | None:
    """When the next one is due, taken or not, as a time's text; None when none is."""
    row = tx.row(_NEXT, {})
    return min((time for time in row or () if time is not None), default=None)


def take(tx: Tx, place: Place, at: datetime, until: datetime) -> Taken | None:
    """The errand that is now the caller's; None when somebody else was faster, or nothing is due."""
    key = {"account": place.account_id, "in_region": place.region, "id": place.unique_id}
    values = key | _times(at) | {"until": time_text(until)}
    looks = False
    if not tx.change(_TAKE, values):
        looks = True
        if not tx.change(_TAKE_LOOK, values):
            return None
    row = tx.row(_HELD, key)
    return Taken(int(row[0]), looks) if row else None


def held(tx: Tx, certificate: Certificate) -> Held | None:
    """None when there is no such request."""
    row = tx.row(_HELD, _key(certificate))
    return Held(int(row[0]), woken=row[1] != row[2]) if row else None


def release(tx: Tx, certificate: Certificate) -> None:
    """The errand is done, or put off: whoever comes next may take it when it is due."""
    tx.change(_RELEASE, _key(certificate))


def put_off(tx: Tx, place: Place, until: datetime) -> None:
    """Look at it later, whatever is due."""
    key = {"account": place.account_id, "in_region": place.region, "id": place.unique_id}
    tx.change(_PUT_OFF, key | {"new_due": time_text(until)})


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
