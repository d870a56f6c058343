"""Validation by mail where there is no mail server: nothing succeeds in silence."""

import logging

import pytest
from tests.acm import asked, message
from tests.acm_requests import request_of, requested
from tests.house_fixture import World

WARNING = "Nobody is asked about a.example: its validation is by EMAIL, and smtp_server is not set"


@pytest.fixture
def mute(world: World) -> World:
    """A house without a mail server."""
    object.__setattr__(world.house, "sends_mail", False)
    return world


def test_a_request_tells_its_audit_row_and_the_log(mute: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "sealstone.api"):
        arn = requested(mute, ValidationMethod="EMAIL")
        requested(mute, "b.example")
    told = [row.warnings for row in mute.audited() if row.operation == "RequestCertificate"]
    assert [[one[: len(WARNING)] for one in warnings] for warnings in told] == [[WARNING], []]
    (logged,) = caplog.records
    assert (logged.levelno, WARNING in logged.getMessage()) == (logging.WARNING, True)
    assert request_of(mute, arn).validations[0].sent_at is None


def test_no_mail_is_sent_again(mute: World) -> None:
    arn = requested(mute, ValidationMethod="EMAIL")
    answer = asked(
        mute,
        "ResendValidationEmail",
        {"CertificateArn": arn, "Domain": "a.example", "ValidationDomain": "a.example"},
    )
    assert answer.code == "InvalidStateException"
    assert message(answer) == (
        f"No mail can be sent for certificate {arn}. This installation has no mail server. Have its operator set "
        "smtp_server, or request the certificate with ValidationMethod=DNS."
    )


def test_with_a_mail_server_there_is_nothing_to_warn_of(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "sealstone.api"):
        requested(world, ValidationMethod="EMAIL")
    assert [row.warnings for row in world.audited() if row.operation == "RequestCertificate"] == [()]
    assert caplog.records == []
