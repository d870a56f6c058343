"""Tokens: what makes two requests one, whatever became of the first; and pages that nobody gave."""

from typing import Any

import pytest
from tests.acm import asked, done, message
from tests.acm_requests import changed, issued, request_of, requested
from tests.house_fixture import World


def test_a_token_stands_for_what_was_asked_for_and_not_for_what_became_of_it(world: World) -> None:
    """Options are changed, and mails sent elsewhere, within the hour: the same call still gives the same."""
    by_mail: dict[str, Any] = {
        "ValidationMethod": "EMAIL",
        "IdempotencyToken": "mail",
        "DomainValidationOptions": [{"DomainName": "www.a.example", "ValidationDomain": "www.a.example"}],
    }
    arn = requested(world, "www.a.example", **by_mail)
    resent = {"CertificateArn": arn, "Domain": "www.a.example", "ValidationDomain": "a.example"}
    done(world, "ResendValidationEmail", resent)
    options = {"CertificateTransparencyLoggingPreference": "DISABLED"}
    done(world, "UpdateCertificateOptions", {"CertificateArn": arn, "Options": options})
    assert requested(world, "www.a.example", **by_mail) == arn
    issued(world, arn)
    assert requested(world, "WWW.a.example", **by_mail) == arn
    # What it is like by now was never asked for with this token.
    other = asked(world, "RequestCertificate", {"DomainName": "www.a.example", **by_mail, "Options": options})
    assert other.code == "InvalidParameterException"


def test_a_validation_domain_that_is_the_name_is_the_same_as_none(world: World) -> None:
    arn = requested(world, IdempotencyToken="once")
    named = [{"DomainName": "a.example", "ValidationDomain": "a.example"}]
    assert requested(world, IdempotencyToken="once", DomainValidationOptions=named) == arn


def test_alternative_names_have_no_order_and_the_domain_name_is_the_first(world: World) -> None:
    arn = requested(world, "a.example", IdempotencyToken="once", SubjectAlternativeNames=["b.example", "c.example"])
    others = ["c.example", "a.example", "b.example"]
    assert requested(world, "a.example", IdempotencyToken="once", SubjectAlternativeNames=others) == arn
    sent = {
        "IdempotencyToken": "once",
        "DomainName": "b.example",
        "ValidationMethod": "DNS",
        "SubjectAlternativeNames": ["a.example", "c.example"],
    }
    assert asked(world, "RequestCertificate", sent).code == "InvalidParameterException"


def test_a_request_of_an_earlier_version_is_known_by_its_token_alone(world: World) -> None:
    arn = requested(world, IdempotencyToken="once")
    assert len(request_of(world, arn).wish) == 64
    changed(world, arn, wish="")
    assert requested(world, IdempotencyToken="once") == arn


@pytest.mark.parametrize("token", ["x", "MA", "OQ", "!"])
@pytest.mark.parametrize("name", ["ListCertificates", "SearchCertificates", "ListCertificateDomainValidations"])
def test_a_token_that_no_listing_gave(world: World, name: str, token: str) -> None:
    sent: dict[str, Any] = {"NextToken": token}
    if name == "ListCertificateDomainValidations":
        sent["CertificateArn"] = requested(world)
    answer = asked(world, name, sent)
    assert answer.code == "ValidationException"
    assert "begin anew without it" in message(answer)
