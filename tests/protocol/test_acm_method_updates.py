"""UpdateCertificateOptions from EMAIL to DNS: asked for, told, and refused where it cannot be.

What the records lead to is the worker's: tests/unit/workers/test_method_updates.py.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from tests.acm import asked, done, imported, message
from tests.acm_requests import changed, described, exportable, exported, issued, private, record, request_of, requested
from tests.house_fixture import World, allow
from tests.issuing import Authority, Owners
from tests.pki import self_signed

from sealstone.model.certificate_request import (
    OUTSIDE,
    VALIDATION_ENDS,
    Renewal,
    RenewalStatus,
    Stage,
    ValidationStatus,
)
from sealstone.store import certificate_requests
from sealstone.workers.issuing import Issuing

DNS = {"ValidationMethod": "DNS"}
NAMES = ["b.example", "*.a.example"]


def by_mail(world: World) -> str:
    """An issued certificate for three names that was validated by mail."""
    arn = exportable(world, ValidationMethod="EMAIL", SubjectAlternativeNames=NAMES)
    issued(world, arn)
    return arn


def updated(world: World, arn: str, options: Mapping[str, str] | None = None, **how: Any) -> Any:
    """The answer."""
    return asked(world, "UpdateCertificateOptions", {"CertificateArn": arn, "Options": options or DNS}, **how)


def listed(world: World, arn: str) -> dict[str, dict[str, Any]]:
    """Domain name -> its summary."""
    told = done(world, "ListCertificateDomainValidations", {"CertificateArn": arn})["DomainValidationSummaryList"]
    return {one["DomainName"]: one for one in told}


def looked(world: World, later: timedelta, *, found: bool) -> None:
    """What the worker does that much later."""
    world.clock.now += later
    owners = Owners(ValidationStatus.SUCCESS if found else ValidationStatus.PENDING_VALIDATION)
    authority = Authority(world.clock.now)
    worker = Issuing(world.store, world.keyring, lambda _: authority, owners, clock=world.clock, chance=world.chance)
    while worker.round(OUTSIDE):
        pass


def test_a_change_tells_its_records_and_changes_nothing_yet(world: World) -> None:
    arn = by_mail(world)
    before = described(world, arn)
    assert "UpdateSummary" not in before
    assert updated(world, arn).parsed.keys() == {"ResponseMetadata"}
    told = described(world, arn)
    summary = told.pop("UpdateSummary")
    assert told == before
    assert summary == {
        "Status": "PENDING_DOMAIN_VALIDATION",
        "Type": "DOMAIN_VALIDATION_METHOD",
        "DomainValidationMethodUpdateSummary": {"From": "EMAIL", "To": "DNS"},
        "RequestedAt": world.clock.now,
        "UpdatedAt": world.clock.now,
    }
    each = listed(world, arn)
    assert list(each) == ["a.example", *NAMES]
    for one in each.values():
        active, wanted = one["ActiveValidationConfiguration"], one["RequestedValidationConfiguration"]
        assert (active["ValidationMethod"], active["ValidationStatus"]) == ("EMAIL", "SUCCESS")
        assert (wanted["ValidationMethod"], wanted["ValidationStatus"]) == ("DNS", "PENDING_VALIDATION")
        record = wanted["ValidationChallenge"]["DnsValidationChallenge"]["ResourceRecord"]
        assert (record["Type"], record["Value"].endswith(".acm-validations.aws.")) == ("CNAME", True)
    assert (
        each["a.example"]["RequestedValidationConfiguration"] == each["*.a.example"]["RequestedValidationConfiguration"]
    )
    # The record of a name is one for the account: a request by DNS has the same.
    (option,) = described(world, requested(world, "b.example"))["DomainValidationOptions"]
    wanted = each["b.example"]["RequestedValidationConfiguration"]
    assert wanted["ValidationChallenge"]["DnsValidationChallenge"]["ResourceRecord"] == option["ResourceRecord"]


def test_when_the_records_are_found_all_is_told_by_dns(world: World) -> None:
    arn = by_mail(world)
    updated(world, arn)
    began, wanted = world.clock.now, listed(world, arn)
    looked(world, timedelta(seconds=5), found=True)
    told = described(world, arn)
    assert told["Status"] == "ISSUED"
    summary = told["UpdateSummary"]
    assert (summary["Status"], summary["RequestedAt"], summary["UpdatedAt"]) == ("SUCCESS", began, world.clock.now)
    for one in told["DomainValidationOptions"]:
        assert (one["ValidationMethod"], one["ValidationStatus"]) == ("DNS", "SUCCESS")
        assert "ValidationEmails" not in one
    for name, one in listed(world, arn).items():
        assert "RequestedValidationConfiguration" not in one
        assert one["ActiveValidationConfiguration"] == wanted[name]["RequestedValidationConfiguration"] | {
            "ValidationStatus": "SUCCESS"
        }
    assert exported(world, arn).status == 200
    assert done(world, "RenewCertificate", {"CertificateArn": arn})
    for one in described(world, arn)["RenewalSummary"]["DomainValidationOptions"]:
        assert one["ValidationMethod"] == "DNS"
    # It is the one way, and it has been gone.
    assert message(updated(world, arn)).endswith("Its domains are validated by DNS, and only EMAIL can be left.")


def test_what_is_not_found_fails_and_may_be_begun_anew(world: World) -> None:
    arn = by_mail(world)
    updated(world, arn)
    before = described(world, arn)["DomainValidationOptions"]
    looked(world, VALIDATION_ENDS - timedelta(seconds=1), found=False)
    assert described(world, arn)["UpdateSummary"]["Status"] == "PENDING_DOMAIN_VALIDATION"
    looked(world, timedelta(minutes=12), found=False)
    told = described(world, arn)
    assert (told["UpdateSummary"]["Status"], told["UpdateSummary"]["UpdatedAt"]) == ("FAILED", world.clock.now)
    assert told["DomainValidationOptions"] == before
    assert not any("RequestedValidationConfiguration" in one for one in listed(world, arn).values())
    assert updated(world, arn).code == ""
    summary = described(world, arn)["UpdateSummary"]
    assert (summary["Status"], summary["RequestedAt"]) == ("PENDING_DOMAIN_VALIDATION", world.clock.now)


def test_a_second_change_waits_for_the_first(world: World) -> None:
    arn = by_mail(world)
    updated(world, arn)
    answer = updated(world, arn)
    assert answer.code == "ConflictException"
    assert message(answer).startswith(f"The validation method of certificate {arn} is being changed already.")
    # Another option can be changed meanwhile.
    assert updated(world, arn, {"CertificateTransparencyLoggingPreference": "DISABLED"}).code == ""
    assert request_of(world, arn).is_updating


def test_the_method_and_the_preference_go_together(world: World) -> None:
    arn = by_mail(world)
    given = DNS | {"CertificateTransparencyLoggingPreference": "DISABLED", "Export": "ENABLED"}
    assert updated(world, arn, given).code == ""
    told = described(world, arn)
    assert told["Options"]["CertificateTransparencyLoggingPreference"] == "DISABLED"
    assert told["UpdateSummary"]["Status"] == "PENDING_DOMAIN_VALIDATION"
    # All of it or nothing.
    arn = by_mail(world)
    assert updated(world, arn, given | {"Export": "DISABLED"}).code == "ValidationException"
    assert updated(world, arn, given | {"ValidationMethod": "HTTP"}).code == "ValidationException"
    told = described(world, arn)
    assert told["Options"]["CertificateTransparencyLoggingPreference"] == "ENABLED"
    assert "UpdateSummary" not in told


@pytest.mark.parametrize("method", ["EMAIL", "HTTP"])
def test_dns_is_the_only_aim(world: World, method: str) -> None:
    arn = by_mail(world)
    answer = updated(world, arn, {"ValidationMethod": method})
    assert answer.code == "ValidationException"
    assert message(answer).startswith(
        f"The validation method of certificate {arn} cannot be changed to {method}. Only that to DNS can be made."
    )


@pytest.mark.parametrize("method", ["DNS", "HTTP"])
def test_email_is_the_only_beginning(world: World, method: str) -> None:
    arn = requested(world, ValidationMethod=method)
    issued(world, arn)
    answer = updated(world, arn)
    assert answer.code == "InvalidStateException"
    assert f"Its domains are validated by {method}" in message(answer)


def test_what_is_not_issued_by_validation_has_no_method_to_change(world: World) -> None:
    waiting = requested(world, ValidationMethod="EMAIL")
    foreign = imported(world, self_signed())
    unproven = private(world)
    issued(world, unproven)
    over = requested(world, ValidationMethod="EMAIL")
    changed(world, over, stage=Stage.TIMED_OUT)
    told = {
        waiting: "It is not issued yet",
        foreign: "not permitted for imported certificates",
        unproven: "It is private",
        over: "Its status is VALIDATION_TIMED_OUT",
    }
    for arn, cause in told.items():
        answer = updated(world, arn)
        assert answer.code == "InvalidStateException"
        assert cause in message(answer)
    expired = by_mail(world)
    world.clock.now += timedelta(days=4000)
    assert "Its status is EXPIRED" in message(updated(world, expired))


def test_a_name_without_a_possible_record_stays_with_mail(world: World) -> None:
    name = ".".join(["a" * 60] * 3 + ["b" * 30, "example"])
    arn = requested(world, "a.example", ValidationMethod="EMAIL", SubjectAlternativeNames=[name])
    issued(world, arn)
    answer = updated(world, arn)
    assert answer.code == "ValidationException"
    assert "cannot be validated by DNS" in message(answer)
    assert "UpdateSummary" not in described(world, arn)


def test_it_needs_the_right_and_is_in_the_audit_log(world: World) -> None:
    arn = by_mail(world)
    reader = world.user("reader", allow("acm:DescribeCertificate", "*"))
    assert updated(world, arn, key=reader).code == "AccessDeniedException"
    changer = world.user("changer", allow("acm:UpdateCertificateOptions", arn))
    assert updated(world, arn, key=changer).code == ""
    refused, row = (one for one in world.audited() if one.operation == "UpdateCertificateOptions")
    assert refused.outcome == "AccessDeniedException"
    assert dict(row.parameters) == {"CertificateArn": arn, "Options": DNS}
    assert row.outcome == "ok"


def test_it_goes_with_the_certificate(world: World) -> None:
    arn = by_mail(world)
    updated(world, arn)
    done(world, "DeleteCertificate", {"CertificateArn": arn})
    with world.store.reading() as tx:
        assert certificate_requests.next_due(tx) is None
    looked(world, timedelta(hours=1), found=True)
    assert asked(world, "DescribeCertificate", {"CertificateArn": arn}).code == "ResourceNotFoundException"


def test_a_revocation_ends_it(world: World) -> None:
    arn = by_mail(world)
    updated(world, arn)
    exported(world, arn)
    done(world, "RevokeCertificate", {"CertificateArn": arn, "RevocationReason": "SUPERSEDED"})
    assert described(world, arn)["UpdateSummary"]["Status"] == "FAILED"
    assert "RequestedValidationConfiguration" not in listed(world, arn)["a.example"]
    looked(world, timedelta(minutes=1), found=True)
    assert described(world, arn)["DomainValidationOptions"][0]["ValidationMethod"] == "EMAIL"


def test_no_mail_is_sent_for_what_has_become_dns(world: World) -> None:
    arn = by_mail(world)
    declined = request_of(world, arn).changed(renewal_wished=False).asked()
    waiting = Renewal(RenewalStatus.PENDING_VALIDATION, world.clock.now, validations=declined)
    changed(world, arn, renewal=waiting)
    sent = {"CertificateArn": arn, "Domain": "a.example", "ValidationDomain": "a.example"}
    updated(world, arn)
    assert asked(world, "ResendValidationEmail", sent).code == ""
    changed(world, arn)
    looked(world, timedelta(seconds=1), found=True)
    answer = asked(world, "ResendValidationEmail", sent)
    assert answer.code == "InvalidStateException"
    assert "Its domains are not validated by mail" in message(answer)
    assert record(world, arn).version == 1
