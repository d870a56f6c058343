"""A year of a certificate as an account sees it: imported over the wire, warned of, imported again, deleted."""

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.acm import REGION, asked, done, imported, texts
from tests.acm_requests import balanced
from tests.house_fixture import ACCOUNT, World
from tests.pki import NOW, Authority, Leaf, rsa_key
from tests.receiving import receiving

from sealstone.model.event import AVAILABLE
from sealstone.model.secret import Secret
from sealstone.model.webhook import Webhook
from sealstone.probe.webhook import trusting
from sealstone.store import events
from sealstone.workers.notices import Notices
from sealstone.workers.webhooks import Webhooks

DAY = timedelta(days=1)
ROOT = Authority("Example Root", not_after=NOW + 3000 * DAY)


def leaf(days: int, name: str = "www.example.com") -> Leaf:
    return ROOT.leaf(name, not_after=NOW + days * DAY)


def pass_days(world: World, count: int) -> None:
    """Of one process that looks each hour; the hours are those at which it can matter."""
    worker = Notices(world.store, world.clock, world.chance)
    for _ in range(count * 2):
        world.clock.advance(43200)
        worker.round()


def told(world: World) -> list[tuple[str, int | None]]:
    kept = [one for one in every(world) if one["detail-type"] != AVAILABLE]
    return [(one["detail-type"], one["detail"].get("DaysToExpiry")) for one in kept]


def every(world: World) -> list[dict[str, Any]]:
    with world.store.reading() as tx:
        return [dict(one.document) for one in events.after(tx, 0)]


def warnings(*days: int) -> list[tuple[str, int | None]]:
    return [("ACM Certificate Approaching Expiration", number) for number in days]


def test_the_whole_life_of_an_imported_one(world: World) -> None:
    """The last event is kept for 90 days, so all of them are there at the end."""
    arn = imported(world, leaf(330))
    pass_days(world, 360)
    assert told(world) == [*warnings(45, 30, 14, 7, 3, 1), ("Imported Certificate Expired", None)]
    first = every(world)[0]
    assert (first["source"], first["account"], first["region"]) == ("aws.acm", ACCOUNT, REGION)
    assert (first["resources"], first["detail"]["CommonName"]) == ([arn], "www.example.com")


def test_imports_are_told_once_they_are_stored(world: World) -> None:
    """Members as AWS documents them; of a re-import the names and dates of the new one."""
    key = rsa_key()
    arn = imported(world, ROOT.leaf("www.example.com", key=key, not_after=NOW + 330 * DAY))
    balanced(world, arn)
    world.clock.advance(86400)
    again = ROOT.leaf("www.example.com", key=key, not_after=NOW + 400 * DAY)
    done(world, "ImportCertificate", {**texts(again), "CertificateArn": arn})
    shared = {"CertificateType": "IMPORTED", "CommonName": "www.example.com", "Exported": False}
    created = {"CertificateCreatedDate": "2026-11-21T12:00:00Z"}
    first, second = every(world)
    assert {one["detail-type"] for one in (first, second)} == {AVAILABLE}
    assert (first["source"], first["account"], first["region"]) == ("aws.acm", ACCOUNT, REGION)
    assert first["resources"] == second["resources"] == [arn]
    assert first["detail"] == {
        "Action": "IMPORT",
        "CertificateExpirationDate": "2027-10-17T12:00:00Z",
        "DaysToExpiry": 330,
        "InUse": False,
        **shared,
        **created,
    }
    assert (second["time"], second["detail"]) == (
        "2026-11-22T12:00:00Z",
        {
            "Action": "REIMPORT",
            "CertificateExpirationDate": "2027-12-26T12:00:00Z",
            "DaysToExpiry": 399,
            "InUse": True,
            **shared,
            **created,
        },
    )


def test_an_import_that_is_refused_is_not_told(world: World) -> None:
    arn = imported(world, leaf(330))
    for parameters in ({"PrivateKey": ROOT.leaf("b.example").private_key_pem}, {"CertificateArn": arn + "0"}):
        assert asked(world, "ImportCertificate", texts(leaf(330)) | parameters).status == 400
    world.quota("ImportsPerYear", 1)
    assert asked(world, "ImportCertificate", texts(leaf(330))).code == "LimitExceededException"
    assert len(every(world)) == 1


def test_one_that_is_imported_again_in_time_is_warned_of_no_more(world: World) -> None:
    arn = imported(world, leaf(40))
    pass_days(world, 12)
    assert told(world) == warnings(39, 30)
    again = ROOT.leaf("www.example.com", not_after=NOW + 300 * DAY)
    done(world, "ImportCertificate", {**texts(again), "CertificateArn": arn})
    pass_days(world, 60)
    assert told(world) == warnings(39, 30)


def test_one_that_is_deleted_is_warned_of_no_more(world: World) -> None:
    arn = imported(world, leaf(40))
    pass_days(world, 1)
    done(world, "DeleteCertificate", {"CertificateArn": arn})
    pass_days(world, 60)
    assert told(world) == warnings(39)


def test_the_account_chooses_when_warnings_begin(world: World) -> None:
    settings = {"ExpiryEvents": {"DaysBeforeExpiry": 10}, "IdempotencyToken": "t"}
    done(world, "PutAccountConfiguration", settings)
    imported(world, leaf(60))
    pass_days(world, 61)
    assert told(world) == [*warnings(10, 7, 3, 1), ("Imported Certificate Expired", None)]


def test_a_server_certificate_and_its_receiver(world: World, caplog: pytest.LogCaptureFixture) -> None:
    one = leaf(20, "iam.example.com")
    parameters = {
        "Action": "UploadServerCertificate",
        "ServerCertificateName": "web",
        "CertificateBody": one.certificate_pem,
        "PrivateKey": one.private_key_pem,
    }
    world.done("iam", parameters)
    secret = b"x" * 32
    with receiving() as receiver:
        target = Webhook.of(receiver.url)
        webhooks = Webhooks(world.store, [target], Secret(secret), world.clock, trust=trusting(None))
        webhooks.admit()
        pass_days(world, 21)
        webhooks.round()
        got = [(request.event["detail-type"], request.event["detail"]) for request in receiver.received]
        assert all(request.is_signed_with(secret) for request in receiver.received)
    approaching: dict[str, Any] = {"CommonName": "iam.example.com"}
    kind = "Server Certificate Approaching Expiration"
    assert got == [
        *((kind, {**approaching, "DaysToExpiry": days}) for days in (19, 14, 7, 3, 1)),
        ("Server Certificate Expired", approaching),
    ]
    assert "PRIVATE KEY" not in caplog.text + json.dumps(got)
