"""Validation by the service model: every constraint, in AWS's words."""

from typing import Any

import pytest
from botocore.model import ServiceModel

from sealstone.operations.errors import ValidationError
from sealstone.operations.service_model import service
from sealstone.operations.shapes import compile_validator

NAME = {"ServerCertificateName": "a"}
UPLOAD = {**NAME, "CertificateBody": "b", "PrivateKey": "k"}
TAG_KEY_PATTERN = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"


def refusal(service_name: str, operation: str, parameters: dict[str, Any], **how: bool) -> str:
    """The message of the refusal; empty when there is none."""
    validate = compile_validator(service(service_name).operation_model(operation), **how)
    try:
        validate(parameters)
    except ValidationError as error:
        return error.message
    return ""


def value_at(name: str, constraint: str) -> str:
    return f"Value at '{name}' failed to satisfy constraint: Member must {constraint}"


def one(name: str, constraint: str) -> str:
    return f"1 validation error detected: {value_at(name, constraint)}"


NOT_NULL = "not be null"
PATH_TEXT = (
    "The specified value for {} is invalid. "
    "It must begin and end with / and contain only alphanumeric characters and/or / characters."
)
PREFIX_TEXT = (
    "The specified value for pathPrefix is invalid. "
    "It must begin with / and contain only alphanumeric characters and/or / characters."
)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("UploadServerCertificate", {**UPLOAD, "Path": "/a/b/", "Tags": [{"Key": "k", "Value": ""}]}),
        ("UploadServerCertificate", {**UPLOAD, "Path": "/", "Tags": [], "CertificateChain": "\t\n\r \u00ff"}),
        ("UploadServerCertificate", {**UPLOAD, "ServerCertificateName": "a" * 128}),
        ("UploadServerCertificate", {**UPLOAD, "Tags": None}),
        ("UntagServerCertificate", {**NAME, "TagKeys": ["\u00e9\u4e2d \u0661"] * 50}),
        ("ListServerCertificates", {"MaxItems": 1000, "PathPrefix": "/a"}),
        ("GetAccountSummary", {}),
        ("GetUser", {}),
        ("GetUser", {"NotOfThisOperation": 1}),
    ],
)
def test_what_the_model_allows_passes(operation: str, parameters: dict[str, Any]) -> None:
    assert refusal("iam", operation, parameters) == ""


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("GetServerCertificate", {}, one("serverCertificateName", NOT_NULL)),
        ("GetServerCertificate", {"ServerCertificateName": None}, one("serverCertificateName", NOT_NULL)),
        (
            "GetServerCertificate",
            {"ServerCertificateName": "a" * 129},
            one("serverCertificateName", "have length less than or equal to 128"),
        ),
        (
            "GetServerCertificate",
            {"ServerCertificateName": "a b"},
            one("serverCertificateName", r"satisfy regular expression pattern: [\w+=,.@-]+"),
        ),
        (
            "GetServerCertificate",
            {"ServerCertificateName": ""},
            "2 validation errors detected: "
            + value_at("serverCertificateName", "have length greater than or equal to 1")
            + "; "
            + value_at("serverCertificateName", r"satisfy regular expression pattern: [\w+=,.@-]+"),
        ),
        (
            "UploadServerCertificate",
            {**UPLOAD, "Tags": [{"Key": "a", "Value": ""}, {"Key": "k" * 129, "Value": ""}]},
            one("tags.2.member.key", "have length less than or equal to 128"),
        ),
        ("UploadServerCertificate", {**UPLOAD, "Tags": [{"Key": "a"}]}, one("tags.1.member.value", NOT_NULL)),
        (
            "UploadServerCertificate",
            {**UPLOAD, "Tags": [{"Key": "a", "Value": ""}] * 51},
            one("tags", "have length less than or equal to 50"),
        ),
        ("ListServerCertificates", {"MaxItems": 0}, one("maxItems", "have value greater than or equal to 1")),
        ("ListServerCertificates", {"MaxItems": 1001}, one("maxItems", "have value less than or equal to 1000")),
        (
            "UpdateAccessKey",
            {"AccessKeyId": "A" * 20, "Status": "active"},
            one("status", "satisfy enum value set"),
        ),
        (
            "UntagServerCertificate",
            {**NAME, "TagKeys": ["a", "", "b" * 129]},
            one(
                "tagKeys",
                "satisfy constraint: [Member must have length less than or equal to 128, "
                "Member must have length greater than or equal to 1, "
                f"Member must satisfy regular expression pattern: {TAG_KEY_PATTERN}, Member must not be null]",
            ),
        ),
        ("UploadServerCertificate", {**UPLOAD, "Path": "abc"}, PATH_TEXT.format("path")),
        ("UpdateServerCertificate", {**NAME, "NewPath": "/abc"}, PATH_TEXT.format("newPath")),
        (
            "ListServerCertificates",
            {"PathPrefix": "abc"},
            PREFIX_TEXT,
        ),
        (
            "UploadServerCertificate",
            {**UPLOAD, "Path": "/" + "a" * 511 + "/"},
            one("path", "have length less than or equal to 512"),
        ),
        (
            "UploadServerCertificate",
            {**NAME, "CertificateBody": "b", "Path": "abc"},
            one("privateKey", NOT_NULL),
        ),
        (
            "UploadServerCertificate",
            {**UPLOAD, "CertificateBody": "\u0100"},
            one("certificateBody", r"satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+"),
        ),
    ],
)
def test_what_the_model_refuses(operation: str, parameters: dict[str, Any], message: str) -> None:
    assert refusal("iam", operation, parameters) == message


def test_sts_repeats_the_value() -> None:
    assert refusal("sts", "AssumeRole", {"RoleArn": "a" * 20, "RoleSessionName": "Session1:2"}, print_values=True) == (
        "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
    )


def test_a_very_long_value_is_not_repeated() -> None:
    assert "Value at 'roleSessionName'" in refusal(
        "sts", "AssumeRole", {"RoleArn": "a" * 20, "RoleSessionName": "a" * 1025}, print_values=True
    )


def test_enum_values_are_listed_where_they_are_told() -> None:
    message = refusal("acm", "ListCertificates", {"SortBy": "x"}, list_choices=True)
    assert message.endswith(
        "Value at 'sortBy' failed to satisfy constraint: Member must satisfy enum value set: [CREATED_AT]"
    )
    message = refusal("acm", "ListCertificates", {"SortBy": "x"}, print_values=True)
    assert message.endswith("Value 'x' at 'sortBy' failed to satisfy constraint: Member must satisfy enum value set")


@pytest.mark.parametrize("print_values", [False, True])
def test_a_private_key_is_never_repeated(print_values: bool) -> None:
    message = refusal(
        "iam", "UploadServerCertificate", {**UPLOAD, "PrivateKey": "secret\u0100"}, print_values=print_values
    )
    assert "at 'privateKey'" in message
    assert "secret" not in message


def test_many_findings_are_counted_and_the_first_told() -> None:
    message = refusal("iam", "TagServerCertificate", {**NAME, "Tags": [{"Key": "", "Value": ""}] * 10_000})
    assert message.startswith("20001 validation errors detected: Value at 'tags' failed")
    assert message.endswith("; and 19951 more")
    assert len(message) < 10_000


def test_a_union_has_exactly_one_member() -> None:
    wanted = (
        "Value at 'filterStatement.not' failed to satisfy constraint: Member must have exactly one of its members set"
    )
    assert wanted in refusal("acm", "SearchCertificates", {"FilterStatement": {"Not": {}}})


def test_a_shape_that_contains_itself_is_followed() -> None:
    inner = {"Filter": {"AcmCertificateMetadataFilter": {"Status": "x"}}}
    message = refusal("acm", "SearchCertificates", {"FilterStatement": {"Not": {"And": [inner]}}})
    assert "at 'filterStatement.not.and.1.member.filter.acmCertificateMetadataFilter.status'" in message


def own_refusal(member: dict[str, Any], value: object) -> str:
    shapes = {
        "It": member,
        "Free": {"type": "string"},
        "Short": {"type": "string", "max": 2},
        "Frees": {"type": "list", "member": {"shape": "Free"}},
        "Open": {"type": "structure", "members": {}},
        "Strict": {"type": "structure", "members": {"A": {"shape": "Short"}}},
        "Unit": {"type": "structure", "members": {"It": {"shape": "It"}}},
    }
    operation = {"name": "Try", "http": {}, "input": {"shape": "Unit"}}
    model = ServiceModel({"metadata": {}, "operations": {"Try": operation}, "shapes": shapes}, "try")
    try:
        compile_validator(model.operation_model("Try"))({"It": value})
    except ValidationError as error:
        return error.message
    return ""


@pytest.mark.parametrize(
    ("key", "element", "value", "message"),
    [
        ("Free", "Free", {"abc": "abc"}, ""),
        ("Short", "Free", {"ab": "abc"}, ""),
        ("Short", "Free", {"abc": "a"}, one("it.1.key", "have length less than or equal to 2")),
        ("Free", "Short", {"a": "a", "b": "abc"}, one("it.2.value", "have length less than or equal to 2")),
        ("Free", "Strict", {"a": {"A": "abc"}}, one("it.1.value.a", "have length less than or equal to 2")),
    ],
)
def test_maps(key: str, element: str, value: dict[str, Any], message: str) -> None:
    assert own_refusal({"type": "map", "key": {"shape": key}, "value": {"shape": element}}, value) == message


def test_lists_of_lists_and_of_maps() -> None:
    free = {"type": "list", "member": {"shape": "Free"}}
    assert own_refusal(free, ["abc"]) == ""
    assert own_refusal({"type": "list", "member": {"shape": "Open"}}, [{}]) == ""
    assert own_refusal({"type": "list", "member": {"shape": "Frees"}}, [["abc"]]) == ""
    strict = {"type": "list", "member": {"shape": "Strict"}}
    assert own_refusal(strict, [{"A": "abc"}]) == one("it.1.member.a", "have length less than or equal to 2")


@pytest.mark.parametrize("name", ["iam", "sts", "acm"])
def test_every_operation_compiles(name: str) -> None:
    model = service(name)
    for operation in model.operation_names:
        compile_validator(model.operation_model(operation))
