"""A request whose validation method is being changed, as it is stored, told, and after the change."""

import json
from dataclasses import replace
from datetime import timedelta

from tests.pki import NOW

from sealstone.model.certificate_request import (
    CertificateRequest,
    DomainValidation,
    Lane,
    MethodUpdate,
    Renewal,
    RenewalStatus,
    Stage,
    UpdateStatus,
    ValidationMethod,
    ValidationStatus,
)

LATER = NOW + timedelta(hours=1)
SUCCESS = ValidationStatus.SUCCESS
MAIL = DomainValidation("a.example", "a.example", ValidationMethod.EMAIL, SUCCESS, emails=("admin@a.example",))
RECORD = DomainValidation("a.example", "a.example", ValidationMethod.DNS, record_name="_a.a.example.")
FOUND = (replace(RECORD, status=SUCCESS),)
UPDATE = MethodUpdate(
    UpdateStatus.PENDING_DOMAIN_VALIDATION, ValidationMethod.EMAIL, ValidationMethod.DNS, NOW, NOW, (RECORD,), "no"
)
DONE = MethodUpdate(UpdateStatus.SUCCESS, ValidationMethod.EMAIL, ValidationMethod.DNS, NOW, LATER)
REQUEST = CertificateRequest(NOW, Stage.ISSUED, "RSA_2048", (MAIL,), method_update=UPDATE)


def test_it_comes_back_as_it_was_stored() -> None:
    document = json.loads(json.dumps(REQUEST.document()))
    assert CertificateRequest.of(document) == REQUEST
    # What an earlier version stored has no such member.
    del document["method_update"]
    assert CertificateRequest.of(document) == REQUEST.changed(method_update=None)


def test_it_is_looked_at_among_those_that_look() -> None:
    ordering = REQUEST.changed(renewal=Renewal(RenewalStatus.PENDING_AUTO_RENEWAL, NOW))
    assert (ordering.is_updating, ordering.lane) == (True, Lane.KEEP_LOOKING)
    over = ordering.changed(method_update=DONE)
    assert (over.is_updating, over.lane) == (False, Lane.KEEP)
    assert not REQUEST.changed(method_update=None).is_updating


def test_what_was_under_way_fails_with_the_revocation() -> None:
    assert REQUEST.told_method_update == UPDATE
    revoked = REQUEST.changed(stage=Stage.REVOKED, revoked_at=LATER)
    assert revoked.told_method_update == replace(
        UPDATE, status=UpdateStatus.FAILED, updated_at=LATER, validations=(), explanation=""
    )
    assert revoked.changed(method_update=DONE).told_method_update == DONE
    assert revoked.changed(method_update=None).told_method_update is None
    undated = revoked.changed(revoked_at=None).told_method_update
    assert undated is not None
    assert undated.updated_at == NOW


def test_the_new_method_holds_from_then_on() -> None:
    changed = REQUEST.method_changed(UPDATE, FOUND, LATER)
    assert changed == REQUEST.changed(validations=FOUND, method_update=DONE)
    assert [one.method for one in changed.asked()] == [ValidationMethod.DNS]


def test_a_renewal_under_way_has_what_was_found() -> None:
    for status in (RenewalStatus.PENDING_VALIDATION, RenewalStatus.PENDING_AUTO_RENEWAL):
        renewal = Renewal(status, NOW, validations=(replace(MAIL, status=ValidationStatus.PENDING_VALIDATION),))
        changed = REQUEST.changed(renewal=renewal).method_changed(UPDATE, FOUND, LATER)
        assert changed.renewal == replace(renewal, validations=FOUND)


def test_a_renewal_that_was_declined_begins_anew() -> None:
    renewal = Renewal(
        RenewalStatus.FAILED, NOW, "DOMAIN_VALIDATION_DENIED", (replace(MAIL, status=ValidationStatus.FAILED),)
    )
    changed = REQUEST.changed(renewal=renewal).method_changed(UPDATE, FOUND, LATER)
    assert changed.renewal == Renewal(RenewalStatus.PENDING_VALIDATION, LATER, validations=FOUND)


def test_a_renewal_that_is_over_stays_as_it_was() -> None:
    for status in (RenewalStatus.SUCCESS, RenewalStatus.FAILED):
        renewal = Renewal(status, NOW, validations=(MAIL,))
        assert REQUEST.changed(renewal=renewal).method_changed(UPDATE, FOUND, LATER).renewal == renewal
