"""Names of load balancing are found without regard to case, and policies about them are not got round by it."""

from typing import Any, Final

import pytest
from tests.house_fixture import ACCOUNT, Key, World, allow
from tests.protocol.application import ROOT, Balanced, flat
from tests.protocol.classic import listener, refused, with_load_balancer

from sealstone.store import trust_files

ARNS = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:"


def denied(world: World, resource: str) -> Key:
    """Somebody who may do everything but to one resource."""
    deny = allow("elasticloadbalancing:*", ARNS + resource, Effect="Deny")
    return world.user("ann", allow(["elasticloadbalancing:*", "iam:Get*"], "*"), deny)


CLASSIC: Final[dict[str, dict[str, Any]]] = {
    "DeleteLoadBalancer": {},
    "CreateLoadBalancer": {"AvailabilityZones": ["us-east-1a"], **listener(1, "HTTP", 80, "HTTP")},
    "CreateLoadBalancerListeners": listener(1, "HTTP", 81, "HTTP", 82),
    "DeleteLoadBalancerListeners": {"LoadBalancerPorts": [25]},
    "RegisterInstancesWithLoadBalancer": {"Instances": [{"InstanceId": "i-1"}]},
    "CreateLBCookieStickinessPolicy": {"PolicyName": "sticky"},
    "SetLoadBalancerPoliciesOfListener": {"LoadBalancerPort": 443, "PolicyNames": ["sticky"]},
    "ApplySecurityGroupsToLoadBalancer": {"SecurityGroups": ["sg-1"]},
}


@pytest.mark.parametrize("name", ["web", "WEB", "wEb"])
@pytest.mark.parametrize(("action", "form"), CLASSIC.items())
def test_a_denied_classic_one(world: World, action: str, form: dict[str, object], name: str) -> None:
    with_load_balancer(world)
    sent = {"Action": action, "LoadBalancerName": name, **flat(form)}
    answer = world.ask("elb", sent, key=denied(world, "loadbalancer/web"))
    refused(answer, 403, "AccessDenied", f"{ARNS}loadbalancer/{name} ")


@pytest.mark.parametrize("action", ["AddTags", "RemoveTags"])
def test_tags_of_a_denied_classic_one(world: World, action: str) -> None:
    with_load_balancer(world)
    sent = {"Action": action, **flat({"LoadBalancerNames": ["WEB"], "Tags": [{"Key": "a"}]})}
    answer = world.ask("elb", sent, key=denied(world, "loadbalancer/web"))
    refused(answer, 403, "AccessDenied", f"{ARNS}loadbalancer/WEB ")


def test_what_is_not_there_has_the_name_that_was_sent(world: World) -> None:
    ann = denied(world, "loadbalancer/New")
    answer = world.ask("elb", {"Action": "DeleteLoadBalancer", "LoadBalancerName": "New"}, key=ann)
    refused(answer, 403, "AccessDenied", f"{ARNS}loadbalancer/New")
    assert world.ask("elb", {"Action": "DeleteLoadBalancer", "LoadBalancerName": "new"}, key=ann).status == 200


@pytest.mark.parametrize("name", ["group", "GROUP"])
def test_what_a_denied_creation_would_tell_of(world: World, name: str) -> None:
    here = Balanced(world)
    here.balancer("group")
    here.group("group")
    ann = denied(world, "*/group/*")
    forms: dict[str, dict[str, Any]] = {
        "CreateTargetGroup": {"Name": name, "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1"},
        "CreateLoadBalancer": {"Name": name, "Subnets": ["subnet-1"], "Type": "network"},
    }
    for action, form in forms.items():
        answer = here.ask(action, key=ann, **form)
        refused(answer, 403, "AccessDenied", f"/{name}/* ")
        assert here.ask(action, key=ann, **(form | {"Name": "other"})).status == 200


def test_a_creation_again_tells_of_the_one_that_is_there(world: World) -> None:
    here = Balanced(world)
    arns = (here.balancer("site"), here.group("group"))
    assert (here.balancer("SITE"), here.group("Group")) == arns


def test_a_trust_store_that_is_there(world: World) -> None:
    here = Balanced(world)
    bundle = {"CaCertificatesBundleS3Bucket": "ca", "CaCertificatesBundleS3Key": "root.pem"}
    place = world.path.parent / trust_files.DIRECTORY / "ca" / "root.pem"
    place.parent.mkdir(parents=True)
    place.write_text(ROOT.certificate_pem, encoding="ascii")
    here.done("CreateTrustStore", Name="clients", **bundle)
    ann = denied(world, "truststore/clients/*")
    assert here.ask("CreateTrustStore", key=ann, Name="CLIENTS", **bundle).code == "AccessDenied"
    assert here.ask("CreateTrustStore", key=ann, Name="others", **bundle).status == 200
    here.refused("DuplicateTrustStoreName", "exists", "CreateTrustStore", Name="CLIENTS", **bundle)
