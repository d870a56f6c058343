"""What a listener does with requests goes with its protocol: redirects, and the target groups it forwards to."""

from typing import Any

import pytest
from tests.house_fixture import World
from tests.protocol.application import Balanced, answering, forwarding

LOOP = "You can't redirect HTTPS to HTTP"


@pytest.fixture
def here(world: World) -> Balanced:
    return Balanced(world)


def redirecting(protocol: str | None, port: str = "8080") -> dict[str, Any]:
    named = {"Protocol": protocol} if protocol else {}
    return {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Port": port} | named}


def certified(here: Balanced) -> dict[str, Any]:
    return {"Certificates": [{"CertificateArn": here.upload("site")}]}


@pytest.mark.parametrize(
    ("protocol", "target", "allowed"),
    [
        ("HTTP", "HTTP", True),
        ("HTTP", "HTTPS", True),
        ("HTTP", None, True),
        ("HTTPS", "HTTPS", True),
        ("HTTPS", "#{protocol}", True),
        ("HTTPS", None, True),
        ("HTTPS", "HTTP", False),
    ],
)
def test_redirects(here: Balanced, protocol: str, target: str | None, allowed: bool) -> None:
    more = certified(here) if protocol == "HTTPS" else {}
    balancer, actions = here.balancer(), [redirecting(target)]
    rule: dict[str, Any] = {"Conditions": [{"Field": "path-pattern", "Values": ["/a"]}], "Actions": actions}
    listener = here.listener(balancer, protocol, 443, **more)
    mine = here.rule(listener, 1)
    calls: dict[str, dict[str, Any]] = {
        "CreateListener": {"LoadBalancerArn": balancer, "Protocol": protocol, "Port": 444, "DefaultActions": actions}
        | more,
        "ModifyListener": {"ListenerArn": listener, "DefaultActions": actions},
        "CreateRule": {"ListenerArn": listener, "Priority": 2, **rule},
        "ModifyRule": {"RuleArn": mine, "Actions": actions},
    }
    for action, form in calls.items():
        if allowed:
            here.done(action, **form)
        else:
            here.refused("InvalidLoadBalancerAction", LOOP, action, **form)


def test_a_listener_does_not_become_secure_with_redirects_to_http(here: Balanced) -> None:
    secure = {"Protocol": "HTTPS", **certified(here)}
    listener = here.listener(here.balancer(), DefaultActions=[redirecting("HTTP")])
    here.refused("InvalidLoadBalancerAction", LOOP, "ModifyListener", ListenerArn=listener, **secure)
    rule = here.rule(listener, Actions=[redirecting("HTTP")])
    changed = secure | {"ListenerArn": listener, "DefaultActions": [answering()]}
    here.refused("InvalidLoadBalancerAction", LOOP, "ModifyListener", **changed)
    here.done("ModifyRule", RuleArn=rule, Actions=[redirecting("HTTPS")])
    here.done("ModifyListener", **changed)
    here.done("ModifyListener", ListenerArn=listener, Protocol="HTTP", DefaultActions=[redirecting("HTTP")])


@pytest.mark.parametrize(
    ("protocol", "target", "fits"),
    [("TCP", "TCP", True), ("TCP", "TLS", False), ("TLS", "TCP", True), ("TLS", "TLS", True), ("TLS", "HTTP", False)],
)
def test_target_groups_of_connections(here: Balanced, protocol: str, target: str, fits: bool) -> None:
    more = certified(here) if protocol == "TLS" else {}
    form: dict[str, Any] = {"LoadBalancerArn": here.balancer("net", "network"), "Protocol": protocol, "Port": 443}
    form |= more | {"DefaultActions": [forwarding(here.group(protocol=target))]}
    if fits:
        here.done("CreateListener", **form)
    else:
        words = f"is not compatible with listeners with protocol '{protocol}'"
        here.refused("IncompatibleProtocols", words, "CreateListener", **form)


def test_a_listener_whose_targets_want_tls_stays_encrypted(here: Balanced) -> None:
    tls, tcp = here.group("tls", "TLS"), here.group("tcp", "TCP")
    balancer = here.balancer("net", "network")
    listener = here.listener(balancer, "TLS", 443, DefaultActions=[forwarding(tls)], **certified(here))
    words = "The protocol 'TLS' of target group"
    here.refused("IncompatibleProtocols", words, "ModifyListener", ListenerArn=listener, Protocol="TCP")
    here.done("ModifyListener", ListenerArn=listener, Protocol="TCP", DefaultActions=[forwarding(tcp)])
    actions = [forwarding(tls)]
    here.refused("IncompatibleProtocols", words, "ModifyListener", ListenerArn=listener, DefaultActions=actions)
