"""How the validation of each domain stands, and mails that are sent again, through the door."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.acm import REGION, asked, done, imported, message
from tests.acm_requests import changed, issued, private, request_of, requested
from tests.house_fixture import ACCOUNT, World
from tests.pki import self_signed

from sealstone.model.approval import Approval
from sealstone.model.certificate_request import OUTSIDE, Renewal, RenewalStatus, Stage, ValidationStatus
from sealstone.store import certificate_requests, validation_approvals


def listed(world: World, arn: str, **parameters: Any) -> Any:
    return done(world, "ListCertificateDomainValidations", {"CertificateArn": arn} | parameters)


def resent(world: World, arn: str, domain: str, validation_domain: str) -> Any:
    sent = {"CertificateArn": arn, "Domain": domain, "ValidationDomain": validation_domain}
    return asked(world, "ResendValidationEmail", sent)


def sent(world: World, arn: str) -> None:
    """The worker has written its mails."""
    validations = tuple(replace(one, sent_at=world.clock.now) for one in request_of(world, arn).validations)
    changed(world, arn, validations=validations)


def test_each_method_tells_its_challenge(world: World) -> None:
    (dns,) = listed(world, requested(world))["DomainValidationSummaryList"]
    active = dns["ActiveValidationConfiguration"]
    assert (active["ValidationMethod"], active["ValidationStatus"]) == ("DNS", "PENDING_VALIDATION")
    assert active["ValidationChallenge"]["DnsValidationChallenge"]["ResourceRecord"]["Type"] == "CNAME"
    arn = requested(world, ValidationMethod="EMAIL")
    sent(world, arn)
    (mail,) = listed(world, arn)["DomainValidationSummaryList"]
    challenge = mail["ActiveValidationConfiguration"]["ValidationChallenge"]["EmailValidationChallenge"]
    assert (challenge["ValidationDomain"], len(challenge["ValidationEmails"])) == ("a.example", 5)
    (over_http,) = listed(world, requested(world, ValidationMethod="HTTP"))["DomainValidationSummaryList"]
    assert over_http["ActiveValidationConfiguration"] == {
        "ValidationMethod": "HTTP",
        "ValidationStatus": "PENDING_VALIDATION",
    }
    for arn in (private(world), imported(world, self_signed("a.example"))):
        assert listed(world, arn)["DomainValidationSummaryList"] == [{"DomainName": "a.example"}]


def test_pages_of_domains(world: World) -> None:
    arn = requested(world, SubjectAlternativeNames=["b.example", "c.example"])
    first = listed(world, arn, MaxItems=2)
    second = listed(world, arn, MaxItems=2, NextToken=first["NextToken"])
    names = [one["DomainName"] for page in (first, second) for one in page["DomainValidationSummaryList"]]
    assert names == ["a.example", "b.example", "c.example"]
    assert "NextToken" not in second
    for token in ("x", "MA", "OQ"):  # no token, 0, 9
        answer = asked(world, "ListCertificateDomainValidations", {"CertificateArn": arn, "NextToken": token})
        assert answer.code == "ValidationException"


@pytest.mark.parametrize("stage", [Stage.FAILED, Stage.TIMED_OUT])
def test_what_is_over_leaves_nothing_pending(world: World, stage: Stage) -> None:
    """Clients' waiters ask again as long as any domain is pending, whatever the certificate's status."""
    arn = requested(world, SubjectAlternativeNames=["b.example", "c.example"])
    first, *others = request_of(world, arn).validations
    changed(world, arn, stage=stage, validations=(replace(first, status=ValidationStatus.SUCCESS), *others))
    wanted = ["SUCCESS", "FAILED", "FAILED"]
    told = done(world, "DescribeCertificate", {"CertificateArn": arn})["Certificate"]["DomainValidationOptions"]
    assert [one["ValidationStatus"] for one in told] == wanted
    each = listed(world, arn)["DomainValidationSummaryList"]
    assert [one["ActiveValidationConfiguration"]["ValidationStatus"] for one in each] == wanted


def test_a_mail_is_sent_again(world: World) -> None:
    arn = requested(world, "www.a.example", ValidationMethod="EMAIL", SubjectAlternativeNames=["b.example"])
    sent(world, arn)
    with world.store.reading() as tx:
        assert certificate_requests.next_due(tx) is None
    assert resent(world, arn, "WWW.a.example", "a.example").status == 200
    one, other = request_of(world, arn).validations
    assert (one.sent_at, one.validation_domain, one.emails[0]) == (None, "a.example", "admin@a.example")
    assert other.sent_at is not None
    with world.store.reading() as tx:
        assert len(certificate_requests.due(tx, world.clock.now, 10, OUTSIDE)) == 1


def test_a_mail_about_a_renewal_is_sent_again(world: World) -> None:
    arn = requested(world, ValidationMethod="EMAIL")
    issued(world, arn)
    (one,) = request_of(world, arn).validations
    pending = replace(one, status=ValidationStatus.PENDING_VALIDATION, sent_at=world.clock.now)
    changed(world, arn, renewal=Renewal(RenewalStatus.PENDING_VALIDATION, world.clock.now, validations=(pending,)))
    assert resent(world, arn, "a.example", "a.example").status == 200
    request = request_of(world, arn)
    assert request.renewal is not None
    assert request.renewal.validations[0].sent_at is None
    assert request.validations == (one,)


def test_who_declined_a_renewal_is_asked_anew_and_so_is_who_had_not_answered(world: World) -> None:
    """A renewal that failed has ended for all of its domains; who approved is not asked twice."""
    names = ["b.example", "c.example", "d.example"]
    arn = requested(world, ValidationMethod="EMAIL", SubjectAlternativeNames=names)
    issued(world, arn)
    statuses = [ValidationStatus(word) for word in ("FAILED", "FAILED", "PENDING_VALIDATION", "SUCCESS")]
    begun = world.clock.now
    validations = tuple(
        replace(one, status=status, sent_at=begun)
        for one, status in zip(request_of(world, arn).validations, statuses, strict=True)
    )
    failed = Renewal(RenewalStatus.FAILED, begun, "DOMAIN_VALIDATION_DENIED", validations)
    changed(world, arn, renewal=failed)
    place = (ACCOUNT, REGION, arn.rpartition("/")[2])
    with world.store.writing() as tx:
        asked_ = Approval("aa" * 32, *place, "a.example", "admin@a.example", begun, begun + timedelta(hours=72))
        validation_approvals.add(tx, asked_)
        assert validation_approvals.answer(tx, asked_.token_hash, begun, approved=False)
    world.clock.advance(100 * 3600)
    assert resent(world, arn, "d.example", "d.example").code == "InvalidStateException"
    assert resent(world, arn, "a.example", "a.example").status == 200
    renewal = request_of(world, arn).renewal
    assert renewal is not None
    assert (renewal.status, renewal.reason, renewal.updated_at) == ("PENDING_VALIDATION", "", world.clock.now)
    assert [one.status for one in renewal.validations] == [*["PENDING_VALIDATION"] * 3, "SUCCESS"]
    assert [one.sent_at for one in renewal.validations] == [None, None, None, begun]
    with world.store.reading() as tx:
        assert validation_approvals.answers(tx, *place) == {}
        assert len(certificate_requests.due(tx, world.clock.now, 10, OUTSIDE)) == 1


def test_a_renewal_that_failed_otherwise_has_no_mails(world: World) -> None:
    arn = requested(world, ValidationMethod="EMAIL")
    issued(world, arn)
    validations = request_of(world, arn).validations
    changed(world, arn, renewal=Renewal(RenewalStatus.FAILED, world.clock.now, "CAA_ERROR", validations))
    answer = resent(world, arn, "a.example", "a.example")
    assert answer.code == "InvalidStateException"
    assert "its domains are not being validated" in message(answer).lower()


@pytest.mark.parametrize(
    ("domain", "validation_domain", "words"),
    [
        ("b.example", "b.example", "The domain b.example is none of the certificate"),
        ("a.example", "b.example", "b.example is neither the name itself nor above it"),
    ],
)
def test_mails_to_others(world: World, domain: str, validation_domain: str, words: str) -> None:
    answer = resent(world, requested(world, ValidationMethod="EMAIL"), domain, validation_domain)
    assert answer.code == "InvalidDomainValidationOptionsException"
    assert words in message(answer)


def test_certificates_of_which_nobody_is_asked(world: World) -> None:
    waiting = requested(world, ValidationMethod="EMAIL")
    (one,) = request_of(world, waiting).validations
    changed(world, waiting, validations=(replace(one, status=ValidationStatus.SUCCESS),))
    ready = requested(world, ValidationMethod="EMAIL")
    issued(world, ready)
    for arn, words in (
        (imported(world, self_signed("a.example")), "It was imported."),
        (requested(world), "Its domains are not validated by mail."),
        (ready, "Its domains are not being validated: the request is ISSUED."),
        (waiting, "Its validation is SUCCESS already."),
    ):
        answer = resent(world, arn, "a.example", "a.example")
        assert answer.code == "InvalidStateException"
        assert words in message(answer)
