"""REST JSON: paths, labels, query strings and bodies; botocore's serializer and parser are the peers."""

import json
from datetime import datetime
from typing import Any

import pytest
from botocore.model import OperationModel, ServiceModel
from tests.rest_json import read

from sealstone.endpoint import rest_json
from sealstone.endpoint.request import Response
from sealstone.endpoint.rest_json import Paths
from sealstone.operations import session_model
from sealstone.operations.errors import AccessDenied, MalformedInput, ResourceNotFoundException, ValidationError
from sealstone.operations.service_model import service

MODEL = service("rolesanywhere")
ANCHOR = "0d4f0b5e-0000-4000-8000-000000000000"


def decoder(name: str, *also: str) -> rest_json.Decoder:
    return rest_json.compile_decoder(MODEL.operation_model(name), also)


def made(**members: Any) -> OperationModel:
    """An operation of our own."""
    shapes = {
        "String": {"type": "string"},
        "Float": {"type": "float"},
        "List": {"type": "list", "member": {"shape": "Float"}},
    }
    operation = {"name": "Get", "http": {"method": "GET", "requestUri": "/a/{b}"}, "input": {"shape": "In"}}
    shapes["In"] = {"type": "structure", "members": members}
    more = {"output": {"shape": "Out"}} if "out" in members else {}
    if more:
        shapes["Out"] = {"type": "structure", "members": {"x": members.pop("out")}}
    data = {"metadata": {"protocol": "rest-json"}, "operations": {"Get": operation | more}, "shapes": shapes}
    return ServiceModel(data, "x").operation_model("Get")


B = {"shape": "String", "location": "uri", "locationName": "b"}


# --- paths ---


def test_paths() -> None:
    paths = Paths([("GET", "/profile/{id}", "get"), ("GET", "/profile/fixed", "fixed"), ("POST", "/profiles", "make")])
    assert paths.find("GET", "/profile/a%2Fb") == ("get", ("a%2Fb",))
    assert paths.find("POST", "/profiles") == ("make", ())
    for method, path in (
        ("POST", "/profile/a"),
        ("GET", "/profiles"),
        ("GET", "/profile/"),
        ("GET", "/profile//"),
        ("GET", "/profile/a/b"),
        ("GET", "/x/a"),
        ("GET", ""),
        ("GET", "/"),
        ("GET", "/profile/../profile/a"),
    ):
        assert paths.find(method, path) is None, path


@pytest.mark.parametrize("pattern", ["/a/{b+}", "a", "/a{b}"])
def test_patterns_that_are_not_known(pattern: str) -> None:
    with pytest.raises(TypeError):
        Paths([("GET", pattern, None)])


def test_every_operation_has_a_place_of_its_own() -> None:
    models = [MODEL.operation_model(name) for name in MODEL.operation_names]
    paths = Paths([(one.http["method"], one.http["requestUri"], one.name) for one in models])
    for one in models:
        found = paths.find(one.http["method"], one.http["requestUri"].replace("{", "").replace("}", ""))
        assert found is not None
        assert found[0] == one.name
    assert len(models) == 31


# --- decoding ---


def test_labels_query_and_body() -> None:
    decode = decoder("UpdateTrustAnchor")
    assert decode((ANCHOR,), [], b'{"name": "n"}') == {"trustAnchorId": ANCHOR, "name": "n"}
    assert decode(("arn%3Aaws%2f%C3%A9",), [], b"") == {"trustAnchorId": "arn:aws/é"}
    listing = decoder("ListTrustAnchors")
    assert listing((), [("pageSize", "7"), ("nextToken", "é")], b"") == {"pageSize": 7, "nextToken": "é"}
    several = decoder("DeleteAttributeMapping")
    pairs = [("certificateField", "x509SAN"), ("specifiers", "DNS"), ("specifiers", "URI")]
    assert several((ANCHOR,), pairs, b"") == {
        "profileId": ANCHOR,
        "certificateField": "x509SAN",
        "specifiers": ["DNS", "URI"],
    }


def test_members_that_may_stand_in_both() -> None:
    decode = decoder("CreateSession", *session_model.IN_QUERY_TOO)
    assert decode((), [("roleArn", "r")], b'{"profileArn": "p"}') == {"roleArn": "r", "profileArn": "p"}
    with pytest.raises(MalformedInput, match="twice"):
        decode((), [("roleArn", "r")], b'{"roleArn": "r"}')
    with pytest.raises(ValidationError):
        decoder("CreateSession")((), [("roleArn", "r")], b"")


@pytest.mark.parametrize(
    ("pairs", "body", "error"),
    [
        ([("pageSize", "x")], b"", MalformedInput),
        ([("pageSize", "1"), ("pageSize", "1")], b"", MalformedInput),
        ([("pageSize", "1" * 11)], b"", MalformedInput),
        ([("nextToken", "a"), ("nextToken", "b")], b"", MalformedInput),
        ([("surprise", "1")], b"", ValidationError),
        ([("sur\nprise", "1")], b"", ValidationError),
        ([], b"[]", MalformedInput),
        ([], b'{"pageSize": 1}', ValidationError),
        ([], b"x", MalformedInput),
    ],
)
def test_what_is_refused(pairs: rest_json.Pairs, body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        decoder("ListTrustAnchors")((), pairs, body)


@pytest.mark.parametrize("label", ["%zz", "%ff", "%"])
def test_labels_that_are_no_text(label: str) -> None:
    with pytest.raises(MalformedInput):
        decoder("GetTrustAnchor")((label,), [], b"")


def test_the_pairs_of_a_query_string() -> None:
    assert rest_json.query_pairs("") == []
    assert rest_json.query_pairs("a=1&&b&c=x+y%20z&X-Amz-Date=1") == [("a", "1"), ("b", ""), ("c", "x y z")]
    with pytest.raises(MalformedInput, match="more than"):
        rest_json.query_pairs("&".join(["a=1"] * 1001))
    with pytest.raises(MalformedInput):
        rest_json.query_pairs("a=%z")


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"b": B | {"shape": "Float"}},
        {"b": B, "c": {"shape": "String", "location": "header", "locationName": "c"}},
        {"b": B, "c": {"shape": "Float", "location": "querystring", "locationName": "c"}},
        {"b": B, "c": {"shape": "List", "location": "querystring", "locationName": "c"}},
    ],
)
def test_models_that_have_no_form_here(members: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        rest_json.compile_decoder(made(**members))


# --- encoding ---


def test_results_and_errors_as_botocore_reads_them() -> None:
    encode = rest_json.compile_encoder(MODEL.operation_model("ListProfiles"))
    answer = read(Response(200, (), encode({"profiles": [{"name": "n"}], "nextToken": None})), "ListProfiles")
    assert answer.parsed["profiles"] == [{"name": "n"}]
    for wrong in ({"surprise": 1}, {"profiles": [{"createdAt": datetime(2026, 1, 1)}]}):  # noqa: DTZ001 - it must be refused
        with pytest.raises(TypeError):
            encode(wrong)
    local = datetime.fromisoformat("2026-01-31T12:00:00.5+01:00")
    assert b'"createdAt":"2026-01-31T11:00:00Z"' in encode({"profiles": [{"createdAt": local}]})
    for error, name in ((ResourceNotFoundException("no"), None), (AccessDenied("no"), "AccessDeniedException")):
        headers = ((rest_json.ERROR_HEADER, rest_json.error_type(error)),)
        answer = read(Response(error.status, headers, rest_json.encode_error(error)), "GetProfile")
        assert (answer.code, answer.message) == (name or "ResourceNotFoundException", "no")
        assert json.loads(answer.body) == {"message": "no"}


@pytest.mark.parametrize("location", ["header", "querystring"])
def test_answers_outside_the_body_are_not_known(location: str) -> None:
    with pytest.raises(TypeError):
        rest_json.compile_encoder(made(b=B, out={"shape": "String", "location": location, "locationName": "x"}))
