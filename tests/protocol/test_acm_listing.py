"""ListCertificates with its filters, order and pages; tags of certificates; what policies allow."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from tests.acm import REGION, asked, done, imported, message, texts
from tests.house_fixture import ACCOUNT, World, allow
from tests.pki import NOW, ec_key, rsa_key, self_signed
from tests.rest_json import SIGNING

from sealstone.model import page

ALL_KEYS = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]
SERVER = x509.ExtendedKeyUsage([Purpose.SERVER_AUTH])


def names(world: World, **parameters: Any) -> list[str]:
    found = done(world, "ListCertificates", parameters)["CertificateSummaryList"]
    return [str(one["DomainName"]) for one in found]


@pytest.fixture
def several(world: World) -> World:
    """One each: RSA of two sizes, one of them soon to expire, and EC with usages; a second apart."""
    soon = NOW.replace(day=25)
    for leaf in (
        self_signed("old.example", key=rsa_key(1024), not_after=soon),
        self_signed("usual.example", key=rsa_key(2048)),
        self_signed("large.example", key=rsa_key(3072)),
        self_signed("curve.example", key=ec_key(), extensions=[SERVER, SIGNING]),
    ):
        imported(world, leaf)
        world.clock.advance(1)
    return world


def test_without_a_filter_of_keys_small_rsa_alone_is_listed(several: World) -> None:
    assert names(several) == names(several, Includes={}) == ["old.example", "usual.example"]
    assert names(several, Includes={"keyTypes": ["EC_prime256v1", "RSA_3072"]}) == ["large.example", "curve.example"]
    assert len(names(several, Includes={"keyTypes": ALL_KEYS})) == 4


@pytest.mark.parametrize(
    ("includes", "found"),
    [
        ({"keyUsage": ["DIGITAL_SIGNATURE"]}, ["curve.example"]),
        ({"keyUsage": ["CRL_SIGNING"]}, []),
        ({"extendedKeyUsage": ["TLS_WEB_SERVER_AUTHENTICATION", "CODE_SIGNING"]}, ["curve.example"]),
        ({"extendedKeyUsage": ["CODE_SIGNING"]}, []),
        ({"exportOption": "DISABLED", "keyUsage": ["DIGITAL_SIGNATURE"]}, ["curve.example"]),
        ({"exportOption": "ENABLED"}, []),
        ({"managedBy": "CLOUDFRONT"}, []),
    ],
)
def test_filters(several: World, includes: dict[str, Any], found: list[str]) -> None:
    assert names(several, Includes={"keyTypes": ALL_KEYS} | includes) == found


def test_statuses_and_origins(several: World) -> None:
    assert names(several, CertificateStatuses=["EXPIRED", "PENDING_VALIDATION"]) == []
    several.clock.advance(5 * 86400)
    assert names(several, CertificateStatuses=["EXPIRED", "PENDING_VALIDATION"]) == ["old.example"]
    assert names(several, CertificateStatuses=["ISSUED"]) == ["usual.example"]
    assert names(several, CertificateKeyPairOrigins=["ACME", "AWS_MANAGED"]) == []
    assert len(names(several, CertificateKeyPairOrigins=["CUSTOMER_PROVIDED"])) == 2


def test_order(several: World) -> None:
    assert names(several, SortBy="CREATED_AT", SortOrder="DESCENDING") == ["usual.example", "old.example"]
    assert names(several, SortBy="CREATED_AT", SortOrder="ASCENDING") == ["old.example", "usual.example"]
    for half in ({"SortBy": "CREATED_AT"}, {"SortOrder": "ASCENDING"}):
        assert asked(several, "ListCertificates", half).code == "InvalidArgsException"


@pytest.mark.parametrize("order", [{}, {"SortBy": "CREATED_AT", "SortOrder": "DESCENDING"}])
def test_pages(world: World, order: dict[str, str]) -> None:
    """Certificates of one second too: the id decides between them."""
    arns = [imported(world, self_signed(key=rsa_key(1024))) for _ in range(5)]
    seen: list[str] = []
    token: dict[str, str] = {}
    for size in (2, 2, 1):
        told = done(world, "ListCertificates", {"MaxItems": 2, **order, **token})
        assert len(told["CertificateSummaryList"]) == size
        seen += [one["CertificateArn"] for one in told["CertificateSummaryList"]]
        token = {"NextToken": told["NextToken"]} if "NextToken" in told else {}
    assert not token
    assert sorted(seen) == sorted(arns)
    assert seen == sorted(seen, reverse=bool(order))


@pytest.mark.parametrize("token", ["x", "!", page.marker("nothing"), page.marker("")])
def test_a_token_of_nobody(world: World, token: str) -> None:
    assert asked(world, "ListCertificates", {"NextToken": token or "-"}).code == "ValidationException"


def test_a_summary_has_the_members_that_aws_was_recorded_with(several: World) -> None:
    (told,) = done(several, "ListCertificates", {"Includes": {"keyTypes": ["EC_prime256v1"]}})["CertificateSummaryList"]
    assert told.keys() == {
        *("CertificateArn", "CreatedAt", "DomainName", "ExportOption", "ExtendedKeyUsages", "ImportedAt", "InUse"),
        *("HasAdditionalSubjectAlternativeNames", "KeyAlgorithm", "KeyUsages", "NotAfter", "NotBefore"),
        *("RenewalEligibility", "Status", "SubjectAlternativeNameSummaries", "Type", "CertificateKeyPairOrigin"),
    }
    assert (told["KeyUsages"], told["ExtendedKeyUsages"]) == (["DIGITAL_SIGNATURE"], ["TLS_WEB_SERVER_AUTHENTICATION"])
    assert (told["KeyAlgorithm"], told["InUse"]) == ("EC-prime256v1", False)


def test_names_beyond_a_hundred_are_cut_in_a_listing_alone(world: World) -> None:
    many = [f"n{number}.example" for number in range(101)]
    arn = imported(world, self_signed("x", key=rsa_key(), alternative_names=many))
    (told,) = done(world, "ListCertificates", {})["CertificateSummaryList"]
    assert told["HasAdditionalSubjectAlternativeNames"] is True
    assert told["SubjectAlternativeNameSummaries"] == many[:100]
    detail = done(world, "DescribeCertificate", {"CertificateArn": arn})["Certificate"]
    assert detail["SubjectAlternativeNames"] == many


def test_a_listing_is_of_its_region(several: World) -> None:
    assert done(several, "ListCertificates", {}, region="us-east-1")["CertificateSummaryList"] == []


# --- tags ---


def tags(world: World, arn: str) -> dict[str, str]:
    told = done(world, "ListTagsForCertificate", {"CertificateArn": arn})["Tags"]
    return {tag["Key"]: tag["Value"] for tag in told}


def test_tags_come_and_go(world: World) -> None:
    arn = imported(world, self_signed(), Tags=[{"Key": "a", "Value": "1"}, {"Key": "b"}])
    assert tags(world, arn) == {"a": "1", "b": ""}
    added = [{"Key": "A", "Value": "3"}, {"Key": "b", "Value": "2"}]
    done(world, "AddTagsToCertificate", {"CertificateArn": arn, "Tags": added})
    assert tags(world, arn) == {"A": "3", "a": "1", "b": "2"}
    gone = [{"Key": "a"}, {"Key": "b", "Value": "another"}, {"Key": "c"}]
    done(world, "RemoveTagsFromCertificate", {"CertificateArn": arn, "Tags": gone})
    assert tags(world, arn) == {"A": "3", "b": "2"}
    done(world, "RemoveTagsFromCertificate", {"CertificateArn": arn, "Tags": [{"Key": "b", "Value": "2"}]})
    assert tags(world, arn) == {"A": "3"}


def test_tags_that_are_refused(world: World) -> None:
    arn = imported(world, self_signed())
    full = [{"Key": str(number), "Value": ""} for number in range(50)]
    done(world, "AddTagsToCertificate", {"CertificateArn": arn, "Tags": full})
    for name, sent, code in (
        ("AddTagsToCertificate", [{"Key": "one more"}], "TooManyTagsException"),
        ("AddTagsToCertificate", [{"Key": "aws:x"}], "InvalidTagException"),
        ("RemoveTagsFromCertificate", [{"Key": "AWS:x"}], "InvalidTagException"),
        ("AddTagsToCertificate", [{"Key": "x"}, {"Key": "x"}], "ValidationException"),
        ("AddTagsToCertificate", [{"Key": "x!"}], "ValidationException"),
        ("AddTagsToCertificate", [], "ValidationException"),
    ):
        assert asked(world, name, {"CertificateArn": arn, "Tags": sent}).code == code
    assert len(tags(world, arn)) == 50


def test_the_newer_operations_are_for_other_resources(world: World) -> None:
    arn = imported(world, self_signed())
    for name, more in (
        ("TagResource", {"Tags": [{"Key": "a"}]}),
        ("UntagResource", {"TagKeys": ["a"]}),
        ("ListTagsForResource", {}),
    ):
        refused = asked(world, name, {"ResourceArn": arn} | more)
        assert (refused.code, "Certificate for arn" in message(refused)) == ("ValidationException", True)
        other = arn.replace("certificate/", "acme-endpoint/")
        assert asked(world, name, {"ResourceArn": other} | more).code == "ResourceNotFoundException"


# --- policies ---


def test_an_import_is_allowed_for_all_certificates_of_the_region(world: World) -> None:
    every = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/*"
    importer = world.user("importer", allow("acm:ImportCertificate", every))
    assert asked(world, "ImportCertificate", texts(self_signed()), key=importer).status == 200
    elsewhere = asked(world, "ImportCertificate", texts(self_signed()), key=importer, region="us-east-1")
    assert elsewhere.code == "AccessDeniedException"
    denied = f"acm:ImportCertificate on resource: {every.replace(REGION, 'us-east-1')}"
    assert denied in elsewhere.body.decode()


def test_tags_of_an_import_are_a_permission_of_their_own(world: World) -> None:
    importer = world.user("importer", allow("acm:ImportCertificate", "*"))
    tagged = texts(self_signed()) | {"Tags": [{"Key": "a"}]}
    refused = asked(world, "ImportCertificate", tagged, key=importer)
    assert refused.code == "AccessDeniedException"
    assert "acm:AddTagsToCertificate" in refused.body.decode()
    both = world.user("both", allow(["acm:ImportCertificate", "acm:AddTagsToCertificate"], "*"))
    assert asked(world, "ImportCertificate", tagged, key=both).status == 200
    assert asked(world, "ImportCertificate", tagged, key=world.root).status == 200


def test_tags_decide_in_policies(world: World) -> None:
    mine = imported(world, self_signed(), Tags=[{"Key": "team", "Value": "blue"}])
    other = imported(world, self_signed())
    only = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    blue = world.user("blue", allow("acm:*", "*", Condition=only))
    assert asked(world, "GetCertificate", {"CertificateArn": mine}, key=blue).status == 200
    assert asked(world, "GetCertificate", {"CertificateArn": other}, key=blue).code == "AccessDeniedException"
