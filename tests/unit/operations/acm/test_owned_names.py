"""Names that are not validated: Amazon's, and those that this installation gives out, but to whose they are."""

import pytest
from tests.acm import asked, done
from tests.acm_requests import private, request_of, requested
from tests.house_fixture import OTHER_ACCOUNT, World, allow

from sealstone.model.certificate_request import Stage
from sealstone.store import certificate_requests

ZONE = {"AvailabilityZones.member.1": "us-east-1a"}
LISTENER = {
    "Listeners.member.1.Protocol": "TCP",
    "Listeners.member.1.LoadBalancerPort": "80",
    "Listeners.member.1.InstancePort": "80",
}


def refusal(world: World, *names: str, method: str = "DNS") -> str:
    """What the request of these names says; empty where it waits to be validated."""
    request = request_of(world, requested(world, names[0], SubjectAlternativeNames=names, ValidationMethod=method))
    assert request.failure_reason == ("DOMAIN_NOT_ALLOWED" if request.explanation else "")
    assert (request.stage is Stage.FAILED) is bool(request.explanation)
    return request.explanation


@pytest.mark.parametrize("name", ["x.amazonaws.com", "*.cloudfront.net", "elasticbeanstalk.com"])
def test_names_of_amazon(world: World, name: str) -> None:
    assert refusal(world, "a.example", name) == f"{name} belongs to Amazon"


@pytest.mark.parametrize("method", ["DNS", "EMAIL"])
@pytest.mark.parametrize(
    "name",
    [
        *("site-0123456789.us-east-1.elb.sealstone.internal", "*.us-east-1.elb.sealstone.internal"),
        *("validation.us-east-1.sealstone.internal", "sealstone.internal", "*.sealstone.internal"),
    ],
)
def test_names_of_this_installation(world: World, name: str, method: str) -> None:
    expected = f"{name} is one of the names of this installation, and of no load balancer of the account"
    assert refusal(world, "a.example", name, method=method) == expected


@pytest.mark.parametrize("name", ["xsealstone.internal", "sealstone.internal.example", "a.amazon.com"])
def test_names_beside_them(world: World, name: str) -> None:
    assert refusal(world, name) == ""


def test_the_load_balancers_of_the_account_are_its_own(world: World) -> None:
    classic = {"Action": "CreateLoadBalancer", "LoadBalancerName": "Web", **ZONE, **LISTENER}
    one = str(world.done("elb", classic)["DNSName"])
    second = {"Action": "CreateLoadBalancer", "Name": "site", "Type": "network", "Subnets.member.1": "subnet-1"}
    two = str(world.done("elbv2", second)["LoadBalancers"][0]["DNSName"])
    assert one != one.lower()
    assert refusal(world, one, two.upper(), "a.example") == ""
    assert refusal(world, one, f"x.{two}").startswith(f"x.{two} is one of the names of this installation")
    assert refusal(world, one, "x.amazonaws.com") == "x.amazonaws.com belongs to Amazon"

    stranger = world.user("stranger", allow("*", "*"), account_id=OTHER_ACCOUNT)
    sent = {"DomainName": one, "ValidationMethod": "HTTP"}
    arn = done(world, "RequestCertificate", sent, key=stranger)["CertificateArn"]
    told = asked(world, "DescribeCertificate", {"CertificateArn": arn}, key=stranger).parsed["Certificate"]
    assert (told["Status"], told["FailureReason"]) == ("FAILED", "DOMAIN_NOT_ALLOWED")
    with world.store.reading() as tx:
        assert certificate_requests.tokens(tx) == ()


def test_the_private_authority_signs_them(world: World) -> None:
    assert request_of(world, private(world, "site.elb.sealstone.internal")).stage is Stage.ISSUING
