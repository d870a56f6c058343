"""The query codec against botocore as the peer, and against what no peer would send."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from botocore.awsrequest import AWSRequest
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.endpoint.by_shape import operations, values

from sealstone.endpoint.aws_query import FAULT_NAMESPACE, compile_decoder, compile_encoder, encode_error
from sealstone.endpoint.form import parse_form
from sealstone.operations.errors import (
    AWSError,
    InternalFailure,
    MalformedInput,
    NoSuchEntity,
    ValidationError,
)
from sealstone.operations.service_model import service

IAM = service("iam")
QUERY_OPERATIONS = operations("iam", "sts")
NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
each_operation = pytest.mark.parametrize(
    "operation", QUERY_OPERATIONS, ids=lambda model: f"{model.service_model.service_name}.{model.name}"
)
few = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def decoded(operation: str, body: bytes) -> dict[str, Any]:
    return compile_decoder(IAM.operation_model(operation))(parse_form(body))


def parsed(operation: OperationModel, body: bytes, status: int = 200) -> dict[str, Any]:
    """The answer as botocore reads it."""
    answer = {"status_code": status, "headers": {}, "body": body}
    found: dict[str, Any] = create_parser("query").parse(answer, operation.output_shape)
    return found


def sent(operation: OperationModel, parameters: dict[str, Any]) -> bytes:
    """The body as botocore sends it."""
    request = create_serializer("query", include_validation=False).serialize_to_request(parameters, operation)
    body = AWSRequest("POST", "http://localhost/", data=request["body"]).prepare().body
    return body.encode() if isinstance(body, str) else bytes(body)


@each_operation
def test_whatever_botocore_sends_is_understood(operation: OperationModel) -> None:
    decode = compile_decoder(operation)

    @few
    @given(values(operation.input_shape))
    def round_trip(parameters: dict[str, Any]) -> None:
        assert decode(parse_form(sent(operation, parameters))) == parameters

    round_trip()


@each_operation
def test_whatever_is_answered_botocore_understands(operation: OperationModel) -> None:
    encode = compile_encoder(operation)

    @few
    @given(values(operation.output_shape))
    def round_trip(result: dict[str, Any]) -> None:
        found = parsed(operation, encode(result, "id-1"))
        assert found.pop("ResponseMetadata")["RequestId"] == "id-1"
        assert found == result

    round_trip()


GET = "GetServerCertificate"
TAG = "TagServerCertificate"


@pytest.mark.parametrize(
    ("operation", "body", "parameters"),
    [
        (GET, b"Action=A&Version=V&ServerCertificateName=a%20b+c%2B", {"ServerCertificateName": "a b c+"}),
        (GET, b"ServerCertificateName=", {"ServerCertificateName": ""}),
        (GET, b"ServerCertificateName", {"ServerCertificateName": ""}),
        (GET, b"&&ServerCertificateName=a=b&", {"ServerCertificateName": "a=b"}),
        (GET, b"ServerCertificateName=%C3%A9\xc3\xa9", {"ServerCertificateName": "\u00e9\u00e9"}),
        (GET, b"", {}),
        (TAG, b"Tags=", {"Tags": []}),
        (TAG, b"Tags.member.2.Key=b&Tags.member.1.Key=a", {"Tags": [{"Key": "a"}, {"Key": "b"}]}),
        ("UntagServerCertificate", b"TagKeys.member.1=a", {"TagKeys": ["a"]}),
        ("ListUsers", b"MaxItems=0100", {"MaxItems": 100}),
        ("UpdateAccountPasswordPolicy", b"RequireSymbols=false", {"RequireSymbols": False}),
    ],
)
def test_forms_that_are_understood(operation: str, body: bytes, parameters: dict[str, Any]) -> None:
    assert decoded(operation, body) == parameters


def many(count: int) -> bytes:
    return b"&".join(b"Tags.member.%d.Key=k" % index for index in range(1, count + 1))


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        (GET, b"ServerCertificateName=%zz", "percent sign"),
        (GET, b"ServerCertificateName=%4", "percent sign"),
        (GET, b"ServerCertificateName=%C3%28", "UTF-8"),
        (GET, b"ServerCertificateName=\xff", "UTF-8"),
        (GET, b"ServerCertificateName=%ED%A0%80", "UTF-8"),
        (GET, b"ServerCertificateName=%C0%AF", "UTF-8"),
        (GET, b"ServerCertificateName=a&ServerCertificateName=a", "twice"),
        (GET, b"ServerCertificateName=a&Server%43ertificateName=b", "twice"),
        (GET, b"a&" * 1_000_000, "more than 10000 parameters"),
        (GET, b"&" * 10_000, "more than 10000 parameters"),
        ("ListUsers", b"MaxItems=1e3", "MaxItems must be a whole number"),
        ("ListUsers", b"MaxItems=+1", "whole number"),
        ("ListUsers", b"MaxItems=%201", "whole number"),
        ("ListUsers", b"MaxItems=1%0A", "whole number"),
        ("ListUsers", b"MaxItems=", "whole number"),
        ("ListUsers", b"MaxItems=%D9%A1", "whole number"),
        ("ListUsers", b"MaxItems=2147483648", "whole number"),
        ("ListUsers", b"MaxItems=" + b"9" * 100_000, "whole number"),
        ("UpdateAccountPasswordPolicy", b"RequireSymbols=True", "true or false"),
        (TAG, b"Tags=a", "List positions must be Tags.member.1"),
        (TAG, b"Tags=&Tags.member.1.Key=a", "List positions"),
        (TAG, b"Tags.member.01.Key=a", "List positions"),
        (TAG, b"Tags.member.0.Key=a", "List positions"),
        (TAG, b"Tags.member.-1.Key=a", "List positions"),
        (TAG, b"Tags.member.999999999.Key=a", "List positions"),
        (TAG, b"Tags.member.99999.Key=a", "without gaps"),
        (TAG, b"Tags.member.1.Key=a&Tags.member.3.Key=a", "1 to 2 without gaps"),
        (TAG, b"Tags.entry.1.Key=a", "List positions"),
        (TAG, b"Tags.1.Key=a", "List positions"),
        ("UntagServerCertificate", b"TagKeys.member.1.x=a", "single value"),
        ("UntagServerCertificate", b"TagKeys.member.1=a&TagKeys.member.1.x=a", "single value"),
    ],
)
def test_forms_that_are_malformed(operation: str, body: bytes, message: str) -> None:
    with pytest.raises(MalformedInput, match=message):
        decoded(operation, body)


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        (GET, b"Name=a", "Unknown parameter in the request: Name. Expected: ServerCertificateName."),
        (GET, b"action=a", "action"),
        (GET, b"ServerCertificateName.member.1=a", "ServerCertificateName.member.1"),
        (GET, b"=a", r"\(unreadable\)"),
        (GET, b"a&b&c&d&e&f&g", "a, b, c, d, e and 2 more"),
        (TAG, b"Tags.=", "Tags."),
        (TAG, b"Tags.member.1.key=a", "Tags.member.1.key. Expected: Tags.member.1.Key, Tags.member.1.Value."),
        (TAG, b"Tags.member.1=a", "Tags.member.1"),
        (TAG, b"Tags.member.1.X-Amz-Key=a", "Tags.member.1.X-Amz-Key"),
        ("GetAccountSummary", b"a", "Expected: no parameters."),
    ],
)
def test_parameters_the_operation_does_not_have_are_refused(operation: str, body: bytes, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        decoded(operation, body)


def test_a_body_in_another_format_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as refusal:
        decoded("UploadServerCertificate", b'{"PrivateKey": "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"}')
    assert "MIIE" not in refusal.value.message


def test_ten_thousand_list_members_are_read() -> None:
    assert len(decoded(TAG, many(9_999))["Tags"]) == 9_999


# --- shapes that IAM and STS do not use today, as a model of our own ---

KINDS = {
    "When": {"type": "timestamp"},
    "Data": {"type": "blob"},
    "Count": {"type": "long"},
    "Words": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Name"}},
    "Lists": {"type": "list", "member": {"shape": "Names"}},
    "Inner": {"type": "structure", "members": {"Name": {"shape": "Name"}}},
}


def own_model(shapes: dict[str, Any], *, output: bool = False) -> OperationModel:
    """One operation `Try` with one member for each shape."""
    all_shapes = {
        **shapes,
        "Name": {"type": "string"},
        "Names": {"type": "list", "member": {"shape": "Name"}},
        "Unit": {"type": "structure", "members": {name: {"shape": name} for name in shapes}},
    }
    operation: dict[str, Any] = {"name": "Try", "http": {"method": "POST", "requestUri": "/"}}
    operation["output" if output else "input"] = {"shape": "Unit"}
    if output:
        operation["output"]["resultWrapper"] = "TryResult"
    metadata = {"protocol": "query", "apiVersion": "1", "xmlNamespace": "urn:try", "endpointPrefix": "try"}
    model = ServiceModel({"metadata": metadata, "operations": {"Try": operation}, "shapes": all_shapes}, "try")
    return model.operation_model("Try")


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        (b"When=2026-01-31T12:00:00Z", {"When": NOW}),
        (b"When=2026-01-31T12:00:00.5Z", {"When": NOW + timedelta(milliseconds=500)}),
        (b"Data=AAE%3D", {"Data": b"\x00\x01"}),
        (b"Count=-9223372036854775808", {"Count": -(2**63)}),
        (b"Words=", {"Words": {}}),
        (b"Words.entry.1.key=a&Words.entry.1.value=b", {"Words": {"a": "b"}}),
        (b"Lists.member.1.member.1=a&Lists.member.2=", {"Lists": [["a"], []]}),
        (b"Inner.Name=a", {"Inner": {"Name": "a"}}),
    ],
)
def test_other_types_are_understood(body: bytes, parameters: dict[str, Any]) -> None:
    assert compile_decoder(own_model(KINDS))(parse_form(body)) == parameters


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"When=now", "UTC time"),
        (b"When=2026-02-30T12:00:00Z", "UTC time"),
        (b"When=2026-01-31T12:00:00", "UTC time"),
        (b"Data=%C3%A9", "base64"),
        (b"Data=AAE", "base64"),
        (b"Count=9223372036854775808", "whole number"),
        (b"Words.entry.1.key=a", "needs one key"),
        (b"Words.entry.1.value=a", "needs one key"),
        (
            b"Words.entry.1.key=a&Words.entry.1.value=b&Words.entry.2.key=a&Words.entry.2.value=b",
            "entry.2 needs one key, given once",
        ),
        (b"Words.member.1.key=a", "Words.entry.1"),
    ],
)
def test_other_types_are_refused_when_malformed(body: bytes, message: str) -> None:
    with pytest.raises(MalformedInput, match=message):
        compile_decoder(own_model(KINDS))(parse_form(body))


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "list", "member": {"shape": "Name"}, "flattened": True},
        {"type": "list", "member": {"shape": "Name", "locationName": "item"}},
        {"type": "float"},
    ],
)
@pytest.mark.parametrize("output", [False, True])
def test_wire_forms_we_do_not_speak_are_refused_at_start(shape: dict[str, Any], output: bool) -> None:
    model = own_model({"Odd": shape}, output=output)
    with pytest.raises(TypeError, match="query form"):
        (compile_encoder if output else compile_decoder)(model)


# --- answers ---


def metadata(**changes: Any) -> dict[str, Any]:
    return {
        "Path": "/",
        "ServerCertificateName": "a&b",
        "ServerCertificateId": "ASCA",
        "Arn": "arn",
        "UploadDate": NOW,
        **changes,
    }


def encoded(operation: str, result: dict[str, Any]) -> str:
    return compile_encoder(IAM.operation_model(operation))(result, "id-1").decode()


def test_the_documented_form_of_an_answer() -> None:
    result = {"ServerCertificateMetadataList": [metadata(Expiration=None)], "IsTruncated": False}
    assert encoded("ListServerCertificates", result) == (
        '<ListServerCertificatesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        "<ListServerCertificatesResult><ServerCertificateMetadataList><member><Path>/</Path>"
        "<ServerCertificateName>a&amp;b</ServerCertificateName><ServerCertificateId>ASCA</ServerCertificateId>"
        "<Arn>arn</Arn><UploadDate>2026-01-31T12:00:00Z</UploadDate></member></ServerCertificateMetadataList>"
        "<IsTruncated>false</IsTruncated></ListServerCertificatesResult>"
        "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></ListServerCertificatesResponse>"
    )


def test_an_operation_without_output_answers_only_metadata() -> None:
    assert encoded("DeleteServerCertificate", {}) == (
        '<DeleteServerCertificateResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></DeleteServerCertificateResponse>"
    )


def test_a_map_is_a_list_of_entries() -> None:
    assert "<SummaryMap><entry><key>Users</key><value>2</value></entry></SummaryMap>" in encoded(
        "GetAccountSummary", {"SummaryMap": {"Users": 2}}
    )


def test_times_are_told_in_utc_and_whole_seconds() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=2))) + timedelta(microseconds=999_999)
    assert "<UploadDate>2026-01-31T12:00:00Z</UploadDate>" in encoded(
        "ListServerCertificates", {"ServerCertificateMetadataList": [metadata(UploadDate=east)]}
    )


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ("DeleteServerCertificate", {"Path": "/"}),
        ("ListServerCertificates", {"Path": "/"}),
        ("ListServerCertificates", {"ServerCertificateMetadataList": [metadata(Tags=[])]}),
        ("ListServerCertificates", {"ServerCertificateMetadataList": "abc"}),
        ("ListServerCertificates", {"ServerCertificateMetadataList": {"a": 1}}),
        ("ListServerCertificates", {"ServerCertificateMetadataList": [metadata(UploadDate=NOW.replace(tzinfo=None))]}),
        ("ListServerCertificates", {"IsTruncated": 1}),
        ("ListServerCertificates", {"Marker": 1}),
        ("GetAccountSummary", {"SummaryMap": {"Users": True}}),
    ],
)
def test_a_result_the_model_does_not_have_is_a_fault(operation: str, result: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        encoded(operation, result)


@given(st.text(st.characters(exclude_categories=()), max_size=40))
@settings(deadline=None)
def test_xml_is_well_formed_whatever_the_text_holds(text: str) -> None:
    body = compile_encoder(IAM.operation_model("ListUsers"))({"Marker": text}, text)
    root = ET.fromstring(body)  # noqa: S314 - our own document
    marker = root.findtext("{*}ListUsersResult/{*}Marker")
    assert marker is not None
    assert len(marker) == len(text)
    ET.fromstring(encode_error(NoSuchEntity(text), text, "urn:x"))  # noqa: S314


@pytest.mark.parametrize("odd", ["\x00", "\x08", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_cannot_say_becomes_a_question_mark(odd: str) -> None:
    assert parsed(IAM.operation_model("ListUsers"), encoded("ListUsers", {"Marker": odd}).encode())["Marker"] == "?"


def test_carriage_returns_survive() -> None:
    found = parsed(IAM.operation_model("ListUsers"), encoded("ListUsers", {"Marker": "a\r\nb\rc"}).encode())
    assert found["Marker"] == "a\r\nb\rc"


def test_the_documented_form_of_an_error() -> None:
    assert encode_error(NoSuchEntity("no <a>"), "id-1", "urn:iam") == (
        b'<ErrorResponse xmlns="urn:iam"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>'
        b"<Message>no &lt;a&gt;</Message></Error><RequestId>id-1</RequestId></ErrorResponse>"
    )


def test_an_error_before_the_service_is_known_has_the_fault_namespace() -> None:
    body = encode_error(InternalFailure(""), "id-1").decode()
    assert f'xmlns="{FAULT_NAMESPACE}"' in body
    assert "<Type>Receiver</Type>" in body
    assert "<Message>" not in body


@pytest.mark.parametrize("error", [NoSuchEntity("gone & <away>"), InternalFailure("a fault")])
def test_botocore_reads_our_errors(error: AWSError) -> None:
    body = encode_error(error, "id-1", IAM.metadata["xmlNamespace"])
    found = parsed(IAM.operation_model("ListUsers"), body, error.status)
    assert found["Error"] == {"Type": error.fault, "Code": error.code, "Message": error.message}
    assert found["ResponseMetadata"]["RequestId"] == "id-1"
