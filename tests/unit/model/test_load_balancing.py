"""ARNs and documents of load balancing, and what negotiation policies say."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from sealstone.model import elb_policies, ids
from sealstone.model.classic_detail import (
    AccessLog,
    ClassicDetail,
    ClassicListener,
    HealthCheck,
    Policy,
    document_of,
    read_detail,
    read_listener,
)
from sealstone.model.elb_policies import CIPHERS, DEFAULT, NEGOTIATION, PREDEFINED, Negotiation, of_listener, read
from sealstone.model.instance import TargetGroup
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.model.trust_store import TrustStore
from sealstone.store.columns import document_text, read_document

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REGION = "eu-west-1"
OWNER = "123456789012"
PREFIX = f"arn:aws:elasticloadbalancing:{REGION}:{OWNER}"
DETAIL = ClassicDetail(
    dns_name="web-1.eu-west-1.elb.sealstone.internal",
    health=HealthCheck("TCP:80"),
    tags={"1": "x"},
    instances=("i-1",),
    leaving={"i-2": NOW + timedelta(microseconds=5)},
    policies=(Policy("p", "t", (("K", "1"), ("K", "2"))),),
    backend_policies={80: ("p",)},
    access_log=AccessLog(enabled=True, bucket="b"),
)


@pytest.mark.parametrize(
    ("generation", "kind", "end"),
    [
        (Generation.CLASSIC, Kind.CLASSIC, "web"),
        (Generation.V2, Kind.APPLICATION, "app/web/0a"),
        (Generation.V2, Kind.NETWORK, "net/web/0a"),
    ],
)
def test_arns_of_load_balancers(generation: Generation, kind: Kind, end: str) -> None:
    made = LoadBalancer(OWNER, "0a", REGION, generation, kind, "web", "127.0.0.1", NOW)
    assert made.arn == f"{PREFIX}:loadbalancer/{end}"


def test_arns_of_what_they_use() -> None:
    assert TargetGroup(OWNER, "0a", REGION, "g", NOW).arn == f"{PREFIX}:targetgroup/g/0a"
    assert TrustStore(OWNER, "0a", REGION, "t", NOW, "").arn == f"{PREFIX}:truststore/t/0a"
    assert ids.new_balancing(lambda length: bytes(range(length))) == "0001020304050607"


def test_a_document_is_read_back_as_it_was() -> None:
    assert read_detail(read_document(document_text(document_of(DETAIL)))) == DETAIL
    listener = ClassicListener(80, "HTTP", ("p",))
    assert read_listener(read_document(document_text(document_of(listener)))) == listener


def test_equal_documents_are_equal_texts() -> None:
    assert document_text({"b": 1, "a": 2}) == document_text({"a": 2, "b": 1}) == '{"a":2,"b":1}'


def test_a_document_that_is_none_of_ours_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        read_detail({})
    with pytest.raises(msgspec.ValidationError):
        read_listener({"instance_port": "80", "instance_protocol": "HTTP"})


def test_policies_of_a_load_balancer() -> None:
    policy = DETAIL.policies[0]
    assert (policy.value("K"), policy.value("L"), policy.values("K")) == ("1", None, ("1", "2"))
    assert DETAIL.policy("p") is policy
    assert DETAIL.policy("q") is None
    assert DETAIL.with_policy(Policy("p", "other")) is DETAIL
    more = DETAIL.with_policy(Policy("q", "other"))
    assert more.named(("gone", "p", "q"), "other") == Policy("q", "other")
    assert more.named(("p",), "other") is None


def test_policies_towards_instance_ports() -> None:
    detail = ClassicDetail("a.example", HealthCheck("TCP:1"), backend_policies={80: ("p",), 81: ("q",)})
    assert detail.towards({81, 82}).backend_policies == {81: ("q",)}
    assert detail.towards({80, 81}) == detail


def test_predefined_policies_are_those_of_the_guide() -> None:
    """Numbers and differences from "Predefined SSL security policies for Classic Load Balancers"."""
    ciphers = {name: set(negotiation.ciphers) for name, negotiation in PREDEFINED.items()}
    assert len(ciphers[DEFAULT]) == 18
    assert PREDEFINED[DEFAULT].versions == ("TLSv1.0", "TLSv1.1", "TLSv1.2")
    assert PREDEFINED["ELBSecurityPolicy-TLS-1-2-2017-01"].versions == ("TLSv1.2",)
    assert PREDEFINED["ELBSecurityPolicy-TLS-1-1-2017-01"].versions == ("TLSv1.1", "TLSv1.2")
    gone = ciphers[DEFAULT] - ciphers["ELBSecurityPolicy-TLS-1-2-2017-01"]
    assert gone == {
        *("ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA"),
        *("AES128-SHA", "AES256-SHA"),
    }
    assert ciphers["ELBSecurityPolicy-2015-05"] - ciphers[DEFAULT] == {"DES-CBC3-SHA"}
    assert ciphers["ELBSecurityPolicy-2015-02"] - ciphers[DEFAULT] == {"DHE-RSA-AES128-SHA", "DHE-DSS-AES128-SHA"}
    assert ciphers["ELBSecurityPolicy-2015-03"] - ciphers["ELBSecurityPolicy-2015-02"] == {"DES-CBC3-SHA"}
    assert [name for name, one in PREDEFINED.items() if not one.server_order] == ["ELBSecurityPolicy-2011-08"]
    assert PREDEFINED["ELBSecurityPolicy-2014-01"].protocols[1] == "Protocol-SSLv3"
    assert PREDEFINED["ELBSecurityPolicy-2011-08"].versions == ("TLSv1.0",)


def test_ciphers_stand_in_the_order_of_the_guide() -> None:
    assert len(CIPHERS) == len(set(CIPHERS)) == 88
    for negotiation in PREDEFINED.values():
        assert list(negotiation.ciphers) == sorted(negotiation.ciphers, key=CIPHERS.index)


def test_attributes_say_every_name_and_are_read_back() -> None:
    for negotiation in PREDEFINED.values():
        assert [name for name, _ in negotiation.attributes] == list(elb_policies.ATTRIBUTE_NAMES)
        assert read(negotiation.attributes) == negotiation
    assert read((("AES128-SHA", "true"), ("Nope", "true"), ("Protocol-TLSv1", "false"))) == Negotiation(
        (), ("AES128-SHA",), server_order=False
    )


def test_a_listener_negotiates_by_its_policy_else_by_the_default() -> None:
    own = Policy("own", NEGOTIATION, PREDEFINED["ELBSecurityPolicy-2015-05"].attributes)
    detail = DETAIL.with_policy(own)
    listener = ClassicListener(80, "HTTP", ("p", "own"))
    assert of_listener(detail, listener) == PREDEFINED["ELBSecurityPolicy-2015-05"]
    assert of_listener(detail, ClassicListener(80, "HTTP", ("p",))) == PREDEFINED[DEFAULT]
