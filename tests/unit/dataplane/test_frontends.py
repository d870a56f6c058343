"""Listeners as sections."""

from dataclasses import replace

from sealstone.dataplane.frontends import frontend
from sealstone.dataplane.wanted import Forward, Listener, MutualTLS, TLSPolicy

STREAM = Listener("l1", "::1", 9000, "TCP", Forward((("p1", 1),)))
MODERN = TLSPolicy("TLSv1.3", "TLSv1.3", (), ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"))
SECURE = replace(STREAM, protocol="SSL", tls=MODERN, default_certificate_id="c1")


def bind(listener: Listener) -> str:
    return next(line for line in frontend(listener).splitlines() if line.startswith("  bind "))


def test_a_stream() -> None:
    assert frontend(STREAM) == (
        "frontend L-l1\n  mode tcp\n  bind [::1]:9000\n  timeout client 60s\n  default_backend P-p1\n"
    )


def test_the_newest_protocol_needs_no_ciphers() -> None:
    assert bind(SECURE) == (
        "  bind [::1]:9000 ssl crt-list lists/l1.list ssl-min-ver TLSv1.3 ssl-max-ver TLSv1.3 "
        "ciphers DEFAULT:@SECLEVEL=0 ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"
    )


def test_groups_and_signatures_when_they_are_named() -> None:
    policy = replace(MODERN, groups=("P-384", "P-256"), signatures=("ECDSA+SHA384", "RSA-PSS+SHA384"))
    assert bind(replace(SECURE, tls=policy)).endswith(" curves P-384:P-256 sigalgs ECDSA+SHA384:RSA-PSS+SHA384")


def test_old_protocols_have_no_suites() -> None:
    old = TLSPolicy("TLSv1.0", "TLSv1.2", ("AES128-SHA",), server_order=False)
    assert bind(replace(SECURE, tls=old)).endswith(
        "ssl-min-ver TLSv1.0 ssl-max-ver TLSv1.2 ciphers AES128-SHA:@SECLEVEL=0 prefer-client-ciphers"
    )


def test_a_stream_to_a_pool_without_weight() -> None:
    found = frontend(Listener("l1", "::1", 9000, "TCP", Forward((("p1", 0),))))
    assert found.endswith("  tcp-request content reject\n  default_backend P-p1\n")


def test_clients_with_certificates() -> None:
    def words(mutual: MutualTLS) -> str:
        return bind(replace(SECURE, mutual=mutual)).partition("GCM_SHA384 ")[2]

    base = "ca-file trust/l1.pem no-tls-tickets"
    assert words(MutualTLS("verify", "", advertise_names=True)) == f"{base} verify required ca-ignore-err 2"
    assert words(MutualTLS("verify", "", ("x",), ignore_expiry=True)) == (
        f"{base} no-ca-names verify required crl-file trust/l1.crl ca-ignore-err 2,10,3,11,12 crt-ignore-err 10,3,11,12"
    )
    assert words(MutualTLS("passthrough", advertise_names=True)) == (
        f"{base} no-ca-names verify optional ca-ignore-err all crt-ignore-err all"
    )


def test_what_http_listeners_offer() -> None:
    http = replace(SECURE, protocol="HTTPS")
    assert " alpn http/1.1 " in bind(http)
    assert " alpn h2,http/1.1 " in bind(replace(http, http2=True))
    assert " alpn x/1 " in bind(replace(SECURE, alpn=("x/1",)))
