"""Listeners of application and network load balancers, and their certificates: what wire vectors do not tell."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.house_fixture import ACCOUNT, WINDOW, World
from tests.pki import ec_key, rsa_key
from tests.protocol.application import Balanced, answering, forwarding

from sealstone.endpoint.handle import Endpoint
from sealstone.model.balancing import Balancing
from sealstone.model.balancing_quota import LISTENERS, TARGET_GROUPS_PER_LOAD_BALANCER
from sealstone.model.quota import Quota
from sealstone.operations.catalog import operations
from sealstone.store import certificate_uses, quotas


@pytest.fixture
def here(world: World) -> Balanced:
    return Balanced(world)


def limited(here: Balanced, quota: Quota, value: int) -> None:
    with here.world.store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, quota, value)


def secure(here: Balanced, **more: Any) -> dict[str, Any]:
    """What creates an HTTPS listener."""
    return {
        "LoadBalancerArn": here.balancer(),
        "Protocol": "HTTPS",
        "Port": 443,
        "Certificates": [{"CertificateArn": here.upload("site")}],
        "DefaultActions": [answering()],
    } | more


def test_the_quota_of_listeners(here: Balanced) -> None:
    limited(here, LISTENERS, 1)
    arn = here.balancer()
    here.listener(arn)
    here.refused(
        "TooManyListeners",
        "A load balancer can have 1 listeners; delete one, or raise the quota ListenersPerLoadBalancer.",
        "CreateListener",
        LoadBalancerArn=arn,
        Protocol="HTTP",
        Port=81,
        DefaultActions=[answering()],
    )


def test_a_port_that_is_none_with_the_offset(world: World) -> None:
    world.house = replace(world.house, balancing=Balancing(port_offset=60_000))
    world.endpoint = Endpoint(world.house, operations(), clock_window=WINDOW)
    here = Balanced(world)
    here.refused(
        "InvalidConfigurationRequest",
        "A listener cannot be bound to port 8443. The setting listener_port_offset adds 60000, and the sum is no port;",
        "CreateListener",
        LoadBalancerArn=here.balancer(),
        Protocol="HTTP",
        Port=8443,
        DefaultActions=[answering()],
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04", ["by a module without FIPS validation"]),
        ("ELBSecurityPolicy-TLS13-1-2-PQ-2025-09", ["without hybrid key exchange"]),
        ("ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09", ["without FIPS validation", "without hybrid key exchange"]),
        ("ELBSecurityPolicy-TLS13-1-2-2021-06", []),
    ],
)
def test_what_of_a_policy_cannot_be_served_is_told_in_the_audit_log(
    here: Balanced, name: str, words: list[str]
) -> None:
    here.done("CreateListener", **secure(here, SslPolicy=name))
    told = here.world.audited()[-1].warnings
    assert len(told) == len(words)
    assert all(word in warning for word, warning in zip(words, told, strict=True))


@pytest.mark.parametrize(
    ("how", "supported"),
    [
        ({"key": rsa_key(4096)}, True),
        ({"key": ec_key(ec.SECP521R1())}, True),
        ({"host": "localhost"}, False),
        ({"host": "*.example.com"}, True),
    ],
    ids=["RSA 4096", "P-521", "no domain", "wildcard"],
)
def test_certificates_that_listeners_take(here: Balanced, how: dict[str, Any], supported: bool) -> None:
    arn = here.upload("odd", **how)
    given = secure(here, Certificates=[{"CertificateArn": arn}])
    if supported:
        here.done("CreateListener", **given)
        return
    here.refused(
        "UnsupportedCertificate",
        f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a supported key",
        "CreateListener",
        **given,
    )


@pytest.mark.parametrize("how", [{"key": rsa_key(4096)}, {"key": rsa_key(3080)}], ids=["RSA 4096", "RSA 3080"])
def test_keys_that_network_load_balancers_do_not_take(here: Balanced, how: dict[str, Any]) -> None:
    """As a default and on the list; AWS takes them and serves nothing (x509.targets, NETWORK_LOAD_BALANCER)."""
    large = [{"CertificateArn": here.upload("large", **how)}]
    given = secure(
        here,
        LoadBalancerArn=here.balancer("wire", "network"),
        Protocol="TLS",
        DefaultActions=[forwarding(here.group("t", "TCP"))],
    )
    words = f"Its key is RSA {how['key'].key_size}, and a network load balancer takes RSA of at most 3072 bits or EC"
    here.refused("UnsupportedCertificate", words, "CreateListener", **given | {"Certificates": large})
    arn = here.done("CreateListener", **given)["Listeners"][0]["ListenerArn"]
    here.refused("UnsupportedCertificate", words, "ModifyListener", ListenerArn=arn, Certificates=large)
    here.refused("UnsupportedCertificate", words, "AddListenerCertificates", ListenerArn=arn, Certificates=large)
    fitting = [{"CertificateArn": here.upload("curve", key=ec_key())}]
    here.done("AddListenerCertificates", ListenerArn=arn, Certificates=fitting)


def test_a_certificate_must_be_named(here: Balanced) -> None:
    given = secure(here, Certificates=[{"CertificateArn": ""}])
    here.refused("ValidationError", "A certificate ARN must be specified", "CreateListener", **given)


def test_policies_of_alpn(here: Balanced) -> None:
    wire = here.balancer("wire", "network")
    given = secure(here, LoadBalancerArn=wire, Protocol="TLS", DefaultActions=[forwarding(here.group("t", "TCP"))])
    here.refused(
        "ValidationError", "Up to '1' ALPN policies", "CreateListener", **given, AlpnPolicy=["HTTP1Only", "HTTP2Only"]
    )
    made = here.done("CreateListener", **given, AlpnPolicy=["HTTP2Preferred"])["Listeners"][0]
    assert made["AlpnPolicy"] == ["HTTP2Preferred"]
    assert "MutualAuthentication" not in made
    changed = here.done("ModifyListener", ListenerArn=made["ListenerArn"], Port=444)["Listeners"][0]
    assert changed["AlpnPolicy"] == ["HTTP2Preferred"]
    here.refused(
        "ValidationError",
        "Mutual authentication cannot be specified for TLS listeners",
        "ModifyListener",
        ListenerArn=made["ListenerArn"],
        MutualAuthentication={"Mode": "passthrough"},
    )
    here.refused(
        "ValidationError",
        "An ALPN policy cannot be specified for TCP listeners",
        "ModifyListener",
        ListenerArn=made["ListenerArn"],
        Protocol="TCP",
        AlpnPolicy=["HTTP2Only"],
    )


def test_what_means_nothing_is_taken_for_nothing(here: Balanced) -> None:
    """Terraform sends `None` and `off` for listeners that have neither."""
    given = {"AlpnPolicy": ["None"], "MutualAuthentication": {"Mode": "off"}}
    here.listener(here.balancer(), "HTTP", 80, **given)
    here.done("CreateListener", **secure(here, LoadBalancerArn=here.balancer("other"), **given, Port=444))


def test_modifying_nothing_changes_nothing(here: Balanced) -> None:
    made = here.done("CreateListener", **secure(here))["Listeners"][0]
    assert here.done("ModifyListener", ListenerArn=made["ListenerArn"])["Listeners"] == [made]


def test_a_new_default_keeps_the_list(here: Balanced) -> None:
    first, second = here.upload("first"), here.upload("second")
    given = secure(here, Certificates=[{"CertificateArn": first}])
    listener = here.done("CreateListener", **given)["Listeners"][0]["ListenerArn"]
    for _ in range(2):
        here.done("AddListenerCertificates", ListenerArn=listener, Certificates=[{"CertificateArn": second}])
    for _ in range(2):
        here.done("ModifyListener", ListenerArn=listener, Certificates=[{"CertificateArn": second}])
    told = here.done("DescribeListenerCertificates", ListenerArn=listener)["Certificates"]
    assert [(one["CertificateArn"], one["IsDefault"]) for one in told] == [(second, True), (second, False)]
    here.done("RemoveListenerCertificates", ListenerArn=listener, Certificates=[{"CertificateArn": second}])
    here.done("ModifyListener", ListenerArn=listener, Protocol="HTTP", Port=80)
    with here.world.store.reading() as tx:
        assert certificate_uses.every(tx) == ()


# --- forwarding ---


def test_weights_and_stickiness_are_told_as_they_were_sent(here: Balanced) -> None:
    groups = [here.group("a"), here.group("b", "HTTPS")]
    tuples = [{"TargetGroupArn": groups[0], "Weight": 0}, {"TargetGroupArn": groups[1], "Weight": 999}]
    sticky = {"Enabled": True, "DurationSeconds": 60}
    action = {
        "Type": "forward",
        "Order": 1,
        "ForwardConfig": {"TargetGroups": tuples, "TargetGroupStickinessConfig": sticky},
    }
    listener = here.listener(here.balancer(), DefaultActions=[action])
    (told,) = here.done("DescribeListeners", ListenerArns=[listener])["Listeners"]
    assert told["DefaultActions"] == [action]
    (written,) = [record for record in here.world.audited() if record.operation == "CreateListener"]
    assert not written.warnings


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"TargetGroupArn": "{a}"}, "", ""),
        ({"TargetGroupArn": "{a}", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "{a}"}]}}, "", ""),
        (
            {"TargetGroupArn": "{b}", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "{a}"}]}},
            "InvalidLoadBalancerAction",
            "must name the same single target group",
        ),
        (
            {"ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "{a}"}] * 2}},
            "InvalidLoadBalancerAction",
            "Each target group can be specified once",
        ),
        (
            {"ForwardConfig": {"TargetGroups": [{"TargetGroupArn": f"x{number}"} for number in range(6)]}},
            "InvalidLoadBalancerAction",
            "Up to '5' target groups can be specified",
        ),
        (
            {"ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "{a}", "Weight": 1000}]}},
            "ValidationError",
            "must be between 0 and 999",
        ),
        (
            {
                "ForwardConfig": {
                    "TargetGroups": [{"TargetGroupArn": "{a}"}],
                    "TargetGroupStickinessConfig": {"Enabled": True},
                }
            },
            "ValidationError",
            "DurationSeconds must be specified",
        ),
        (
            {
                "ForwardConfig": {
                    "TargetGroups": [{"TargetGroupArn": "{a}"}],
                    "TargetGroupStickinessConfig": {"DurationSeconds": 604801},
                }
            },
            "ValidationError",
            "DurationSeconds must be between 1 and 604800",
        ),
        ({"TargetGroupArn": "{tcp}"}, "IncompatibleProtocols", "The protocol 'TCP' of target group"),
    ],
)
def test_forward_actions(here: Balanced, changes: dict[str, Any], code: str, words: str) -> None:
    arns = {"{a}": here.group("a"), "{b}": here.group("b"), "{tcp}": here.group("tcp", "TCP")}

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(item) for name, item in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        return arns.get(value, value) if isinstance(value, str) else value

    given = {
        "LoadBalancerArn": here.balancer(),
        "Protocol": "HTTP",
        "Port": 80,
        "DefaultActions": [{"Type": "forward", **filled(changes)}],
    }
    if code:
        here.refused(code, words, "CreateListener", **given)
    else:
        here.done("CreateListener", **given)


def test_a_target_group_belongs_to_one_load_balancer(here: Balanced) -> None:
    group = here.group()
    listener = here.listener(here.balancer(), DefaultActions=[forwarding(group)])
    here.rule(listener, Actions=[forwarding(group)])
    told = here.done("DescribeRules", ListenerArn=listener)["Rules"]
    assert [one["Actions"][0]["TargetGroupArn"] for one in told] == [group, group]
    other = here.listener(here.balancer("other"), port=81)
    words = f"The following target groups cannot be associated with more than one load balancer: {group}"
    actions = [forwarding(group)]
    here.refused("TargetGroupAssociationLimit", words, "ModifyListener", ListenerArn=other, DefaultActions=actions)
    rule = here.rule(other)
    here.refused("TargetGroupAssociationLimit", words, "ModifyRule", RuleArn=rule, Actions=actions)


def test_the_quota_of_target_groups_of_a_load_balancer(here: Balanced) -> None:
    limited(here, TARGET_GROUPS_PER_LOAD_BALANCER, 1)
    listener = here.listener(here.balancer(), DefaultActions=[forwarding(here.group("a"))])
    here.refused(
        "TooManyUniqueTargetGroupsPerLoadBalancer",
        "A load balancer can forward to 1 target groups",
        "CreateRule",
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/a"]}],
        Actions=[forwarding(here.group("b"))],
    )


def test_connections_go_to_one_target_group(here: Balanced) -> None:
    wire = here.balancer("wire", "network")
    groups = [here.group("a", "TCP"), here.group("b", "TCP")]
    given = {"LoadBalancerArn": wire, "Protocol": "TCP", "Port": 25}
    here.refused(
        "InvalidLoadBalancerAction",
        "Up to '1' target groups can be specified in an action of a load balancer with type 'network'",
        "CreateListener",
        **given,
        DefaultActions=[forwarding(*groups)],
    )


# --- FIPS and other security policies (application guide, "FIPS security policies") ---

FIPS = "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04"
CNSA = "ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP4-FIPS-2023-07"
MIXED = "FIPS and non-FIPS security policies cannot be mixed on one application load balancer."


@pytest.mark.parametrize(("first", "second"), [(FIPS, {}), ("ELBSecurityPolicy-2016-08", {"SslPolicy": CNSA})])
def test_a_listener_of_the_other_kind_is_not_created(here: Balanced, first: str, second: dict[str, str]) -> None:
    form = secure(here, SslPolicy=first)
    here.done("CreateListener", **form)
    del form["SslPolicy"]
    words = f"{MIXED} The listener on port 443 has {first}, and {second.get('SslPolicy', 'ELBSecurityPolicy-2016-08')}"
    here.refused("InvalidConfigurationRequest", words, "CreateListener", **(form | {"Port": 444} | second))


def test_both_fips_families_go_together_and_plain_listeners_with_all(here: Balanced) -> None:
    form = secure(here, SslPolicy=FIPS)
    here.done("CreateListener", **form)
    here.done("CreateListener", **(form | {"Port": 444, "SslPolicy": CNSA}))
    here.listener(form["LoadBalancerArn"])


def test_the_kind_changes_where_there_is_one_secure_listener(here: Balanced) -> None:
    form = secure(here)
    arn = here.done("CreateListener", **form)["Listeners"][0]["ListenerArn"]
    plain = here.listener(form["LoadBalancerArn"])
    here.done("ModifyListener", ListenerArn=arn, SslPolicy=FIPS)
    certified = {"ListenerArn": plain, "Protocol": "HTTPS", "Certificates": form["Certificates"]}
    here.refused("InvalidConfigurationRequest", MIXED, "ModifyListener", **certified)
    here.done("ModifyListener", **certified, SslPolicy=CNSA)
    here.refused(
        "InvalidConfigurationRequest", MIXED, "ModifyListener", ListenerArn=arn, SslPolicy="ELBSecurityPolicy-2016-08"
    )
    here.done("ModifyListener", ListenerArn=arn, SslPolicy=CNSA)


def test_network_load_balancers_may_mix(here: Balanced) -> None:
    """No document says otherwise of them."""
    form = secure(here, SslPolicy=FIPS) | {"LoadBalancerArn": here.balancer("net", "network"), "Protocol": "TLS"}
    form["DefaultActions"] = [forwarding(here.group(protocol="TCP"))]
    here.done("CreateListener", **form)
    here.done("CreateListener", **(form | {"Port": 444, "SslPolicy": "ELBSecurityPolicy-2016-08"}))


def test_what_of_a_policy_is_not_served_is_in_the_audit_row(here: Balanced) -> None:
    here.done("CreateListener", **secure(here, SslPolicy=CNSA))
    (row,) = [row for row in here.world.audited() if row.operation == "CreateListener"]
    assert row.warnings == (
        f"{CNSA}: its protocols and ciphers are served, by a module without FIPS validation.",
        f"{CNSA}: its protocols and ciphers are served, with any group and any signature.",
    )
