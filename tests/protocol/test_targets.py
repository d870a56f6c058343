"""Targets: which are taken, where they go to when they leave, and how they are told to be."""

from datetime import timedelta

import pytest
from tests.house_fixture import ACCOUNT, World
from tests.protocol.pools import ADDRESSES, Ask, Done, asking, doing, group, listen, quota, refused

from sealstone.model import balancing_quota
from sealstone.model.instance import TargetHealth, TargetState
from sealstone.model.target_group_detail import TargetGroupDetail, read_target_group
from sealstone.store import listener_states, target_groups

ONE = {"Targets__1_Id": "10.0.0.1"}
TWO = ONE | {"Targets__2_Id": "10.0.0.2", "Targets__2_Port": "8080", "Targets__2_AvailabilityZone": "all"}


@pytest.fixture
def ask(world: World) -> Ask:
    return asking(world)


@pytest.fixture
def done(world: World) -> Done:
    return doing(world)


@pytest.fixture
def arn(done: Done) -> str:
    """Of a target group for addresses."""
    return str(group(done, **ADDRESSES)["TargetGroupArn"])


@pytest.fixture
def machines(world: World, done: Done) -> str:
    """Of a target group for instances, of which two have an address."""
    for name, address in (("i-web1", "127.0.0.1"), ("i-web2", "192.0.2.2")):
        world.instance(name, address)
    return str(group(done)["TargetGroupArn"])


def kept(world: World, arn: str) -> TargetGroupDetail:
    with world.store.reading() as tx:
        found = target_groups.with_id(tx, ACCOUNT, arn[-16:])
    assert found is not None
    return read_target_group(found.document)


def health(done: Done, arn: str, **form: str) -> dict[str, tuple[object, ...]]:
    """State, reason and description by id and port."""
    told = done("DescribeTargetHealth", TargetGroupArn=arn, **form)["TargetHealthDescriptions"]
    return {f"{one['Target']['Id']}:{one['Target']['Port']}": tuple(one["TargetHealth"].values()) for one in told}


def seen(world: World, arn: str, key: str, how: TargetHealth, reason: str = "") -> None:
    """What the data plane's check said."""
    with world.store.writing() as tx:
        listener_states.put_targets(tx, arn[-16:], [TargetState(arn[-16:], key, how, reason, world.clock.now)])


# --- registering ---


def test_targets_are_kept_in_the_order_of_registration(world: World, done: Done, arn: str) -> None:
    done("RegisterTargets", TargetGroupArn=arn, **TWO)
    done(
        "RegisterTargets", TargetGroupArn=arn, Targets__1_Id="10.0.0.1", Targets__1_Port="81", Targets__2_Id="10.0.0.1"
    )
    assert [target.key for target in kept(world, arn).targets] == ["10.0.0.1-80", "10.0.0.2-8080", "10.0.0.1-81"]
    assert [target.zone for target in kept(world, arn).targets] == [None, "all", None]
    told = done("DescribeTargetHealth", TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert [one["Target"] for one in told] == [
        {"Id": "10.0.0.1", "Port": 80},
        {"Id": "10.0.0.2", "Port": 8080, "AvailabilityZone": "all"},
        {"Id": "10.0.0.1", "Port": 81},
    ]
    assert [one["HealthCheckPort"] for one in told] == ["80", "8080", "81"]


def test_an_address_of_version_6_is_kept_in_its_usual_form(world: World, ask: Ask, done: Done) -> None:
    arn = group(done, **ADDRESSES, IpAddressType="ipv6")["TargetGroupArn"]
    done("RegisterTargets", TargetGroupArn=arn, Targets__1_Id="FD00:0:0::1")
    assert [target.target_id for target in kept(world, arn).targets] == ["fd00::1"]
    assert [target.key for target in kept(world, arn).targets] == ["fd00-0000-0000-0000-0000-0000-0000-0001-80"]
    refused(ask("RegisterTargets", TargetGroupArn=arn, **ONE), "InvalidTarget", "IP address type 'ipv6'")
    for link in ("fe80::1", "::1", "::ffff:10.0.0.1"):
        refused(ask("RegisterTargets", TargetGroupArn=arn, Targets__1_Id=link), "InvalidTarget", "not one of a private")
    bad = ask("RegisterTargets", TargetGroupArn=arn, Targets__1_Id="fd00::1%eth0")
    refused(bad, "ValidationError", "is not a valid IP address")


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "0.0.0.1", "8.8.8.8", "224.0.0.1", "172.32.0.1"])
def test_addresses_outside_private_networks_are_the_operator_s_to_name(ask: Ask, arn: str, address: str) -> None:
    answer = ask("RegisterTargets", TargetGroupArn=arn, Targets__1_Id=address)
    refused(answer, "InvalidTarget", f"The IP address '{address}' is not one of a private network")
    assert "sealstone instance add" in answer.message


@pytest.mark.parametrize("sent", ["web.example.com", "10.0.0.1/8", "10.0.0.1:80", "i-web1", "010.0.0.1", "a\nb"])
def test_what_is_no_address(ask: Ask, arn: str, sent: str) -> None:
    answer = ask("RegisterTargets", TargetGroupArn=arn, Targets__1_Id=sent)
    refused(answer, "ValidationError", "is not a valid IP address")


def test_instances_are_those_of_the_inventory(world: World, ask: Ask, done: Done, machines: str) -> None:
    done("RegisterTargets", TargetGroupArn=machines, Targets__1_Id="i-web1")
    words = "The following targets are not in a running state and cannot be registered: 'i-nobody'"
    refused(ask("RegisterTargets", TargetGroupArn=machines, Targets__1_Id="i-nobody"), "InvalidTarget", words)
    for odd in ("10.0.0.1", "::", "i-", "a" * 300):
        answer = ask("RegisterTargets", TargetGroupArn=machines, Targets__1_Id=odd)
        refused(answer, "ValidationError", "Instance ID '")
    assert [target.key for target in kept(world, machines).targets] == ["i-web1-80"]


def test_all_or_none(world: World, ask: Ask, arn: str) -> None:
    assert ask("RegisterTargets", TargetGroupArn=arn, **ONE, Targets__2_Id="127.0.0.1").code == "InvalidTarget"
    assert kept(world, arn).targets == ()


def test_a_quota_of_targets(world: World, ask: Ask, done: Done, arn: str) -> None:
    quota(world, balancing_quota.TARGETS_PER_TARGET_GROUP, 1)
    done("RegisterTargets", TargetGroupArn=arn, **ONE)
    done("RegisterTargets", TargetGroupArn=arn, **ONE)
    refused(ask("RegisterTargets", TargetGroupArn=arn, **TWO), "TooManyTargets", "A target group can have 1 targets")


def test_quic_is_not_spoken(ask: Ask, arn: str) -> None:
    answer = ask("RegisterTargets", TargetGroupArn=arn, **ONE, Targets__1_QuicServerId="0x0123456789abcdef")
    refused(answer, "InvalidConfigurationRequest", "QuicServerId")


# --- deregistering ---


def test_a_target_of_a_group_in_use_leaves_slowly(world: World, done: Done, arn: str) -> None:
    listen(done, arn)
    done("RegisterTargets", TargetGroupArn=arn, **TWO)
    done("DeregisterTargets", TargetGroupArn=arn, **ONE, Targets__2_Id="10.0.0.9")
    detail = kept(world, arn)
    assert [target.key for target in detail.targets] == ["10.0.0.2-8080"]
    assert [(one.target.key, one.until) for one in detail.leaving] == [
        ("10.0.0.1-80", world.clock.now + timedelta(seconds=300))
    ]
    draining = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
    assert health(done, arn)["10.0.0.1:80"] == draining
    world.clock.advance(300)
    assert list(health(done, arn)) == ["10.0.0.2:8080"]


def test_the_port_is_part_of_the_target(world: World, done: Done, arn: str) -> None:
    done("RegisterTargets", TargetGroupArn=arn, **TWO)
    done("DeregisterTargets", TargetGroupArn=arn, Targets__1_Id="10.0.0.2")
    assert len(kept(world, arn).targets) == 2
    done("DeregisterTargets", TargetGroupArn=arn, Targets__1_Id="10.0.0.2", Targets__1_Port="8080")
    assert [target.key for target in kept(world, arn).targets] == ["10.0.0.1-80"]
    assert kept(world, arn).leaving == (), "nothing sends to the group"


def test_no_delay_means_at_once(world: World, done: Done, arn: str) -> None:
    listen(done, arn)
    now = {"Attributes__1_Key": "deregistration_delay.timeout_seconds", "Attributes__1_Value": "0"}
    done("ModifyTargetGroupAttributes", TargetGroupArn=arn, **now)
    done("RegisterTargets", TargetGroupArn=arn, **ONE)
    done("DeregisterTargets", TargetGroupArn=arn, **ONE)
    assert (kept(world, arn).targets, kept(world, arn).leaving) == ((), ())


def test_who_comes_back_leaves_no_more(world: World, done: Done, arn: str) -> None:
    listen(done, arn)
    done("RegisterTargets", TargetGroupArn=arn, **ONE)
    done("DeregisterTargets", TargetGroupArn=arn, **ONE)
    done("RegisterTargets", TargetGroupArn=arn, **ONE)
    assert kept(world, arn).leaving == ()
    assert list(health(done, arn)) == ["10.0.0.1:80"]


# --- health ---


def test_health_before_anything_sends_there(done: Done, arn: str) -> None:
    done("RegisterTargets", TargetGroupArn=arn, **ONE)
    words = "Target group is not configured to receive traffic from the load balancer"
    assert health(done, arn) == {"10.0.0.1:80": ("unused", "Target.NotInUse", words)}


@pytest.mark.parametrize(
    ("how", "reason", "told"),
    [
        (TargetHealth.HEALTHY, "", ("healthy",)),
        (TargetHealth.INITIAL, "", ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")),
        (
            TargetHealth.UNHEALTHY,
            "L7STS 503",
            ("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"),
        ),
        (TargetHealth.UNHEALTHY, "L4TOUT", ("unhealthy", "Target.Timeout", "Request timed out")),
        (TargetHealth.UNHEALTHY, "L7TOUT 5001", ("unhealthy", "Target.Timeout", "Request timed out")),
        (TargetHealth.UNHEALTHY, "L4CON", ("unhealthy", "Target.FailedHealthChecks", "Health checks failed")),
        (TargetHealth.UNHEALTHY, "", ("unhealthy", "Target.FailedHealthChecks", "Health checks failed")),
        (
            TargetHealth.DRAINING,
            "",
            ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"),
        ),
        (
            TargetHealth.UNKNOWN,
            "",
            ("unavailable", "Elb.InternalError", "Health checks failed due to an internal error"),
        ),
    ],
)
def test_health_as_it_was_seen(
    world: World, done: Done, arn: str, how: TargetHealth, reason: str, told: tuple[str, ...]
) -> None:
    listen(done, arn)
    done("RegisterTargets", TargetGroupArn=arn, **ONE)
    assert health(done, arn)["10.0.0.1:80"][1] == "Elb.RegistrationInProgress"
    seen(world, arn, "10.0.0.1-80", how, reason)
    assert health(done, arn) == {"10.0.0.1:80": told}


def test_health_of_those_named(ask: Ask, done: Done, arn: str) -> None:
    done("RegisterTargets", TargetGroupArn=arn, **TWO)
    told = health(done, arn, Targets__1_Id="10.0.0.2", Targets__1_Port="8080", Targets__2_Id="10.0.0.7")
    assert told["10.0.0.7:80"] == ("unused", "Target.NotRegistered", "Target is not registered to the target group")
    assert list(told) == ["10.0.0.2:8080", "10.0.0.7:80"]
    refused(ask("DescribeTargetHealth", TargetGroupArn=arn, Targets__1_Id="x"), "ValidationError", "not a valid IP")
    refused(ask("DescribeTargetHealth", TargetGroupArn=arn, Include__1="All"), "InvalidInput", "Include")


def test_a_health_check_has_a_port_of_its_own(done: Done) -> None:
    arn = group(done, **ADDRESSES, HealthCheckPort="9000")["TargetGroupArn"]
    done("RegisterTargets", TargetGroupArn=arn, **ONE)
    (told,) = done("DescribeTargetHealth", TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert told["HealthCheckPort"] == "9000"


def test_targets_of_no_group(ask: Ask) -> None:
    for action in ("RegisterTargets", "DeregisterTargets", "DescribeTargetHealth"):
        refused(ask(action, TargetGroupArn="x", **ONE), "TargetGroupNotFound", "One or more target groups not found")
