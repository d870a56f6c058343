"""Whole configurations: stable, complete, and without what cannot be written."""

from dataclasses import replace
from typing import Any, cast

import pytest
from tests.pki import Authority
from tests.rest_json import revocation_list

from sealstone.dataplane.haproxy_config import CONFIGURATION, rendered
from sealstone.dataplane.tokens import answering
from sealstone.dataplane.wanted import (
    Certificate,
    FixedResponse,
    Forward,
    HealthCheck,
    Listener,
    MutualTLS,
    Pool,
    Redirect,
    Server,
    Stickiness,
    TLSPolicy,
    TLSVersion,
    Token,
    Wanted,
)
from sealstone.model.secret import Secret

ROOT = Authority("Root")
LEAF = ROOT.leaf("a.example.com")
POLICY = TLSPolicy("TLSv1.2", "TLSv1.3", ("ECDHE-RSA-AES128-GCM-SHA256",), ("TLS_AES_128_GCM_SHA256",))
CERTIFICATES = {
    name: Certificate(name, LEAF.certificate_pem, ROOT.certificate_pem, Secret(LEAF.private_key_der))
    for name in ("c1", "c2")
}
ACCOUNT = "123456789012"
PLAIN = Listener("l1", "127.0.0.1", 8080, "HTTP", Forward((("p1", 1),)))
SECURE = replace(PLAIN, listener_id="l2", port=8443, protocol="HTTPS", tls=POLICY, default_certificate_id="c1")
STREAM = Listener("l3", "::1", 9000, "TCP", Forward((("p3", 1),)))
POOLS = (
    Pool("p1", "HTTP", (Server("s2", "10.0.0.2", 80), Server("s1", "10.0.0.1", 80))),
    Pool("p2", "HTTP"),
    Pool("p3", "TCP", balance="leastconn"),
)


def of(*listeners: Listener, pools: tuple[Pool, ...] = POOLS) -> Wanted:
    return Wanted(1, listeners, pools, CERTIFICATES)


def refusal(listener: Listener, pools: tuple[Pool, ...] = POOLS) -> str:
    """Why it is not written; what is beside it is."""
    other = replace(PLAIN, listener_id="a0", port=1)
    found = rendered(of(other, listener, pools=(*pools, Pool("p1", "HTTP")) if pools != POOLS else pools))
    assert f"frontend L-{other.listener_id}" in found.texts[CONFIGURATION]
    assert f"L-{listener.listener_id}\n" not in found.texts[CONFIGURATION]
    assert not found.keys
    return found.failed[listener.listener_id]


def test_the_same_wanted_gives_the_same_bytes() -> None:
    one = rendered(of(SECURE, PLAIN, STREAM))
    other = rendered(of(STREAM, PLAIN, SECURE, pools=tuple(reversed(POOLS))))
    assert one.texts == other.texts
    assert not one.failed
    assert list(one.keys) == ["certificates/l2.default.pem"]


def test_only_pools_in_use_are_written() -> None:
    text = rendered(of(PLAIN)).texts[CONFIGURATION]
    assert "backend P-p1\n" in text
    assert "P-p2" not in text
    assert "P-p3" not in text


def test_no_key_is_shown() -> None:
    found = repr(rendered(of(SECURE)))
    assert "PRIVATE" not in found
    assert "Secret(***)" in found


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"listener_id": "a b"}, "the id of a listener"),
        ({"port": 0}, "the port of a listener"),
        ({"port": 1}, "another listener has port 1"),
        ({"idle_timeout": 0}, "the idle timeout of a listener"),
        ({"action": Forward((("none", 1),))}, "is not there"),
        ({"action": Forward((("p3", 1),))}, "cannot hand to a pool that speaks TCP"),
        ({"action": Forward((("p1", 1000),))}, "the weight of a pool"),
        ({"action": Redirect(300)}, "one of the statuses"),
        ({"action": Redirect(301, "FTP")}, "HTTP or HTTPS"),
        ({"action": Redirect(301, host="#{x}")}, "placeholder"),
        ({"action": Redirect(301, host='a"b')}, "no URL has"),
        ({"action": Redirect(301, path="/#{host")}, "no URL has"),
        ({"action": FixedResponse(600)}, "the status of a fixed response"),
        ({"action": FixedResponse(200, "text")}, "the content type"),
    ],
)
def test_what_plain_listeners_are_refused_for(change: Any, why: str) -> None:
    assert why in refusal(replace(PLAIN, **change))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"tls": None}, "needs a TLS policy"),
        ({"tls": replace(POLICY, minimum="TLSv1.3", maximum="TLSv1.2")}, "from one version"),
        ({"tls": replace(POLICY, minimum=cast("TLSVersion", "SSLv3"))}, "from one version"),
        ({"tls": replace(POLICY, maximum=cast("TLSVersion", "TLSv9"))}, "from one version"),
        ({"tls": replace(POLICY, ciphers=())}, "needs ciphers"),
        ({"tls": replace(POLICY, ciphers=("ALL:x",))}, "a cipher of a TLS policy"),
        ({"default_certificate_id": None}, "a certificate that it presents"),
        ({"sni_certificate_ids": ("none",)}, "a certificate that it presents"),
        ({"mutual": MutualTLS("verify", "")}, "trust store holds no certificate"),
        ({"mutual": MutualTLS("verify", ROOT.certificate_pem, ("DER",))}, "not PEM"),
    ],
)
def test_what_secure_listeners_are_refused_for(change: Any, why: str) -> None:
    assert why in refusal(replace(SECURE, **change))


@pytest.mark.parametrize(
    "change",
    [{"action": Redirect(301)}, {"action": Forward((("p3", 1), ("p4", 1)))}, {"action": Forward(())}],
)
def test_a_stream_goes_to_one_pool(change: Any) -> None:
    assert "one pool" in refusal(replace(STREAM, **change))


@pytest.mark.parametrize(
    ("pool", "why"),
    [
        (Pool("p9", "HTTP", (Server("a b", "10.0.0.1", 1),)), "the id of a server"),
        (Pool("p9", "HTTP", (Server("s", "10.0.0.1 check", 1),)), "the address of a server"),
        (Pool("p9", "HTTP", (Server("s", "10.0.0.1", 1, weight=257),)), "the weight of a server"),
        (Pool("p9", "HTTP", idle_timeout=0), "the idle timeout of a pool"),
        (Pool("p9", "HTTP", health=HealthCheck("HTTP", path="/ x")), "the path of a health check"),
        (Pool("p9", "HTTP", health=HealthCheck("HTTP", matcher="x")), "the matcher"),
        (Pool("p9", "HTTP", stickiness=Stickiness("duration", "a b")), "the name of a cookie"),
        (Pool("p9", "HTTP", stickiness=Stickiness("application", "a", carrier=";")), "the name of a cookie"),
        (Pool("p9", "HTTP", stickiness=Stickiness("duration", "a", 0)), "the time of a stickiness"),
    ],
)
def test_a_bad_pool_is_its_listeners_fault(pool: Pool, why: str) -> None:
    assert why in refusal(replace(PLAIN, action=Forward((("p9", 1),))), (pool,))


def test_trust_is_written_for_its_mode() -> None:
    crl = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"
    verify = rendered(of(replace(SECURE, mutual=MutualTLS("verify", ROOT.certificate_pem, (crl,))))).texts
    assert (verify["trust/l2.pem"], verify["trust/l2.crl"]) == (ROOT.certificate_pem, crl)
    passing = rendered(of(replace(SECURE, mutual=MutualTLS("passthrough", "", (crl,))))).texts
    assert passing["trust/l2.pem"] == LEAF.certificate_pem
    assert "trust/l2.crl" not in passing


def test_lists_of_one_authority_that_cannot_be_gone_by_together() -> None:
    """HAProxy would go by one of them, and let in whom the other revokes."""
    lists = tuple(revocation_list(ROOT, number).decode() for number in (1, 2))
    for several, why in ((lists, "two revocation lists of CN=Root"), (("a", "b"), "cannot be gone by")):
        mutual = MutualTLS("verify", ROOT.certificate_pem, several)
        assert why in refusal(replace(SECURE, mutual=mutual))


def test_only_with_mutual_tls_no_session_is_resumed() -> None:
    line = "  tune.ssl.cachesize 0\n"
    assert line not in rendered(of(SECURE, PLAIN)).texts[CONFIGURATION]
    asking = replace(SECURE, mutual=MutualTLS("passthrough"))
    assert line in rendered(of(asking, PLAIN)).texts[CONFIGURATION].partition("frontend")[0]


def test_listeners_for_plain_http_answer_tokens_before_all_else() -> None:
    tokens = (Token(ACCOUNT, "/.well-known/pki-validation/0a.txt", "text"),)
    ours = [replace(one, account_id=ACCOUNT) for one in (PLAIN, SECURE, STREAM)]
    found = rendered(replace(of(*ours), tokens=tokens)).texts
    assert found["maps/tokens.map"] == f"/.well-known/pki-validation/0a.txt {ACCOUNT}:text\n"
    _, plain, secure, stream = found[CONFIGURATION].split("frontend ")
    assert next(line for line in plain.splitlines() if line.startswith("  http-request ")) == f"  {answering(ACCOUNT)}"
    assert "tokens.map" not in secure + stream
    assert rendered(of(ours[0])).texts["maps/tokens.map"] == ""


def test_a_listener_without_an_account_answers_no_token() -> None:
    found = rendered(replace(of(PLAIN), tokens=(Token(ACCOUNT, "/a", "text"),))).texts
    assert "tokens.map" not in found[CONFIGURATION]
    assert found["maps/tokens.map"] == ""


def test_a_bad_token_is_told_of_the_listeners_that_would_answer_it() -> None:
    found = rendered(replace(of(replace(PLAIN, account_id=ACCOUNT), SECURE), tokens=(Token(ACCOUNT, "/a b", "text"),)))
    assert found.failed.keys() == {"l1"}
    assert "the path of a token" in found.failed["l1"]
    assert (found.texts["maps/tokens.map"], "frontend L-l2" in found.texts[CONFIGURATION]) == ("", True)
