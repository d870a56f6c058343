"""Revoked certificates, through the door: for good, told of, listed by the authority, and none that is in use."""

import json

import pytest
from sqlalchemy import select
from tests.acm import asked, done, imported, message
from tests.acm_requests import balanced, changed, described, exportable, exported, issued, private, record
from tests.house_fixture import ACCOUNT, World
from tests.pki import NOW, self_signed

from sealstone.model.authority import Revocation, RevocationReason, serial_text
from sealstone.model.certificate_request import Renewal, RenewalStatus
from sealstone.model.secret import Secret
from sealstone.store import certificate_requests, issued_certificates, superseded_certificates
from sealstone.store.schema_events import EVENTS
from sealstone.store.superseded_certificates import Superseded

_EVENTS = select(EVENTS.c.document).order_by(EVENTS.c.number)


@pytest.mark.parametrize(
    ("sent", "kept"), [("KEY_COMPROMISE", "KEY_COMPROMISE"), ("SUPERCEDED", "SUPERSEDED"), ("SUPERSEDED", "SUPERSEDED")]
)
def test_a_revoked_certificate_stays_revoked(world: World, sent: str, kept: str) -> None:
    arn = private(world)
    leaf = issued(world, arn)
    exported(world, arn)
    world.clock.advance(5)
    parameters = {"CertificateArn": arn, "RevocationReason": sent}
    assert done(world, "RevokeCertificate", parameters)["CertificateArn"] == arn
    told = described(world, arn)
    assert (told["Status"], told["RevokedAt"], told["RevocationReason"]) == ("REVOKED", world.clock.now, kept)
    assert told["RenewalEligibility"] == "INELIGIBLE"
    (summary,) = done(world, "ListCertificates", {"CertificateStatuses": ["REVOKED"]})["CertificateSummaryList"]
    assert summary["RevokedAt"] == world.clock.now
    with world.store.reading() as tx:
        row = issued_certificates.find(tx, serial_text(leaf.certificate.serial_number))
        assert certificate_requests.next_due(tx) is None
    assert row is not None
    assert row.revocation is not None
    assert (row.revocation.at, row.revocation.reason) == (world.clock.now, RevocationReason(kept))
    again = asked(world, "RevokeCertificate", parameters)
    assert message(again).startswith(f"Certificate {arn} cannot be revoked. Its status is REVOKED.")


def test_every_version_is_revoked(world: World) -> None:
    """Whoever exported the first has its key, and the second does not change that."""
    arn = private(world)
    numbers = []
    for _ in range(3):
        numbers.append(issued(world, arn).certificate.serial_number)
        exported(world, arn)
    world.clock.advance(5)
    done(world, "RevokeCertificate", {"CertificateArn": arn, "RevocationReason": "KEY_COMPROMISE"})
    with world.store.reading() as tx:
        rows = [issued_certificates.find(tx, serial_text(number)) for number in numbers]
    revocation = Revocation(world.clock.now, RevocationReason.KEY_COMPROMISE)
    assert [row and row.revocation for row in rows] == [revocation] * 3


def test_another_certificates_versions_are_left_alone(world: World) -> None:
    arns = [private(world, name) for name in ("a.example", "b.example")]
    numbers = [issued(world, arn).certificate.serial_number for arn in arns]
    exported(world, arns[0])
    done(world, "RevokeCertificate", {"CertificateArn": arns[0], "RevocationReason": "KEY_COMPROMISE"})
    with world.store.reading() as tx:
        rows = [issued_certificates.find(tx, serial_text(number)) for number in numbers]
    assert [bool(row and row.revocation) for row in rows] == [True, False]


def test_what_a_renewal_took_the_place_of_goes_with_its_key(world: World) -> None:
    """It waited to be put back, should the new one not be served."""
    arn = private(world)
    issued(world, arn)
    one = record(world, arn)
    issued(world, arn)
    exported(world, arn)
    assert one.content is not None
    with world.store.writing() as tx:
        old = Superseded(one.version, 1, one.content, one.detail, world.keyring.seal(Secret(b"k"), bound_to="x"))
        superseded_certificates.put(tx, one, old)
    done(world, "RevokeCertificate", {"CertificateArn": arn, "RevocationReason": "KEY_COMPROMISE"})
    with world.store.reading() as tx:
        assert superseded_certificates.find(tx, one) is None


def test_a_revocation_is_an_event(world: World) -> None:
    arn = private(world)
    issued(world, arn)
    exported(world, arn)
    done(world, "RevokeCertificate", {"CertificateArn": arn, "RevocationReason": "UNSPECIFIED"})
    with world.store.reading() as tx:
        rows = tx.rows(_EVENTS, {})
    told = json.loads(rows[-1][0])
    assert (told["detail-type"], told["resources"]) == ("ACM Certificate Revoked", [arn])
    assert told["detail"] == {
        "Action": "REVOCATION",
        "Exportable": True,
        "InUse": False,
        "CertificateType": "PRIVATE",
        "CommonName": "a.example",
        "CertificateCreatedDate": "2026-11-21T12:00:00Z",
        "CertificateExpirationDate": "2027-11-21T12:00:00Z",
        "Exported": True,
        "RevocationReason": "UNSPECIFIED",
    }


def refused_revocation(world: World, arn: str, reason: str = "UNSPECIFIED") -> tuple[str, str]:
    answer = asked(world, "RevokeCertificate", {"CertificateArn": arn, "RevocationReason": reason})
    assert answer.status == 400
    return answer.code, message(answer)


def test_a_renewal_that_hangs_keeps_nobody_from_revoking(world: World) -> None:
    arn = exportable(world)
    issued(world, arn)
    exported(world, arn)
    changed(world, arn, renewal=Renewal(RenewalStatus.PENDING_VALIDATION, NOW))
    done(world, "RevokeCertificate", {"CertificateArn": arn, "RevocationReason": "KEY_COMPROMISE"})
    assert described(world, arn)["Status"] == "REVOKED"


def test_what_cannot_be_revoked(world: World) -> None:
    arn = imported(world, self_signed())
    assert refused_revocation(world, arn)[1].startswith(f"Certificate {arn} cannot be revoked. It was imported.")
    arn = private(world)
    assert "Its status is PENDING_VALIDATION." in refused_revocation(world, arn)[1]
    issued(world, arn, by_us=False)
    assert "it has not been exported" in refused_revocation(world, arn)[1]
    for reason in ("CERTIFICATE_HOLD", "REMOVE_FROM_CRL"):
        assert "is not supported" in refused_revocation(world, arn, reason)[1]
    exported(world, arn)
    assert "the authority of this installation did not issue it" in refused_revocation(world, arn)[1].lower()
    balanced(world, issued_for_use(world))
    in_use = described_in_use(world)
    assert refused_revocation(world, in_use) == (
        "ResourceInUseException",
        f"Certificate {in_use} in account {ACCOUNT} is in use.",
    )


def issued_for_use(world: World) -> str:
    arn = private(world, "used.example")
    issued(world, arn)
    exported(world, arn)
    return arn


def described_in_use(world: World) -> str:
    found = done(world, "ListCertificates", {})["CertificateSummaryList"]
    return next(str(one["CertificateArn"]) for one in found if one["InUse"])
