"""Every protocol before with every protocol behind that fits it, with real traffic; PROXY lines; protocol versions."""

import socket
import ssl
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, cast
from warnings import catch_warnings, simplefilter

import pytest
from tests.dataplane.rig import (
    ECDSA,
    LOOPBACK,
    MODERN,
    PATIENCE,
    RSA,
    Backend,
    asked,
    authority,
    behind,
    certificate,
    client,
    echo_backend,
    echoed,
    free_port,
    http_backend,
    listener,
    pool,
    shaken,
)
from tests.pki import Authority, Leaf, rsa_key

from sealstone.dataplane.data_plane import Outcome
from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.wanted import Forward, HealthCheck, Listener, Protocol, TLSPolicy, Wanted

CBC: Final = ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES128-SHA", "AES128-SHA")


def served(plane: HAProxy, made: Listener, backend: Backend, protocol: str, leaf: Leaf, **options: Any) -> None:
    wanted = Wanted(1, (made,), (pool(backend, protocol=protocol, **options),), {"c1": certificate("c1", leaf)})
    assert plane.apply(wanted) == Outcome(applied=True, reloaded=True)


@pytest.mark.parametrize("front", ["HTTP", "HTTPS"])
@pytest.mark.parametrize("back", ["HTTP", "HTTPS"])
@pytest.mark.parametrize("http2", [False, True], ids=["1.1", "2"])
def test_requests(plane: HAProxy, root: Authority, leaf: Leaf, front: str, back: str, *, http2: bool) -> None:
    backend = http_backend("b", leaf if back == "HTTPS" else None)
    with behind(backend):
        made = listener(free_port(), protocol=front, http2=http2)
        served(plane, made, backend, back, leaf, health=HealthCheck(cast("Protocol", back), interval=5))
        answer = asked(made.port, "/x?y=1", tls=client(root) if front == "HTTPS" else None, name="a.example.com")
        assert answer.seen["request"] == "GET /x?y=1 HTTP/1.1"
        assert answer.seen["headers"]["x-forwarded-proto"] == front.lower()
        if front == "HTTPS":
            offering = client()
            offering.set_alpn_protocols(["h2", "http/1.1"])
            with shaken(made.port, offering) as connection:
                assert connection.selected_alpn_protocol() == ("h2" if http2 else "http/1.1")


@pytest.mark.parametrize("front", ["TCP", "SSL"])
@pytest.mark.parametrize("back", ["TCP", "SSL"])
@pytest.mark.parametrize("proxy", [False, True], ids=["plain", "PROXY"])
def test_streams(plane: HAProxy, leaf: Leaf, front: str, back: str, *, proxy: bool) -> None:
    backend = echo_backend("b", leaf if back == "SSL" else None)
    backend.proxied = proxy
    with behind(backend):
        made = listener(free_port(), protocol=front)
        served(plane, made, backend, back, leaf, send_proxy=proxy)
        assert echoed(made.port, b"hello\n", client() if front == "SSL" else None) == b"b hello\n"
        if proxy:  # version 1: "PROXY", the client, and where it had connected
            words = backend.seen[0].split()
            assert words[:4] == [b"PROXY", b"TCP4", b"127.0.0.1", b"127.0.0.1"]
            assert words[5:] == [str(made.port).encode()]


@pytest.mark.parametrize("front", ["TCP", "SSL"])
def test_idle_streams_end(plane: HAProxy, leaf: Leaf, front: str) -> None:
    """The shorter time, of the listener, and the longer one, which a pool alone knows, are one: of the pool."""
    with behind(backend := echo_backend("b")):
        made = listener(free_port(), protocol=front, idle_timeout=600)
        served(plane, made, backend, "TCP", leaf, idle_timeout=1)
        with socket.create_connection((LOOPBACK, made.port), PATIENCE) as plain:
            connection = client().wrap_socket(plain) if front == "SSL" else plain
            with connection:
                connection.sendall(b"hello\n")
                assert connection.recv(100) == b"b hello\n"
                assert connection.recv(100) == b""


@pytest.mark.parametrize("front", ["TCP", "SSL"])
def test_a_pool_without_weight_gets_nothing(plane: HAProxy, leaf: Leaf, front: str) -> None:
    with behind(backend := echo_backend("b")):
        made = listener(free_port(), protocol=front, action=Forward((("p1", 0),)))
        served(plane, made, backend, "TCP", leaf)
        with suppress(ConnectionError):
            assert echoed(made.port, b"hello\n", client() if front == "SSL" else None) == b""
        assert not backend.seen


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_groups_and_signatures_are_those_of_the_policy(plane: HAProxy, one: Backend, version: str) -> None:
    strict = replace(MODERN, groups=("P-384",), signatures=("ECDSA+SHA384", "RSA-PSS+SHA384", "RSA+SHA384"))
    made = listener(free_port(), protocol="HTTPS", tls=strict)
    served(plane, made, one, "HTTP", authority().leaf("a.example.com", key=rsa_key()))
    able, unable = speaking(version, version), speaking(version, version)
    unable.set_ecdh_curve("prime256v1")
    with shaken(made.port, able) as connection:
        assert connection.version() == version
    with pytest.raises((ssl.SSLError, ConnectionError)), shaken(made.port, unable):
        pass
    looser = replace(made, tls=replace(strict, groups=()))
    served(plane, looser, one, "HTTP", authority().leaf("a.example.com", key=rsa_key()))
    with shaken(made.port, unable):
        pass


def test_protocols_of_a_stream_are_offered(plane: HAProxy, leaf: Leaf) -> None:
    with behind(backend := echo_backend("b")):
        made = listener(free_port(), protocol="SSL", alpn=("h2", "x/1"))
        served(plane, made, backend, "TCP", leaf)
        offering = client()
        offering.set_alpn_protocols(["x/1"])
        with shaken(made.port, offering) as connection:
            assert connection.selected_alpn_protocol() == "x/1"


def speaking(minimum: str, maximum: str, ciphers: str = "ALL:@SECLEVEL=0") -> ssl.SSLContext:
    made = client()
    made.set_ciphers(ciphers)
    with catch_warnings():  # old versions are deprecated in Python, and are what is asked for here
        simplefilter("ignore", DeprecationWarning)
        made.minimum_version = getattr(ssl.TLSVersion, minimum.replace(".0", "").replace(".", "_"))
        made.maximum_version = getattr(ssl.TLSVersion, maximum.replace(".0", "").replace(".", "_"))
    return made


VERSIONS: Final = ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize("lowest", range(4))
@pytest.mark.parametrize("highest", range(4))
def test_versions_are_those_of_the_policy(plane: HAProxy, leaf: Leaf, one: Backend, lowest: int, highest: int) -> None:
    if lowest > highest:
        return
    policy = TLSPolicy(VERSIONS[lowest], VERSIONS[highest], ECDSA + CBC, ("TLS_AES_256_GCM_SHA384",))
    made = listener(free_port(), protocol="HTTPS", tls=policy)
    served(plane, made, one, "HTTP", leaf)
    for at, version in enumerate(VERSIONS):
        if lowest <= at <= highest:
            with shaken(made.port, speaking(version, version)) as connection:
                assert connection.version() == version.removesuffix(".0")
        else:
            with pytest.raises((ssl.SSLError, ConnectionError)), shaken(made.port, speaking(version, version)):
                pass


@pytest.mark.parametrize("ours", [True, False], ids=["server", "client"])
def test_whose_order_counts(plane: HAProxy, leaf: Leaf, one: Backend, *, ours: bool) -> None:
    policy = TLSPolicy("TLSv1.2", "TLSv1.2", ECDSA, server_order=ours)
    made = listener(free_port(), protocol="HTTPS", tls=policy)
    served(plane, made, one, "HTTP", leaf)
    with shaken(made.port, speaking("TLSv1.2", "TLSv1.2", ":".join(reversed(ECDSA)))) as connection:
        chosen = connection.cipher()
        assert chosen
        assert chosen[0] == ECDSA[0 if ours else 1]


def test_other_ciphers_are_refused(plane: HAProxy, leaf: Leaf, one: Backend) -> None:
    made = listener(
        free_port(), protocol="HTTPS", tls=TLSPolicy("TLSv1.2", "TLSv1.3", ECDSA[:1], ("TLS_AES_256_GCM_SHA384",))
    )
    served(plane, made, one, "HTTP", leaf)
    with pytest.raises((ssl.SSLError, ConnectionError)), shaken(made.port, speaking("TLSv1.2", "TLSv1.2", ECDSA[1])):
        pass
    with shaken(made.port, client()) as connection:
        chosen = connection.cipher()
        assert chosen
        assert chosen[0] == "TLS_AES_256_GCM_SHA384"


def test_small_keys_are_served(plane: HAProxy, root: Authority, one: Backend) -> None:
    """RSA of 1024 bits: IAM takes it, and AWS's old policies serve it."""
    small = root.leaf("a.example.com", key=rsa_key(1024))
    made = listener(free_port(), protocol="HTTPS", tls=TLSPolicy("TLSv1.0", "TLSv1.2", (*RSA, "AES128-SHA")))
    served(plane, made, one, "HTTP", small)
    with shaken(made.port, speaking("TLSv1.2", "TLSv1.2")) as connection:
        assert connection.getpeercert(binary_form=True) == small.certificate_der
