"""Application and network load balancers: what wire vectors do not tell of them, their attributes and tags."""

from dataclasses import replace
from typing import Any

import pytest
from tests.house_fixture import ACCOUNT, WINDOW, World, allow
from tests.pki import NOW
from tests.protocol.application import Balanced

from sealstone.endpoint.handle import Endpoint
from sealstone.model.balancing import Balancing
from sealstone.model.balancing_quota import APPLICATION_LOAD_BALANCERS
from sealstone.model.listener import ListenerState, ListenerStatus
from sealstone.model.target_group_detail import TrustStoreDetail, document_of
from sealstone.model.trust_store import TrustStore
from sealstone.operations.catalog import operations
from sealstone.store import certificate_uses, listener_states, quotas, rules, trust_stores


@pytest.fixture
def here(world: World) -> Balanced:
    return Balanced(world)


def test_the_quota_is_of_a_kind(here: Balanced) -> None:
    with here.world.store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, APPLICATION_LOAD_BALANCERS, 1)
    here.balancer("a")
    here.refused(
        "TooManyLoadBalancers",
        "The quota of 1 application load balancers in us-east-1 has been reached",
        "CreateLoadBalancer",
        Name="b",
        Subnets=["subnet-1"],
    )
    here.balancer("b", "network")


def test_without_an_address_there_is_no_load_balancer(world: World) -> None:
    world.house = replace(world.house, balancing=Balancing(addresses=()))
    world.endpoint = Endpoint(world.house, operations(), clock_window=WINDOW)
    Balanced(world).refused(
        "InvalidConfigurationRequest",
        "The setting listener_addresses names none",
        "CreateLoadBalancer",
        Name="a",
        Subnets=["subnet-1"],
    )


def test_in_which_order_places_are_named_says_nothing(here: Balanced) -> None:
    form: dict[str, Any] = {"Name": "a", "Subnets": ["s-1", "s-2"], "SecurityGroups": ["sg-1", "sg-2"]}
    (made,) = here.done("CreateLoadBalancer", **form)["LoadBalancers"]
    same = {"State": {"Code": "active"}}
    for one in ("Subnets", "SecurityGroups"):
        turned = form | {one: form[one][::-1]}
        assert here.done("CreateLoadBalancer", **turned)["LoadBalancers"] == [made | same]
        fewer = form | {one: form[one][:1]}
        here.refused("DuplicateLoadBalancerName", "with different settings", "CreateLoadBalancer", **fewer)


def test_internal_ones_keep_gateways_out_unless_told_otherwise(here: Balanced) -> None:
    key = "ipv6.deny_all_igw_traffic"

    def value(arn: str) -> str:
        told = here.done("DescribeLoadBalancerAttributes", LoadBalancerArn=arn)["Attributes"]
        return next(str(one["Value"]) for one in told if one["Key"] == key)

    assert value(here.balancer("open")) == "false"
    made = here.done("CreateLoadBalancer", Name="inner", Scheme="internal", Subnets=["subnet-1"])["LoadBalancers"]
    arn = made[0]["LoadBalancerArn"]
    assert value(arn) == "true"
    for wanted in ("false", "true"):
        given = [{"Key": key, "Value": wanted}]
        here.done("ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=given)
        assert value(arn) == wanted


def test_a_name_of_the_first_generation_is_another(here: Balanced) -> None:
    here.balancer("web")
    form = {
        "Action": "CreateLoadBalancer",
        "LoadBalancerName": "web",
        "AvailabilityZones.member.1": "us-east-1a",
        "Listeners.member.1.Protocol": "HTTP",
        "Listeners.member.1.LoadBalancerPort": "80",
        "Listeners.member.1.InstancePort": "80",
    }
    here.world.done("elb", form)
    assert len(here.done("DescribeLoadBalancers")["LoadBalancers"]) == 1


def test_a_network_load_balancer_tells_its_addresses(here: Balanced) -> None:
    mappings = [
        {"SubnetId": "subnet-1", "AllocationId": "eipalloc-1"},
        {"SubnetId": "subnet-2", "PrivateIPv4Address": "10.0.0.5"},
    ]
    made = here.done("CreateLoadBalancer", Name="wire", Type="network", SubnetMappings=mappings)["LoadBalancers"][0]
    told = [zone["LoadBalancerAddresses"] for zone in made["AvailabilityZones"]]
    assert told == [[{"AllocationId": "eipalloc-1"}], [{"PrivateIPv4Address": "10.0.0.5"}]]
    arn = made["LoadBalancerArn"]
    assert made["DNSName"] == f"wire-{arn.rpartition('/')[2]}.elb.us-east-1.sealstone.internal"
    here.done(
        "SetSecurityGroups",
        LoadBalancerArn=arn,
        SecurityGroups=["sg-1"],
        EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off",
    )
    (found,) = here.done("DescribeLoadBalancers", LoadBalancerArns=[arn])["LoadBalancers"]
    assert found["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "off"
    here.refused(
        "ValidationError", "SubnetId", "SetSubnets", LoadBalancerArn=arn, SubnetMappings=[{"IPv6Address": "a"}]
    )
    here.refused("ValidationError", "At least one subnet", "SetSubnets", LoadBalancerArn=arn)
    for _ in range(2):
        here.done("SetIpAddressType", LoadBalancerArn=arn, IpAddressType="dualstack")


def test_the_first_listener_that_fails_impairs(here: Balanced) -> None:
    arn = here.balancer()
    listener = here.listener(arn).rpartition("/")[2]
    here.listener(arn, port=81)
    state = ListenerState(listener, 1, ListenerStatus.FAILED, "the port is taken", "", NOW)
    with here.world.store.writing() as tx:
        listener_states.put(tx, state)
    (found,) = here.done("DescribeLoadBalancers", Names=["site"])["LoadBalancers"]
    assert found["State"] == {"Code": "active_impaired", "Reason": "The listener on port 80: the port is taken"}
    with here.world.store.writing() as tx:
        listener_states.put(tx, replace(state, status=ListenerStatus.SERVING))
    assert here.done("DescribeLoadBalancers")["LoadBalancers"][0]["State"] == {"Code": "active"}


def test_an_arn_of_another_region_kind_or_account_finds_nothing(here: Balanced) -> None:
    arn = here.balancer()
    listener = here.listener(arn)
    rule = here.rule(listener)
    for wrong in (
        arn.replace("us-east-1", "eu-west-1"),
        arn.replace("/app/", "/net/"),
        arn.replace("/site/", "/other/"),
        arn.replace(ACCOUNT, "210987654321"),
        arn + "/" + "0" * 16,
        listener,
    ):
        here.refused("LoadBalancerNotFound", "not found", "DescribeLoadBalancers", LoadBalancerArns=[wrong])
    here.refused("RuleNotFound", "not found", "DescribeRules", RuleArns=[rule.replace("/site/", "/other/")])
    answer = here.world.ask("elbv2", {"Action": "DescribeLoadBalancers"}, region="eu-west-1")
    assert answer.parsed["LoadBalancers"] == []
    named = {"Action": "DescribeListeners", "ListenerArns.member.1": listener}
    assert here.world.ask("elbv2", named, region="eu-west-1").code == "ListenerNotFound"
    ruled = {"Action": "DescribeRules", "RuleArns.member.1": rule}
    assert here.world.ask("elbv2", ruled, region="eu-west-1").code == "RuleNotFound"


def test_deleting_leaves_nothing_behind(here: Balanced) -> None:
    arn = here.balancer()
    certificate = here.upload("site")
    listener = here.listener(arn, "HTTPS", 443, Certificates=[{"CertificateArn": certificate}])
    here.rule(listener)
    here.done("DeleteLoadBalancer", LoadBalancerArn=arn)
    here.refused("ListenerNotFound", "not found", "DescribeListeners", ListenerArns=[listener])
    with here.world.store.reading() as tx:
        assert (rules.every(tx), certificate_uses.every(tx)) == ((), ())
    here.world.done("iam", {"Action": "DeleteServerCertificate", "ServerCertificateName": "site"})
    assert here.balancer() != arn


# --- attributes ---


def test_what_is_set_to_its_default_is_kept_no_longer(here: Balanced) -> None:
    arn = here.balancer()
    for value in ("90", "60"):
        told = here.done(
            "ModifyLoadBalancerAttributes",
            LoadBalancerArn=arn,
            Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": value}],
        )
        assert {"Key": "idle_timeout.timeout_seconds", "Value": value} in told["Attributes"]


@pytest.mark.parametrize("kind", ["access_logs", "connection_logs", "health_check_logs"])
def test_logs_cannot_be_enabled(here: Balanced, kind: str) -> None:
    """What modules of others send, `false` and the names of buckets, is taken."""
    arn = here.balancer()
    on = [{"Key": f"{kind}.s3.enabled", "Value": "true"}, {"Key": f"{kind}.s3.bucket", "Value": "b"}]
    answer = here.ask("ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=on)
    assert (answer.code, answer.status) == ("InvalidConfigurationRequest", 400)
    assert "there are no buckets" in answer.message
    off = [{"Key": f"{kind}.s3.enabled", "Value": "false"}, *on[1:], {"Key": f"{kind}.s3.prefix", "Value": "p"}]
    told = here.done("ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=off)
    assert all(attribute in told["Attributes"] for attribute in off)


def test_attributes_must_be_sent(here: Balanced) -> None:
    answer = here.world.ask(
        "elbv2", {"Action": "ModifyLoadBalancerAttributes", "LoadBalancerArn": here.balancer(), "Attributes": ""}
    )
    assert (answer.code, answer.message) == ("ValidationError", "Attributes must be specified")


def test_attributes_of_a_protocol_stay_while_it_is_another(here: Balanced) -> None:
    certificate = [{"CertificateArn": here.upload("site")}]
    listener = here.listener(here.balancer(), "HTTPS", 443, Certificates=certificate)
    key = "routing.http.request.x_amzn_tls_version.header_name"
    here.done("ModifyListenerAttributes", ListenerArn=listener, Attributes=[{"Key": key, "Value": "X-TLS"}])
    here.done("ModifyListener", ListenerArn=listener, Protocol="HTTP")
    keys = [one["Key"] for one in here.done("DescribeListenerAttributes", ListenerArn=listener)["Attributes"]]
    assert key not in keys
    here.done("ModifyListener", ListenerArn=listener, Protocol="HTTPS", Certificates=certificate)
    told = here.done("DescribeListenerAttributes", ListenerArn=listener)["Attributes"]
    assert {"Key": key, "Value": "X-TLS"} in told


def test_headers_have_names_of_their_own(here: Balanced) -> None:
    """Else a request would lose what tells its length, or a server would be told of one thing as of another."""
    certificate = [{"CertificateArn": here.upload("site")}]
    listener = here.listener(here.balancer(), "HTTPS", 443, Certificates=certificate)
    subject, issuer = (
        f"routing.http.request.x_amzn_mtls_clientcert_{name}.header_name" for name in ("subject", "issuer")
    )

    def refused(words: str, **names: str) -> None:
        keys = {"subject": subject, "issuer": issuer}
        attributes = [{"Key": keys[which], "Value": name} for which, name in names.items()]
        here.refused("ValidationError", words, "ModifyListenerAttributes", ListenerArn=listener, Attributes=attributes)

    for name in ("Content-Length", "transfer-encoding", "HOST", "Cookie", "X-Forwarded-For", "X-Amzn-Trace-Id"):
        refused("means something to HTTP", subject=name)
    refused("each header needs a name of its own", subject="X-Same", issuer="x-same")
    refused("each header needs a name of its own", subject="X-Amzn-Mtls-Clientcert-Issuer")
    swapped = [(subject, "X-Amzn-Mtls-Clientcert-Issuer"), (issuer, "X-Amzn-Mtls-Clientcert-Subject")]
    attributes = [{"Key": key, "Value": name} for key, name in swapped]
    here.done("ModifyListenerAttributes", ListenerArn=listener, Attributes=attributes)


# --- tags ---


def test_all_that_has_an_arn_has_tags(here: Balanced) -> None:
    balancer = here.balancer()
    listener = here.listener(balancer)
    arns = [balancer, listener, here.rule(listener), here.group()]
    store = TrustStore(ACCOUNT, "0" * 16, "us-east-1", "clients", NOW, "", document_of(TrustStoreDetail(1)))
    with here.world.store.writing() as tx:
        trust_stores.add(tx, store)
    arns.append(store.arn)
    for _ in range(2):
        here.done("AddTags", ResourceArns=arns, Tags=[{"Key": "a", "Value": "b"}])
    here.done("RemoveTags", ResourceArns=arns[:1], TagKeys=["a"])
    told = here.done("DescribeTags", ResourceArns=[*arns, balancer])["TagDescriptions"]
    assert [(one["ResourceArn"], one["Tags"]) for one in told] == [
        (balancer, []),
        *((arn, [{"Key": "a", "Value": "b"}]) for arn in arns[1:]),
    ]


def test_tags_count(here: Balanced) -> None:
    arn = here.balancer()
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(51)]
    here.refused("TooManyTags", "A resource can have 50 tags", "AddTags", ResourceArns=[arn], Tags=tags)
    here.refused("ValidationError", "Up to '20' resource ARNs", "DescribeTags", ResourceArns=[arn] * 21)
    answer = here.world.ask("elbv2", {"Action": "DescribeTags", "ResourceArns": ""})
    assert answer.message == "At least one resource ARN must be specified"


def test_tags_of_a_resource_count_in_policies(here: Balanced) -> None:
    arn = here.balancer()
    here.done("AddTags", ResourceArns=[arn], Tags=[{"Key": "team", "Value": "web"}])
    condition = {"StringEquals": {"aws:ResourceTag/team": "web"}}
    bob = here.world.user("bob", allow("elasticloadbalancing:DeleteLoadBalancer", "*", Condition=condition))
    other = here.balancer("other")
    assert here.ask("DeleteLoadBalancer", key=bob, LoadBalancerArn=other).status == 403
    assert here.ask("DeleteLoadBalancer", key=bob, LoadBalancerArn=arn).status == 200
