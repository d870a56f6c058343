"""What is measured of certificates: when each ends, how requests and their last renewals stand, totals of renewals.

Read by pages of few columns, none of them a certificate's text or a key, so that ten thousand cost a fraction of a
second. What is made of it is the business of `server.metrics`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Select, bindparam, insert, select, tuple_, update

from sealstone.model import arn
from sealstone.model.certificate import certificate_arn
from sealstone.store.columns import read_time
from sealstone.store.engine import Tx
from sealstone.store.schema import SERVER_CERTIFICATES, SIGNING_CERTIFICATES, USERS
from sealstone.store.schema_approvals import RENEWAL_COUNTS
from sealstone.store.schema_certificates import CERTIFICATE_REQUESTS, CERTIFICATES

GLOBAL: Final = "global"
"""The Region of what belongs to none: IAM's certificates."""
_PAGE: Final = 1000

_SERVER: Final = SERVER_CERTIFICATES.c
_SIGNING: Final = SIGNING_CERTIFICATES.c
_ACM: Final = CERTIFICATES.c
_REQUESTS: Final = CERTIFICATE_REQUESTS.c
_COUNTS: Final = RENEWAL_COUNTS.c

_SERVER_PAGE: Final = (
    select(_SERVER.account_id, _SERVER.name_folded, _SERVER.path, _SERVER.name, _SERVER.not_after)
    .where(tuple_(_SERVER.account_id, _SERVER.name_folded) > tuple_(bindparam("after_0"), bindparam("after_1")))
    .order_by(_SERVER.account_id, _SERVER.name_folded)
    .limit(_PAGE)
)
_SIGNING_PAGE: Final = (
    select(_SIGNING.certificate_id, _SIGNING.account_id, _SIGNING.not_after, USERS.c.path, USERS.c.name)
    .select_from(
        SIGNING_CERTIFICATES.outerjoin(
            USERS, (USERS.c.account_id == _SIGNING.account_id) & (USERS.c.unique_id == _SIGNING.user_id)
        )
    )
    .where(_SIGNING.certificate_id > bindparam("after_0"))
    .order_by(_SIGNING.certificate_id)
    .limit(_PAGE)
)
_PLACE: Final = (_ACM.account_id, _ACM.region, _ACM.unique_id)
_ACM_PAGE: Final = (
    select(*_PLACE, _ACM.not_after, _ACM.document)
    .where(tuple_(*_PLACE) > tuple_(bindparam("after_0"), bindparam("after_1"), bindparam("after_2")))
    .order_by(*_PLACE)
    .limit(_PAGE)
)
_ASKED_FOR: Final = (_REQUESTS.account_id, _REQUESTS.region, _REQUESTS.unique_id)
_REQUEST_PAGE: Final = (
    select(*_ASKED_FOR, _REQUESTS.request)
    .where(tuple_(*_ASKED_FOR) > tuple_(bindparam("after_0"), bindparam("after_1"), bindparam("after_2")))
    .order_by(*_ASKED_FOR)
    .limit(_PAGE)
)
_TOTALS: Final = select(_COUNTS.outcome, _COUNTS.renewals)
_COUNT_UP: Final = (
    update(RENEWAL_COUNTS).where(_COUNTS.outcome == bindparam("of_outcome")).values(renewals=_COUNTS.renewals + 1)
)
_COUNT_FIRST: Final = insert(RENEWAL_COUNTS)


class _Named(msgspec.Struct):
    """What is needed of a certificate's document (`model.certificate_detail`)."""

    domain_name: str


class _Renewal(msgspec.Struct):
    """What is needed of a renewal (`model.certificate_request`)."""

    status: str


class _Request(msgspec.Struct):
    """What is needed of a request's document (`model.certificate_request`)."""

    stage: str
    renewal: _Renewal | None = None
    tries: int = 0


_DETAIL: Final = msgspec.json.Decoder(_Named)
_REQUEST: Final = msgspec.json.Decoder(_Request)


@dataclass(frozen=True, slots=True)
class CertificateSample:
    """One stored certificate and its end."""

    service: str
    """`iam`, `acm` or `signing`."""
    account_id: str
    region: str
    name: str
    """Of IAM its name, of ACM its domain name, of a signing certificate its id."""
    arn: str
    """Its own; a signing certificate has none, and shows its owner's."""
    not_after: datetime


@dataclass(frozen=True, slots=True)
class RequestSample:
    """How one certificate that was asked for stands, in the words of `model.certificate_request`."""

    stage: str
    renewal: str
    """The status of its last renewal; empty before the first."""
    tries: int
    """Of the errand under way, without success so far."""


def samples(tx: Tx) -> Iterator[CertificateSample]:
    """Every certificate of all accounts that has been imported, uploaded or issued, of each store in turn."""
    yield from _server_certificates(tx)
    yield from _acm_certificates(tx)
    yield from _signing_certificates(tx)


def requests(tx: Tx) -> Iterator[RequestSample]:
    """Every certificate that was asked for here."""
    for *_, document in _pages(tx, _REQUEST_PAGE, ("", "", ""), lambda row: row[:3]):
        request = _REQUEST.decode(document)
        yield RequestSample(request.stage, request.renewal.status if request.renewal else "", request.tries)


def renewals(tx: Tx) -> dict[str, int]:
    """How many renewals ended how, since the first start: outcome -> number."""
    return {str(outcome): int(number) for outcome, number in tx.rows(_TOTALS, {})}


def count_renewal(tx: Tx, outcome: str) -> None:
    """One more renewal ended so (`success`, `failure`); in the unit of work that keeps what came of it."""
    if not tx.change(_COUNT_UP, {"of_outcome": outcome}):
        tx.change(_COUNT_FIRST, {"outcome": outcome, "renewals": 1})


def _server_certificates(tx: Tx) -> Iterator[CertificateSample]:
    for account, _, path, name, not_after in _pages(tx, _SERVER_PAGE, ("", ""), lambda row: row[:2]):
        identity = arn.server_certificate(account, path, name)
        yield CertificateSample("iam", account, GLOBAL, name, identity, read_time(not_after))


def _acm_certificates(tx: Tx) -> Iterator[CertificateSample]:
    for account, region, unique_id, not_after, document in _pages(tx, _ACM_PAGE, ("", "", ""), lambda row: row[:3]):
        if not_after is not None:
            name, identity = _DETAIL.decode(document).domain_name, certificate_arn(region, account, unique_id)
            yield CertificateSample("acm", account, region, name, identity, read_time(not_after))


def _signing_certificates(tx: Tx) -> Iterator[CertificateSample]:
    for certificate_id, account, not_after, path, name in _pages(tx, _SIGNING_PAGE, ("",), lambda row: row[:1]):
        owner = arn.user(account, path, name) if name is not None else arn.root(account)
        yield CertificateSample("signing", account, GLOBAL, certificate_id, owner, read_time(not_after))


def _pages(
    tx: Tx, page: Select[Any], first: tuple[str, ...], place: Callable[[Sequence[Any]], Sequence[str]]
) -> Iterator[tuple[Any, ...]]:
    """All rows in the order of the key that `place` takes from each; `first` sorts before every key."""
    after: Sequence[str] = first
    while True:
        rows = tx.rows(page, {f"after_{number}": value for number, value in enumerate(after)})
        yield from rows
        if len(rows) < _PAGE:
            return
        after = place(rows[-1])
