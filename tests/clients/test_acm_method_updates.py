"""From validation by mail to the DNS under one ARN, with boto3, a name server and a mail server; killed on the way."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.validating import House, house, opened, settled

NETWORK = "127.94.0.0/24"
APPROVE = b"answer=approve"
DNS = {"ValidationMethod": "DNS"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("changes"), NETWORK, ["--test-clock"]) as made:
        yield made
        made.server.stop()


def issued_by_mail(place: House, name: str, *others: str) -> str:
    """The ARN of one whose owners approved; it was exported, so that it is renewed."""
    first = len(place.box.received)
    arn = place.requested(name, "EMAIL", others=others, Options={"Export": "ENABLED"})
    for number in range(len(others) + 1):
        opened(place.link(place.mail(first + number)), APPROVE)
    place.until(arn, "ISSUED")
    place.acm.export_certificate(CertificateArn=arn, Passphrase=b"correct horse")
    return arn


def wanted(place: House, arn: str) -> dict[str, Any]:
    """Domain name -> what is asked for before the method changes."""
    pages = place.acm.get_paginator("list_certificate_domain_validations").paginate(CertificateArn=arn)
    each = [one for page in pages for one in page["DomainValidationSummaryList"]]
    return {one["DomainName"]: one.get("RequestedValidationConfiguration") for one in each}


def set_record(place: House, validation: dict[str, Any]) -> None:
    """What the owner of the domain does."""
    record = validation["ValidationChallenge"]["DnsValidationChallenge"]["ResourceRecord"]
    place.zone.alias(record["Name"], record["Value"])


def methods(validations: list[dict[str, Any]]) -> set[str]:
    """Of all the domains."""
    return {one["ValidationMethod"] for one in validations}


def until_changed(place: House, arn: str, status: str) -> dict[str, Any]:
    """The description as soon as the change has that status."""
    settled(lambda: place.described(arn)["UpdateSummary"]["Status"] == status, lambda: place.told(arn))
    return dict(place.described(arn))


def test_it_is_changed_in_spite_of_a_kill_and_renewed_by_dns(place: House) -> None:
    arn = issued_by_mail(place, "www.moved.example", "moved.example")
    before = place.acm.get_certificate(CertificateArn=arn)["Certificate"]
    mails = len(place.box.received)
    place.acm.update_certificate_options(CertificateArn=arn, Options=DNS)
    with pytest.raises(place.acm.exceptions.ConflictException):
        place.acm.update_certificate_options(CertificateArn=arn, Options=DNS)
    set_record(place, wanted(place, arn)["moved.example"])
    settled(lambda: wanted(place, arn)["moved.example"]["ValidationStatus"] == "SUCCESS")

    place.restart()
    found = {name: one["ValidationStatus"] for name, one in wanted(place, arn).items()}
    assert found == {"www.moved.example": "PENDING_VALIDATION", "moved.example": "SUCCESS"}
    told = place.described(arn)
    assert told["UpdateSummary"]["Status"] == "PENDING_DOMAIN_VALIDATION"
    assert methods(told["DomainValidationOptions"]) == {"EMAIL"}

    set_record(place, wanted(place, arn)["www.moved.example"])
    place.advance("2m")  # a killed worker may hold its errand for a minute
    told = until_changed(place, arn, "SUCCESS")
    assert told["UpdateSummary"]["DomainValidationMethodUpdateSummary"] == {"From": "EMAIL", "To": "DNS"}
    assert methods(told["DomainValidationOptions"]) == {"DNS"}
    assert told["Status"] == "ISSUED"
    assert place.acm.get_certificate(CertificateArn=arn)["Certificate"] == before

    place.acm.renew_certificate(CertificateArn=arn)
    settled(lambda: place.described(arn)["RenewalSummary"]["RenewalStatus"] == "SUCCESS", lambda: place.told(arn))
    assert place.acm.get_certificate(CertificateArn=arn)["Certificate"] != before
    assert methods(place.described(arn)["RenewalSummary"]["DomainValidationOptions"]) == {"DNS"}
    assert len(place.box.received) == mails
    available = [event for event in place.events() if event["detail-type"] == "ACM Certificate Available"]
    assert [one["detail"]["DomainValidationMethod"] for one in available if one["resources"] == [arn]] == [
        "EMAIL",
        "DNS",
    ]


def test_without_the_records_it_fails_and_the_mails_go_on(place: House) -> None:
    arn = issued_by_mail(place, "stays.example")
    place.acm.update_certificate_options(CertificateArn=arn, Options=DNS)
    place.advance("71h")
    assert place.described(arn)["UpdateSummary"]["Status"] == "PENDING_DOMAIN_VALIDATION"
    place.advance("2h")
    told = until_changed(place, arn, "FAILED")
    assert methods(told["DomainValidationOptions"]) == {"EMAIL"}
    assert wanted(place, arn) == {"stays.example": None}
    assert "is still validated by EMAIL: there is no CNAME record" in place.server.log_text()

    mails = len(place.box.received)
    place.acm.renew_certificate(CertificateArn=arn)
    opened(place.link(place.mail(mails)), APPROVE)
    settled(lambda: place.described(arn)["RenewalSummary"]["RenewalStatus"] == "SUCCESS", lambda: place.told(arn))
    assert methods(place.described(arn)["RenewalSummary"]["DomainValidationOptions"]) == {"EMAIL"}
