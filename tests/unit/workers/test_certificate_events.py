"""Events of issuing and renewing: AWS's members and words, and ours besides them."""

import pytest
from tests.pki import NOW
from tests.unit.model.test_certificate_event import HELD, requested

from sealstone.model import certificate_event, event
from sealstone.model.certificate_request import Renewal, RenewalStatus, ValidationMethod
from sealstone.workers import certificate_events

ONE = requested(ValidationMethod.EMAIL)


def test_what_is_issued_is_in_nobodys_use_unless_it_is_said() -> None:
    told = certificate_events.available(ONE, HELD, "ISSUANCE", "id", NOW)
    assert (told.detail_type, told.detail["Action"], told.detail["InUse"]) == (event.AVAILABLE, "ISSUANCE", False)
    assert certificate_events.available(ONE, HELD, "RENEWAL", "id", NOW, in_use=True).detail["InUse"] is True


def test_what_is_seen_served_is_in_use() -> None:
    told = certificate_events.rotated(ONE, "id", NOW)
    assert told.detail_type == event.ROTATED
    shared = certificate_event.with_days(ONE, HELD, NOW, in_use=True)
    assert told.detail == {"Action": "ROTATION", **shared}


@pytest.mark.parametrize(
    ("status", "reason", "word"),
    [
        (RenewalStatus.PENDING_VALIDATION, "", "PENDING_DOMAIN_VALIDATION"),
        (RenewalStatus.PENDING_AUTO_RENEWAL, "", "OTHER"),
        (RenewalStatus.FAILED, "", "OTHER"),
        (RenewalStatus.FAILED, "DOMAIN_VALIDATION_DENIED", "DOMAIN_VALIDATION_DENIED"),
    ],
)
@pytest.mark.parametrize("in_use", [True, False])
def test_why_somebody_has_to_act_is_one_of_aws_words(
    status: RenewalStatus, reason: str, word: str, in_use: bool
) -> None:
    told = certificate_events.action_required(
        ONE, Renewal(status, NOW, reason), "the record is not there", "id", NOW, in_use=in_use
    )
    assert told.detail_type == event.ACTION_REQUIRED
    assert told.detail == {
        "Action": "RENEWAL",
        "RenewalStatus": status.value,
        "RenewalStatusReason": word,
        "Explanation": "the record is not there",
        **certificate_event.with_days(ONE, HELD, NOW, in_use=in_use),
    }
