"""Application and network load balancers translated for the data plane."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.pki import NOW, Authority, ec_key, rsa_key

from sealstone.dataplane.wanted import (
    Certificate,
    Condition,
    FixedResponse,
    Forward,
    Headers,
    MutualTLS,
    Redirect,
    Rule,
    TLSPolicy,
)
from sealstone.model import application_detail as documents
from sealstone.model.application_detail import (
    Action,
    ApplicationDetail,
    ApplicationListener,
    ApplicationRule,
    MutualAuthentication,
    Query,
    RuleCondition,
    Share,
    document_of,
)
from sealstone.model.listener import Listener
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.model.rule import Rule as RuleRow
from sealstone.model.secret import Secret
from sealstone.model.target_group_detail import TrustStoreDetail
from sealstone.model.target_group_detail import document_of as trust_document
from sealstone.model.trust_store import TrustStore
from sealstone.workers.classic import pool_owner
from sealstone.workers.v2_listeners import Surroundings, preferred, translated

ACCOUNT = "123456789012"
FIXED = Action("fixed-response", fixed_response=documents.FixedResponse("200"))
TO_A = Action("forward", forward=documents.Forward((Share("a"),)))
DETAIL = ApplicationDetail("site.example")
STORE = TrustStore(
    ACCOUNT,
    "t1",
    "us-east-1",
    "clients",
    NOW,
    "bundle",
    trust_document(TrustStoreDetail(1).with_lists([(2, "list")])),
)


def balancer(detail: ApplicationDetail = DETAIL, kind: Kind = Kind.APPLICATION) -> LoadBalancer:
    return LoadBalancer(ACCOUNT, "lb", "us-east-1", Generation.V2, kind, "site", "127.0.0.1", NOW, document_of(detail))


def row(protocol: str, port: int = 443, **detail: Any) -> Listener:
    document = document_of(ApplicationListener(**{"actions": (TO_A,), **detail}))
    return Listener(ACCOUNT, "l1", "lb", port, protocol, document)


def one(scene: Surroundings, listener: Listener) -> Any:
    (found,) = translated(scene, [listener])
    return found


def test_https_with_certificates_and_a_policy() -> None:
    scene = Surroundings(
        balancer(),
        port_offset=20_000,
        default_certificates={"l1": "ASCA1"},
        listed_certificates={"l1": ("ASCA2", "ASCA3")},
    )
    found = one(scene, row("HTTPS", ssl_policy="ELBSecurityPolicy-TLS13-1-2-Res-2021-06"))
    assert (found.listener_id, found.address, found.port, found.protocol) == ("l1", "127.0.0.1", 20_443, "HTTPS")
    assert (found.default_certificate_id, found.sni_certificate_ids) == ("ASCA1", ("ASCA2", "ASCA3"))
    assert found.tls == TLSPolicy(
        "TLSv1.2",
        "TLSv1.3",
        (
            *("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
            *("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
        ),
        ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"),
        server_order=True,
    )
    assert (found.http2, found.idle_timeout, found.mutual) == (True, 60, None)
    assert found.headers == Headers(trace_id=True)


def test_http_has_nothing_of_tls() -> None:
    scene = Surroundings(balancer(), default_certificates={"l1": "ASCA1"}, listed_certificates={"l1": ("ASCA2",)})
    found = one(scene, row("HTTP", 80))
    assert (found.protocol, found.tls, found.default_certificate_id, found.sni_certificate_ids, found.http2) == (
        *("HTTP", None, None),
        *((), False),
    )


def test_attributes_become_times_and_headers() -> None:
    detail = replace(
        DETAIL,
        attributes={
            "idle_timeout.timeout_seconds": "90",
            "routing.http2.enabled": "false",
            "routing.http.xff_client_port.enabled": "true",
            "routing.http.xff_header_processing.mode": "remove",
            "routing.http.drop_invalid_header_fields.enabled": "true",
            "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "true",
        },
    )
    own = {
        "routing.http.request.x_amzn_tls_version.header_name": "X-TLS",
        "routing.http.response.x_frame_options.header_value": "DENY",
    }
    found = one(Surroundings(balancer(detail)), row("HTTPS", ssl_policy="ELBSecurityPolicy-2016-08", attributes=own))
    assert (found.http2, found.idle_timeout) == (False, 90)
    assert found.headers == Headers(
        forwarded_for="remove",
        client_port=True,
        trace_id=True,
        tls_version_and_cipher=True,
        drop_invalid=True,
        renamed=(("X-Amzn-Tls-Version", "X-TLS"),),
        response=(("X-Frame-Options", "DENY"),),
    )
    assert found.tls.minimum == "TLSv1.0"
    assert found.tls.ciphersuites == ()


@pytest.mark.parametrize(
    ("protocol", "expected", "attributes", "idle"),
    [("TCP", "TCP", {}, 350), ("TCP", "TCP", {"tcp.idle_timeout.seconds": "60"}, 60), ("TLS", "SSL", {}, 350)],
)
def test_connections_of_a_network_load_balancer(
    protocol: str, expected: str, attributes: dict[str, str], idle: int
) -> None:
    policy = "ELBSecurityPolicy-2016-08" if protocol == "TLS" else None
    found = one(Surroundings(balancer(kind=Kind.NETWORK)), row(protocol, 25, ssl_policy=policy, attributes=attributes))
    assert (found.protocol, found.idle_timeout, found.headers, found.http2) == (expected, idle, Headers(), False)
    assert found.action == Forward((("a" if idle == 350 else f"a-{idle}", 1),))
    assert pool_owner(found.action.pools[0][0]) == "a"


def test_a_target_group_without_weight() -> None:
    action = Action("forward", forward=documents.Forward((Share("a", 0),)))
    found = one(Surroundings(balancer(kind=Kind.NETWORK)), row("TCP", 25, actions=(action,)))
    assert found.action == Forward((("a", 0),))


@pytest.mark.parametrize(
    ("policies", "names"),
    [
        ((), ()),
        (("None",), ()),
        (("HTTP2Preferred",), ("h2", "http/1.1", "http/1.0")),
        (("HTTP2Only",), ("h2",)),
        (("HTTP1Only",), ("http/1.1", "http/1.0")),
        (("HTTP2Optional",), ("http/1.1", "http/1.0", "h2")),
    ],
)
def test_alpn_policies(policies: tuple[str, ...], names: tuple[str, ...]) -> None:
    scene = Surroundings(balancer(kind=Kind.NETWORK))
    assert one(scene, row("TLS", ssl_policy="ELBSecurityPolicy-2016-08", alpn=policies)).alpn == names


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (MutualAuthentication("off"), None),
        (MutualAuthentication("passthrough"), MutualTLS("passthrough")),
        (
            MutualAuthentication("verify", "t1", ignore_expiry=True, advertise_names="on"),
            MutualTLS("verify", "bundle", ("list",), ignore_expiry=True, trust_store_id="t1", advertise_names=True),
        ),
        (MutualAuthentication("verify", "gone"), MutualTLS("verify", trust_store_id="gone")),
    ],
)
def test_certificates_of_clients(kept: MutualAuthentication, expected: MutualTLS | None) -> None:
    scene = Surroundings(balancer(), trust_stores={"t1": STORE})
    assert one(scene, row("HTTPS", ssl_policy="ELBSecurityPolicy-2016-08", mutual=kept)).mutual == expected


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (
            Action("forward", forward=documents.Forward((Share("a", 0), Share("b", 7)))),
            Forward((("a", 0), ("b", 7))),
        ),
        (
            Action("forward", forward=documents.Forward((Share("a"), Share("b")), sticky=True, sticky_seconds=9)),
            Forward((("a", 1), ("b", 1)), sticky_seconds=9),
        ),
        (
            Action("forward", forward=documents.Forward((Share("a"), Share("b")), sticky=False, sticky_seconds=9)),
            Forward((("a", 1), ("b", 1))),
        ),
        (
            Action("redirect", redirect=documents.Redirect("HTTP_302", "HTTPS", "b.example", "443", "/x", "")),
            Redirect(302, "HTTPS", "b.example", "443", "/x", ""),
        ),
        (FIXED, FixedResponse(200)),
        (
            Action("fixed-response", fixed_response=documents.FixedResponse("404", "text/html", "<p>")),
            FixedResponse(404, "text/html", "<p>"),
        ),
    ],
)
def test_actions(kept: Action, expected: object) -> None:
    assert one(Surroundings(balancer()), row("HTTP", actions=(kept,))).action == expected


def test_conditions_of_rules() -> None:
    conditions = (
        RuleCondition("host-header", ("*.example.com", "a.example")),
        RuleCondition("path-pattern", ("/a*",)),
        RuleCondition("http-header", ("blue",), header="X-Team"),
        RuleCondition("http-request-method", ("GET",)),
        RuleCondition("query-string", queries=(Query("1", "v"), Query("a=b"))),
        RuleCondition("source-ip", ("192.0.2.0/24",)),
    )
    rule = RuleRow(ACCOUNT, "r1", "l1", 7, document_of(ApplicationRule(conditions, (FIXED,))))
    found = one(Surroundings(balancer(), rules={"l1": [rule], "l2": [rule]}), row("HTTP"))
    expected = (
        Condition("host", ("*.example.com", "a.example")),
        Condition("path", ("/a*",)),
        Condition("header", ("blue",), "X-Team"),
        Condition("method", ("GET",)),
        Condition("query", ("v=1", "=a=b")),
        Condition("source-ip", ("192.0.2.0/24",)),
    )
    assert found.rules == (Rule("r1", 7, expected, FixedResponse(200)),)


def test_certificates_are_preferred_by_kind_size_and_life() -> None:
    root = Authority("Root")

    def certificate(name: str, **how: Any) -> Certificate:
        leaf = root.leaf("www.example.com", **how)
        return Certificate(name, leaf.certificate_pem, None, Secret(b""))

    found = [
        certificate("small", key=rsa_key(2048)),
        certificate("large", key=rsa_key(3072)),
        certificate("curve", key=ec_key()),
        certificate("long", key=ec_key(), not_after=NOW + timedelta(days=900)),
        certificate("strong", key=ec_key(ec.SECP384R1())),
    ]
    at_hand = {one.certificate_id: one for one in found}
    assert preferred([*at_hand, "sealed"], at_hand) == ("strong", "long", "curve", "large", "small")
