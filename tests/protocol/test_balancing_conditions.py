"""Condition keys of load balancing: what a request asks for, as policies see it, by key and operation."""

from typing import Any, Final

import pytest
from tests.house_fixture import ACCOUNT, Answer, Key, World, allow
from tests.protocol.application import Balanced, answering, flat
from tests.protocol.classic import listener, upload, with_load_balancer

DEFAULT: Final = "ELBSecurityPolicy-2016-08"
STRICT: Final = "ELBSecurityPolicy-TLS13-1-2-2021-06"
OF_ONE: Final[dict[str, Any]] = {"LoadBalancerName": "web"}
CERTIFICATE: Final = f"arn:aws:iam::{ACCOUNT}:server-certificate/site"
CLASSIC: Final[dict[str, Any]] = {
    "LoadBalancerName": "new",
    "AvailabilityZones": ["us-east-1a"],
    **listener(1, "HTTP", 80, "HTTP"),
}
PLACED: Final[dict[str, Any]] = {"LoadBalancerName": "new", **listener(1, "HTTP", 80, "HTTP")}
V2: Final[dict[str, Any]] = {"Name": "new", "Subnets": ["subnet-1"]}
BARE: Final[dict[str, Any]] = {"Name": "new"}
Form = dict[str, Any]


def denying(world: World, action: str, key: str, *values: str) -> Key:
    """Somebody who may do everything of load balancing but this with one of the values."""
    condition = {"ForAnyValue:StringEquals": {f"elasticloadbalancing:{key}": list(values)}}
    deny = allow(f"elasticloadbalancing:{action}", "*", Effect="Deny", Condition=condition)
    return world.user("ann", allow(["elasticloadbalancing:*", "iam:Get*"], "*"), deny)


def ask(world: World, service: str, key: Key, action: str, form: Form) -> Answer:
    return world.ask(service, {"Action": action, **flat(form)}, key=key)


def check(answer: Answer, *, denied: bool) -> None:
    assert (answer.status, answer.code) == ((403, "AccessDenied") if denied else (200, "")), answer


# --- what is created ---

CREATIONS: Final = {
    "classic internal": ("elb", "Scheme", "internal", CLASSIC | {"Scheme": "internal"}, True),
    "classic facing when told otherwise": ("elb", "Scheme", "internet-facing", CLASSIC | {"Scheme": "internal"}, False),
    "classic facing by default": ("elb", "Scheme", "internet-facing", CLASSIC, True),
    "classic protocol in small letters": (
        *("elb", "ListenerProtocol", "HTTP"),
        *(CLASSIC | {"Listeners.member.1.Protocol": "http"}, True),
    ),
    "classic second listener": ("elb", "ListenerProtocol", "TCP", CLASSIC | listener(2, "TCP", 25, "TCP", 26), True),
    "classic other protocol": ("elb", "ListenerProtocol", "TCP", CLASSIC, False),
    "classic subnet": ("elb", "Subnet", "subnet-2", PLACED | {"Subnets": ["subnet-1", "subnet-2"]}, True),
    "classic other subnet": ("elb", "Subnet", "subnet-2", PLACED | {"Subnets": ["subnet-1"]}, False),
    "classic group": ("elb", "SecurityGroup", "sg-1", CLASSIC | {"SecurityGroups": ["sg-1"]}, True),
    "classic no group": ("elb", "SecurityGroup", "sg-1", CLASSIC, False),
    "internal": ("elbv2", "Scheme", "internal", V2 | {"Scheme": "internal"}, True),
    "facing by default": ("elbv2", "Scheme", "internet-facing", V2, True),
    "facing when told otherwise": ("elbv2", "Scheme", "internet-facing", V2 | {"Scheme": "internal"}, False),
    "subnet": ("elbv2", "Subnet", "subnet-1", V2, True),
    "subnet in a mapping": ("elbv2", "Subnet", "subnet-9", BARE | {"SubnetMappings": [{"SubnetId": "subnet-9"}]}, True),
    "other subnet": ("elbv2", "Subnet", "subnet-9", V2, False),
    "group": ("elbv2", "SecurityGroup", "sg-2", V2 | {"SecurityGroups": ["sg-1", "sg-2"]}, True),
    "other group": ("elbv2", "SecurityGroup", "sg-2", V2 | {"SecurityGroups": ["sg-1"]}, False),
}


@pytest.mark.parametrize(("service", "key", "value", "form", "denied"), CREATIONS.values(), ids=CREATIONS)
def test_a_load_balancer(world: World, service: str, key: str, value: str, form: Form, denied: bool) -> None:
    ann = denying(world, "CreateLoadBalancer", key, value)
    check(ask(world, service, ann, "CreateLoadBalancer", form), denied=denied)


def test_an_allow_by_scheme_does_not_reach_the_default(world: World) -> None:
    internal = {"StringEquals": {"elasticloadbalancing:Scheme": "internal"}}
    ann = world.user("ann", allow("elasticloadbalancing:CreateLoadBalancer", "*", Condition=internal))
    check(ask(world, "elbv2", ann, "CreateLoadBalancer", V2), denied=True)
    check(ask(world, "elbv2", ann, "CreateLoadBalancer", V2 | {"Scheme": "internal"}), denied=False)


# --- classic: what is there ---

CHANGES: Final = {
    "CreateLoadBalancerListeners": ("ListenerProtocol", "HTTP", listener(1, "http", 81, "HTTP"), True),
    "CreateLoadBalancerListeners ": ("ListenerProtocol", "HTTP", listener(1, "TCP", 81, "TCP", 82), False),
    "ApplySecurityGroupsToLoadBalancer": ("SecurityGroup", "sg-1", {"SecurityGroups": ["sg-0", "sg-1"]}, True),
    "ApplySecurityGroupsToLoadBalancer ": ("SecurityGroup", "sg-1", {"SecurityGroups": ["sg-0"]}, False),
}


@pytest.mark.parametrize(
    ("action", "key", "value", "form", "denied"), [(name.strip(), *row) for name, row in CHANGES.items()]
)
def test_a_change_of_a_classic_one(world: World, action: str, key: str, value: str, form: Form, denied: bool) -> None:
    with_load_balancer(world)
    check(ask(world, "elb", denying(world, action, key, value), action, OF_ONE | form), denied=denied)


def test_subnets_of_a_classic_one(world: World) -> None:
    world.done("elb", {"Action": "CreateLoadBalancer", **flat(PLACED | OF_ONE | {"Subnets": ["subnet-0"]})})
    ann = denying(world, "AttachLoadBalancerToSubnets", "Subnet", "subnet-1")
    for subnet, denied in (("subnet-1", True), ("subnet-2", False)):
        check(ask(world, "elb", ann, "AttachLoadBalancerToSubnets", OF_ONE | {"Subnets": [subnet]}), denied=denied)


def negotiating(name: str, *attributes: tuple[str, str]) -> Form:
    """What makes a policy of TLS."""
    sent = [{"AttributeName": key, "AttributeValue": value} for key, value in attributes]
    return OF_ONE | {"PolicyName": name, "PolicyTypeName": "SSLNegotiationPolicyType", "PolicyAttributes": sent}


REFERENCE: Final = "Reference-Security-Policy"
OWN: Final = (("Protocol-TLSv1.2", "true"), ("ECDHE-RSA-AES128-GCM-SHA256", "true"))


def test_security_policies_of_a_classic_one(world: World) -> None:
    """By what they refer to: a policy of one's own that is called like a predefined one is none."""
    with_load_balancer(world)
    only = {"StringNotEquals": {"elasticloadbalancing:SecurityPolicy": "ELBSecurityPolicy-TLS-1-2-2017-01"}}
    both = ["CreateLoadBalancerPolicy", "SetLoadBalancerPoliciesOfListener"]
    deny = allow([f"elasticloadbalancing:{one}" for one in both], "*", Effect="Deny", Condition=only)
    ann = world.user("ann", allow("elasticloadbalancing:*", "*"), deny)
    forms = {
        "good": negotiating("good", (REFERENCE, "ELBSecurityPolicy-TLS-1-2-2017-01")),
        "bad": negotiating("bad", (REFERENCE, DEFAULT)),
        "ELBSecurityPolicy-TLS-1-2-2017-01": negotiating("ELBSecurityPolicy-TLS-1-2-2017-01", *OWN),
    }
    for name, form in forms.items():
        check(ask(world, "elb", ann, "CreateLoadBalancerPolicy", form), denied=name != "good")
        if name != "good":
            world.done("elb", {"Action": "CreateLoadBalancerPolicy", **flat(form)})
        force = OF_ONE | {"LoadBalancerPort": 443, "PolicyNames": [name]}
        check(ask(world, "elb", ann, "SetLoadBalancerPoliciesOfListener", force), denied=name != "good")


@pytest.mark.parametrize(
    ("port", "names", "denied"),
    [(443, (), True), (443, ("sticky",), True), (443, ("own",), False), (25, (), False), (444, (), False)],
)
def test_a_secure_listener_without_a_policy_has_the_default_one(
    world: World, port: int, names: tuple[str, ...], denied: bool
) -> None:
    with_load_balancer(world)
    for form in (negotiating("own", *OWN), OF_ONE | {"PolicyName": "sticky"}):
        action = "CreateLoadBalancerPolicy" if "PolicyTypeName" in form else "CreateLBCookieStickinessPolicy"
        world.done("elb", {"Action": action, **flat(form)})
    ann = denying(world, "SetLoadBalancerPoliciesOfListener", "SecurityPolicy", DEFAULT)
    sent = {"PolicyNames": list(names)} if names else {"PolicyNames": ""}
    answer = ask(world, "elb", ann, "SetLoadBalancerPoliciesOfListener", OF_ONE | {"LoadBalancerPort": port} | sent)
    assert (answer.code == "AccessDenied") is denied
    assert denied or answer.code == ("ListenerNotFound" if port == 444 else "")


def test_nothing_is_told_of_a_load_balancer_that_is_not_there(world: World) -> None:
    ann = denying(world, "SetLoadBalancerPoliciesOfListener", "SecurityPolicy", DEFAULT)
    force = OF_ONE | {"LoadBalancerPort": 443, "PolicyNames": ["any"]}
    assert ask(world, "elb", ann, "SetLoadBalancerPoliciesOfListener", force).code == "LoadBalancerNotFound"


# --- v2: listeners, places ---


@pytest.fixture
def here(world: World) -> Balanced:
    upload(world)
    return Balanced(world)


def secure(arn: str, **more: Any) -> Form:
    found = {"LoadBalancerArn": arn, "Protocol": "HTTPS", "Port": 443, "DefaultActions": [answering()]}
    return found | {"Certificates": [{"CertificateArn": CERTIFICATE}]} | more


PLAIN: Final = {"Protocol": "HTTP", "Port": 80, "Certificates": []}
LISTENERS: Final = {
    "protocol": ("ListenerProtocol", "HTTPS", {}, True),
    "other protocol": ("ListenerProtocol", "HTTPS", PLAIN, False),
    "policy": ("SecurityPolicy", STRICT, {"SslPolicy": STRICT}, True),
    "other policy": ("SecurityPolicy", DEFAULT, {"SslPolicy": STRICT}, False),
    "default policy": ("SecurityPolicy", DEFAULT, {}, True),
    "no policy": ("SecurityPolicy", DEFAULT, PLAIN, False),
}


@pytest.mark.parametrize(("key", "value", "more", "denied"), LISTENERS.values(), ids=LISTENERS)
def test_a_listener(here: Balanced, key: str, value: str, more: Form, denied: bool) -> None:
    ann = denying(here.world, "CreateListener", key, value)
    form = {name: given for name, given in secure(here.balancer(), **more).items() if given}
    check(ask(here.world, "elbv2", ann, "CreateListener", form), denied=denied)


CERTIFIED: Final = {"Certificates": [{"CertificateArn": CERTIFICATE}]}
MODIFIED: Final = {
    "policy": ("SecurityPolicy", STRICT, "HTTPS", {"SslPolicy": STRICT}, True),
    "unchanged": ("SecurityPolicy", DEFAULT, "HTTPS", {"Port": 444}, False),
    "unchanged though told again": ("SecurityPolicy", DEFAULT, "HTTPS", {"Protocol": "HTTPS"}, False),
    "becomes secure by default": ("SecurityPolicy", DEFAULT, "HTTP", {"Protocol": "HTTPS", **CERTIFIED}, True),
    "becomes secure": (
        "SecurityPolicy",
        DEFAULT,
        "HTTP",
        {"Protocol": "HTTPS", "SslPolicy": STRICT, **CERTIFIED},
        False,
    ),
    "protocol": ("ListenerProtocol", "HTTP", "HTTPS", {"Protocol": "HTTP"}, True),
    "no protocol": ("ListenerProtocol", "HTTPS", "HTTPS", {"Port": 444}, False),
}


@pytest.mark.parametrize(("key", "value", "before", "form", "denied"), MODIFIED.values(), ids=MODIFIED)
def test_a_modified_listener(here: Balanced, key: str, value: str, before: str, form: Form, denied: bool) -> None:
    more = CERTIFIED if before == "HTTPS" else {}
    arn = here.listener(here.balancer(), before, 443, **more)
    ann = denying(here.world, "ModifyListener", key, value)
    check(ask(here.world, "elbv2", ann, "ModifyListener", {"ListenerArn": arn, **form}), denied=denied)


def test_a_listener_that_is_not_there(here: Balanced) -> None:
    ann = denying(here.world, "ModifyListener", "SecurityPolicy", DEFAULT)
    arn = here.listener(here.balancer())[:-1] + "0"
    assert ask(here.world, "elbv2", ann, "ModifyListener", {"ListenerArn": arn, "Port": 81}).code == "ListenerNotFound"
    assert ask(here.world, "elbv2", ann, "ModifyListener", {"Port": 81}).status == 400


PLACES: Final = {
    "SetSubnets": ("Subnet", "subnet-2", {"Subnets": ["subnet-2"]}, True),
    "SetSubnets ": ("Subnet", "subnet-2", {"SubnetMappings": [{"SubnetId": "subnet-2"}]}, True),
    "SetSubnets  ": ("Subnet", "subnet-2", {"Subnets": ["subnet-3"]}, False),
    "SetSecurityGroups": ("SecurityGroup", "sg-1", {"SecurityGroups": ["sg-1"]}, True),
    "SetSecurityGroups ": ("SecurityGroup", "sg-1", {"SecurityGroups": ["sg-2"]}, False),
}


@pytest.mark.parametrize(
    ("action", "key", "value", "form", "denied"), [(name.strip(), *row) for name, row in PLACES.items()]
)
def test_places(here: Balanced, action: str, key: str, value: str, form: Form, denied: bool) -> None:
    ann = denying(here.world, action, key, value)
    check(ask(here.world, "elbv2", ann, action, {"LoadBalancerArn": here.balancer(), **form}), denied=denied)


# --- tags of what is there ---


@pytest.mark.parametrize("prefix", ["aws", "elasticloadbalancing"])
def test_tags_of_what_is_there(here: Balanced, prefix: str) -> None:
    web = {"StringEquals": {f"{prefix}:ResourceTag/Team": "web"}}
    ann = here.world.user("ann", allow("elasticloadbalancing:*", "*", Condition=web))
    tagged, other = here.balancer("tagged"), here.balancer("other")
    here.done("AddTags", ResourceArns=[tagged], Tags=[{"Key": "Team", "Value": "web"}])
    for arn, denied in ((other, True), (tagged, False)):
        check(here.ask("SetIpAddressType", key=ann, LoadBalancerArn=arn, IpAddressType="ipv4"), denied=denied)


def test_tags_of_a_classic_one(world: World) -> None:
    web = {"StringEquals": {"elasticloadbalancing:ResourceTag/Team": "web"}}
    ann = world.user("ann", allow("elasticloadbalancing:*", "*", Condition=web))
    with_load_balancer(world)
    force = OF_ONE | {"SecurityGroups": ["sg-1"]}
    check(ask(world, "elb", ann, "ApplySecurityGroupsToLoadBalancer", force), denied=True)
    tag = {"LoadBalancerNames": ["web"], "Tags": [{"Key": "Team", "Value": "web"}]}
    world.done("elb", {"Action": "AddTags", **flat(tag)})
    check(ask(world, "elb", ann, "ApplySecurityGroupsToLoadBalancer", force), denied=False)


def test_they_are_no_keys_of_other_services(world: World) -> None:
    """Where nobody fills it, `Null` is true."""
    absent = {"Null": {"elasticloadbalancing:ResourceTag/Team": "true"}}
    ann = world.user("ann", allow("iam:GetUser", "*", Condition=absent), tags={"Team": "web"})
    assert world.ask("iam", {"Action": "GetUser"}, key=ann).status == 200


def test_many_values_are_work_that_is_counted(world: World) -> None:
    """A caller with conditions cannot make the house match without end: it is denied instead."""
    patterns = [f"subnet-*{number}*x" for number in range(60)]
    condition = {"ForAnyValue:StringLike": {"elasticloadbalancing:Subnet": patterns}}
    deny = allow("elasticloadbalancing:CreateLoadBalancer", "*", Effect="Deny", Condition=condition)
    ann = world.user("ann", allow("elasticloadbalancing:*", "*"), deny)
    few = BARE | {"Subnets": ["subnet-a"]}
    many = BARE | {"Subnets": [f"subnet-{'a' * 200}{number}" for number in range(4000)]}
    check(ask(world, "elbv2", ann, "CreateLoadBalancer", many), denied=True)
    check(ask(world, "elbv2", ann, "CreateLoadBalancer", few), denied=False)
