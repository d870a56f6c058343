"""Attributes of v2 load balancers and listeners: who has them, and what they take."""

import pytest

from sealstone.model import application_attributes as attributes
from sealstone.model.load_balancer import Kind

APPLICATION = attributes.of_load_balancer(Kind.APPLICATION)
HTTPS = attributes.of_listener("HTTPS")
MTLS = "routing.http.request.x_amzn_mtls_clientcert.header_name"
TRANSPORT = "routing.http.response.strict_transport_security.header_value"


@pytest.mark.parametrize(
    ("kind", "has", "has_not"),
    [
        (Kind.APPLICATION, attributes.HTTP2, "dns_record.client_routing_policy"),
        (Kind.NETWORK, "dns_record.client_routing_policy", attributes.HTTP2),
    ],
)
def test_each_kind_has_its_own(kind: Kind, has: str, has_not: str) -> None:
    known = attributes.of_load_balancer(kind)
    assert has in known
    assert has_not not in known
    assert attributes.DELETION_PROTECTION in known


@pytest.mark.parametrize(("kind", "default"), [(Kind.APPLICATION, "true"), (Kind.NETWORK, "false")])
def test_zones_are_crossed_by_default_where_requests_are_balanced(kind: Kind, default: str) -> None:
    assert attributes.values(attributes.of_load_balancer(kind), {})[attributes.CROSS_ZONE] == default


@pytest.mark.parametrize("kind", [Kind.APPLICATION, Kind.NETWORK])
def test_gateways_are_kept_out_of_internal_ones_by_default(kind: Kind) -> None:
    usual, internal = attributes.of_load_balancer(kind), attributes.of_load_balancer(kind, is_internal=True)
    assert [usual[attributes.DENY_GATEWAYS].default, internal[attributes.DENY_GATEWAYS].default] == ["false", "true"]
    assert [key for key in usual if usual[key] != internal[key]] == [attributes.DENY_GATEWAYS]


def test_listeners_have_those_of_their_protocol() -> None:
    assert MTLS in HTTPS
    assert MTLS not in attributes.of_listener("HTTP")
    assert TRANSPORT in attributes.of_listener("HTTP")
    assert list(attributes.of_listener("TCP")) == [attributes.TCP_IDLE_TIMEOUT]
    assert attributes.of_listener("TLS") == {}


@pytest.mark.parametrize(
    ("attribute", "good", "bad"),
    [
        (APPLICATION[attributes.HTTP2], ("true", "false"), ("True", "", "1")),
        (
            APPLICATION[attributes.IDLE_TIMEOUT],
            ("1", "4000"),
            ("0", "4001", "-1", "", "1.5", "\uff19", "9" * 5000, "0" * 9 + "7"),
        ),
        (APPLICATION[attributes.CROSS_ZONE], ("true",), ("false",)),
        (APPLICATION["access_logs.s3.bucket"], ("", "bucket"), ()),
        (
            HTTPS[MTLS],
            ("X-Client",),
            ("", "X Client", "a" * 41, 'X"', "X:", "Host", "content-LENGTH", "X-Forwarded-For"),
        ),
        (HTTPS[TRANSPORT], ("", "max-age=1; includeSubDomains", "default-src 'self' \"x\\"), ("a\nb", "é", "a" * 1025)),
    ],
    ids=lambda value: value.key if isinstance(value, attributes.Attribute) else "",
)
def test_values_are_judged(attribute: attributes.Attribute, good: tuple[str, ...], bad: tuple[str, ...]) -> None:
    assert [value for value in good if attribute.fault(value)] == []
    assert [value for value in bad if not attribute.fault(value)] == []


def test_every_default_but_of_header_values_is_good() -> None:
    for attribute in (*attributes.LOAD_BALANCERS, *attributes.LISTENERS):
        assert attribute.fault(attribute.default) == "", attribute.key


def test_headers_are_told_by_their_usual_names() -> None:
    assert attributes.renamed_headers({MTLS: "X-Client"}) == (("X-Amzn-Mtls-Clientcert", "X-Client"),)
    assert attributes.renamed_headers({MTLS: "X-Amzn-Mtls-Clientcert"}) == ()
    assert attributes.response_headers({TRANSPORT: "max-age=1", MTLS: "a"}) == (
        ("Strict-Transport-Security", "max-age=1"),
    )
    assert attributes.response_headers({TRANSPORT: ""}) == ()
