"""Creating load balancers and their parts with tags: who may create but not tag creates nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest
from tests.house_fixture import ACCOUNT, Answer, Key, World, allow
from tests.protocol.application import ROOT, Balanced, answering, flat
from tests.protocol.classic import listener
from tests.protocol.pools import put

ARN: Final = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:"
TAGS: Final = [{"Key": "Team", "Value": "one"}]
ADD_TAGS: Final = "elasticloadbalancing:AddTags"


@dataclass(frozen=True)
class Creation:
    """What creates something: its operation's members, and the ARN that is tagged."""

    service: str
    action: str
    members: dict[str, Any]
    arn: str

    def ask(self, world: World, key: Key, **more: Any) -> Answer:
        """As somebody, with further members."""
        return world.ask(self.service, {"Action": self.action, **flat(self.members | more)}, key=key)


def _classic(_: Balanced) -> Creation:
    members = {"LoadBalancerName": "new", "AvailabilityZones": ["us-east-1a"]}
    return Creation("elb", "CreateLoadBalancer", members | listener(1, "HTTP", 80, "HTTP"), "loadbalancer/new")


def _load_balancer(_: Balanced) -> Creation:
    return Creation("elbv2", "CreateLoadBalancer", {"Name": "new", "Subnets": ["subnet-1"]}, "loadbalancer/app/new/*")


def _network(_: Balanced) -> Creation:
    members = {"Name": "new", "Subnets": ["subnet-1"], "Type": "network"}
    return Creation("elbv2", "CreateLoadBalancer", members, "loadbalancer/net/new/*")


def _target_group(_: Balanced) -> Creation:
    members = {"Name": "new", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-0"}
    return Creation("elbv2", "CreateTargetGroup", members, "targetgroup/new/*")


def _listener(here: Balanced) -> Creation:
    balancer = here.balancer()
    members = {"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": [answering()]}
    below = balancer.removeprefix(ARN).replace("loadbalancer/", "listener/")
    return Creation("elbv2", "CreateListener", members, f"{below}/*")


def _rule(here: Balanced) -> Creation:
    port = here.listener(here.balancer())
    conditions = [{"Field": "path-pattern", "Values": ["/a"]}]
    members = {"ListenerArn": port, "Priority": 1, "Conditions": conditions, "Actions": [answering()]}
    below = port.removeprefix(ARN).replace("listener/", "listener-rule/")
    return Creation("elbv2", "CreateRule", members, f"{below}/*")


def _trust_store(here: Balanced) -> Creation:
    where = put(here.world, "root.pem", ROOT.certificate_pem)
    return Creation("elbv2", "CreateTrustStore", {"Name": "new", **where}, "truststore/new/*")


@pytest.fixture(
    params=[_classic, _load_balancer, _network, _target_group, _listener, _rule, _trust_store],
    ids=lambda make: make.__name__[1:],
)
def creation(request: pytest.FixtureRequest, world: World) -> Creation:
    make: Callable[[Balanced], Creation] = request.param
    return make(Balanced(world))


def test_who_may_not_tag_creates_without_tags_only(world: World, creation: Creation) -> None:
    key = world.user("ann", allow(f"elasticloadbalancing:{creation.action}", "*"))
    answer = creation.ask(world, key, Tags=TAGS)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: {ADD_TAGS} on resource: "
        f"{ARN}{creation.arn} because no identity-based policy allows the {ADD_TAGS} action"
    )
    assert creation.ask(world, key).status == 200


def test_a_policy_may_allow_it_during_this_creation_alone(world: World, creation: Creation) -> None:
    """The example of the load balancing user guide."""
    during = {"StringEquals": {"elasticloadbalancing:CreateAction": creation.action}}
    other = {"StringEquals": {"elasticloadbalancing:CreateAction": "CreateSomethingElse"}}
    create = allow(f"elasticloadbalancing:{creation.action}", "*")
    ann = world.user("ann", create, allow(ADD_TAGS, ARN + creation.arn, Condition=during))
    bob = world.user("bob", create, allow(ADD_TAGS, "*", Condition=other))
    assert creation.ask(world, bob, Tags=TAGS).code == "AccessDenied"
    assert creation.ask(world, ann, Tags=TAGS).status == 200


def test_who_tags_by_that_creation_alone_cannot_tag_what_is_there(world: World) -> None:
    here = Balanced(world)
    arn = here.balancer()
    during = {"StringEquals": {"elasticloadbalancing:CreateAction": "CreateLoadBalancer"}}
    key = world.user("ann", allow(ADD_TAGS, "*", Condition=during))
    assert here.ask("AddTags", key=key, ResourceArns=[arn], Tags=TAGS).code == "AccessDenied"


def test_a_policy_may_name_the_tags(world: World, creation: Creation) -> None:
    wanted = {"StringEquals": {"aws:RequestTag/Team": "one"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}}
    create = allow(f"elasticloadbalancing:{creation.action}", "*")
    key = world.user("ann", create, allow(ADD_TAGS, ARN + creation.arn, Condition=wanted))
    other = [{"Key": "Team", "Value": "two"}]
    assert creation.ask(world, key, Tags=other).code == "AccessDenied"
    assert creation.ask(world, key, Tags=[*TAGS, {"Key": "More", "Value": ""}]).code == "AccessDenied"
    assert creation.ask(world, key, Tags=TAGS).status == 200


def test_a_deny_of_tagging_wins(world: World, creation: Creation) -> None:
    deny = allow(ADD_TAGS, ARN + creation.arn, Effect="Deny")
    key = world.user("ann", allow("elasticloadbalancing:*", "*"), deny)
    answer = creation.ask(world, key, Tags=TAGS)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.message.endswith(f":{creation.arn} with an explicit deny in an identity-based policy")


def test_who_may_tag_but_not_create_creates_nothing(world: World, creation: Creation) -> None:
    key = world.user("ann", allow(ADD_TAGS, "*"))
    assert f"elasticloadbalancing:{creation.action} on" in creation.ask(world, key, Tags=TAGS).message


def test_root_may(world: World, creation: Creation) -> None:
    assert creation.ask(world, world.root, Tags=TAGS).status == 200
