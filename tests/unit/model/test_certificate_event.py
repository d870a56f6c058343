"""What events tell of a certificate: the members that AWS documents, and none that would be empty."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.pki import NOW
from tests.unit.model.test_certificate import CONTENT, ONE

from sealstone.model import certificate_event, event
from sealstone.model.certificate import Certificate, CertificateType, Content
from sealstone.model.certificate_event import Action
from sealstone.model.certificate_request import CertificateRequest, DomainValidation, Stage, ValidationMethod

ENDS = NOW + timedelta(days=30, hours=1)
HELD = Content("body", None, "00", NOW, ENDS)


def requested(method: ValidationMethod | None, *, exported: bool = False) -> Certificate:
    """Issued by request."""
    validation = DomainValidation("a.example", "a.example", method)
    request = CertificateRequest(NOW, Stage.ISSUED, "RSA_2048", (validation,), exported=exported)
    kind = CertificateType.AMAZON_ISSUED if method else CertificateType.PRIVATE
    return replace(ONE, kind=kind, content=HELD, request=request, imported_at=None)


@pytest.mark.parametrize("in_use", [True, False])
@pytest.mark.parametrize("exported", [True, False])
def test_members_of_one_that_was_requested(in_use: bool, exported: bool) -> None:
    one = requested(ValidationMethod.DNS, exported=exported)
    assert certificate_event.members(one, HELD, in_use=in_use) == {
        "CertificateType": "AMAZON_ISSUED",
        "CommonName": "a.example",
        "DomainValidationMethod": "DNS",
        "CertificateCreatedDate": "2026-11-21T12:00:00Z",
        "CertificateExpirationDate": "2026-12-21T13:00:00Z",
        "InUse": in_use,
        "Exported": exported,
    }


@pytest.mark.parametrize("one", [requested(None), ONE])
def test_nothing_is_told_of_a_validation_that_there_was_not(one: Certificate) -> None:
    told = certificate_event.members(one, one.content, in_use=False)
    assert "DomainValidationMethod" not in told
    assert told["CertificateType"] == one.kind.value
    assert told["Exported"] is False


def test_what_was_not_issued_has_no_end() -> None:
    told = certificate_event.with_days(requested(ValidationMethod.EMAIL), None, NOW, in_use=False)
    assert not {"CertificateExpirationDate", "DaysToExpiry"} & told.keys()


@pytest.mark.parametrize(("later", "days"), [(0, 30), (2, 29), (30 * 24 + 1, 0), (40 * 24, 0)])
def test_days_are_whole_and_never_below_nothing(later: int, days: int) -> None:
    at = NOW + timedelta(hours=later)
    assert certificate_event.with_days(ONE, HELD, at, in_use=True)["DaysToExpiry"] == days


@pytest.mark.parametrize("action", Action)
def test_an_event_of_what_is_available(action: Action) -> None:
    told = certificate_event.available(ONE, CONTENT, action, "id", NOW, in_use=True)
    assert (told.source, told.detail_type) == ("aws.acm", event.AVAILABLE)
    assert (told.resources, told.account_id, told.region) == ((ONE.arn,), ONE.account_id, ONE.region)
    assert told.detail == {
        "Action": action.value,
        **certificate_event.with_days(ONE, CONTENT, NOW, in_use=True),
    }
