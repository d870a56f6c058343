"""When a warning is due, and what it says."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.pki import NOW

from sealstone.model.ending import DAYS, EXPIRED, Ending, Kind

DAY = timedelta(days=1)
ONE = Ending(
    kind=Kind.IMPORTED,
    key=("123456789012", "us-east-1", "id"),
    arn="arn",
    account_id="123456789012",
    region="us-east-1",
    fingerprint="00",
    not_after=NOW,
)


@pytest.mark.parametrize(
    ("left", "due"),
    [
        (46 * DAY, None),
        (46 * DAY - timedelta(seconds=1), 45),
        (45 * DAY, 45),
        (31 * DAY, 45),
        (30 * DAY, 30),
        (14 * DAY, 14),
        (7 * DAY, 7),
        (3 * DAY, 3),
        (DAY, 1),
        (timedelta(0), 1),
        (timedelta(seconds=-1), EXPIRED),
        (-100 * DAY, EXPIRED),
    ],
)
def test_the_nearest_number_of_days_is_due(left: timedelta, due: int | None) -> None:
    assert ONE.due(NOW - left) == due


def test_the_last_second_belongs_to_the_validity() -> None:
    assert ONE.due(NOW + timedelta(microseconds=999_999)) == 1
    assert ONE.due(NOW + timedelta(seconds=1)) == EXPIRED


@pytest.mark.parametrize(
    ("first", "steps"),
    [(45, DAYS), (20, (20, 14, 7, 3, 1)), (30, (30, 14, 7, 3, 1)), (1, (1,)), (90, DAYS)],
)
def test_the_first_warning_is_when_the_account_wants_it(first: int, steps: tuple[int, ...]) -> None:
    one = replace(ONE, first_days=first)
    seen = [one.due(NOW - days * DAY) for days in range(100, 0, -1)]
    assert tuple(dict.fromkeys(days for days in seen if days is not None)) == steps


def test_a_warning_is_in_aws_words() -> None:
    event = replace(ONE, detail_of_end={"InUse": True}).event("id", NOW - 31.5 * DAY, "a.example")
    assert (event.source, event.detail_type) == ("aws.acm", "ACM Certificate Approaching Expiration")
    assert event.detail == {"DaysToExpiry": 31, "CommonName": "a.example"}
    assert (event.resources, event.account_id, event.region) == (("arn",), "123456789012", "us-east-1")


@pytest.mark.parametrize(
    ("kind", "source", "text"),
    [
        (Kind.REQUESTED, "aws.acm", "ACM Certificate Expired"),
        (Kind.IMPORTED, "sealstone.acm", "Imported Certificate Expired"),
        (Kind.SERVER_CERTIFICATE, "sealstone.iam", "Server Certificate Expired"),
        (Kind.SIGNING_CERTIFICATE, "sealstone.iam", "Signing Certificate Expired"),
        (Kind.AUTHORITY, "sealstone.ca", "Authority Certificate Expired"),
    ],
)
def test_an_end_of_what_aws_does_not_tell_has_a_source_of_ours(kind: Kind, source: str, text: str) -> None:
    one = replace(ONE, kind=kind, detail={"CertificateId": "c"}, detail_of_end={"InUse": True})
    event = one.event("id", NOW + DAY, "a.example")
    assert (event.source, event.detail_type) == (source, text)
    assert event.detail == {"CommonName": "a.example", "CertificateId": "c", "InUse": True}


def test_kinds_do_not_share_their_notices() -> None:
    names = {replace(ONE, kind=kind).resource for kind in Kind}
    assert len(names) == len(Kind) == 5
    assert ONE.resource == "imported|123456789012|us-east-1|id"
