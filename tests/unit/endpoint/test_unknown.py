"""Operations that are not performed, through the door: AWS's are told from those that nobody has, in every protocol."""

import json
from typing import Any

import pytest
from tests.house_fixture import HOST, SOURCE, WINDOW, World, signed
from tests.rest_json import request_for

from sealstone.endpoint import unknown
from sealstone.endpoint.handle import Endpoint
from sealstone.endpoint.request import Request
from sealstone.operations.catalog import operations

FEDERATION = "federation with outside identity providers"


@pytest.mark.parametrize(
    ("service", "form", "sentence"),
    [
        (
            "iam",
            {"Action": "CreateSAMLProvider"},
            "Could not find operation CreateSAMLProvider for version 2010-05-08: AWS has CreateSAMLProvider, but",
        ),
        (
            "iam",
            {"Action": "CreateSAMLProviders"},
            "Could not find operation CreateSAMLProviders for version 2010-05-08",
        ),
        ("sts", {"Action": "AssumeRoleWithSAML"}, f"({FEDERATION}). See docs/operations.md."),
        ("elbv2", {"Action": "ModifyIpPools", "Version": "2015-12-01"}, "address pools of AWS"),
        (
            "elb",
            {"Action": "ModifyIpPools", "Version": "2012-06-01"},
            "Could not find operation ModifyIpPools for version 2012-06-01",
        ),
        ("elb", {"Action": "X", "Version": "1"}, "speaks version 2012-06-01 and 2015-12-01"),
    ],
)
def test_the_query_protocol(world: World, service: str, form: dict[str, str], sentence: str) -> None:
    body = world.ask(service, form)
    assert (body.status, body.code) == (400, "InvalidAction")
    assert sentence in body.message
    assert ("See docs/operations.md" in body.message) == ("AWS" in body.message)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("CertificateManager.CreateAcmeEndpoint", "issuing over ACME"),
        ("CertificateManager.Nothing", ""),
        ("Other.CreateAcmeEndpoint", ""),
    ],
)
def test_json(target: str, reason: str) -> None:
    refusal = unknown.targeted(["acm"], target)
    assert refusal.json_code == "UnknownOperationException"
    assert reason in refusal.message
    assert ("See docs/operations.md." in refusal.message) == bool(reason)


def test_rest_json(world: World) -> None:
    """Of a house that lacks one operation of such a service."""
    door = Endpoint(world.house, [one for one in operations() if one.name != "ListCrls"], clock_window=WINDOW)
    answer = door.handle(request_for(world, "ListCrls", {}))
    assert answer.status == 400
    assert dict(answer.headers)["x-amzn-errortype"] == "UnknownOperationException"
    assert "AWS has ListCrls, but it is not performed here." in json.loads(answer.body)["message"]
    nobodys = unknown.at(["rolesanywhere"], Request("GET", "/nothing", "", (), b"", SOURCE))
    assert nobodys.message == "Could not find an operation at this method and path."


def bare(**parts: Any) -> Request:
    return Request(
        parts.get("method", "POST"), "/", parts.get("query", ""), (("host", HOST),), parts.get("body", b""), SOURCE
    )


@pytest.mark.parametrize(
    "parts",
    [
        {"body": b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&WebIdentityToken=x"},
        {"body": b"Version=2011-06-15&Action=AssumeRoleWithSAML"},
        {"method": "GET", "query": "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"},
    ],
)
def test_what_aws_takes_unsigned(world: World, parts: dict[str, Any]) -> None:
    answer = world.endpoint.handle(bare(**parts))
    assert answer.status == 400
    assert b"<Code>InvalidAction</Code>" in answer.body
    assert FEDERATION.encode() in answer.body


@pytest.mark.parametrize(
    "body", [b"", b"Action=AssumeRole", b"Action=AssumeRoleWithSAMLs", b"XAction=AssumeRoleWithSAML", b"Action=GetUser"]
)
def test_nothing_else_is_taken_unsigned(world: World, body: bytes) -> None:
    answer = world.endpoint.handle(bare(body=body))
    assert answer.status == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in answer.body


def test_a_bad_signature_is_not_overlooked(world: World) -> None:
    request = signed("sts", {"Action": "AssumeRoleWithSAML"}, world.administrator)
    bad = Request("POST", "/", "", request.headers, request.body + b"&X=1", SOURCE)
    assert b"<Code>SignatureDoesNotMatch</Code>" in world.endpoint.handle(bad).body
