"""What is stored and ends without being renewed by itself, and which warnings of it were given.

Read in pages, each in a unit of its own: however many certificates there are, no snapshot is held for long.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, bindparam, delete, exists, func, insert, literal, or_, select, tuple_

from sealstone.model import arn, certificate_event
from sealstone.model.certificate import Certificate, Content
from sealstone.model.certificate_request import CertificateRequest, RenewalStatus, Stage, renewal_begins
from sealstone.model.ending import FIRST_DAYS, Ending, Kind, counted_under
from sealstone.model.identity import Status
from sealstone.store import certificates, server_certificates
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema import SERVER_CERTIFICATES, SIGNING_CERTIFICATES, USERS
from sealstone.store.schema_certificates import CERTIFICATE_SETTINGS, CERTIFICATES
from sealstone.store.schema_events import EXPIRY_NOTICES
from sealstone.store.schema_load_balancing import CERTIFICATE_USES

PAGE: Final = 200
IAM_REGION: Final = "us-east-1"
"""IAM is global: its events have this Region, as on AWS."""
_KEPT: Final = timedelta(days=4 * FIRST_DAYS)
"""A notice is looked at from its first day until as long after the end; twice that, for clocks that are set."""
_AHEAD: Final = timedelta(hours=1)

_NOTICES: Final = EXPIRY_NOTICES.c
_OF: Final = (_NOTICES.resource == bindparam("of_resource"), _NOTICES.fingerprint == bindparam("of_content"))
_LAST: Final = select(func.min(_NOTICES.days)).where(*_OF)
_ADD: Final = insert(EXPIRY_NOTICES)
_REMOVE: Final = delete(EXPIRY_NOTICES).where(_NOTICES.resource == bindparam("of_resource"))
_FORGET: Final = delete(EXPIRY_NOTICES).where(or_(_NOTICES.at < bindparam("before"), _NOTICES.at > bindparam("behind")))


@dataclass(frozen=True, slots=True)
class Span:
    """What ends between two times, both included, as it is at a time between them."""

    since: datetime
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """One place where something is stored that ends."""

    page: Callable[[Tx, Span, Sequence[str] | None], tuple[Sequence[str] | None, Sequence[Ending]]]
    """The next ones behind a place (None: the first ones), and the place behind them, None at the end."""
    fingerprint: Callable[[Tx, Ending], str | None]
    """That of the content which is stored now; None when there is none any more."""


def last_days(tx: Tx, ending: Ending) -> int | None:
    """The smallest number of days that was told of the content; None when nothing was."""
    row = tx.row(_LAST, {"of_resource": ending.resource, "of_content": ending.fingerprint})
    return row[0] if row else None


def add(tx: Tx, ending: Ending, days: int, at: datetime) -> None:
    """It was told. Raises NameTaken when it had been told before."""
    values = {"resource": ending.resource, "fingerprint": ending.fingerprint, "days": days, "at": time_text(at)}
    tx.change(_ADD, values)


def remove(tx: Tx, certificate: Certificate) -> None:
    """What was told of a certificate of ACM that is deleted."""
    key = (certificate.account_id, certificate.region, certificate.unique_id)
    tx.change(_REMOVE, {"of_resource": counted_under(_kind(certificate), key)})


def forget(tx: Tx, now: datetime) -> int:
    """Remove what is looked at no more; how many they were.

    That is also what was told tomorrow: a clock that ran ahead and was set back must not have used up the warnings.
    """
    return tx.change(_FORGET, {"before": time_text(now - _KEPT), "behind": time_text(now + _AHEAD)})


# --- ACM ---

_ACM: Final = CERTIFICATES.c
_ACM_KEY: Final = (_ACM.account_id, _ACM.region, _ACM.unique_id)
_IN_USE: Final = exists().where(
    CERTIFICATE_USES.c.account_id == _ACM.account_id, CERTIFICATE_USES.c.certificate_id == _ACM.unique_id
)


def _ending(column: ColumnElement[Any], place: Sequence[ColumnElement[Any]]) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a page."""
    after = tuple_(*(bindparam(f"after_{number}") for number in range(len(place))))
    return column >= bindparam("since"), column <= bindparam("until"), tuple_(*place) > after


_ACM_PAGE: Final = (
    select(*certificates.COLUMNS, _IN_USE.label("in_use"), CERTIFICATE_SETTINGS.c.days_before_expiry)
    .select_from(
        certificates.WITH_REQUESTS.outerjoin(
            CERTIFICATE_SETTINGS,
            (CERTIFICATE_SETTINGS.c.account_id == _ACM.account_id) & (CERTIFICATE_SETTINGS.c.region == _ACM.region),
        )
    )
    .where(*_ending(_ACM.not_after, _ACM_KEY))
    .order_by(*_ACM_KEY)
    .limit(bindparam("size"))
)


def _acm_page(tx: Tx, span: Span, after: Sequence[str] | None) -> tuple[Sequence[str] | None, Sequence[Ending]]:
    rows = tx.rows(_ACM_PAGE, _values(span, after, len(_ACM_KEY)))
    found = []
    for *columns, in_use, first_days in rows:
        one = certificates.read(columns)
        content = one.content
        if content is not None and _needs_warning(one.request, content, bool(in_use), span.at):
            first = FIRST_DAYS if first_days is None else first_days
            found.append(_of_acm(one, content, first, in_use=bool(in_use)))
    return _next(rows, len(_ACM_KEY)), found


def _needs_warning(request: CertificateRequest | None, content: Content, in_use: bool, at: datetime) -> bool:
    """Whether it will not, or not in time, be renewed by itself; an imported one never is."""
    if request is None:
        return True
    if request.stage is Stage.REVOKED:
        return False
    # ACM user guide, "Managed renewal": only what is in use, or was exported since it was issued, is renewed.
    if not in_use and request.exported_at is None:
        return True
    # Whatever keeps it from being renewed: half of the time that there was for it is over. [ours]
    begins = renewal_begins(content.not_before, content.not_after)
    return _has_failed(request) or at - begins > (content.not_after - begins) / 2


def _has_failed(request: CertificateRequest) -> bool:
    """PENDING_VALIDATION is what waits for the owner of a domain (ACM user guide, "Renewal for domains")."""
    renewal = request.renewal
    return renewal is not None and renewal.status in {RenewalStatus.FAILED, RenewalStatus.PENDING_VALIDATION}


def _kind(one: Certificate) -> Kind:
    return Kind.IMPORTED if one.request is None else Kind.REQUESTED


def _of_acm(one: Certificate, content: Content, first_days: int, *, in_use: bool) -> Ending:
    return Ending(
        kind=_kind(one),
        key=(one.account_id, one.region, one.unique_id),
        arn=one.arn,
        account_id=one.account_id,
        region=one.region,
        fingerprint=content.fingerprint,
        not_after=content.not_after,
        common_name=one.name,
        first_days=first_days,
        # Of the end AWS tells more than of its approach (user guide, "Amazon EventBridge support for ACM").
        detail_of_end=certificate_event.members(one, content, in_use=in_use),
    )


# --- IAM ---

_IAM: Final = SERVER_CERTIFICATES.c
_IAM_KEY: Final = (_IAM.account_id, _IAM.unique_id)
_IAM_PAGE: Final = (
    select(*server_certificates.COLUMNS)
    .where(*_ending(_IAM.not_after, _IAM_KEY))
    .order_by(*_IAM_KEY)
    .limit(bindparam("size"))
)
_SIGNING: Final = SIGNING_CERTIFICATES.c
_SIGNING_PAGE: Final = (
    select(
        _SIGNING.certificate_id,
        _SIGNING.account_id,
        _SIGNING.certificate_body,
        _SIGNING.fingerprint,
        _SIGNING.not_after,
        USERS.c.path,
        USERS.c.name,
    )
    .select_from(
        SIGNING_CERTIFICATES.outerjoin(
            USERS, (USERS.c.account_id == _SIGNING.account_id) & (USERS.c.unique_id == _SIGNING.user_id)
        )
    )
    # One that is inactive signs nothing, whether it ends or not.
    .where(_SIGNING.status == literal(Status.ACTIVE.value), *_ending(_SIGNING.not_after, (_SIGNING.certificate_id,)))
    .order_by(_SIGNING.certificate_id)
    .limit(bindparam("size"))
)


def _iam_page(tx: Tx, span: Span, after: Sequence[str] | None) -> tuple[Sequence[str] | None, Sequence[Ending]]:
    rows = tx.rows(_IAM_PAGE, _values(span, after, len(_IAM_KEY)))
    found = [
        Ending(
            kind=Kind.SERVER_CERTIFICATE,
            key=(one.account_id, one.unique_id),
            arn=one.arn,
            account_id=one.account_id,
            region=IAM_REGION,
            fingerprint=one.fingerprint,
            not_after=one.not_after,
            certificate_body=one.certificate_body,
        )
        for one in map(server_certificates.read, rows)
    ]
    return _next(rows, len(_IAM_KEY)), found


def _signing_page(tx: Tx, span: Span, after: Sequence[str] | None) -> tuple[Sequence[str] | None, Sequence[Ending]]:
    rows = tx.rows(_SIGNING_PAGE, _values(span, after, 1))
    found = [
        Ending(
            kind=Kind.SIGNING_CERTIFICATE,
            key=(certificate_id,),
            arn=arn.root(account_id) if name is None else arn.user(account_id, path, name),
            account_id=account_id,
            region=IAM_REGION,
            fingerprint=fingerprint,
            not_after=read_time(not_after),
            certificate_body=body,
            detail={"CertificateId": certificate_id},
        )
        for certificate_id, account_id, body, fingerprint, not_after, path, name in rows
    ]
    return _next(rows, 1), found


# --- what the pages share ---


def _values(span: Span, after: Sequence[str] | None, length: int) -> dict[str, Any]:
    places = after or ("",) * length
    values = {"since": time_text(span.since), "until": time_text(span.until), "size": PAGE}
    return values | {f"after_{number}": place for number, place in enumerate(places)}


def _next(rows: Sequence[Sequence[Any]], length: int) -> Sequence[str] | None:
    """The key stands at the beginning of each row."""
    return tuple(rows[-1][:length]) if len(rows) == PAGE else None


def _stored(table: Table, *key: str) -> Callable[[Tx, Ending], str | None]:
    """Looks a fingerprint up by its key."""
    statement = select(table.c.fingerprint).where(*(table.c[name] == bindparam(f"of_{name}") for name in key))

    def find(tx: Tx, ending: Ending) -> str | None:
        row = tx.row(statement, {f"of_{name}": value for name, value in zip(key, ending.key, strict=True)})
        return row[0] if row else None

    return find


SOURCES: Final = (
    Source(_acm_page, _stored(CERTIFICATES, "account_id", "region", "unique_id")),
    Source(_iam_page, _stored(SERVER_CERTIFICATES, "account_id", "unique_id")),
    Source(_signing_page, _stored(SIGNING_CERTIFICATES, "certificate_id")),
)
