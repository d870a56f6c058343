"""The JSON 1.1 codec against botocore as the peer (the ACM model), and against what no peer would send."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.endpoint.by_shape import operations, values

from sealstone.endpoint.aws_json import compile_decoder, compile_encoder, encode_error, operation_name
from sealstone.operations.errors import (
    AccessDenied,
    AWSError,
    InvalidAction,
    MalformedInput,
    NoSuchEntity,
    ValidationError,
)
from sealstone.operations.service_model import service

ACM = service("acm")
NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
each_operation = pytest.mark.parametrize("operation", operations("acm"), ids=lambda model: model.name)
few = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def decoded(operation: str, body: bytes) -> dict[str, Any]:
    return compile_decoder(ACM.operation_model(operation))(body)


def parsed(operation: OperationModel, body: bytes, status: int = 200) -> dict[str, Any]:
    """The answer as botocore reads it."""
    answer = {"status_code": status, "headers": {}, "body": body}
    found: dict[str, Any] = create_parser("json").parse(answer, operation.output_shape)
    return found


@each_operation
def test_whatever_botocore_sends_is_understood(operation: OperationModel) -> None:
    decode = compile_decoder(operation)
    serializer = create_serializer("json", include_validation=False)

    @few
    @given(values(operation.input_shape))
    def round_trip(parameters: dict[str, Any]) -> None:
        request = serializer.serialize_to_request(parameters, operation)
        target = request["headers"]["X-Amz-Target"]
        assert operation_name(target, "CertificateManager") == operation.name
        assert decode(request["body"]) == parameters

    round_trip()


@each_operation
def test_whatever_is_answered_botocore_understands(operation: OperationModel) -> None:
    encode = compile_encoder(operation)

    @few
    @given(values(operation.output_shape))
    def round_trip(result: dict[str, Any]) -> None:
        found = parsed(operation, encode(result))
        del found["ResponseMetadata"]
        assert found == result

    round_trip()


@pytest.mark.parametrize(
    ("operation", "body", "parameters"),
    [
        ("ListCertificates", b"", {}),
        ("ListCertificates", b"{}", {}),
        ("ListCertificates", b' {"MaxItems": null, "NextToken": "\\u00e9"} ', {"NextToken": "\u00e9"}),
        ("GetAccountConfiguration", b"{}", {}),
        ("ImportCertificate", b'{"Certificate": "AAE="}', {"Certificate": b"\x00\x01"}),
        (
            "SearchCertificates",
            b'{"FilterStatement": {"Not": {"And": [{"Not": {}}]}}}',
            {"FilterStatement": {"Not": {"And": [{"Not": {}}]}}},
        ),
    ],
)
def test_bodies_that_are_understood(operation: str, body: bytes, parameters: dict[str, Any]) -> None:
    assert decoded(operation, body) == parameters


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("ListCertificates", b"{", "not JSON"),
        ("ListCertificates", b"\xff", "not JSON"),
        ("ListCertificates", b"\xef\xbb\xbf{}", "not JSON"),
        ("ListCertificates", "{}".encode("utf-16"), "not JSON"),
        ("ListCertificates", b'{"MaxItems": 1} 2', "not JSON"),
        ("ListCertificates", b'{"MaxItems": ' + b"9" * 100_000 + b"}", "not JSON"),
        ("ListCertificates", b'{"MaxItems": NaN}', "a number that JSON does not have"),
        ("ListCertificates", b'{"MaxItems": -Infinity}', "a number that JSON does not have"),
        ("ListCertificates", b'{"MaxItems": 1, "MaxItems": 1}', "twice"),
        ("ListCertificates", b"[]", "The body must be a JSON object"),
        ("ListCertificates", b"null", "The body must be a JSON object"),
        ("ListCertificates", b"[" * 1_000_000, "nested too deeply"),
        ("SearchCertificates", b'{"FilterStatement": ' + b'{"Not": ' * 40 + b"{}" + b"}" * 41, "nested too deeply"),
        ("ListCertificates", b'{"MaxItems": "1"}', "MaxItems must be a whole number"),
        ("ListCertificates", b'{"MaxItems": 1.0}', "MaxItems must be a whole number"),
        ("ListCertificates", b'{"MaxItems": true}', "MaxItems must be a whole number"),
        ("ListCertificates", b'{"MaxItems": 2147483648}', "MaxItems must be a whole number"),
        ("ListCertificates", b'{"NextToken": 1}', "NextToken must be a string"),
        ("ListCertificates", b'{"NextToken": "\\ud800"}', "NextToken must be a string"),
        ("ListCertificates", b'{"CertificateStatuses": "a"}', "CertificateStatuses must be a JSON array"),
        ("ListCertificates", b'{"CertificateStatuses": ["a", null]}', r"CertificateStatuses\[1\] must be a string"),
        ("ListCertificates", b'{"Includes": []}', "Includes must be a JSON object"),
        ("ListCertificates", b'{"Includes": {"keyTypes": 1}}', r"Includes.keyTypes must be a JSON array"),
        ("ImportCertificate", b'{"Certificate": "-----BEGIN"}', "Certificate must be a string in base64"),
        ("ImportCertificate", b'{"Certificate": "\\u00e9"}', "Certificate must be a string in base64"),
        ("ImportCertificate", b'{"Certificate": 1}', "Certificate must be a string in base64"),
    ],
)
def test_bodies_that_are_malformed(operation: str, body: bytes, message: str) -> None:
    with pytest.raises(MalformedInput, match=message):
        decoded(operation, body)


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("GetAccountConfiguration", b'{"A": 1}', "Unknown member in the request: A. Unit takes: nothing."),
        ("ListCertificates", b'{"maxItems": 1}', "maxItems. ListCertificatesRequest takes: CertificateStatuses,"),
        ("ListCertificates", b'{"Includes": {"x": null}}', "Includes.x. Filters takes"),
        ("ListCertificates", b'{"-----BEGIN PRIVATE KEY": 1}', r"\(unreadable\)"),
    ],
)
def test_members_the_operation_does_not_have_are_refused(operation: str, body: bytes, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        decoded(operation, body)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "CertificateManager",
        "CertificateManager.",
        "Other.ListCertificates",
        "CertificateManager.a b",
        "CertificateManager." + "a" * 65,
    ],
)
def test_a_target_of_another_form_names_no_operation(target: str) -> None:
    with pytest.raises(InvalidAction):
        operation_name(target, "CertificateManager")


# --- shapes that ACM does not use today, as a model of our own ---


def own_model(member: dict[str, Any], *, output: bool = False) -> OperationModel:
    """One operation `Try` whose one member is `It`."""
    operation = {"name": "Try", "http": {}, "output" if output else "input": {"shape": "Unit"}}
    shapes = {
        "It": member,
        "Name": {"type": "string"},
        "Flag": {"type": "boolean"},
        "Unit": {"type": "structure", "members": {"It": {"shape": "It"}}},
    }
    model = {"metadata": {"protocol": "json"}, "operations": {"Try": operation}, "shapes": shapes}
    return ServiceModel(model, "try").operation_model("Try")


WORDS = {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Name"}}


@pytest.mark.parametrize(
    ("member", "body", "value"),
    [
        (WORDS, b'{"a": "b"}', {"a": "b"}),
        ({"type": "timestamp"}, b"1769860800", NOW),
        ({"type": "timestamp"}, b"1769860800.5", NOW + timedelta(milliseconds=500)),
        ({"type": "boolean"}, b"false", False),
        ({"type": "long"}, b"-9223372036854775808", -(2**63)),
    ],
)
def test_other_types_are_understood(member: dict[str, Any], body: bytes, value: object) -> None:
    assert compile_decoder(own_model(member))(b'{"It": %s}' % body) == {"It": value}


@pytest.mark.parametrize(
    ("member", "body"),
    [
        (WORDS, b"[]"),
        (WORDS, b'{"a": 1}'),
        (WORDS, b'{"a": null}'),
        ({"type": "timestamp"}, b'"2026-01-31T12:00:00Z"'),
        ({"type": "timestamp"}, b"1e300"),
        ({"type": "timestamp"}, b"99999999999999"),
        ({"type": "timestamp"}, b"true"),
        ({"type": "boolean"}, b"1"),
    ],
)
def test_other_types_are_refused_when_malformed(member: dict[str, Any], body: bytes) -> None:
    with pytest.raises(MalformedInput, match="It"):
        compile_decoder(own_model(member))(b'{"It": %s}' % body)


@pytest.mark.parametrize("output", [False, True])
def test_a_type_without_json_form_is_refused_at_start(output: bool) -> None:
    with pytest.raises(TypeError, match="no JSON form for float"):
        (compile_encoder if output else compile_decoder)(own_model({"type": "float"}, output=output))


def test_a_blob_is_base64() -> None:
    assert compile_encoder(own_model({"type": "blob"}, output=True))({"It": b"\x00\x01"}) == b'{"It":"AAE="}'


def test_a_map_is_an_object() -> None:
    assert compile_encoder(own_model(WORDS, output=True))({"It": {"a": "b"}}) == b'{"It":{"a":"b"}}'


# --- answers ---


def encoded(operation: str, result: dict[str, Any]) -> bytes:
    return compile_encoder(ACM.operation_model(operation))(result)


def test_an_answer_is_compact_ascii_without_absent_members() -> None:
    result = {"CertificateSummaryList": [{"DomainName": "\u00e9\ud800", "CreatedAt": NOW}], "NextToken": None}
    assert encoded("ListCertificates", result) == (
        b'{"CertificateSummaryList":[{"DomainName":"\\u00e9\\ud800","CreatedAt":1769860800.0}]}'
    )


def test_an_operation_without_output_answers_an_empty_object() -> None:
    assert encoded("DeleteCertificate", {}) == b"{}"


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ("DeleteCertificate", {"A": 1}),
        ("ListCertificates", {"A": None}),
        ("ListCertificates", {"NextToken": 1}),
        ("ListCertificates", {"CertificateSummaryList": "abc"}),
        ("ListCertificates", {"CertificateSummaryList": {"a": 1}}),
        ("ListCertificates", {"CertificateSummaryList": [{"CreatedAt": NOW.replace(tzinfo=None)}]}),
        ("GetAccountConfiguration", {"ExpiryEvents": {"DaysBeforeExpiry": True}}),
    ],
)
def test_a_result_the_model_does_not_have_is_a_fault(operation: str, result: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        encoded(operation, result)


@given(st.text(st.characters(exclude_categories=()), max_size=40))
@settings(deadline=None)
def test_an_error_is_json_whatever_the_text_holds(text: str) -> None:
    assert json.loads(encode_error(ValidationError(text))) == {"__type": "ValidationException", "message": text}


def test_access_denied_spells_its_member_otherwise() -> None:
    assert json.loads(encode_error(AccessDenied("no"))) == {"__type": "AccessDeniedException", "Message": "no"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValidationError("a"), "ValidationException"),
        (AccessDenied("b"), "AccessDeniedException"),
        (NoSuchEntity("c"), "NoSuchEntity"),
    ],
)
def test_botocore_reads_our_errors(error: AWSError, code: str) -> None:
    found = parsed(ACM.operation_model("ListCertificates"), encode_error(error), error.json_status)
    assert found["Error"] == {"Code": code, "Message": error.message}
