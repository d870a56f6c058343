"""One refusal has one code, in the answer, the audit log, the log and the counters: the one of its protocol."""

import json
import logging
from typing import Any

import pytest
from tests.acm import request
from tests.house_fixture import Key, World


@pytest.mark.parametrize(
    ("name", "sent", "code", "whose"),
    [
        ("PutAccountConfiguration", {}, "ValidationException", "administrator"),  # refused by what performs it
        ("ListCertificates", b'{"MaxItems": "x"}', "SerializationException", "administrator"),  # before that
        ("ListCertificates", {}, "AccessDeniedException", "nobody"),
        (
            "DescribeCertificate",
            {"CertificateArn": "arn:aws:acm:eu-central-1:123456789012:other/x"},
            "InvalidArnException",
            "administrator",
        ),
        ("NoSuchThing", b"{}", "UnknownOperationException", "administrator"),
    ],
)
def test_a_refusal_in_json(
    world: World, caplog: pytest.LogCaptureFixture, name: str, sent: Any, code: str, whose: str
) -> None:
    key: Key = world.user("nobody") if whose == "nobody" else world.administrator
    with caplog.at_level(logging.INFO, "sealstone.api"):
        response = world.endpoint.handle(request(world, name, sent, key=key))
    assert json.loads(response.body)["__type"] == code
    assert recorded(world) == code
    assert [getattr(one, "code", "") for one in caplog.records] == [code]
    assert [key[2] for key in world.endpoint.measure.totals()] == [code]


def test_a_refusal_of_a_query_service_keeps_its_code(world: World) -> None:
    answer = world.ask("iam", {"Action": "GetUser", "UserName": "a b"})
    assert answer.code == recorded(world) == "ValidationError"
    assert [key[2] for key in world.endpoint.measure.totals()] == ["ValidationError"]


def recorded(world: World) -> str:
    """The outcome of the one refusal that was audited."""
    (outcome,) = {row.outcome for row in world.audited()}
    return outcome
