"""Routing by protocol: JSON by its target, REST JSON by method and path, and what only reads."""

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.house_fixture import HOST, SOURCE, WINDOW, World, allow
from tests.rest_json import request_for

from sealstone.endpoint import route
from sealstone.endpoint.handle import Endpoint
from sealstone.endpoint.request import Request, Response
from sealstone.endpoint.route import Routes
from sealstone.operations.call import Call
from sealstone.operations.catalog import operations
from sealstone.operations.errors import InvalidAction, MalformedInput
from sealstone.operations.operation import operation
from sealstone.operations.rolesanywhere.resources import everything

LIST = "CertificateManager.ListTagsForCertificate"
BODY = b'{"CertificateArn": "arn:aws:acm:x-1:123456789012:certificate/a"}'


@operation("acm", on=everything, access="List")
def list_tags_for_certificate(call: Call, *, certificate_arn: str) -> Mapping[str, Any]:
    """What it is asked for, as a tag."""
    return {"Tags": [{"Key": call.region, "Value": certificate_arn}]}


@operation("acm", on=everything, access="Tagging")
def add_tags_to_certificate(
    _call: Call, *, certificate_arn: str, tags: Sequence[Mapping[str, str]]
) -> Mapping[str, Any]:
    """Nothing."""
    assert certificate_arn
    assert tags
    return {}


@pytest.fixture
def door(world: World) -> Endpoint:
    """The door with two operations of a JSON service, whichever ones the house itself has."""
    others = tuple(one for one in operations() if one.service != "acm")
    return Endpoint(world.house, (*others, list_tags_for_certificate, add_tags_to_certificate), clock_window=WINDOW)


def asked(
    world: World, body: bytes = BODY, *, target: str = LIST, method: str = "POST", path: str = "/", **headers: str
) -> Request:
    unsigned = AWSRequest(method, f"https://{HOST}{path}", data=body)
    for name, value in ({"x-amz-target": target} | headers).items():
        if value:
            unsigned.headers[name.replace("_", "-")] = value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: world.clock.now)
        key = world.administrator
        SigV4Auth(Credentials(key.access_key_id, key.secret), "acm", "x-1").add_auth(unsigned)
    received = [("host", HOST), *((name.lower(), value) for name, value in unsigned.headers.items())]
    return Request(method, path, "", tuple(received), body, SOURCE)


def told(response: Response) -> tuple[int, str]:
    assert dict(response.headers)["content-type"] == "application/x-amz-json-1.1"
    return response.status, json.loads(response.body).get("__type", "")


def test_json(world: World, door: Endpoint) -> None:
    response = door.handle(asked(world))
    assert told(response) == (200, "")
    [tag] = json.loads(response.body)["Tags"]
    assert tag["Key"] == "x-1"
    packed = asked(world, gzip.compress(BODY, mtime=0), content_encoding="gzip")
    assert told(door.handle(packed)) == (200, "")


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"target": "CertificateManager.Nothing"}, (400, "UnknownOperationException")),
        ({"target": "Other.ListTagsForCertificate"}, (400, "UnknownOperationException")),
        ({"target": "ListTagsForCertificate"}, (400, "UnknownOperationException")),
        ({"body": b"x"}, (400, "SerializationException")),
        ({"body": b"{}"}, (400, "ValidationException")),
    ],
)
def test_json_that_is_refused(world: World, door: Endpoint, how: dict[str, Any], expected: tuple[int, str]) -> None:
    assert told(door.handle(asked(world, **how))) == expected


def test_json_without_a_target_or_with_another_method(world: World, door: Endpoint) -> None:
    answer = door.handle(asked(world, target=""))
    assert b"<Code>MissingAction</Code>" in answer.body
    other = door.handle(asked(world, method="DELETE", path="/crl/x"))
    assert told(other) == (405, "MethodNotAllowed")


def test_json_is_authorized_as_everything_is(world: World, door: Endpoint) -> None:
    world.administrator = world.user("ann", allow("iam:*", "*"))
    assert told(door.handle(asked(world))) == (400, "AccessDeniedException")


def test_reads_are_answered_at_once_in_every_protocol(world: World, door: Endpoint) -> None:
    reading = asked(world)
    assert route.looks_read_only(reading)
    assert door.handle_read(reading) is not None
    target = "CertificateManager.AddTagsToCertificate"
    writing = asked(world, BODY[:-1] + b', "Tags": [{"Key": "a"}]}', target=target)
    assert not route.looks_read_only(writing)
    assert door.handle_read(writing) is None
    assert told(door.handle(writing)) == (200, "")


@pytest.mark.parametrize(
    ("method", "path", "reads"),
    [("GET", "/profiles", True), ("POST", "/profiles", False), ("PATCH", "/x", False), ("GET", "/", False)],
)
def test_a_guess_by_method(method: str, path: str, reads: bool) -> None:
    assert route.looks_read_only(Request(method, path, "", (), b"", SOURCE)) is reads


def test_what_is_at_no_path_and_a_body_that_no_get_has(world: World) -> None:
    routes = Routes.compiled(operations())
    for method, path, body, error in (
        ("GET", "/nothing", b"", InvalidAction),
        ("POST", "/", b"Action=ListProfiles", InvalidAction),
        ("GET", "/profiles", b"{}", MalformedInput),
    ):
        with pytest.raises(error):
            routes.at("rolesanywhere", Request(method, path, "", (), body, SOURCE))
    answer = world.endpoint.handle(request_for(world, "ListProfiles", {}))
    assert answer.status == 200


def test_other_methods_are_for_paths_that_there_are(door: Endpoint) -> None:
    for method, path, expected in (
        ("PATCH", "/crl/x", 403),
        ("PUT", "/profiles/x/mappings", 403),
        ("DELETE", "/crl/x", 403),
        ("DELETE", "/", 405),
        ("PATCH", "/profiles", 405),
        ("HEAD", "/profiles", 405),
    ):
        assert door.handle(Request(method, path, "", (("host", HOST),), b"", SOURCE)).status == expected, path
