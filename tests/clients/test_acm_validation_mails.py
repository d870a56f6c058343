"""Validation by mail through a mail server on loopback, requests that nobody answers, and servers that are killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import WaiterError
from tests.foreign_hosts import hosting, says
from tests.validating import PORT, House, house, opened, settled

NETWORK = "127.89.0.0/24"
FOREIGN = "127.89.1.1"
MARK = "S3cret-of-the-network"
_MADE_NOW = "SELECT unique_id FROM certificate_requests WHERE json_extract(request, '$.stage') = 'ISSUING'"
APPROVE, DECLINE = b"answer=approve", b"answer=decline"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("mails"), NETWORK) as made:
        yield made
        links = [made.link(mail).rpartition("/")[2] for mail in made.box.received]
        assert not any(link in made.server.log_text() + str(made.events()) for link in links)
        made.server.stop()


def test_who_approves_gets_it_issued(place: House) -> None:
    first = len(place.box.received)
    arn = place.requested("www.mail.example", "EMAIL", others=["*.mail.example"])
    mails = sorted((place.mail(first), place.mail(first + 1)), key=lambda mail: str(mail.message["Subject"]))
    settled(lambda: all(one["ValidationEmails"] for one in place.validations(arn).values()))
    told = place.validations(arn)
    assert [mail.message["Subject"] for mail in mails] == [
        "Certificate request for *.mail.example",
        "Certificate request for www.mail.example",
    ]
    for mail, name in zip(mails, ("*.mail.example", "www.mail.example"), strict=True):
        assert sorted(mail.to) == sorted(told[name]["ValidationEmails"])
        assert "admin@mail.example" in mail.to
        assert arn in mail.text
    for mail in mails:
        page = opened(place.link(mail))
        assert arn in page
        assert place.described(arn)["Status"] == "PENDING_VALIDATION"
        assert "Approved" in opened(place.link(mail), APPROVE)
    place.acm.get_waiter("certificate_validated").wait(CertificateArn=arn, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    assert place.until(arn, "ISSUED")["SubjectAlternativeNames"] == ["www.mail.example", "*.mail.example"]
    assert len(place.box.received) == first + 2


def test_who_declines_ends_it(place: House) -> None:
    first = len(place.box.received)
    arn = place.requested("declined.example", "EMAIL")
    assert "Declined" in opened(place.link(place.mail(first)), DECLINE)
    told = place.until(arn, "FAILED")
    assert told["FailureReason"] == "DOMAIN_VALIDATION_DENIED"
    assert told["DomainValidationOptions"][0]["ValidationStatus"] == "FAILED"
    with pytest.raises(WaiterError):
        place.acm.get_waiter("certificate_validated").wait(CertificateArn=arn, WaiterConfig={"Delay": 1})


def test_a_mail_that_is_asked_for_is_sent_again(place: House) -> None:
    first = len(place.box.received)
    arn = place.requested("www.again.example", "EMAIL")
    place.mail(first)
    settled(lambda: '"sent_at":null' not in place.told(arn).replace(" ", ""))
    place.acm.resend_validation_email(CertificateArn=arn, Domain="www.again.example", ValidationDomain="again.example")
    second = place.mail(first + 1)
    assert place.link(second) != place.link(place.box.received[first])
    assert "hostmaster@again.example" in second.to
    opened(place.link(second), APPROVE)
    place.until(arn, "ISSUED")
    assert len(place.box.received) == first + 2


def test_what_nobody_validates_times_out(tmp_path: Path) -> None:
    with (
        house(tmp_path, NETWORK, ["--test-clock"]) as made,
        hosting(FOREIGN, PORT, says(f"HTTP/1.1 200 OK\r\n\r\n{MARK}".encode())) as foreign,
    ):
        made.zone.host("foreign.example", FOREIGN)
        arns = [
            made.requested("nobody.example"),
            made.requested("foreign.example", "HTTP"),
            made.requested("mail.example", "EMAIL"),
        ]
        mail = made.mail(0)
        settled(lambda: bool(foreign.asked))
        made.advance("71h")
        assert [made.described(arn)["Status"] for arn in arns] == ["PENDING_VALIDATION"] * 3
        made.advance("2h")
        for arn in arns:
            assert "FailureReason" not in made.until(arn, "VALIDATION_TIMED_OUT")
        with pytest.raises(OSError, match="404"):
            opened(made.link(mail), APPROVE)
        for table in ("validation_tokens", "validation_approvals"):
            assert made.rows(f"SELECT unique_id FROM {table}") == []  # noqa: S608 - a name of ours
        log = made.server.log_text()
        assert "the answer is another than the token" in log
        assert MARK not in log + str(made.events())


def test_killed_servers_issue_once(tmp_path: Path) -> None:
    """Before the domains are validated, during a look at the DNS, and while certificates are made.

    Keys of RSA take long enough for somebody to be seen making one. The clock is moved past the minute
    for which a killed worker still holds what it was at.
    """
    with house(tmp_path, NETWORK, ["--test-clock"]) as made:
        arns = [made.requested(f"a{number}.example", KeyAlgorithm="RSA_2048") for number in range(8)]
        made.restart()
        assert [made.described(arn)["Status"] for arn in arns] == ["PENDING_VALIDATION"] * 8

        asked = len(made.zone.asked)
        made.advance("2m")
        settled(lambda: len(made.zone.asked) > asked, lambda: "asked", rest=0)
        made.restart()
        for arn in arns:
            made.grant(arn)
        made.advance("2m")
        settled(lambda: bool(made.rows(_MADE_NOW)), lambda: made.told(arns[0]), rest=0)
        made.kill()
        assert made.rows(_MADE_NOW)
        made.start()
        made.advance("2m")
        for arn in arns:
            told = made.until(arn, "ISSUED")
            assert [one["ValidationStatus"] for one in told["DomainValidationOptions"]] == ["SUCCESS"]
        assert made.rows("SELECT DISTINCT version FROM certificates") == [(1,)]
        available = [event for event in made.events() if event["detail-type"] == "ACM Certificate Available"]
        assert sorted(event["resources"][0] for event in available) == sorted(arns)
