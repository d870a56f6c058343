"""The envelope of an event, as the EventBridge reference has it."""

from datetime import datetime, timedelta, timezone

from sealstone.model.event import APPROACHING, Event

ARN = "arn:aws:acm:us-east-1:123456789012:certificate/61f50cd4-45b9-4259-b049-d0a53682fa4b"


def test_the_envelope_is_that_of_the_reference() -> None:
    at = datetime(2020, 9, 30, 20, 43, 51, tzinfo=timezone(timedelta(hours=2)))
    detail = {"DaysToExpiry": 31, "CommonName": "My Awesome Service"}
    event = Event("9c95e8e4-96a4-ef3f-b739-b6aa5b193afb", at, "123456789012", "us-east-1", APPROACHING, (ARN,), detail)
    assert event.document() == {
        "version": "0",
        "id": "9c95e8e4-96a4-ef3f-b739-b6aa5b193afb",
        "detail-type": "ACM Certificate Approaching Expiration",
        "source": "aws.acm",
        "account": "123456789012",
        "time": "2020-09-30T18:43:51Z",
        "region": "us-east-1",
        "resources": [ARN],
        "detail": detail,
    }
