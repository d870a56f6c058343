"""How many certificates listeners may choose from by name, and which of a person's are none that a listener takes."""

from collections.abc import Iterator

import pytest
from tests.house_fixture import World
from tests.protocol.application import Balanced

from sealstone.model.balancing_quota import CERTIFICATES

SENTENCE = "must have a fully-qualified domain name, a supported signature, and a supported key size. "


@pytest.fixture
def here(world: World) -> Balanced:
    return Balanced(world)


def certificates(here: Balanced, *names: str) -> list[dict[str, str]]:
    return [{"CertificateArn": here.upload(name)} for name in names]


def secure(here: Balanced, balancer: str, *ports: int) -> Iterator[str]:
    """HTTPS listeners with one default certificate."""
    default = certificates(here, f"default-{ports[0]}")
    return (here.listener(balancer, "HTTPS", port, Certificates=default) for port in ports)


def test_the_quota_does_not_count_the_default(here: Balanced) -> None:
    here.world.quota(CERTIFICATES.name, 1)
    (listener,) = secure(here, here.balancer(), 443)
    names = certificates(here, "one", "two")
    words = "The listeners of a load balancer can have 1 certificates together, without the default ones"
    given = {"ListenerArn": listener, "Certificates": names}
    here.refused("TooManyCertificates", words, "AddListenerCertificates", **given)
    here.done("AddListenerCertificates", ListenerArn=listener, Certificates=names[:1])
    answer = here.world.ask("elbv2", {"Action": "AddListenerCertificates", "ListenerArn": listener, "Certificates": ""})
    assert answer.message == "A certificate ARN must be specified"


def test_the_quota_is_of_all_listeners_together(here: Balanced) -> None:
    here.world.quota(CERTIFICATES.name, 2)
    first, second = secure(here, here.balancer(), 443, 444)
    (other,) = secure(here, here.balancer("other"), 445)
    one, two, three = ([item] for item in certificates(here, "one", "two", "three"))
    here.done("AddListenerCertificates", ListenerArn=first, Certificates=one)
    here.done("AddListenerCertificates", ListenerArn=second, Certificates=two)
    words = "The listeners of a load balancer can have 2 certificates together"
    for listener in (first, second):
        given = {"ListenerArn": listener, "Certificates": three}
        here.refused("TooManyCertificates", words, "AddListenerCertificates", **given)
    for listener in (first, second):  # what several listeners have is counted once
        here.done("AddListenerCertificates", ListenerArn=listener, Certificates=one + two)
    here.done("AddListenerCertificates", ListenerArn=other, Certificates=three)
    here.world.quota(CERTIFICATES.name, 1)  # what is there stays, and may be told again
    here.done("AddListenerCertificates", ListenerArn=first, Certificates=one)


@pytest.mark.parametrize("kind", ["application", "network"])
@pytest.mark.parametrize(
    ("name", "others", "taken"),
    [
        ("My Server", [], False),
        ("My Server", ["192.0.2.1"], False),
        ("192.0.2.1", [], False),
        ("www.example.com", ["localhost"], False),
        ("www.example.com", [], True),
        ("www.example.com", ["192.0.2.1"], True),
        ("My Server", ["www.example.com"], True),
    ],
)
def test_a_certificate_is_of_a_host(here: Balanced, kind: str, name: str, others: list[str], taken: bool) -> None:
    protocol, target = ("HTTPS", "HTTP") if kind == "application" else ("TLS", "TCP")
    form = {
        "LoadBalancerArn": here.balancer(kind=kind),
        "Protocol": protocol,
        "Port": 443,
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": here.group(protocol=target)}],
        "Certificates": [{"CertificateArn": here.upload("site", name, alternative_names=others)}],
    }
    if taken:
        here.done("CreateListener", **form)
    else:
        here.refused("UnsupportedCertificate", f"{SENTENCE}Neither its DNS names", "CreateListener", **form)
