"""How the validation of each domain stands, and mails that are sent again, through the door."""

from dataclasses import replace
from typing import Any

import pytest
from tests.acm import asked, done, imported, message
from tests.acm_requests import changed, issued, private, request_of, requested
from tests.house_fixture import World
from tests.pki import self_signed

from sealstone.model.certificate_request import Renewal, RenewalStatus, ValidationStatus
from sealstone.store import certificate_requests


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
        assert answer.code == "InvalidArgsException"


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
        assert len(certificate_requests.due(tx, world.clock.now, 10)) == 1


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
