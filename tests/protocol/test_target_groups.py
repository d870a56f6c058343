"""Target groups: what is made of a request, what is refused, and who sends to one."""

import pytest
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, World, allow
from tests.protocol.pools import (
    GROUP,
    Ask,
    Done,
    asking,
    doing,
    forward,
    group,
    listen,
    load_balancer,
    quota,
    refused,
)

from sealstone.model import balancing_quota
from sealstone.store import configuration


@pytest.fixture
def ask(world: World) -> Ask:
    return asking(world)


@pytest.fixture
def done(world: World) -> Done:
    return doing(world)


def generation(world: World) -> int:
    with world.store.reading() as tx:
        return configuration.generation(tx)


# --- creating ---


def test_a_target_group_has_the_defaults_of_aws(done: Done) -> None:
    made = group(done)
    assert {name: value for name, value in made.items() if name != "TargetGroupArn"} == {
        "TargetGroupName": "web",
        "Protocol": "HTTP",
        "Port": 80,
        "VpcId": "vpc-0",
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPort": "traffic-port",
        "HealthCheckEnabled": True,
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 5,
        "UnhealthyThresholdCount": 2,
        "HealthCheckPath": "/",
        "Matcher": {"HttpCode": "200"},
        "LoadBalancerArns": [],
        "TargetType": "instance",
        "ProtocolVersion": "HTTP1",
        "IpAddressType": "ipv4",
    }
    assert made["TargetGroupArn"].startswith(f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/web/")


@pytest.mark.parametrize(
    ("form", "check"),
    [
        ({"Protocol": "TCP"}, ("TCP", 10, None, None)),
        ({"Protocol": "TLS"}, ("TCP", 10, None, None)),
        ({"Protocol": "TCP", "HealthCheckProtocol": "HTTP"}, ("HTTP", 6, "/", {"HttpCode": "200-399"})),
        ({"Protocol": "TCP", "HealthCheckProtocol": "HTTPS"}, ("HTTPS", 10, "/", {"HttpCode": "200-399"})),
        ({"Protocol": "HTTPS", "HealthCheckProtocol": "HTTPS"}, ("HTTPS", 5, "/", {"HttpCode": "200"})),
        ({"Protocol": "TCP", "HealthCheckTimeoutSeconds": 30}, ("TCP", 30, None, None)),
    ],
)
def test_health_checks_by_protocol(done: Done, form: dict[str, str], check: tuple[object, ...]) -> None:
    made = group(done, **form)
    found = tuple(made.get(name) for name in ("HealthCheckProtocol", "HealthCheckTimeoutSeconds", "HealthCheckPath"))
    assert (*found, made.get("Matcher")) == check


def test_the_same_again_is_no_error_and_anything_else_is(ask: Ask, done: Done) -> None:
    made = group(done, Tags__1_Key="a", Tags__1_Value="b")
    assert group(done, Tags__1_Key="a", Tags__1_Value="b") == made
    for form in ({"Port": "81"}, {"HealthCheckPath": "/x"}, {"TargetType": "ip"}, {"VpcId": "vpc-1"}):
        words = "A target group with the same name 'web' exists, but with different settings"
        refused(ask("CreateTargetGroup", **(GROUP | form)), "DuplicateTargetGroupName", words)


@pytest.mark.parametrize(
    ("form", "code", "words"),
    [
        ({"Name": "a" * 33}, "ValidationError", "cannot be longer than '32' characters"),
        ({"Name": "a_b"}, "ValidationError", "can only contain characters that are alphanumeric"),
        ({"Name": "-a"}, "ValidationError", "cannot begin or end with a hyphen(-)"),
        ({"Name": "a-"}, "ValidationError", "cannot begin or end with a hyphen(-)"),
        ({"Protocol": ""}, "ValidationError", "at 'protocol' failed"),
        ({"Protocol": "UDP"}, "InvalidConfigurationRequest", "Protocol 'UDP' is not supported"),
        ({"Protocol": "GENEVE"}, "InvalidConfigurationRequest", "Protocol 'GENEVE' is not supported"),
        ({"TargetType": "lambda"}, "InvalidConfigurationRequest", "Target type 'lambda' is not supported"),
        ({"TargetType": "alb"}, "InvalidConfigurationRequest", "Target type 'alb' is not supported"),
        ({"ProtocolVersion": "GRPC"}, "InvalidConfigurationRequest", "Protocol version 'GRPC' is not supported"),
        ({"ProtocolVersion": "HTTP2"}, "InvalidConfigurationRequest", "clients may speak HTTP/2"),
        ({"Protocol": "TCP", "ProtocolVersion": "HTTP1"}, "ValidationError", "with the TCP protocol"),
        ({"TargetControlPort": "80"}, "InvalidInput", "TargetControlPort"),
        ({"HealthCheckEnabled": "false"}, "ValidationError", "Health check enabled must be true"),
        ({"HealthCheckProtocol": "TCP"}, "InvalidConfigurationRequest", "Use one of HTTP, HTTPS."),
        ({"Protocol": "TCP", "HealthCheckProtocol": "TLS"}, "InvalidConfigurationRequest", "HTTP, HTTPS, TCP."),
        ({"HealthCheckPort": "0"}, "ValidationError", "Health check port '0'"),
        ({"HealthCheckPort": "65536"}, "ValidationError", "a port from 1 to 65535"),
        ({"HealthCheckPort": "http"}, "ValidationError", "Health check port 'http'"),
        ({"HealthCheckPath": "x"}, "ValidationError", "Health check path cannot be used"),
        ({"HealthCheckPath": "/a\nb"}, "ValidationError", "Health check path cannot be used"),
        ({"Protocol": "TCP", "HealthCheckPath": "/"}, "InvalidConfigurationRequest", "paths are not supported"),
        ({"Protocol": "TCP", "Matcher.HttpCode": "200"}, "InvalidConfigurationRequest", "Custom health check matchers"),
        ({"Matcher.GrpcCode": "12"}, "InvalidConfigurationRequest", "GrpcCode is not supported"),
        ({"Matcher.HttpCode": "500"}, "ValidationError", "must be within '200-499' inclusive"),
        ({"Matcher.HttpCode": "199-299"}, "ValidationError", "must be within"),
        ({"Matcher.HttpCode": "2xx"}, "ValidationError", "must be within"),
        ({"Matcher.HttpCode": "200,499-201"}, "ValidationError", "must be within"),
        ({"HealthCheckTimeoutSeconds": "30"}, "ValidationError", "must be smaller than the interval '30'"),
        ({"HealthCheckIntervalSeconds": "5"}, "ValidationError", "timeout '5' must be smaller than the interval '5'"),
        (
            {"Protocol": "TCP", "HealthCheckIntervalSeconds": "5"},
            "ValidationError",
            "timeout '10' must be smaller than or equal to the interval '5'",
        ),
    ],
)
def test_what_cannot_be_made(ask: Ask, form: dict[str, str], code: str, words: str) -> None:
    refused(ask("CreateTargetGroup", **(GROUP | form)), code, words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Protocol", "A protocol must be specified"),
        ("Port", "A port must be specified"),
        ("VpcId", "A VPC ID must be specified"),
    ],
)
def test_what_a_target_group_needs(ask: Ask, name: str, words: str) -> None:
    form = {key: value for key, value in GROUP.items() if key != name}
    refused(ask("CreateTargetGroup", **form), "ValidationError", words)


def test_a_quota(world: World, ask: Ask, done: Done) -> None:
    quota(world, balancing_quota.TARGET_GROUPS, 1)
    group(done)
    refused(ask("CreateTargetGroup", **(GROUP | {"Name": "b"})), "TooManyTargetGroups", "The quota of 1 target groups")


# --- describing ---


def test_target_groups_by_name_arn_and_load_balancer(ask: Ask, done: Done) -> None:
    web, other = group(done), group(done, Name="api")
    arn = listen(done, web["TargetGroupArn"])
    used = {**web, "LoadBalancerArns": [arn]}
    assert done("DescribeTargetGroups")["TargetGroups"] == [other, used]
    assert done("DescribeTargetGroups", Names__1="WEB", Names__2="api")["TargetGroups"] == [used, other]
    assert done("DescribeTargetGroups", TargetGroupArns__1=web["TargetGroupArn"])["TargetGroups"] == [used]
    assert done("DescribeTargetGroups", LoadBalancerArn=arn)["TargetGroups"] == [used]
    first = done("DescribeTargetGroups", PageSize="1")
    assert first["TargetGroups"] == [other]
    assert done("DescribeTargetGroups", Marker=first["NextMarker"])["TargetGroups"] == [used]


def test_a_target_group_that_only_a_rule_sends_to_is_in_use(ask: Ask, done: Done) -> None:
    web, other = group(done), group(done, Name="api")
    arn = listen(done, web["TargetGroupArn"])
    (listener,) = done("DescribeListeners", LoadBalancerArn=arn)["Listeners"]
    action = {"Actions__1_Type": "forward", "Actions__1_TargetGroupArn": other["TargetGroupArn"]}
    condition = {"Conditions__1_Field": "path-pattern", "Conditions__1_Values__1": "/api/*"}
    done("CreateRule", ListenerArn=listener["ListenerArn"], Priority="1", **condition, **action)
    told = done("DescribeTargetGroups", LoadBalancerArn=arn)["TargetGroups"]
    assert [one["TargetGroupName"] for one in told] == ["api", "web"]
    words = f"Target group '{other['TargetGroupArn']}' is currently in use by a listener or a rule"
    refused(ask("DeleteTargetGroup", TargetGroupArn=other["TargetGroupArn"]), "ResourceInUse", words)


def test_what_is_not_there(world: World, ask: Ask, done: Done) -> None:
    made = group(done)["TargetGroupArn"]
    words = "One or more target groups not found"
    missing = [made[:-1] + ("0" if made[-1] != "0" else "1"), made.replace("/web/", "/x/"), "x", made + "0"]
    for arn in missing:
        refused(
            ask("ModifyTargetGroup", TargetGroupArn=arn), "TargetGroupNotFound", "One or more target groups not found"
        )
        done("DeleteTargetGroup", TargetGroupArn=arn)
    elsewhere = world.ask(
        "elbv2", {"Action": "DescribeTargetGroups", "TargetGroupArns.member.1": made}, region="eu-west-1"
    )
    refused(elsewhere, "TargetGroupNotFound", words)
    refused(ask("DescribeTargetGroups", Names__1="no"), "TargetGroupNotFound", words)
    refused(ask("DescribeTargetGroups", LoadBalancerArn=made), "LoadBalancerNotFound", "")
    words = "cannot be specified at the same time"
    refused(ask("DescribeTargetGroups", Names__1="web", TargetGroupArns__1=made), "ValidationError", words)


def test_what_others_balance_is_not_told(world: World, done: Done) -> None:
    arn = group(done)["TargetGroupArn"]
    listen(done, arn)
    classic = {"Listeners.member.1.Protocol": "HTTP", "Listeners.member.1.LoadBalancerPort": "81"}
    more = {"Listeners.member.1.InstancePort": "80", "AvailabilityZones.member.1": "a", "LoadBalancerName": "old"}
    world.done("elb", {"Action": "CreateLoadBalancer", **classic, **more})
    other = doing(world, key=world.account(OTHER_ACCOUNT))
    theirs = group(other)["TargetGroupArn"]
    balancer = load_balancer(other)
    port = {"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": "8080"}
    (listener,) = other("CreateListener", **port, **forward(theirs))["Listeners"]
    action = {"Actions__1_Type": "forward", "Actions__1_TargetGroupArn": theirs}
    condition = {"Conditions__1_Field": "path-pattern", "Conditions__1_Values__1": "/api/*"}
    other("CreateRule", ListenerArn=listener["ListenerArn"], Priority="1", **condition, **action)
    (told,) = other("DescribeTargetGroups")["TargetGroups"]
    assert told["LoadBalancerArns"] == [balancer]
    assert [one["TargetGroupArn"] for one in done("DescribeTargetGroups")["TargetGroups"]] == [arn]
    assert asking(world)("DescribeTargetGroups", TargetGroupArns__1=theirs).code == "TargetGroupNotFound"


# --- changing and deleting ---


def test_a_health_check_is_changed_in_part(world: World, ask: Ask, done: Done) -> None:
    arn = group(done, HealthCheckPath="/a", **{"Matcher.HttpCode": "200,204"})["TargetGroupArn"]
    before = generation(world)
    change = {"HealthCheckPort": "traffic-port", "UnhealthyThresholdCount": "2"}
    (made,) = done("ModifyTargetGroup", TargetGroupArn=arn, **change)["TargetGroups"]
    assert (made["HealthCheckPort"], generation(world)) == ("traffic-port", before)
    change = {"HealthCheckPort": "8081", "UnhealthyThresholdCount": "3"}
    (made,) = done("ModifyTargetGroup", TargetGroupArn=arn, **change)["TargetGroups"]
    assert (made["HealthCheckPort"], made["UnhealthyThresholdCount"], made["HealthCheckPath"]) == ("8081", 3, "/a")
    assert made["Matcher"] == {"HttpCode": "200,204"}
    assert generation(world) == before + 1
    (same,) = done("ModifyTargetGroup", TargetGroupArn=arn, HealthyThresholdCount="5")["TargetGroups"]
    assert (same, generation(world)) == (made, before + 1)
    words = "must be smaller than the interval"
    refused(ask("ModifyTargetGroup", TargetGroupArn=arn, HealthCheckIntervalSeconds="5"), "ValidationError", words)


def test_a_check_that_asks_for_pages_becomes_one_that_connects_and_back(done: Done) -> None:
    arn = group(done, Protocol="TCP", HealthCheckProtocol="HTTP", HealthCheckPath="/a")["TargetGroupArn"]
    (made,) = done("ModifyTargetGroup", TargetGroupArn=arn, HealthCheckProtocol="TCP")["TargetGroups"]
    assert "HealthCheckPath" not in made
    (made,) = done("ModifyTargetGroup", TargetGroupArn=arn, HealthCheckProtocol="HTTP")["TargetGroups"]
    assert (made["HealthCheckPath"], made["Matcher"]) == ("/", {"HttpCode": "200-399"})


def test_a_target_group_is_deleted_once_nothing_sends_to_it(ask: Ask, done: Done) -> None:
    arn = group(done)["TargetGroupArn"]
    balancer = listen(done, arn)
    refused(
        ask("DeleteTargetGroup", TargetGroupArn=arn), "ResourceInUse", "is currently in use by a listener or a rule"
    )
    done("DeleteLoadBalancer", LoadBalancerArn=balancer)
    done("DeleteTargetGroup", TargetGroupArn=arn)
    assert done("DescribeTargetGroups")["TargetGroups"] == []


def test_rights_go_by_arn_and_by_tags(world: World, done: Done) -> None:
    arn = group(done, Tags__1_Key="team", Tags__1_Value="a")["TargetGroupArn"]
    only = {"StringEquals": {"aws:ResourceTag/team": "a"}}
    alice = world.user("alice", allow("elasticloadbalancing:*", "*", Condition=only))
    creating = ["elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:AddTags"]
    bob = world.user("bob", allow(creating, "arn:aws:elasticloadbalancing:*:*:targetgroup/web/*"))
    modify = {"Action": "ModifyTargetGroup", "TargetGroupArn": arn}
    assert world.ask("elbv2", modify, key=alice).status == 200
    assert world.ask("elbv2", modify, key=bob).code == "AccessDenied"
    create = {"Action": "CreateTargetGroup", **GROUP, "Tags.member.1.Key": "team", "Tags.member.1.Value": "a"}
    assert world.ask("elbv2", create, key=bob).status == 200
    assert world.ask("elbv2", create | {"Name": "x"}, key=bob).code == "AccessDenied"


# --- attributes ---


def attributes(done: Done, arn: str, **form: str) -> dict[str, str]:
    """Changed, if there is something to change, and told."""
    sent: dict[str, str] = {}
    for number, (key, value) in enumerate(form.items(), start=1):
        sent |= {f"Attributes__{number}_Key": key, f"Attributes__{number}_Value": value}
    action = "ModifyTargetGroupAttributes" if sent else "DescribeTargetGroupAttributes"
    return {one["Key"]: one["Value"] for one in done(action, TargetGroupArn=arn, **sent)["Attributes"]}


def test_attributes_have_defaults_by_protocol(done: Done) -> None:
    web = attributes(done, group(done)["TargetGroupArn"])
    assert web["stickiness.type"] == "lb_cookie"
    assert web["load_balancing.algorithm.type"] == "round_robin"
    assert web["deregistration_delay.timeout_seconds"] == "300"
    assert "proxy_protocol_v2.enabled" not in web
    arn = group(done, Name="tcp", Protocol="TCP")["TargetGroupArn"]
    tcp = attributes(done, arn)
    assert attributes(done, arn, **{"stickiness.type": "source_ip", "proxy_protocol_v2.enabled": "false"}) == tcp
    assert (tcp["stickiness.type"], tcp["preserve_client_ip.enabled"]) == ("source_ip", "true")
    assert "slow_start.duration_seconds" not in tcp
    ip = attributes(done, group(done, Name="ip", Protocol="TCP", TargetType="ip")["TargetGroupArn"])
    assert ip["preserve_client_ip.enabled"] == "false"


def test_attributes_that_are_set_stay_set(done: Done) -> None:
    arn = group(done)["TargetGroupArn"]
    change = {
        "stickiness.enabled": "true",
        "stickiness.type": "app_cookie",
        "stickiness.app_cookie.cookie_name": "JSESSIONID",
        "stickiness.app_cookie.duration_seconds": "60",
    }
    assert attributes(done, arn, **change).items() >= change.items()
    kept = attributes(done, arn, **{"deregistration_delay.timeout_seconds": "0"})
    assert kept.items() >= change.items()
    assert attributes(done, arn) == kept


@pytest.mark.parametrize(
    ("protocol", "change", "code", "words"),
    [
        ("HTTP", {"no.such": "1"}, "ValidationError", "Target group attribute key 'no.such' is not recognized"),
        ("HTTP", {"proxy.protocol.v2": "1"}, "ValidationError", "is not recognized"),
        (
            "HTTP",
            {"preserve_client_ip.enabled": "true"},
            "InvalidConfigurationRequest",
            "is not supported for target groups with the HTTP protocol",
        ),
        (
            "HTTP",
            {"deregistration_delay.timeout_seconds": "3601"},
            "ValidationError",
            "'deregistration_delay.timeout_seconds' value '3601' must be between '0-3600' inclusive",
        ),
        ("HTTP", {"deregistration_delay.timeout_seconds": "x"}, "ValidationError", "must be between '0-3600'"),
        ("HTTP", {"slow_start.duration_seconds": "29"}, "ValidationError", "one of [0] or between '30-900'"),
        ("HTTP", {"stickiness.enabled": "yes"}, "ValidationError", "must be one of [true, false]"),
        ("HTTP", {"stickiness.type": "source_ip"}, "InvalidConfigurationRequest", "Stickiness type 'source_ip' is not"),
        ("TCP", {"stickiness.type": "lb_cookie"}, "InvalidConfigurationRequest", "with the TCP protocol"),
        ("TLS", {"stickiness.enabled": "true"}, "InvalidConfigurationRequest", "with the TLS protocol"),
        (
            "TCP",
            {"proxy_protocol_v2.enabled": "true"},
            "InvalidConfigurationRequest",
            "Version 2 of the proxy",
        ),
        ("HTTP", {"stickiness.app_cookie.cookie_name": "AWSALBx"}, "ValidationError", "is reserved"),
        ("HTTP", {"stickiness.app_cookie.cookie_name": "a b"}, "ValidationError", "The cookie name cannot be used"),
        (
            "HTTP",
            {"stickiness.enabled": "true", "stickiness.type": "app_cookie"},
            "InvalidConfigurationRequest",
            "You must set an application cookie name",
        ),
        (
            "HTTP",
            {"load_balancing.algorithm.anomaly_mitigation": "on"},
            "InvalidConfigurationRequest",
            "only with the algorithm weighted_random",
        ),
        (
            "HTTP",
            {"slow_start.duration_seconds": "30", "load_balancing.algorithm.type": "least_outstanding_requests"},
            "InvalidConfigurationRequest",
            "only with the algorithm round_robin",
        ),
    ],
)
def test_attributes_that_cannot_be_so(
    ask: Ask, done: Done, protocol: str, change: dict[str, str], code: str, words: str
) -> None:
    arn = group(done, Protocol=protocol)["TargetGroupArn"]
    before = attributes(done, arn)
    sent: dict[str, str] = {}
    for number, (key, value) in enumerate(change.items(), start=1):
        sent |= {f"Attributes__{number}_Key": key, f"Attributes__{number}_Value": value}
    refused(ask("ModifyTargetGroupAttributes", TargetGroupArn=arn, **sent), code, words)
    assert attributes(done, arn) == before
