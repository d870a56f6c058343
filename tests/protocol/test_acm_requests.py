"""RequestCertificate through the door: names, validation, authorities, tokens, quotas; what is told of what waits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from tests.acm import REGION, asked, done, message
from tests.acm_requests import AUTHORITY_ARN, found, issued, private, record, request_of, requested
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, World, allow
from tests.pki import NOW

from sealstone.model.certificate_request import Stage
from sealstone.store import certificate_requests

PRIVATE = "One or more of the options specified in the request are not supported for PRIVATE certificate types."
FULL = "You have reached the maximum number of certificates."


def described(world: World, arn: str, **how: Any) -> dict[str, Any]:
    return dict(done(world, "DescribeCertificate", {"CertificateArn": arn}, **how)["Certificate"])


def options(world: World, arn: str) -> list[dict[str, Any]]:
    return list(described(world, arn)["DomainValidationOptions"])


def test_what_is_told_of_a_certificate_that_waits(world: World) -> None:
    arn = requested(world, "a.example", SubjectAlternativeNames=["*.A.example", "a.example", "b.example"])
    told = described(world, arn)
    assert [one["DomainName"] for one in told.pop("DomainValidationOptions")] == [
        "a.example",
        "*.a.example",
        "b.example",
    ]
    assert told == {
        "CertificateArn": arn,
        "DomainName": "a.example",
        "SubjectAlternativeNames": ["a.example", "*.a.example", "b.example"],
        "Subject": "CN=a.example",
        "Issuer": "Sealstone",
        "SignatureAlgorithm": "SHA256WITHECDSA",
        "CreatedAt": NOW,
        "Status": "PENDING_VALIDATION",
        "KeyAlgorithm": "RSA-2048",
        "InUseBy": [],
        "Type": "AMAZON_ISSUED",
        "KeyUsages": [],
        "ExtendedKeyUsages": [],
        "RenewalEligibility": "INELIGIBLE",
        "Options": {"CertificateTransparencyLoggingPreference": "ENABLED", "Export": "DISABLED"},
        "CertificateKeyPairOrigin": "AWS_MANAGED",
    }
    (summary,) = done(world, "ListCertificates", {})["CertificateSummaryList"]
    assert (summary["Exported"], summary["Status"]) == (False, "PENDING_VALIDATION")
    assert not {"Serial", "IssuedAt", "NotAfter"} & {*told, *summary}


@pytest.mark.parametrize("name", ["GetCertificate", "ExportCertificate", "RenewCertificate"])
def test_what_waits_can_wait(world: World, name: str) -> None:
    arn = requested(world, Options={"Export": "ENABLED"})
    phrase = {"Passphrase": b"correct horse"} if name == "ExportCertificate" else {}
    answer = asked(world, name, {"CertificateArn": arn} | phrase)
    assert answer.code == "RequestInProgressException"
    assert message(answer).startswith(f"Certificate {arn} is not yet issued: its status is PENDING_VALIDATION.")


# --- validation ---


def test_a_record_is_the_same_for_ever_and_for_the_wildcard_too(world: World) -> None:
    arn = requested(world, "*.a.example", SubjectAlternativeNames=["a.example", "b.example"])
    wildcard, plain, other = options(world, arn)
    assert wildcard["ResourceRecord"] == plain["ResourceRecord"]
    assert wildcard["ValidationDomain"] == "*.a.example"
    name, kind, value = (wildcard["ResourceRecord"][member] for member in ("Name", "Type", "Value"))
    assert kind == "CNAME"
    assert name.removesuffix(".a.example.").removeprefix("_").isalnum()
    head, tail = value.removesuffix(".acm-validations.aws.").split(".")
    assert (len(name), len(head), len(tail)) == (len("_.a.example.") + 32, 33, 10)
    assert other["ResourceRecord"]["Value"] != value
    again = requested(world, "a.example", region="us-east-1")
    (elsewhere,) = described(world, again, region="us-east-1")["DomainValidationOptions"]
    assert elsewhere["ResourceRecord"] == plain["ResourceRecord"]


def test_another_account_has_another_record(world: World) -> None:
    (mine,) = options(world, requested(world))
    stranger = world.user("stranger", allow("*", "*"), account_id=OTHER_ACCOUNT)
    sent = {"DomainName": "a.example", "ValidationMethod": "DNS"}
    arn = done(world, "RequestCertificate", sent, key=stranger)["CertificateArn"]
    (theirs,) = described(world, arn, key=stranger)["DomainValidationOptions"]
    assert {one["ResourceRecord"]["Name"] for one in (mine, theirs)} != {mine["ResourceRecord"]["Name"]}
    assert theirs["ResourceRecord"]["Value"] != mine["ResourceRecord"]["Value"]


def test_mail_is_the_way_where_none_is_named(world: World) -> None:
    arn = str(done(world, "RequestCertificate", {"DomainName": "www.a.example"})["CertificateArn"])
    assert options(world, arn) == [
        {
            "DomainName": "www.a.example",
            "ValidationDomain": "www.a.example",
            "ValidationStatus": "PENDING_VALIDATION",
            "ValidationMethod": "EMAIL",
            "ValidationEmails": [],
        }
    ]
    (one,) = request_of(world, arn).validations
    assert one.emails == tuple(
        f"{box}@a.example" for box in ("admin", "administrator", "hostmaster", "postmaster", "webmaster")
    )


def test_mail_goes_to_the_domain_that_is_named(world: World) -> None:
    given = [{"DomainName": "*.B.a.example", "ValidationDomain": "A.example"}]
    arn = requested(world, "*.b.a.example", ValidationMethod="EMAIL", DomainValidationOptions=given)
    (one,) = request_of(world, arn).validations
    assert (one.validation_domain, one.emails[0]) == ("a.example", "admin@a.example")


def test_a_token_is_served_and_gone_with_its_certificate(world: World) -> None:
    arn = requested(world, ValidationMethod="HTTP")
    (one,) = options(world, arn)
    path = one["HttpRedirect"]["RedirectFrom"].removeprefix("http://a.example")
    assert one["HttpRedirect"]["RedirectTo"] == f"http://validation.{REGION}.sealstone.internal{path}"
    with world.store.reading() as tx:
        ((owner, served, body),) = certificate_requests.tokens(tx)
    assert (owner, served) == (ACCOUNT, path)
    assert body not in path
    assert len(body) == 64
    done(world, "DeleteCertificate", {"CertificateArn": arn})
    with world.store.reading() as tx:
        assert certificate_requests.tokens(tx) == ()


BAD = {
    "wildcard over HTTP": (
        {"DomainName": "*.a.example", "ValidationMethod": "HTTP"},
        "The domain name *.a.example can",
    ),
    "long": ({"DomainName": f"{'a' * 60}.example"}, f"The domain name {'a' * 60}.example is too long. It has 68"),
    "hyphens": ({"DomainName": "ab--c.example"}, "The domain name ab--c.example is not valid. The label ab--c has"),
    "no label": ({"DomainName": "a.xn--a.example"}, "The domain name a.xn--a.example is not valid. The label xn--a"),
    "key": ({"DomainName": "a.example", "KeyAlgorithm": "RSA_4096"}, "The key algorithm RSA_4096 cannot be requested."),
    "managed": ({"DomainName": "a.example", "ManagedBy": "CLOUDFRONT"}, "ManagedBy CLOUDFRONT is not supported here."),
    "two methods": (
        {"DomainName": "a.example", "ValidationMethod": "DNS", "Options": {"ValidationMethod": "EMAIL"}},
        "The validation method is not clear. ValidationMethod is DNS, and in Options it is EMAIL.",
    ),
    "pattern": ({"DomainName": "a_b.example"}, "1 validation error detected: Value at 'domainName' failed to satisfy"),
    "no dot": ({"DomainName": "example"}, "1 validation error detected: Value at 'domainName' failed to satisfy"),
}


@pytest.mark.parametrize(("sent", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_requested(world: World, sent: dict[str, Any], sentence: str) -> None:
    answer = asked(world, "RequestCertificate", sent)
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert message(answer).startswith(sentence)
    assert done(world, "ListCertificates", {})["CertificateSummaryList"] == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([("b.example", "b.example")], "b.example cannot be used. It is none of the names"),
        ([("a.example", "a.example")] * 2, "It is given more than once"),
        ([("a.example", "b.example")], "b.example is neither the name itself nor above it"),
        ([("a.example", "www.a.example")], "neither the name itself nor above it"),
    ],
)
def test_domains_that_nobody_is_asked_for(world: World, given: list[tuple[str, str]], words: str) -> None:
    sent = [{"DomainName": name, "ValidationDomain": domain} for name, domain in given]
    answer = asked(world, "RequestCertificate", {"DomainName": "a.example", "DomainValidationOptions": sent})
    assert answer.code == "InvalidDomainValidationOptionsException"
    assert words in message(answer)


def test_internationalized_names(world: World) -> None:
    assert request_of(world, requested(world, "xn--bcher-kva.example")).stage is Stage.VALIDATING


@pytest.mark.parametrize("name", ["x.amazonaws.com", "*.cloudfront.net", "ElasticBeanstalk.com"])
def test_names_of_amazon_fail_by_themselves(world: World, name: str) -> None:
    arn = requested(world, "a.example", SubjectAlternativeNames=[name], ValidationMethod="DNS")
    told = described(world, arn)
    assert (told["Status"], told["FailureReason"]) == ("FAILED", "DOMAIN_NOT_ALLOWED")
    assert request_of(world, arn).explanation == f"{name.lower()} belongs to Amazon"
    answer = asked(world, "GetCertificate", {"CertificateArn": arn})
    assert answer.code == "ResourceNotFoundException"
    assert "its status is FAILED" in message(answer)
    with world.store.reading() as tx:
        assert certificate_requests.next_due(tx) is None
    requested(world, "xamazonaws.com")


# --- the private authority ---


def test_a_private_certificate_is_issued_without_validation(world: World) -> None:
    arn = private(world, KeyAlgorithm="EC_prime256v1")
    request = request_of(world, arn)
    assert (request.stage, request.days, request.is_validated) == (Stage.ISSUING, 395, True)
    told = described(world, arn)
    assert (told["Type"], told["CertificateAuthorityArn"]) == ("PRIVATE", AUTHORITY_ARN)
    assert told["DomainValidationOptions"] == [{"DomainName": "a.example", "ValidationStatus": "PENDING_VALIDATION"}]
    assert told["Options"] == {"CertificateTransparencyLoggingPreference": "DISABLED", "Export": "ENABLED"}
    issued(world, arn)
    assert described(world, arn)["DomainValidationOptions"][0]["ValidationStatus"] == "SUCCESS"


def test_an_authority_may_issue_for_amazon_s_names(world: World) -> None:
    assert request_of(world, private(world, "x.amazonaws.com")).stage is Stage.ISSUING


OTHER_ID = AUTHORITY_ARN.replace("1111", "1110")
UNKNOWN = {
    "another id": OTHER_ID,
    "another region": AUTHORITY_ARN.replace(REGION, "us-east-1"),
    "another account": AUTHORITY_ARN.replace(ACCOUNT, OTHER_ACCOUNT),
}


@pytest.mark.parametrize("arn", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("is_there", [True, False])
def test_an_authority_that_there_is_not(world: World, arn: str, is_there: bool) -> None:
    if is_there:
        found(world)
    answer = asked(world, "RequestCertificate", {"DomainName": "a.example", "CertificateAuthorityArn": arn})
    assert answer.code == "InvalidArnException"
    assert message(answer).startswith(f"Could not find certificate authority {arn}. The authority of this")


def test_an_arn_that_is_no_authority_s(world: World) -> None:
    arn = f"arn:aws:acm-pca:{REGION}:{ACCOUNT}:template/x"
    answer = asked(world, "RequestCertificate", {"DomainName": "a.example", "CertificateAuthorityArn": arn})
    assert answer.code == "InvalidArnException"
    assert message(answer).startswith(f"The ARN {arn} is no certificate authority's")


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"Options": {"Export": "ENABLED"}}, f"{PRIVATE} Export is for certificates"),
        ({"Options": {"ValidationMethod": "DNS"}}, f"{PRIVATE} ValidationMethod is for"),
        (
            {"Options": {"CertificateTransparencyLoggingPreference": "ENABLED"}},
            f"{PRIVATE} CertificateTransparencyLoggingPreference is ENABLED, and no log has private certificates.",
        ),
        ({"ValidationMethod": "DNS"}, "ValidationMethod cannot be given together with CertificateAuthorityArn."),
        (
            {"DomainValidationOptions": [{"DomainName": "a.example", "ValidationDomain": "a.example"}]},
            "DomainValidationOptions cannot be given together with CertificateAuthorityArn.",
        ),
    ],
)
def test_what_is_not_asked_of_an_authority(world: World, sent: dict[str, Any], sentence: str) -> None:
    found(world)
    parameters = {"DomainName": "a.example", "CertificateAuthorityArn": AUTHORITY_ARN} | sent
    answer = asked(world, "RequestCertificate", parameters)
    assert (answer.code, message(answer)[: len(sentence)]) == ("ValidationException", sentence)


# --- idempotency ---


def test_a_token_gives_one_certificate_within_an_hour(world: World) -> None:
    first = requested(world, IdempotencyToken="once", SubjectAlternativeNames=["b.example"])
    world.clock.advance(3599)
    assert requested(world, IdempotencyToken="once", SubjectAlternativeNames=["b.example", "A.example"]) == first
    assert requested(world, IdempotencyToken="twice") != first
    assert requested(world, region="us-east-1", IdempotencyToken="once") != first
    world.clock.advance(2)
    assert requested(world, IdempotencyToken="once", SubjectAlternativeNames=["b.example"]) != first
    assert requested(world) != requested(world)


@pytest.mark.parametrize(
    "other",
    [
        {"DomainName": "b.example"},
        {"SubjectAlternativeNames": ["b.example"]},
        {"KeyAlgorithm": "EC_prime256v1"},
        {"ValidationMethod": "EMAIL"},
        {"Options": {"Export": "ENABLED"}},
        {"Options": {"CertificateTransparencyLoggingPreference": "DISABLED"}},
        {"DomainValidationOptions": [{"DomainName": "x.a.example", "ValidationDomain": "a.example"}]},
        {"ValidationMethod": None, "CertificateAuthorityArn": AUTHORITY_ARN},
    ],
)
def test_a_token_is_not_for_another_certificate(world: World, other: dict[str, Any]) -> None:
    found(world)
    sent = {"DomainName": "x.a.example", "ValidationMethod": "DNS", "IdempotencyToken": "once"}
    arn = done(world, "RequestCertificate", sent)["CertificateArn"]
    changed = {name: value for name, value in (sent | other).items() if value is not None}
    answer = asked(world, "RequestCertificate", changed)
    assert answer.code == "InvalidParameterException"
    assert arn in message(answer)


def test_two_requests_at_once_with_one_token_are_one_certificate(world: World) -> None:
    with ThreadPoolExecutor(2) as pool:
        arns = set(pool.map(lambda _: requested(world, IdempotencyToken="once"), range(8)))
    assert len(arns) == 1
    assert len(done(world, "ListCertificates", {})["CertificateSummaryList"]) == 1


# --- quotas ---


def test_a_certificate_has_ten_names_at_most(world: World) -> None:
    more = [f"n{number}.example" for number in range(10)]
    requested(world, SubjectAlternativeNames=more[:9])
    answer = asked(world, "RequestCertificate", {"DomainName": "a.example", "SubjectAlternativeNames": more})
    assert answer.code == "LimitExceededException"
    assert message(answer) == (
        "Certificate has too many domains. It has 11, and the quota DomainNamesPerCertificate is 10."
    )
    world.quota("DomainNamesPerCertificate", 11)
    requested(world, SubjectAlternativeNames=more)


def test_certificates_and_requests_are_counted(world: World) -> None:
    world.quota("RequestedCertificatesPerRegion", 1)
    world.quota("RequestsPerYear", 2)
    arn = requested(world)
    refused = asked(world, "RequestCertificate", {"DomainName": "a.example"})
    assert (refused.code, message(refused)[: len(FULL)]) == ("LimitExceededException", FULL)
    requested(world, region="us-east-1")
    private(world)
    done(world, "DeleteCertificate", {"CertificateArn": arn})
    arn = requested(world)
    done(world, "DeleteCertificate", {"CertificateArn": arn})
    refused = asked(world, "RequestCertificate", {"DomainName": "a.example"})
    assert message(refused).startswith("Error: you have reached your limit of 2 certificates in the last year.")
    assert f"room again from {NOW + timedelta(days=366):%Y-%m-%d} on" in message(refused)
    assert "RequestsPerYear" in message(refused)
    private(world)
    world.clock.advance(366 * 86400)
    requested(world)


# --- tags and rights ---


def test_tags_come_with_a_request(world: World) -> None:
    arn = requested(world, Tags=[{"Key": "team", "Value": "web"}])
    assert done(world, "ListTagsForCertificate", {"CertificateArn": arn})["Tags"] == [{"Key": "team", "Value": "web"}]
    assert record(world, arn).tags == {"team": "web"}


def test_root_may_request(world: World) -> None:
    sent = {"DomainName": "a.example", "Tags": [{"Key": "a"}]}
    assert asked(world, "RequestCertificate", sent, key=world.root).status == 200


def test_a_request_is_allowed_for_all_certificates_of_the_region(world: World) -> None:
    everything = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/*"
    maker = world.user("maker", allow("acm:RequestCertificate", everything))
    assert asked(world, "RequestCertificate", {"DomainName": "a.example"}, key=maker).status == 200
    tagged = {"DomainName": "a.example", "Tags": [{"Key": "a", "Value": "b"}]}
    answer = asked(world, "RequestCertificate", tagged, key=maker)
    assert answer.code == "AccessDeniedException"
    assert "is not authorized to perform: acm:AddTagsToCertificate on resource: " + everything in answer.body.decode()
    nobody = world.user("nobody")
    answer = asked(world, "RequestCertificate", {"DomainName": "ab--c.example"}, key=nobody)
    assert answer.code == "AccessDeniedException"
    assert f"acm:RequestCertificate on resource: {everything}" in answer.body.decode()


CONDITIONS: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "acm:ValidationMethod": ("StringEquals", "DNS", {"ValidationMethod": "DNS"}, {}),
    "acm:KeyAlgorithm": ("StringEquals", "EC_prime256v1", {"KeyAlgorithm": "EC_prime256v1"}, {}),
    "acm:Export": ("StringEquals", "DISABLED", {}, {"Options": {"Export": "ENABLED"}}),
    "acm:CertificateTransparencyLogging": (
        "StringEquals",
        "ENABLED",
        {},
        {"Options": {"CertificateTransparencyLoggingPreference": "DISABLED"}},
    ),
    "acm:DomainNames": (
        "ForAllValues:StringLike",
        "*.a.example",
        {"DomainName": "X.a.example"},
        {"DomainName": "x.a.example", "SubjectAlternativeNames": ["x.b.example"]},
    ),
    "acm:CertificateAuthority": ("ArnEquals", AUTHORITY_ARN, {"CertificateAuthorityArn": AUTHORITY_ARN}, {}),
}


@pytest.mark.parametrize("key", CONDITIONS)
def test_policies_see_what_is_asked_for(world: World, key: str) -> None:
    found(world)
    operator, value, good, bad = CONDITIONS[key]
    asking = allow("acm:RequestCertificate", "*", Condition={operator: {key: value}})
    user = world.user("user", asking, allow("acm-pca:IssueCertificate", "*"))
    usual = {"DomainName": "a.example"}
    assert asked(world, "RequestCertificate", usual | good, key=user).status == 200
    assert asked(world, "RequestCertificate", usual | bad, key=user).code == "AccessDeniedException"
