"""Who may name the private authority in RequestCertificate, and so get certificates for names that nobody validates."""

import json
from typing import Any

import pytest
from tests.acm import REGION, asked, done, message
from tests.acm_requests import AUTHORITY_ARN, found
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, World, allow

from sealstone.model import aws_policies
from sealstone.model.authority import AuthorityPlan
from sealstone.model.certificate_request import DAYS, PRIVATE_DAYS
from sealstone.store import certificates

SENT = {"DomainName": "a.example", "CertificateAuthorityArn": AUTHORITY_ARN}
ISSUING = "acm-pca:IssueCertificate"
ACM: dict[str, Any] = allow("acm:*", "*")
OTHER_ARN = AUTHORITY_ARN.replace("1111", "1110")


def denial(user: str, arn: str = AUTHORITY_ARN, *, said: str = "no identity-based policy allows") -> str:
    """How the message begins."""
    who = f"arn:aws:iam::{ACCOUNT}:user/{user}"
    return f"User: {who} is not authorized to perform: {ISSUING} on resource: {arn} because {said}"


@pytest.mark.parametrize("arn", [AUTHORITY_ARN, OTHER_ARN])
def test_to_request_certificates_is_not_enough(world: World, arn: str) -> None:
    """Nor does the denial tell whether there is such an authority."""
    found(world)
    narrow = world.user("narrow", ACM)
    answer = asked(world, "RequestCertificate", {**SENT, "CertificateAuthorityArn": arn}, key=narrow)
    assert (answer.status, answer.code) == (400, "AccessDeniedException")
    assert answer.message.startswith(denial("narrow", arn))
    assert done(world, "ListCertificates", {})["CertificateSummaryList"] == []
    done(world, "RequestCertificate", {"DomainName": "a.example", "ValidationMethod": "DNS"}, key=narrow)


@pytest.mark.parametrize("right", [ISSUING, "acm-pca:*", "ACM-PCA:issue*", "*"])
@pytest.mark.parametrize("resource", [AUTHORITY_ARN, f"arn:aws:acm-pca:*:{ACCOUNT}:certificate-authority/*", "*"])
def test_with_the_right_on_the_authority_it_is(world: World, right: str, resource: str) -> None:
    found(world)
    done(world, "RequestCertificate", SENT, key=world.user("issuer", ACM, allow(right, resource)))


def test_the_right_on_another_authority_is_none_on_this_one(world: World) -> None:
    found(world)
    key = world.user("elsewhere", ACM, allow(ISSUING, OTHER_ARN))
    assert asked(world, "RequestCertificate", SENT, key=key).message.startswith(denial("elsewhere"))


def test_a_denial_of_it_is_one(world: World) -> None:
    found(world)
    key = world.user("denied", allow("*", "*"), allow(ISSUING, AUTHORITY_ARN, Effect="Deny"))
    said = "with an explicit deny in an identity-based policy"
    answer = asked(world, "RequestCertificate", SENT, key=key)
    assert answer.message == denial("denied").replace("because no identity-based policy allows", said)


def test_the_right_is_bound_to_the_region_of_the_authority(world: World) -> None:
    found(world)
    condition = {"StringEquals": {"aws:RequestedRegion": "us-west-2"}}
    key = world.user("elsewhere", ACM, allow(ISSUING, "*", Condition=condition))
    assert asked(world, "RequestCertificate", SENT, key=key).code == "AccessDeniedException"


def test_root_may(world: World) -> None:
    found(world)
    done(world, "RequestCertificate", SENT, key=world.root)


@pytest.mark.parametrize(("policy", "may"), [("AdministratorAccess", True), ("AWSCertificateManagerFullAccess", False)])
def test_with_policies_of_aws(world: World, policy: str, may: bool) -> None:
    """Full access to ACM is none to AWS Private CA (managed policy reference)."""
    found(world)
    key = world.user("user")
    arn = next(one.arn for one in aws_policies.ALL if one.name == policy)
    world.done("iam", {"Action": "AttachUserPolicy", "UserName": "user", "PolicyArn": arn})
    answer = asked(world, "RequestCertificate", SENT, key=key)
    assert (answer.status == 200) is may, answer
    assert may or answer.message.startswith(denial("user"))


def test_a_policy_with_the_right_can_be_stored(world: World) -> None:
    everywhere = f"arn:aws:acm-pca:*:{ACCOUNT}:certificate-authority/*"
    text = json.dumps(allow(["acm-pca:*", ISSUING], [AUTHORITY_ARN, everywhere]))
    world.done("iam", {"Action": "CreatePolicy", "PolicyName": "issuing", "PolicyDocument": text})
    world.user("user")
    put = {"Action": "PutUserPolicy", "UserName": "user", "PolicyName": "issuing", "PolicyDocument": text}
    world.done("iam", put)


def test_only_accounts_that_are_named_have_an_authority(world: World) -> None:
    """To the others it is as one that there is not, and their root is no exception."""
    found(world)
    object.__setattr__(world.house, "authority", AuthorityPlan(accounts=(OTHER_ACCOUNT,)))
    for key in (world.administrator, world.root):
        answer = asked(world, "RequestCertificate", SENT, key=key)
        assert answer.code == "InvalidArnException"
        assert message(answer).startswith(f"Could not find certificate authority {AUTHORITY_ARN}. The authority of")
    other = world.account(OTHER_ACCOUNT)
    theirs = AUTHORITY_ARN.replace(ACCOUNT, OTHER_ACCOUNT)
    arn = done(world, "RequestCertificate", {**SENT, "CertificateAuthorityArn": theirs}, key=other)["CertificateArn"]
    assert arn.startswith(f"arn:aws:acm:{REGION}:{OTHER_ACCOUNT}:certificate/")


@pytest.mark.parametrize(("named", "as_ever"), [(True, PRIVATE_DAYS), (False, DAYS)])
def test_certificates_live_as_long_as_is_set(world: World, named: bool, as_ever: int) -> None:
    found(world)
    how = {"CertificateAuthorityArn": AUTHORITY_ARN} if named else {"ValidationMethod": "DNS"}
    wish = {"DomainName": "a.example.com"} | how
    for days in (as_ever, 47):
        plan = AuthorityPlan(certificate_days=0 if days == as_ever else days)
        object.__setattr__(world.house, "authority", plan)
        arn = done(world, "RequestCertificate", wish)["CertificateArn"]
        with world.store.reading() as tx:
            stored = certificates.find(tx, ACCOUNT, REGION, arn.rpartition("/")[2])
        assert stored is not None
        assert stored.request is not None
        assert stored.request.days == days
