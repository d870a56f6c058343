"""Classic load balancers beyond the wire vectors: what is stored, what is deployed, and what odd requests get."""

import pytest
from tests.house_fixture import OTHER_ACCOUNT, Answer, World, allow
from tests.pki import NOW
from tests.protocol.classic import (
    ARN,
    NAME,
    Ask,
    asking,
    listener,
    refused,
    stored,
    upload,
    web_listeners,
    with_load_balancer,
)

from sealstone.model.classic_detail import read_detail
from sealstone.model.instance import TargetHealth, TargetState
from sealstone.store import certificate_uses, configuration, listener_states, listeners, load_balancers


@pytest.fixture
def ask(world: World) -> Ask:
    return asking(world)


@pytest.fixture
def web(world: World) -> Ask:
    return with_load_balancer(world)


def generation(world: World) -> int:
    with world.store.reading() as tx:
        return configuration.generation(tx)


# --- what is stored ---


@pytest.mark.parametrize(
    ("front", "back"),
    [(f, b) for layer in (("HTTP", "HTTPS"), ("TCP", "SSL")) for f in layer for b in layer],
)
def test_every_pair_of_the_guide_s_table(world: World, ask: Ask, front: str, back: str) -> None:
    upload(world)
    form = listener(1, front.lower(), 443, back.lower()) | {"Listeners.member.1.SSLCertificateId": ARN + "site"}
    ask("CreateLoadBalancer", **NAME, **form, AvailabilityZones__1="us-east-1a")
    (told,) = ask("DescribeLoadBalancers").parsed["LoadBalancerDescriptions"]
    (port,) = told["ListenerDescriptions"]
    assert (port["Listener"]["Protocol"], port["Listener"]["InstanceProtocol"]) == (front, back)
    secure = front in {"HTTPS", "SSL"}
    assert ("SSLCertificateId" in port["Listener"]) is secure
    assert port["PolicyNames"] == (["ELBSecurityPolicy-2016-08"] if secure else [])
    assert told["Policies"]["OtherPolicies"] == port["PolicyNames"]


def test_the_back_end_speaks_what_the_front_does_when_nothing_is_said(ask: Ask) -> None:
    form = listener(1, "TCP", 25, "TCP")
    del form["Listeners.member.1.InstanceProtocol"]
    ask("CreateLoadBalancer", **NAME, **form, AvailabilityZones__1="us-east-1a")
    (told,) = ask("DescribeLoadBalancers").parsed["LoadBalancerDescriptions"]
    assert told["ListenerDescriptions"][0]["Listener"]["InstanceProtocol"] == "TCP"


def test_nothing_is_left_of_a_deleted_one(world: World, web: Ask) -> None:
    record = stored(world)
    with world.store.writing() as tx:
        listener_states.put_targets(tx, record.unique_id, (TargetState("", "i-1", TargetHealth.HEALTHY, "", NOW),))
    assert web("DeleteLoadBalancer", **NAME).status == 200
    with world.store.reading() as tx:
        assert load_balancers.every(tx) == ()
        assert listeners.every(tx) == ()
        assert certificate_uses.every(tx) == ()
        assert listener_states.targets(tx, record.unique_id) == ()


def test_an_exchanged_certificate_is_the_only_one_and_the_same_again_deploys_nothing(world: World, web: Ask) -> None:
    unique_id = upload(world, "next")
    change = NAME | {"LoadBalancerPort": "443", "SSLCertificateId": ARN + "next"}
    before = generation(world)
    assert web("SetLoadBalancerListenerSSLCertificate", **change).status == 200
    assert generation(world) == before + 1
    with world.store.reading() as tx:
        assert [(use.certificate_id, use.is_default) for use in certificate_uses.every(tx)] == [(unique_id, True)]
    assert web("SetLoadBalancerListenerSSLCertificate", **change).status == 200
    assert generation(world) == before + 1
    assert world.ask("iam", {"Action": "DeleteServerCertificate", "ServerCertificateName": "site"}).status == 200


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("CreateLoadBalancerListeners", listener(1, "TCP", 25, "TCP", 2525)),
        ("SetLoadBalancerPoliciesOfListener", {"LoadBalancerPort": "25", "PolicyNames": ""}),
        ("ConfigureHealthCheck", {}),
        ("EnableAvailabilityZonesForLoadBalancer", {"AvailabilityZones.member.1": "us-east-1a"}),
    ],
)
def test_what_changes_nothing_deploys_nothing(world: World, web: Ask, action: str, form: dict[str, str]) -> None:
    health = stored(world).document["health"]
    check = {
        "HealthCheck.Target": health["target"],
        "HealthCheck.Interval": "30",
        "HealthCheck.Timeout": "5",
        "HealthCheck.UnhealthyThreshold": "2",
        "HealthCheck.HealthyThreshold": "10",
    }
    before = generation(world)
    assert web(action, **NAME, **(form or check)).status == 200
    assert generation(world) == before


def test_the_same_settings_again_are_the_same_load_balancer(world: World, web: Ask) -> None:
    zone = {"AvailabilityZones.member.1": "us-east-1a"}
    before = generation(world)
    assert web("CreateLoadBalancer", **NAME, **zone, **web_listeners()).status == 200
    assert generation(world) == before
    upload(world, "next")
    other = web_listeners() | {"Listeners.member.1.SSLCertificateId": ARN + "next"}
    for form in (zone | other, {"AvailabilityZones.member.1": "us-east-1b"} | web_listeners()):
        refused(web("CreateLoadBalancer", **NAME, **form), 400, "DuplicateLoadBalancerName", "different parameters")


def test_in_which_order_places_are_named_says_nothing(world: World, ask: Ask) -> None:
    form = NAME | listener(1, "TCP", 25, "TCP")
    places = {"Subnets__1": "s-1", "Subnets__2": "s-2", "SecurityGroups__1": "sg-1", "SecurityGroups__2": "sg-2"}
    assert ask("CreateLoadBalancer", **form, **places).status == 200
    before = generation(world)
    for one in ("Subnets", "SecurityGroups"):
        turned = {f"{one}__1": places[f"{one}__2"], f"{one}__2": places[f"{one}__1"]}
        assert ask("CreateLoadBalancer", **form, **(places | turned)).status == 200
        fewer = {name: value for name, value in places.items() if name != f"{one}__2"}
        refused(ask("CreateLoadBalancer", **form, **fewer), 400, "DuplicateLoadBalancerName", "different parameters")
    assert generation(world) == before


def test_accounts_and_regions_have_names_of_their_own(world: World, web: Ask) -> None:
    form = {"Action": "CreateLoadBalancer", **NAME, **listener(1, "HTTP", 81, "HTTP")}
    zone = {"AvailabilityZones.member.1": "eu-west-1a"}
    assert world.ask("elb", form | zone, region="eu-west-1").status == 200
    world.account(OTHER_ACCOUNT)
    other = world.user("eve", allow("*", "*"), account_id=OTHER_ACCOUNT)
    form |= {"Listeners.member.1.LoadBalancerPort": "82"}
    assert world.ask("elb", form | zone, key=other).status == 200
    (mine,) = web("DescribeLoadBalancers").parsed["LoadBalancerDescriptions"]
    assert mine["ListenerDescriptions"][1]["Listener"]["LoadBalancerPort"] == 443
    taken = form | zone | {"LoadBalancerName": "two", "Listeners.member.1.LoadBalancerPort": "443"}
    refused(world.ask("elb", taken, key=other), 409, "InvalidConfigurationRequest", "on port 443")


def test_an_offset_that_leaves_no_port(world: World, ask: Ask) -> None:
    object.__setattr__(world.house.balancing, "port_offset", 65000)
    try:
        answer = ask("CreateLoadBalancer", **NAME, **listener(1, "TCP", 1000, "TCP"), AvailabilityZones__1="a")
    finally:
        object.__setattr__(world.house.balancing, "port_offset", 0)
    refused(answer, 409, "InvalidConfigurationRequest", "A listener cannot be bound to port 1000.")


# --- instances ---


@pytest.mark.parametrize(
    ("health", "state", "reason"),
    [
        (TargetHealth.HEALTHY, "InService", "N/A"),
        (TargetHealth.UNHEALTHY, "OutOfService", "Instance"),
        (TargetHealth.INITIAL, "OutOfService", "ELB"),
        (TargetHealth.UNKNOWN, "Unknown", "ELB"),
        (TargetHealth.DRAINING, "InService", "N/A"),
    ],
)
def test_health_is_what_was_last_seen(world: World, web: Ask, health: TargetHealth, state: str, reason: str) -> None:
    world.instance("i-1", "10.0.0.5")
    web("RegisterInstancesWithLoadBalancer", **NAME, **{"Instances.member.1.InstanceId": "i-1"})
    pool = stored(world).unique_id
    with world.store.writing() as tx:
        listener_states.put_targets(tx, pool, (TargetState(pool, "i-1", health, "x", NOW),))
    (told,) = web("DescribeInstanceHealth", **NAME).parsed["InstanceStates"]
    assert (told["InstanceId"], told["State"], told["ReasonCode"]) == ("i-1", state, reason)


def test_who_comes_back_while_leaving_is_registered(world: World, web: Ask) -> None:
    one = NAME | {"Instances.member.1.InstanceId": "i-1"}
    world.instance("i-1", "10.0.0.5")
    web("ModifyLoadBalancerAttributes", **NAME, **{"LoadBalancerAttributes.ConnectionDraining.Enabled": "true"})
    for action in ("RegisterInstancesWithLoadBalancer", "DeregisterInstancesFromLoadBalancer"):
        web(action, **one)
    assert read_detail(stored(world).document).leaving.keys() == {"i-1"}
    web("RegisterInstancesWithLoadBalancer", **one)
    detail = read_detail(stored(world).document)
    assert (detail.instances, detail.leaving) == (("i-1",), {})


# --- health checks, attributes, places, tags ---


@pytest.mark.parametrize("target", ["TCP:1", "SSL:65535", "HTTP:80/", "HTTPS:443/a?b=c&d=%20", "HTTP:80/" + "a" * 1023])
def test_targets(world: World, web: Ask, target: str) -> None:
    assert check(web, target).status == 200
    assert read_detail(stored(world).document).health.target == target


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("tcp:80", "must begin with"),
        ("TCP:80/", "must be TCP:port"),
        ("HTTP:80", "must be TCP:port"),
        ("TCP:0", "port between"),
        ("HTTP:65536/", "port between"),
        ("HTTP:80/" + "a" * 1024, "at most 1024"),
        ('HTTP:80/"', "characters that a URL cannot hold"),
        ("HTTP:80/a\nserver x", "characters that a URL cannot hold"),
        ("HTTP:80/#", "characters that a URL cannot hold"),
    ],
)
def test_targets_that_are_none(web: Ask, target: str, words: str) -> None:
    refused(check(web, target), 400, "ValidationError", words)


def check(ask: Ask, target: str) -> Answer:
    numbers = {"Interval": "30", "Timeout": "5", "UnhealthyThreshold": "2", "HealthyThreshold": "10"}
    form = {f"HealthCheck.{name}": value for name, value in numbers.items()}
    return ask("ConfigureHealthCheck", **NAME, **form, **{"HealthCheck.Target": target})


def test_an_access_log_cannot_be_enabled(web: Ask) -> None:
    def change(**form: str) -> Answer:
        sent = {f"LoadBalancerAttributes.AccessLog.{name}": value for name, value in form.items()}
        return web("ModifyLoadBalancerAttributes", **NAME, **sent)

    answer = change(Enabled="true", S3BucketName="b", EmitInterval="5")
    refused(answer, 409, "InvalidConfigurationRequest", "there are no buckets")
    answer = change(Enabled="false", S3BucketName="b", EmitInterval="6")
    refused(answer, 409, "InvalidConfigurationRequest", "5 or 60")
    told = change(Enabled="false", S3BucketName="b", EmitInterval="60").parsed
    assert told["LoadBalancerAttributes"] == {"AccessLog": {"Enabled": False}}


def test_a_desync_mode_is_one_of_three(web: Ask) -> None:
    prefix = "LoadBalancerAttributes.AdditionalAttributes.member.1."
    form = {f"{prefix}Key": "elb.http.desyncmitigationmode", f"{prefix}Value": "off"}
    refused(web("ModifyLoadBalancerAttributes", **NAME, **form), 409, "InvalidConfigurationRequest", "'off'")


def test_subnets_instead_of_zones(ask: Ask) -> None:
    ask("CreateLoadBalancer", **NAME, **listener(1, "TCP", 25, "TCP"), Subnets__1="s-1")
    assert ask("AttachLoadBalancerToSubnets", **NAME, Subnets__1="s-2").parsed["Subnets"] == ["s-1", "s-2"]
    assert ask("DetachLoadBalancerFromSubnets", **NAME, Subnets__1="s-1").parsed["Subnets"] == ["s-2"]
    answer = ask("DetachLoadBalancerFromSubnets", **NAME, Subnets__1="s-2")
    refused(answer, 409, "InvalidConfigurationRequest", "at least one subnet")
    answer = ask("EnableAvailabilityZonesForLoadBalancer", **NAME, AvailabilityZones__1="a")
    refused(answer, 409, "InvalidConfigurationRequest", "created without availability zones")


def test_zones_are_taken_away(web: Ask) -> None:
    web("EnableAvailabilityZonesForLoadBalancer", **NAME, AvailabilityZones__1="us-east-1b")
    told = web("DisableAvailabilityZonesForLoadBalancer", **NAME, AvailabilityZones__1="us-east-1a").parsed
    assert told["AvailabilityZones"] == ["us-east-1b"]


def tags(count: int, start: int = 0) -> dict[str, str]:
    return {f"Tags.member.{number + 1}.Key": f"k{start + number}" for number in range(count)}


def test_tags_are_counted(web: Ask) -> None:
    assert web("AddTags", LoadBalancerNames__1="web", **tags(50)).status == 200
    refused(web("AddTags", LoadBalancerNames__1="web", **tags(1, 50)), 400, "TooManyTags", "50 tags")
    assert web("RemoveTags", LoadBalancerNames__1="web", **tags(49)).status == 200
    (told,) = web("DescribeTags", LoadBalancerNames__1="web").parsed["TagDescriptions"]
    assert told["Tags"] == [{"Key": "k49", "Value": ""}]
    zone = {"AvailabilityZones.member.1": "a", "LoadBalancerName": "two"}
    answer = web("CreateLoadBalancer", **zone, **listener(1, "TCP", 26, "TCP"), **tags(51))
    refused(answer, 400, "TooManyTags", "50 tags")


# --- who may ---


def test_tags_of_a_load_balancer_are_conditions(world: World, web: Ask) -> None:
    web("AddTags", LoadBalancerNames__1="web", **{"Tags.member.1.Key": "team", "Tags.member.1.Value": "a"})
    condition = {"StringEquals": {"aws:ResourceTag/team": "a"}}
    bob = world.user("bob", allow("elasticloadbalancing:DeleteLoadBalancer", "*", Condition=condition))
    assert world.ask("elb", {"Action": "DeleteLoadBalancer", "LoadBalancerName": "x"}, key=bob).code == "AccessDenied"
    assert world.ask("elb", {"Action": "DeleteLoadBalancer", **NAME}, key=bob).status == 200


def test_a_right_on_the_certificate_is_enough(world: World, ask: Ask) -> None:
    upload(world)
    bob = world.user("bob", allow("elasticloadbalancing:*", "*"), allow("iam:GetServerCertificate", f"{ARN}site"))
    form = {"Action": "CreateLoadBalancer", **NAME, **web_listeners(), "AvailabilityZones.member.1": "a"}
    assert world.ask("elb", form, key=bob).status == 200
    missing = form | {"LoadBalancerName": "two", "Listeners.member.1.SSLCertificateId": ARN + "missing"}
    denied = world.ask("elb", missing, key=bob)
    refused(denied, 403, "AccessDenied", f"iam:GetServerCertificate on resource: {ARN}missing")
    assert ask("DeleteLoadBalancer", **NAME).status == 200
    assert world.ask("elb", form, key=world.root).status == 200
