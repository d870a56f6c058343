"""Policies of classic load balancers: what may stand in them, and where they may be in force."""

import base64

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from tests.house_fixture import Answer, World
from tests.protocol.classic import NAME, SCENE, Ask, asking, listener, refused, stored, with_load_balancer

from sealstone.model.classic_detail import read_detail
from sealstone.operations.elb.policy_types import TYPES


@pytest.fixture
def ask(world: World) -> Ask:
    return asking(world)


@pytest.fixture
def web(world: World) -> Ask:
    return with_load_balancer(world)


def policy(ask: Ask, name: str, kind: str, *attributes: tuple[str, str]) -> Answer:
    form = {}
    for number, (attribute, value) in enumerate(attributes, 1):
        form[f"PolicyAttributes.member.{number}.AttributeName"] = attribute
        form[f"PolicyAttributes.member.{number}.AttributeValue"] = value
    return ask("CreateLoadBalancerPolicy", **NAME, PolicyName=name, PolicyTypeName=kind, **form)


@pytest.mark.parametrize(
    ("kind", "attributes", "words"),
    [
        ("ProxyProtocolPolicyType", (), "needs the attribute 'ProxyProtocol'"),
        ("ProxyProtocolPolicyType", (("ProxyProtocol", "yes"),), "must be true or false"),
        ("ProxyProtocolPolicyType", (("ProxyProtocol", "true"),) * 2, "more than once"),
        ("AppCookieStickinessPolicyType", (("CookieName", "a b"),), "CookieName must be"),
        ("LBCookieStickinessPolicyType", (("CookieExpirationPeriod", "x"),), "CookieExpirationPeriod must be"),
        ("PublicKeyPolicyType", (("PublicKey", "-----"),), "The public key is not valid."),
        ("PublicKeyPolicyType", (("PublicKey", "MA=="),), "The public key is not valid."),
        ("PublicKeyPolicyType", (("PublicKey", "A" * 9000),), "The public key is not valid."),
        ("BackendServerAuthenticationPolicyType", (("PublicKeyPolicyName", "no"),), "There is no policy 'no'"),
        (
            "BackendServerAuthenticationPolicyType",
            (("PublicKeyPolicyName", "ELBSecurityPolicy-2016-08"),),
            "of type PublicKeyPolicyType",
        ),
        ("SSLNegotiationPolicyType", (("Protocol-TLSv1.2", "on"),), "must be true or false"),
        ("SSLNegotiationPolicyType", (("Protocol-TLSv1.2", "true"),), "enables no cipher"),
        (
            "SSLNegotiationPolicyType",
            (("Protocol-TLSv1", "true"), ("Protocol-TLSv1.2", "true"), ("AES128-SHA", "true")),
            "A policy with TLS 1.0 and TLS 1.2, and without TLS 1.1, cannot be served",
        ),
        (
            "SSLNegotiationPolicyType",
            (("Protocol-TLSv1.2", "true"), ("RC4-MD5", "true"), ("ADH-AES128-SHA", "true")),
            "None of the policy's ciphers can be served",
        ),
        (
            "SSLNegotiationPolicyType",
            (("Reference-Security-Policy", "ELBSecurityPolicy-2015-05"), ("AES128-SHA", "true")),
            "cannot be combined",
        ),
    ],
)
def test_a_policy_that_says_nonsense(web: Ask, kind: str, attributes: tuple[tuple[str, str], ...], words: str) -> None:
    refused(policy(web, "own", kind, *attributes), 409, "InvalidConfigurationRequest", words)


def test_public_keys_and_what_leans_on_them(world: World, web: Ask) -> None:
    public = load_pem_private_key(SCENE.leaf.private_key_pem.encode(), None).public_key()
    spki = base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    assert policy(web, "key", "PublicKeyPolicyType", ("PublicKey", spki[:64] + "\n" + spki[64:])).status == 200
    names = (("PublicKeyPolicyName", "key"), ("PublicKeyPolicyName", "key"))
    assert policy(web, "auth", "BackendServerAuthenticationPolicyType", *names).status == 200
    detail = read_detail(stored(world).document)
    kept = detail.policy("key")
    assert kept is not None
    assert kept.value("PublicKey") == spki
    for name, words in (("auth", "are not verified here"), ("key", "not to connections to instances")):
        answer = web("SetLoadBalancerPoliciesForBackendServer", **NAME, InstancePort="2525", PolicyNames__1=name)
        refused(answer, 409, "InvalidConfigurationRequest", words)
    refused(web("DeleteLoadBalancerPolicy", **NAME, PolicyName="key"), 409, "InvalidConfigurationRequest", "'auth'")


def test_a_browser_s_session_has_no_period(web: Ask) -> None:
    assert web("CreateLBCookieStickinessPolicy", **NAME, PolicyName="browser").status == 200
    (told,) = web("DescribeLoadBalancers").parsed["LoadBalancerDescriptions"]
    assert told["Policies"]["LBCookieStickinessPolicies"] == [{"PolicyName": "browser"}]


def test_a_policy_needs_a_name_of_letters_digits_and_dashes(web: Ask) -> None:
    refused(policy(web, "a_b", "ProxyProtocolPolicyType"), 400, "ValidationError", "PolicyName must be")


def test_one_policy_of_a_kind_on_a_listener(web: Ask) -> None:
    for name in ("one", "two"):
        web("CreateAppCookieStickinessPolicy", **NAME, PolicyName=name, CookieName="S")
        policy(web, f"tls-{name}", "SSLNegotiationPolicyType", ("Protocol-TLSv1.2", "true"), ("AES128-SHA", "true"))
    policy(web, "proxy", "ProxyProtocolPolicyType", ("ProxyProtocol", "true"))
    for names, words in (
        (("one", "two"), "only one policy of stickiness"),
        (("tls-one", "tls-two"), "only one SSL negotiation policy"),
        (("proxy",), "not to listeners"),
    ):
        form = {f"PolicyNames.member.{number}": name for number, name in enumerate(names, 1)}
        answer = web("SetLoadBalancerPoliciesOfListener", **NAME, LoadBalancerPort="443", **form)
        refused(answer, 409, "InvalidConfigurationRequest", words)
    answer = web("SetLoadBalancerPoliciesOfListener", **NAME, LoadBalancerPort="25", PolicyNames__1="tls-one")
    refused(answer, 409, "InvalidConfigurationRequest", "only to HTTPS and SSL listeners")


def test_policies_towards_instances_come_and_go(world: World, web: Ask) -> None:
    policy(web, "proxy", "ProxyProtocolPolicyType", ("ProxyProtocol", "true"))
    form = NAME | {"InstancePort": "2525"}
    assert web("SetLoadBalancerPoliciesForBackendServer", **form, PolicyNames__1="proxy").status == 200
    assert read_detail(stored(world).document).backend_policies == {2525: ("proxy",)}
    refused(web("DeleteLoadBalancerPolicy", **NAME, PolicyName="proxy"), 409, "InvalidConfigurationRequest", "2525")
    assert web("SetLoadBalancerPoliciesForBackendServer", **form, PolicyNames="").status == 200
    assert read_detail(stored(world).document).backend_policies == {}
    other = NAME | {"InstancePort": "99"}
    answer = web("SetLoadBalancerPoliciesForBackendServer", **other, PolicyNames__1="proxy")
    refused(answer, 409, "InvalidConfigurationRequest", "No listener of load balancer web has InstancePort 99")


@pytest.fixture
def proxied(web: Ask) -> Ask:
    """Connections to instance port 2525 begin with the client's address."""
    policy(web, "proxy", "ProxyProtocolPolicyType", ("ProxyProtocol", "true"))
    assert in_force(web).status == 200
    return web


def in_force(ask: Ask, **names: str) -> Answer:
    names = names or {"PolicyNames__1": "proxy"}
    return ask("SetLoadBalancerPoliciesForBackendServer", **NAME, InstancePort="2525", **names)


@pytest.fixture
def left_behind(proxied: Ask) -> Ask:
    """And the listener with that instance port is gone."""
    assert proxied("DeleteLoadBalancerListeners", **NAME, LoadBalancerPorts__1="25").status == 200
    return proxied


def proxied_ports(ask: Ask) -> list[int]:
    """As DescribeLoadBalancers tells them."""
    (told,) = ask("DescribeLoadBalancers").parsed["LoadBalancerDescriptions"]
    assert all(one["PolicyNames"] == ["proxy"] for one in told["BackendServerDescriptions"])
    return [one["InstancePort"] for one in told["BackendServerDescriptions"]]


def test_policies_towards_instances_outlive_the_last_listener(left_behind: Ask) -> None:
    """Whoever changes a certificate by making the listener anew goes on with ProxyProtocol."""
    assert proxied_ports(left_behind) == [2525]
    assert left_behind("CreateLoadBalancerListeners", **NAME, **listener(1, "TCP", 26, "TCP", 2525)).status == 200
    assert left_behind("CreateLoadBalancerListeners", **NAME, **listener(1, "SSL", 27, "TCP", 2526)).status == 200
    assert proxied_ports(left_behind) == [2525]


def test_policies_that_were_left_behind_are_taken_away(left_behind: Ask) -> None:
    """As the Kubernetes provider for AWS does."""
    refused(
        left_behind("DeleteLoadBalancerPolicy", **NAME, PolicyName="proxy"), 409, "InvalidConfigurationRequest", "2525"
    )
    refused(in_force(left_behind), 409, "InvalidConfigurationRequest", "No listener of load balancer web has")
    assert in_force(left_behind, PolicyNames="").status == 200
    assert proxied_ports(left_behind) == []
    assert left_behind("DeleteLoadBalancerPolicy", **NAME, PolicyName="proxy").status == 200


def test_an_http_back_end_comes_where_they_were_left_behind(left_behind: Ask) -> None:
    """They are of connections, and it has requests: it is served without."""
    assert left_behind("CreateLoadBalancerListeners", **NAME, **listener(1, "HTTP", 80, "HTTP", 2525)).status == 200
    assert proxied_ports(left_behind) == [2525]


def test_requests_do_not_go_where_connections_are_proxied(proxied: Ask) -> None:
    answer = proxied("CreateLoadBalancerListeners", **NAME, **listener(1, "HTTP", 80, "HTTP", 2525))
    refused(answer, 409, "InvalidConfigurationRequest", "Policy proxy is in force there, which is for TCP and SSL only")
    assert proxied("CreateLoadBalancerListeners", **NAME, **listener(1, "TCP", 26, "TCP", 2525)).status == 200
    assert proxied("CreateLoadBalancerListeners", **NAME, **listener(1, "HTTP", 80, "HTTP", 2526)).status == 200


def test_types_are_told_once_each(ask: Ask) -> None:
    told = ask("DescribeLoadBalancerPolicyTypes").parsed["PolicyTypeDescriptions"]
    assert [kind["PolicyTypeName"] for kind in told] == list(TYPES)
    assert len(ask("DescribeLoadBalancerPolicies").parsed["PolicyDescriptions"]) == 9
