"""What is done with requested certificates once they are issued, through the door: told, exported, renewed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tests.acm import REGION, asked, done, imported, message, texts
from tests.acm_requests import (
    ISSUER,
    PHRASE,
    balanced,
    changed,
    described,
    exportable,
    exported,
    issued,
    private,
    record,
    request_of,
    requested,
)
from tests.house_fixture import ACCOUNT, World, allow
from tests.pki import NOW, rsa_key, self_signed

from sealstone.model.approval import Approval
from sealstone.model.certificate_request import Renewal, RenewalStatus, Stage, ValidationStatus
from sealstone.model.secret import Sealed
from sealstone.store import (
    certificate_requests,
    certificates,
    superseded_certificates,
    validation_approvals,
)
from sealstone.store.superseded_certificates import Superseded


def test_what_is_told_of_an_issued_certificate(world: World) -> None:
    arn = requested(world)
    world.clock.advance(60)
    leaf = issued(world, arn)
    told = described(world, arn)
    assert (told["CreatedAt"], told["IssuedAt"]) == (NOW, world.clock.now)
    assert told["NotAfter"] == leaf.certificate.not_valid_after_utc
    assert (told["Status"], told["Issuer"], told["Type"]) == ("ISSUED", "Example", "AMAZON_ISSUED")
    assert told["Serial"]
    assert told["SignatureAlgorithm"] == "SHA256WITHECDSA"
    (one,) = told["DomainValidationOptions"]
    assert (one["ValidationStatus"], one["ValidationMethod"]) == ("SUCCESS", "DNS")
    assert not {"ImportedAt", "RenewalSummary", "RevokedAt", "FailureReason", "CertificateAuthorityArn"} & told.keys()
    got = done(world, "GetCertificate", {"CertificateArn": arn})
    assert got["Certificate"] == leaf.certificate_pem.strip()
    assert got["CertificateChain"] == ISSUER.certificate_pem.strip()


def test_a_certificate_in_use_is_renewed_by_itself(world: World) -> None:
    arn = requested(world)
    issued(world, arn)
    assert described(world, arn)["RenewalEligibility"] == "INELIGIBLE"
    balanced(world, arn)
    assert described(world, arn)["RenewalEligibility"] == "ELIGIBLE"
    (summary,) = done(world, "ListCertificates", {})["CertificateSummaryList"]
    assert summary["RenewalEligibility"] == "ELIGIBLE"
    done(world, "RenewCertificate", {"CertificateArn": arn})
    world.clock.advance(400 * 86400)
    assert described(world, arn)["RenewalEligibility"] == "INELIGIBLE"


def test_a_request_that_failed_without_a_reason_has_another(world: World) -> None:
    arn = requested(world)
    changed(world, arn, stage=Stage.FAILED)
    assert described(world, arn)["FailureReason"] == "OTHER"
    changed(world, arn, stage=Stage.TIMED_OUT)
    assert described(world, arn)["Status"] == "VALIDATION_TIMED_OUT"


# --- export ---


@pytest.mark.parametrize("ask", [private, exportable], ids=["private", "exportable"])
def test_an_exported_key_is_encrypted_and_fits(world: World, ask: Any) -> None:
    arn = ask(world)
    leaf = issued(world, arn)
    answer = exported(world, arn).parsed
    key = answer["PrivateKey"]
    assert key.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    read = load_pem_private_key(key.encode(), PHRASE)
    assert read.public_key() == leaf.key.public_key()
    assert answer["Certificate"] == leaf.certificate_pem.strip()
    assert answer["CertificateChain"] == ISSUER.certificate_pem.strip()
    request = request_of(world, arn)
    assert (request.exported, request.exported_at) == (True, NOW)
    (summary,) = done(world, "ListCertificates", {})["CertificateSummaryList"]
    assert (summary["Exported"], summary["ExportOption"], summary["RenewalEligibility"]) == (
        True,
        "ENABLED",
        "ELIGIBLE",
    )


def test_an_export_is_audited_before_it_is_answered_and_without_the_passphrase(world: World) -> None:
    arn = private(world)
    issued(world, arn)
    exported(world, arn)
    assert world.recorder.records == [] or all(one.operation != "ExportCertificate" for one in world.recorder.records)
    row = world.audited()[-1]
    assert (row.operation, row.outcome, row.parameters["Passphrase"]) == ("ExportCertificate", "ok", "***")


def test_a_certificate_whose_issuer_gave_no_chain(world: World) -> None:
    arn = private(world)
    issued(world, arn)
    one = record(world, arn)
    assert one.content is not None
    with world.store.writing() as tx:
        sealed = certificates.sealed_key(tx, one)
        assert sealed is not None
        certificates.replace(tx, replace(one, content=replace(one.content, certificate_chain=None)), sealed)
    assert "CertificateChain" not in exported(world, arn).parsed


@pytest.mark.parametrize("phrase", [b"with#hash", b"with$dollar", b"with%percent", "größer".encode(), b"abc"])
def test_passphrases_that_are_refused(world: World, phrase: bytes) -> None:
    arn = private(world)
    issued(world, arn)
    answer = exported(world, arn, phrase)
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert "PRIVATE KEY" not in answer.body.decode()
    assert not request_of(world, arn).exported


@pytest.mark.parametrize("phrase", [b"line\n", b"\x00\x01\x02\x03", b"~" * 128])
def test_passphrases_of_any_other_ascii(world: World, phrase: bytes) -> None:
    arn = private(world)
    issued(world, arn)
    load_pem_private_key(exported(world, arn, phrase).parsed["PrivateKey"].encode(), phrase)


def test_what_cannot_be_exported(world: World) -> None:
    for arn in (requested(world), imported(world, self_signed())):
        answer = exported(world, arn)
        assert answer.code == "ValidationException"
        assert message(answer).startswith(f"Certificate ARN: {arn} is not a private certificate. It was ")
    arn = private(world)
    issued(world, arn)
    changed(world, arn, stage=Stage.REVOKED)
    assert message(exported(world, arn)).startswith(f"Certificate {arn} cannot be exported. It is revoked")


def test_a_key_that_is_not_there_is_a_fault(world: World) -> None:
    arn = private(world)
    issued(world, arn)
    one = record(world, arn)
    with world.store.writing() as tx:
        certificates.remove(tx, one)
        certificates.add(tx, one)
    assert exported(world, arn).code == "InternalFailure"


def test_only_who_may_export_exports(world: World) -> None:
    arn = private(world, Tags=[{"Key": "team", "Value": "web"}])
    issued(world, arn)
    reader = world.user("reader", allow(["acm:Describe*", "acm:Get*", "acm:List*"], "*"))
    assert exported(world, arn, key=reader).code == "AccessDeniedException"
    condition = {"StringEquals": {"aws:ResourceTag/team": "web"}}
    taker = world.user("taker", allow("acm:ExportCertificate", "*", Condition=condition))
    assert exported(world, arn, key=taker).status == 200


# --- renewal ---


def test_a_renewal_is_asked_for_once(world: World) -> None:
    arn = private(world)
    issued(world, arn)
    refused = asked(world, "RenewCertificate", {"CertificateArn": arn})
    assert refused.code == "ValidationException"
    assert message(refused).startswith(
        f"Certificate ARN {arn} has not been exported so it is not eligible for the Renew Certificate API."
    )
    exported(world, arn)
    done(world, "RenewCertificate", {"CertificateArn": arn})
    request = request_of(world, arn)
    assert request.renewal_wished
    with world.store.reading() as tx:
        assert [arn.endswith(one.unique_id) for one in certificate_requests.due(tx, world.clock.now, 10)] == [True]
    assert request.renewal is None
    world.clock.advance(1)
    summary = described(world, arn)["RenewalSummary"]
    assert (summary["RenewalStatus"], summary["UpdatedAt"]) == ("PENDING_AUTO_RENEWAL", NOW)
    again = asked(world, "RenewCertificate", {"CertificateArn": arn})
    assert (again.code, message(again)) == (
        "RequestInProgressException",
        f"Certificate {arn} is being renewed already.",
    )
    issued(world, arn)
    assert described(world, arn)["RenewalEligibility"] == "INELIGIBLE"


def test_a_renewal_that_failed_tells_why_and_can_be_asked_for_again(world: World) -> None:
    arn = exportable(world)
    issued(world, arn)
    exported(world, arn)
    waiting = replace(request_of(world, arn).validations[0], status=ValidationStatus.PENDING_VALIDATION)
    renewal = Renewal(RenewalStatus.PENDING_VALIDATION, NOW, validations=(waiting,))
    changed(world, arn, renewal=replace(renewal, status=RenewalStatus.PENDING_AUTO_RENEWAL))
    assert asked(world, "RenewCertificate", {"CertificateArn": arn}).code == "RequestInProgressException"
    changed(world, arn, renewal=replace(renewal, status=RenewalStatus.FAILED, reason="CAA_ERROR"))
    summary = described(world, arn)["RenewalSummary"]
    assert (summary["RenewalStatus"], summary["RenewalStatusReason"]) == ("FAILED", "CAA_ERROR")
    assert summary["DomainValidationOptions"][0]["ValidationStatus"] == "PENDING_VALIDATION"
    done(world, "RenewCertificate", {"CertificateArn": arn})
    # What is told is the renewal that begins, and not the one that failed.
    summary = described(world, arn)["RenewalSummary"]
    assert (summary["RenewalStatus"], "RenewalStatusReason" in summary) == ("PENDING_AUTO_RENEWAL", False)
    status = {"AcmCertificateMetadataFilter": {"RenewalStatus": "PENDING_AUTO_RENEWAL"}}
    search = {"FilterStatement": {"Filter": status}, "SortBy": "RENEWAL_STATUS"}
    (one,) = done(world, "SearchCertificates", search)["Results"]
    assert one["CertificateMetadata"]["AcmCertificateMetadata"]["RenewalStatus"] == "PENDING_AUTO_RENEWAL"


DAYS_3 = timedelta(hours=72)


@pytest.mark.parametrize(
    ("first", "second", "may_begin"),
    [
        # When its mail was sent, and what its owner said; nobody answered where nothing is said.
        ((timedelta(0), ""), (timedelta(0), ""), False),
        ((timedelta(0), "SUCCESS"), (timedelta(seconds=1) - DAYS_3, ""), False),
        ((timedelta(0), ""), (-DAYS_3, ""), True),
        ((-DAYS_3, "SUCCESS"), (timedelta(0), ""), False),
        ((timedelta(0), "FAILED"), (timedelta(0), ""), True),
        ((None, ""), (None, ""), True),
        ((None, ""), (timedelta(0), ""), False),
        ((timedelta(0), "SUCCESS"), (None, ""), False),
    ],
)
def test_a_renewal_by_mail_begins_anew_when_it_waits_in_vain(
    world: World, first: tuple[timedelta | None, str], second: tuple[timedelta | None, str], may_begin: bool
) -> None:
    arn = exportable(world, ValidationMethod="EMAIL", SubjectAlternativeNames=["b.example"])
    issued(world, arn)
    exported(world, arn)
    now = world.clock.now
    validations = tuple(
        replace(one, status=ValidationStatus(said or "PENDING_VALIDATION"), sent_at=None if age is None else now + age)
        for one, (age, said) in zip(request_of(world, arn).validations, (first, second), strict=True)
    )
    renewal = Renewal(RenewalStatus.PENDING_VALIDATION, NOW, validations=validations)
    changed(world, arn, renewal=renewal)
    answer = asked(world, "RenewCertificate", {"CertificateArn": arn})
    assert answer.code == ("" if may_begin else "RequestInProgressException")
    assert request_of(world, arn).renewal_wished is may_begin
    # Once it is wished, a further call changes nothing.
    assert asked(world, "RenewCertificate", {"CertificateArn": arn}).code == "RequestInProgressException"


def test_what_is_not_renewed_here(world: World) -> None:
    arn = imported(world, self_signed())
    refused = asked(world, "RenewCertificate", {"CertificateArn": arn})
    assert message(refused).startswith(f"Certificate {arn} cannot be renewed here. It was imported.")
    arn = private(world)
    issued(world, arn)
    exported(world, arn)
    changed(world, arn, stage=Stage.REVOKED)
    refused = asked(world, "RenewCertificate", {"CertificateArn": arn})
    assert message(refused).startswith(f"Certificate {arn} cannot be renewed. Its status is REVOKED.")


# --- options ---


def test_the_preference_about_logs_can_be_changed(world: World) -> None:
    arn = exportable(world)
    given = {"CertificateTransparencyLoggingPreference": "DISABLED", "Export": "ENABLED"}
    done(world, "UpdateCertificateOptions", {"CertificateArn": arn, "Options": given})
    assert described(world, arn)["Options"] == {
        "CertificateTransparencyLoggingPreference": "DISABLED",
        "Export": "ENABLED",
    }
    done(world, "UpdateCertificateOptions", {"CertificateArn": arn, "Options": {}})
    with world.store.reading() as tx:
        assert certificate_requests.next_due(tx) is not None


def test_an_option_that_stays(world: World) -> None:
    sent = {"CertificateArn": requested(world), "Options": {"Export": "ENABLED"}}
    answer = asked(world, "UpdateCertificateOptions", sent)
    assert answer.code == "ValidationException"
    assert message(answer).startswith("The option Export cannot be changed.")


def test_certificates_whose_options_stay(world: World) -> None:
    given = {"Options": {"CertificateTransparencyLoggingPreference": "ENABLED"}}
    arn = private(world)
    answer = asked(world, "UpdateCertificateOptions", {"CertificateArn": arn} | given)
    assert answer.code == "InvalidStateException"
    assert "It is private" in message(answer)
    arn = requested(world)
    changed(world, arn, stage=Stage.FAILED)
    answer = asked(world, "UpdateCertificateOptions", {"CertificateArn": arn} | given)
    assert answer.code == "InvalidStateException"
    assert "Its status is FAILED" in message(answer)


# --- deletion and import ---


def test_a_deleted_certificate_is_gone_with_all_of_it(world: World) -> None:
    arn = exportable(world, ValidationMethod="EMAIL")
    issued(world, arn)
    one = record(world, arn)
    assert one.content is not None
    asked_at = (world.clock.now, world.clock.now)
    with world.store.writing() as tx:
        superseded_certificates.put(tx, one, Superseded(0, 1, one.content, one.detail, Sealed(b"key")))
        question = Approval("00", ACCOUNT, REGION, one.unique_id, "a.example", "admin@a.example", *asked_at)
        validation_approvals.add(tx, question)
    done(world, "DeleteCertificate", {"CertificateArn": arn})
    assert asked(world, "DescribeCertificate", {"CertificateArn": arn}).code == "ResourceNotFoundException"
    with world.store.reading() as tx:
        assert superseded_certificates.find(tx, one) is None
        assert validation_approvals.of(tx, "00") is None
        assert certificates.sealed_key(tx, one) is None
        assert certificate_requests.due(tx, world.clock.now, 10) == ()


def test_what_was_requested_is_not_imported(world: World) -> None:
    arn = requested(world)
    answer = asked(world, "ImportCertificate", texts(self_signed(key=rsa_key())) | {"CertificateArn": arn})
    assert answer.code == "ValidationException"
    assert message(answer).startswith(f"Certificate {arn} is not an imported certificate. Its type is AMAZON_ISSUED,")
