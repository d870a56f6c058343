"""What ends without being renewed by itself, as it is read from the store; and which warnings of it were given."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.unit.store.conftest import ACCOUNT, NOW, certificate, signing

from sealstone.model.certificate import Certificate, CertificateType, Content
from sealstone.model.certificate_detail import CertificateDetail
from sealstone.model.certificate_request import CertificateRequest, Renewal, RenewalStatus, Stage
from sealstone.model.ending import Ending, Kind
from sealstone.model.identity import Status, User
from sealstone.model.listener import CertificateUse
from sealstone.model.secret import Sealed
from sealstone.store import (
    certificate_requests,
    certificate_settings,
    certificate_uses,
    certificates,
    expiry_notices,
    server_certificates,
    signing_certificates,
    users,
)
from sealstone.store.engine import Store, Tx
from sealstone.store.expiry_notices import Source, Span

DAY = timedelta(days=1)
SPAN = Span(NOW - DAY, NOW, NOW + 46 * DAY)
ACM, SERVER, SIGNING = expiry_notices.SOURCES
DETAIL = CertificateDetail("a.example", ("a.example",), "CN=a.example", "Example", "01", "RSA_2048", "SHA256", (), ())
IMPORTED = Certificate(
    account_id=ACCOUNT,
    region="eu-central-1",
    unique_id="one",
    kind=CertificateType.IMPORTED,
    version=1,
    content=Content("body", None, "00", NOW - 60 * DAY, NOW + 30 * DAY),
    created_at=NOW,
    detail=DETAIL,
    imported_at=NOW,
)
REQUEST = CertificateRequest(NOW - 168 * DAY, Stage.ISSUED, "RSA_2048", ())
REQUESTED = replace(
    IMPORTED,
    kind=CertificateType.AMAZON_ISSUED,
    content=Content("body", None, "00", NOW - 158 * DAY, NOW + 40 * DAY),
    imported_at=None,
    request=REQUEST,
)


def all_of(tx: Tx, source: Source, span: Span = SPAN) -> list[Ending]:
    found: list[Ending] = []
    place: Sequence[str] | None = None
    while True:
        place, page = source.page(tx, span, place)
        found += page
        if place is None:
            return found


def put(tx: Tx, one: Certificate) -> None:
    certificates.add(tx, one, Sealed(b"sealed") if one.content else None)
    if one.request:
        certificate_requests.add(tx, one, one.request, due_at=None)


def ending(one: Certificate, days: int) -> Certificate:
    assert one.content
    return replace(one, content=replace(one.content, not_after=NOW + days * DAY))


# --- what is found ---


def test_an_imported_one_is_always_warned_of(store: Store) -> None:
    with store.writing() as tx:
        put(tx, IMPORTED)
        certificate_uses.add(tx, CertificateUse(ACCOUNT, "listener", "one"))
        (found,) = all_of(tx, ACM)
    assert found == Ending(
        kind=Kind.IMPORTED,
        key=(ACCOUNT, "eu-central-1", "one"),
        arn=f"arn:aws:acm:eu-central-1:{ACCOUNT}:certificate/one",
        account_id=ACCOUNT,
        region="eu-central-1",
        fingerprint="00",
        not_after=NOW + 30 * DAY,
        common_name="a.example",
        detail_of_end={
            "CertificateType": "IMPORTED",
            "CommonName": "a.example",
            "CertificateCreatedDate": "2026-11-21T12:00:00Z",
            "CertificateExpirationDate": "2026-12-21T12:00:00Z",
            "InUse": True,
            "Exported": False,
        },
    )


def test_only_what_ends_in_the_span_is_found(store: Store) -> None:
    with store.writing() as tx:
        for number, days in enumerate((-2, -1, 0, 46, 47)):
            put(tx, replace(ending(IMPORTED, days), unique_id=str(number)))
        put(tx, replace(IMPORTED, unique_id="pending", content=None))
        assert [one.key[-1] for one in all_of(tx, ACM)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("in_use", "changes", "is_found"),
    [
        (True, {}, False),
        (False, {}, True),
        (False, {"exported": True, "exported_at": NOW}, False),
        (False, {"exported": True, "exported_at": None}, True),
        (True, {"renewal": Renewal(RenewalStatus.FAILED, NOW)}, True),
        (True, {"renewal": Renewal(RenewalStatus.PENDING_VALIDATION, NOW)}, True),
        (True, {"renewal": Renewal(RenewalStatus.PENDING_AUTO_RENEWAL, NOW)}, False),
        (True, {"renewal": Renewal(RenewalStatus.SUCCESS, NOW)}, False),
        (False, {"stage": Stage.REVOKED}, False),
    ],
)
def test_a_requested_one_is_warned_of_when_it_does_not_renew_itself(
    store: Store, in_use: bool, changes: dict[str, object], is_found: bool
) -> None:
    with store.writing() as tx:
        put(tx, REQUESTED.requested(REQUEST.changed(**changes)))
        if in_use:
            certificate_uses.add(tx, CertificateUse(ACCOUNT, "listener", "one"))
        found = all_of(tx, ACM)
    assert [one.kind for one in found] == ([Kind.REQUESTED] if is_found else [])
    told = [(one.detail_of_end["InUse"], one.detail_of_end["Exported"]) for one in found]
    assert told == ([(in_use, changes.get("exported", False))] if is_found else [])


@pytest.mark.parametrize(
    ("begun", "days", "is_found"),
    # 198 days: due 60 days before the end. 6 days: due 2 days before it.
    [(198, 31, False), (198, 30, False), (198, 29, True), (6, 1, False), (6, 0, True)],
)
def test_one_that_should_have_been_renewed_long_since_is_warned_of(
    store: Store, begun: int, days: int, is_found: bool
) -> None:
    end = NOW + days * DAY
    with store.writing() as tx:
        put(tx, replace(REQUESTED, content=Content("body", None, "00", end - begun * DAY, end)))
        certificate_uses.add(tx, CertificateUse(ACCOUNT, "listener", "one"))
        assert bool(all_of(tx, ACM)) is is_found


def test_the_account_says_from_when_on(store: Store) -> None:
    with store.writing() as tx:
        put(tx, IMPORTED)
        put(tx, replace(IMPORTED, region="us-east-1"))
        certificate_settings.set_days_before_expiry(tx, ACCOUNT, "us-east-1", 20)
        assert [one.first_days for one in all_of(tx, ACM)] == [45, 20]


def test_server_certificates_are_found_by_what_stays_through_a_rename(store: Store) -> None:
    one = replace(certificate(1, name="web", path="/a/"), not_after=NOW + DAY, certificate_body="text")
    with store.writing() as tx:
        server_certificates.add(tx, one, Sealed(b""))
        server_certificates.add(tx, replace(certificate(2), not_after=NOW + 47 * DAY), Sealed(b""))
        (found,) = all_of(tx, SERVER)
        assert (found.arn, found.region) == (f"arn:aws:iam::{ACCOUNT}:server-certificate/a/web", "us-east-1")
        assert (found.certificate_body, found.common_name) == ("text", "")
        server_certificates.save(tx, one.moved(name="other", path="/"))
        (renamed,) = all_of(tx, SERVER)
    assert renamed.arn != found.arn
    assert renamed.resource == found.resource == f"server_certificate|{ACCOUNT}|{one.unique_id}"


def test_signing_certificates_are_their_users(store: Store) -> None:
    with store.writing() as tx:
        users.add(tx, User(ACCOUNT, "AIDA1", "bob", "/x/", NOW))
        signing_certificates.add(tx, signing(1))
        signing_certificates.add(tx, signing(2, user_id=None))
        signing_certificates.add(tx, replace(signing(3), status=Status.INACTIVE))
        found = all_of(tx, SIGNING)
    assert [one.arn for one in found] == [f"arn:aws:iam::{ACCOUNT}:user/x/bob", f"arn:aws:iam::{ACCOUNT}:root"]
    assert found[0].detail == {"CertificateId": f"{1:032d}"}
    assert found[0].kind is Kind.SIGNING_CERTIFICATE


def test_pages_follow_each_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry_notices, "PAGE", 2)
    with store.writing() as tx:
        for number in range(4):
            put(tx, replace(IMPORTED, unique_id=str(number)))
            server_certificates.add(tx, certificate(number), Sealed(b""))
            signing_certificates.add(tx, signing(number, user_id=None))
        for source in expiry_notices.SOURCES:
            assert len({one.resource for one in all_of(tx, source)}) == 4


def test_what_is_stored_now_is_told_by_its_fingerprint(store: Store) -> None:
    with store.writing() as tx:
        put(tx, IMPORTED)
        server_certificates.add(tx, certificate(1), Sealed(b""))
        signing_certificates.add(tx, signing(1))
        for source in expiry_notices.SOURCES:
            (one,) = all_of(tx, source)
            assert source.fingerprint(tx, one) == one.fingerprint
        (one,) = all_of(tx, ACM)
        certificates.remove(tx, IMPORTED)
        assert ACM.fingerprint(tx, one) is None


# --- which warnings were given ---


def told(tx: Tx, one: Ending, *days: int, at: datetime = NOW) -> None:
    for number in days:
        expiry_notices.add(tx, one, number, at)


def test_warnings_count_for_one_content(store: Store) -> None:
    with store.writing() as tx:
        put(tx, IMPORTED)
        (one,) = all_of(tx, ACM)
        assert expiry_notices.last_days(tx, one) is None
        told(tx, one, 45, 30)
        assert expiry_notices.last_days(tx, one) == 30
        assert expiry_notices.last_days(tx, replace(one, fingerprint="01")) is None
        assert expiry_notices.last_days(tx, replace(one, key=("x",))) is None


def test_of_a_deleted_certificate_nothing_is_kept(store: Store) -> None:
    with store.writing() as tx:
        for certificate_ in (IMPORTED, replace(REQUESTED, unique_id="two")):
            put(tx, certificate_)
        first, second = all_of(tx, ACM)
        told(tx, first, 45, 30)
        told(tx, second, 45, 30)
        expiry_notices.remove(tx, IMPORTED)
        assert (expiry_notices.last_days(tx, first), expiry_notices.last_days(tx, second)) == (None, 30)
        expiry_notices.remove(tx, replace(REQUESTED, unique_id="two"))
        assert expiry_notices.last_days(tx, second) is None


def test_what_is_looked_at_no_more_is_forgotten(store: Store) -> None:
    with store.writing() as tx:
        put(tx, IMPORTED)
        (one,) = all_of(tx, ACM)
        told(tx, one, 45, at=NOW - 181 * DAY)
        told(tx, one, 30, at=NOW - 179 * DAY)
        assert expiry_notices.forget(tx, NOW) == 1
        assert expiry_notices.last_days(tx, one) == 30


def test_what_a_clock_that_ran_ahead_has_told_is_forgotten(store: Store) -> None:
    with store.writing() as tx:
        put(tx, IMPORTED)
        (one,) = all_of(tx, ACM)
        told(tx, one, 30, at=NOW + timedelta(minutes=30))
        told(tx, one, 1, at=NOW + 29 * DAY)
        assert expiry_notices.forget(tx, NOW) == 1
        assert expiry_notices.last_days(tx, one) == 30
