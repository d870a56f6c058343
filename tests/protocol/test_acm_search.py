"""SearchCertificates through the door: every filter, every order, pages, and what is told of what is found."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from tests.acm import asked, done, imported, message
from tests.acm_requests import changed, issued, private, record, requested
from tests.house_fixture import World, allow
from tests.pki import NOW, rsa_key, self_signed
from tests.rest_json import SIGNING

from sealstone.model.certificate_request import Renewal, RenewalStatus
from sealstone.operations.service_model import service

SERVER = x509.ExtendedKeyUsage([Purpose.SERVER_AUTH])
ARN = "arn:aws:acm:eu-central-1:123456789012:certificate/x"
SORTS = service("acm").shape_for("SearchCertificatesSortBy").enum


def names(world: World, **parameters: Any) -> list[str]:
    found = done(world, "SearchCertificates", parameters)["Results"]
    return [one["X509Attributes"]["Subject"]["CommonName"] for one in found]


@pytest.fixture
def several(world: World) -> World:
    """Imported with usages and an address; private, exported and renewing; waiting for mail: a second apart."""
    leaf = self_signed(
        "In.example", key=rsa_key(), extensions=[SERVER, SIGNING], alternative_names=["x.in", "10.0.0.1"]
    )
    imported(world, leaf)
    world.clock.advance(1)
    arn = private(world, "priv.example", KeyAlgorithm="EC_prime256v1")
    issued(world, arn)
    changed(world, arn, exported=True, renewal=Renewal(RenewalStatus.FAILED, NOW))
    world.clock.advance(1)
    requested(world, "wait.example", ValidationMethod="EMAIL", SubjectAlternativeNames=["other.example"])
    return world


def compared(value: str, operator: str = "EQUALS") -> dict[str, str]:
    return {"Value": value, "ComparisonOperator": operator}


FILTERS: dict[str, tuple[dict[str, Any], str]] = {
    "common name": ({"X509AttributeFilter": {"Subject": {"CommonName": compared("in.EXAMPLE")}}}, "In.example"),
    "part": (
        {"X509AttributeFilter": {"Subject": {"CommonName": compared("it.exa", "CONTAINS")}}},
        "wait.example",
    ),
    "dns name": (
        {"X509AttributeFilter": {"SubjectAlternativeName": {"DnsName": compared("OTHER.example")}}},
        "wait.example",
    ),
    "an address is none": (
        {"X509AttributeFilter": {"SubjectAlternativeName": {"DnsName": compared("0.0", "CONTAINS")}}},
        "",
    ),
    "purpose": ({"X509AttributeFilter": {"ExtendedKeyUsage": "TLS_WEB_SERVER_AUTHENTICATION"}}, "In.example"),
    "no purpose": ({"X509AttributeFilter": {"ExtendedKeyUsage": "NONE"}}, "priv.example wait.example"),
    "usage": ({"X509AttributeFilter": {"KeyUsage": "DIGITAL_SIGNATURE"}}, "In.example"),
    "key": ({"X509AttributeFilter": {"KeyAlgorithm": "EC_prime256v1"}}, "priv.example"),
    "serial": ({"X509AttributeFilter": {"SerialNumber": "00:00"}}, ""),
    "end": ({"X509AttributeFilter": {"NotAfter": {"Start": 1795262400}}}, "In.example priv.example"),
    "end before": ({"X509AttributeFilter": {"NotAfter": {"End": 1795262400}}}, ""),
    "beginning": ({"X509AttributeFilter": {"NotBefore": {"End": 1795262400}}}, "In.example priv.example"),
    "status": ({"AcmCertificateMetadataFilter": {"Status": "PENDING_VALIDATION"}}, "wait.example"),
    "renewal": ({"AcmCertificateMetadataFilter": {"RenewalStatus": "FAILED"}}, "priv.example"),
    "type": ({"AcmCertificateMetadataFilter": {"Type": "PRIVATE"}}, "priv.example"),
    "in use": ({"AcmCertificateMetadataFilter": {"InUse": True}}, ""),
    "unused": ({"AcmCertificateMetadataFilter": {"InUse": False}}, "In.example priv.example wait.example"),
    "exported": ({"AcmCertificateMetadataFilter": {"Exported": True}}, "priv.example"),
    "not exported": ({"AcmCertificateMetadataFilter": {"Exported": False}}, "wait.example"),
    "export": ({"AcmCertificateMetadataFilter": {"ExportOption": "ENABLED"}}, "priv.example"),
    "managed": ({"AcmCertificateMetadataFilter": {"ManagedBy": "CLOUDFRONT"}}, ""),
    "method": ({"AcmCertificateMetadataFilter": {"ValidationMethod": "EMAIL"}}, "wait.example"),
    "origin": ({"AcmCertificateMetadataFilter": {"CertificateKeyPairOrigin": "CUSTOMER_PROVIDED"}}, "In.example"),
    "endpoint": ({"AcmCertificateMetadataFilter": {"AcmeEndpointArn": ARN}}, ""),
    "account": ({"AcmCertificateMetadataFilter": {"AcmeAccountId": "a" * 36}}, ""),
    "arn": ({"CertificateArn": ARN}, ""),
}


@pytest.mark.parametrize(("one", "expected"), FILTERS.values(), ids=FILTERS)
def test_filters_and_their_contraries(several: World, one: dict[str, Any], expected: str) -> None:
    found = names(several, FilterStatement={"Filter": one})
    assert found == expected.split()
    others = names(several, FilterStatement={"Not": {"Filter": one}})
    assert sorted(found + others) == ["In.example", "priv.example", "wait.example"]


def test_filters_by_what_one_certificate_has(several: World) -> None:
    found = done(several, "SearchCertificates", {})["Results"][0]
    serial = {"X509AttributeFilter": {"SerialNumber": found["X509Attributes"]["SerialNumber"]}}
    for one in (serial, {"CertificateArn": found["CertificateArn"]}):
        assert names(several, FilterStatement={"Filter": one}) == ["In.example"]


def test_statements_contain_statements(several: World) -> None:
    private_one, waiting = ({"Filter": FILTERS[name][0]} for name in ("type", "status"))
    assert names(several, FilterStatement={"Or": [private_one, waiting]}) == ["priv.example", "wait.example"]
    assert names(several, FilterStatement={"And": [private_one, waiting]}) == []
    both = {"And": [{"Not": waiting}, {"Or": [private_one, waiting]}]}
    assert names(several, FilterStatement=both) == ["priv.example"]


@pytest.mark.parametrize(
    "statement",
    [{}, {"And": []}, {"Or": [{"Filter": {"CertificateArn": ARN}}] * 16}, {"Filter": {}}, {"Not": {"Filter": {}}}],
)
def test_statements_that_the_model_refuses(world: World, statement: dict[str, Any]) -> None:
    assert asked(world, "SearchCertificates", {"FilterStatement": statement}).code == "ValidationException"


# --- order and pages ---


@pytest.mark.parametrize("by", SORTS)
def test_every_order_is_whole_and_pages_join(several: World, by: str) -> None:
    for direction in ("ASCENDING", "DESCENDING"):
        whole = names(several, SortBy=by, SortOrder=direction)
        assert sorted(whole) == ["In.example", "priv.example", "wait.example"]
        token: dict[str, str] = {}
        paged = []
        for _ in range(3):
            answer = done(
                several, "SearchCertificates", {"SortBy": by, "SortOrder": direction, "MaxResults": 1} | token
            )
            paged += [one["X509Attributes"]["Subject"]["CommonName"] for one in answer["Results"]]
            token = {"NextToken": answer.get("NextToken", "")}
        assert (paged, token) == (whole, {"NextToken": ""})


def test_what_has_no_value_is_last_in_both_directions(several: World) -> None:
    assert names(several) == ["In.example", "priv.example", "wait.example"]
    assert names(several, SortOrder="DESCENDING") == ["wait.example", "priv.example", "In.example"]
    for direction in ("ASCENDING", "DESCENDING"):
        assert names(several, SortBy="NOT_AFTER", SortOrder=direction)[-1] == "wait.example"
        assert names(several, SortBy="VALIDATION_METHOD", SortOrder=direction)[0] == "wait.example"


def test_a_page_goes_on_behind_what_has_gone(several: World) -> None:
    for order, rest in (({}, ["wait.example"]), ({"SortOrder": "DESCENDING"}, [])):
        answer = done(several, "SearchCertificates", {"MaxResults": 2} | order)
        assert len(answer["Results"]) == 2
        gone = answer["Results"][1]["CertificateArn"]
        done(several, "DeleteCertificate", {"CertificateArn": gone})
        behind = names(several, **order, NextToken=answer["NextToken"]) if "NextToken" in answer else []
        assert behind == rest


@pytest.mark.parametrize("token", ["x", "!", "bm90aGluZw"])
def test_a_token_of_nobody(several: World, token: str) -> None:
    answer = asked(several, "SearchCertificates", {"NextToken": token})
    assert answer.code == "ValidationException"
    assert message(answer).startswith("The NextToken is not one that a search in this order gave")
    given = done(several, "SearchCertificates", {"MaxResults": 1})["NextToken"]
    other = asked(several, "SearchCertificates", {"NextToken": given, "SortBy": "TYPE"})
    assert other.code == "ValidationException"


# --- what is told ---


def test_what_is_told_of_each(several: World) -> None:
    first, second, third = done(several, "SearchCertificates", {})["Results"]
    attributes = first["X509Attributes"]
    assert attributes["Subject"] == attributes["Issuer"] == {"Organization": "Example", "CommonName": "In.example"}
    assert attributes["SubjectAlternativeNames"] == [{"DnsName": "x.in"}, {"IpAddress": "10.0.0.1"}]
    assert (attributes["KeyUsages"], attributes["KeyAlgorithm"]) == (["DIGITAL_SIGNATURE"], "RSA-2048")
    assert attributes["NotAfter"] > attributes["NotBefore"]
    assert first["CertificateMetadata"]["AcmCertificateMetadata"] == {
        "CreatedAt": NOW,
        "ImportedAt": NOW,
        "InUse": False,
        "RenewalEligibility": "INELIGIBLE",
        "Status": "ISSUED",
        "Type": "IMPORTED",
        "ExportOption": "DISABLED",
        "CertificateKeyPairOrigin": "CUSTOMER_PROVIDED",
    }
    metadata = second["CertificateMetadata"]["AcmCertificateMetadata"]
    assert (metadata["RenewalStatus"], metadata["Exported"], metadata["Type"]) == ("FAILED", True, "PRIVATE")
    assert "ValidationMethod" not in metadata
    assert third["CertificateMetadata"]["AcmCertificateMetadata"]["ValidationMethod"] == "EMAIL"
    assert third["X509Attributes"] == {
        "Subject": {"CommonName": "wait.example"},
        "SubjectAlternativeNames": [{"DnsName": "wait.example"}, {"DnsName": "other.example"}],
        "ExtendedKeyUsages": [],
        "KeyAlgorithm": "RSA-2048",
        "KeyUsages": [],
    }
    assert record(several, third["CertificateArn"]).content is None


def test_searching_is_a_right_of_its_own(world: World) -> None:
    lister = world.user("lister", allow("acm:ListCertificates", "*"))
    assert asked(world, "SearchCertificates", {}, key=lister).code == "AccessDeniedException"
    searcher = world.user("searcher", allow("acm:SearchCertificates", "*"))
    assert asked(world, "SearchCertificates", {}, key=searcher).status == 200
