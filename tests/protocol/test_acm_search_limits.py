"""What one search may cost, and what it finds whatever the writing."""

from typing import Any
from unittest.mock import patch

import pytest
from cryptography import x509
from tests.acm import asked, done, imported, message
from tests.acm_requests import balanced, issued, private, requested
from tests.house_fixture import World
from tests.pki import rsa_key, self_signed

from sealstone.store import certificate_uses

KEYS = ["RSA_2048", "EC_prime256v1"]
USED: dict[str, Any] = {"Filter": {"AcmCertificateMetadataFilter": {"InUse": True}}}


def deep(levels: int) -> dict[str, Any]:
    """One filter on so many levels; on an even number of them it is for what is unused."""
    return USED if levels == 1 else {"Not": deep(levels - 1)}


def test_a_hundred_filters_on_ten_levels_are_enough(world: World) -> None:
    arn = imported(world, self_signed("a.example"))
    most = {"Or": [{"And": [USED] * 10}] * 9 + [{"And": [USED] * 9 + [{"Not": USED}]}]}
    assert done(world, "SearchCertificates", {"FilterStatement": most})["Results"] == []
    (found,) = done(world, "SearchCertificates", {"FilterStatement": deep(10)})["Results"]
    assert found["CertificateArn"] == arn


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({"Or": [{"And": [USED] * 10}] * 10 + [USED]}, "Filters in it: 101, levels: 3"),
        ({"And": [{"Or": [{"And": [USED] * 15}] * 15}] * 15}, "Filters in it: 3375, levels: 4"),
        (deep(11), "Filters in it: 1, levels: 11"),
    ],
    ids=["101", "3375", "deep"],
)
def test_larger_statements_are_refused(world: World, statement: dict[str, Any], words: str) -> None:
    answer = asked(world, "SearchCertificates", {"FilterStatement": statement})
    assert answer.code == "ValidationException"
    assert message(answer) == (
        f"The FilterStatement is too large. {words}, and 100 filters on 10 levels are the most. Search in several "
        "calls, each for a part of it."
    )


@pytest.mark.parametrize("name", ["SearchCertificates", "ListCertificates"])
def test_uses_are_read_once_for_all_certificates(world: World, name: str) -> None:
    arn = imported(world, self_signed("used.example", key=rsa_key()))
    balanced(world, arn)
    unused = imported(world, self_signed("unused.example"))
    search = {"FilterStatement": {"Or": [USED, {"Not": USED}]}, "SortBy": "RENEWAL_ELIGIBILITY"}
    with patch.object(certificate_uses, "used", wraps=certificate_uses.used) as read:
        parsed = done(world, name, search if name == "SearchCertificates" else {"Includes": {"keyTypes": KEYS}})
    assert read.call_count == 1
    if name == "SearchCertificates":
        used = {
            one["CertificateArn"]: one["CertificateMetadata"]["AcmCertificateMetadata"]["InUse"]
            for one in parsed["Results"]
        }
    else:
        used = {one["CertificateArn"]: one["InUse"] for one in parsed["CertificateSummaryList"]}
    assert used == {arn: True, unused: False}


@pytest.mark.parametrize("sought", ["a\x1b.example", "A\x1b.example", "a\\1B.example"])
def test_names_are_found_as_they_are_shown_and_as_they_are(world: World, sought: str) -> None:
    arn = imported(world, self_signed("a\x1b.example", alternative_names=["b.example"]))
    for operator in ("EQUALS", "CONTAINS"):
        compared = {"CommonName": {"Value": sought, "ComparisonOperator": operator}}
        filtered = {"FilterStatement": {"Filter": {"X509AttributeFilter": {"Subject": compared}}}}
        (found,) = done(world, "SearchCertificates", filtered)["Results"]
        assert found["CertificateArn"] == arn


def test_a_common_name_beside_another_attribute_is_found(world: World) -> None:
    """One step of a name may have several attributes (RFC 5280 4.1.2.4)."""
    pair = [x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "u")]
    pair += [x509.NameAttribute(x509.NameOID.COMMON_NAME, "m.example")]
    subject = x509.Name([x509.RelativeDistinguishedName(pair)])
    arn = imported(world, self_signed("x", subject=subject, alternative_names=["b.example"]))
    last = imported(world, self_signed("n.example"))
    compared = {"CommonName": {"Value": "m.example", "ComparisonOperator": "EQUALS"}}
    filtered = {"FilterStatement": {"Filter": {"X509AttributeFilter": {"Subject": compared}}}}
    (found,) = done(world, "SearchCertificates", filtered)["Results"]
    assert found["CertificateArn"] == arn
    ordered = done(world, "SearchCertificates", {"SortBy": "COMMON_NAME", "SortOrder": "ASCENDING"})["Results"]
    assert [one["CertificateArn"] for one in ordered] == [arn, last]


def test_certificates_without_purposes_can_be_listed(world: World) -> None:
    arn = private(world, "none.example")
    issued(world, arn)
    waiting = requested(world, "waiting.example")
    found = done(world, "ListCertificates", {"Includes": {"extendedKeyUsage": ["NONE"]}})["CertificateSummaryList"]
    assert {one["CertificateArn"] for one in found} == {arn, waiting}
    other = {"Includes": {"extendedKeyUsage": ["CODE_SIGNING"]}}
    assert done(world, "ListCertificates", other)["CertificateSummaryList"] == []
