"""Clients with certificates: who gets in, who does not, and what servers are told of them."""

import socket
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from tests.dataplane.rig import (
    LOOPBACK,
    PATIENCE,
    Answer,
    Backend,
    asked,
    certificate,
    client,
    free_port,
    listener,
    now,
    pool,
)
from tests.pki import Authority, Issued, Leaf, rsa_key

from sealstone.dataplane.data_plane import Outcome
from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.wanted import Headers, MutualTLS, Wanted


def revocations(authority: Authority, *revoked: Issued, at: timedelta = timedelta()) -> str:
    """A list of an authority's, valid for two days around `at` from now."""
    time = now() + at
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
    builder = builder.last_update(time - timedelta(days=1)).next_update(time + timedelta(days=1))
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(time - timedelta(days=1)).build())
    signed = builder.sign(authority.key, hashes.SHA256())
    return signed.public_bytes(Encoding.PEM).decode()


class Clients:
    """One of each kind."""

    def __init__(self) -> None:
        self.trusted, self.other = (Authority(f"Clients {name}", valid_at=now()) for name in ("A", "B"))
        self.good = self.trusted.leaf("good")
        self.revoked = self.trusted.leaf("revoked")
        self.expired = self.trusted.leaf("expired", not_after=now() - timedelta(hours=1))
        self.without_list = self.other.leaf("of another authority")
        self.unknown = Authority("Strangers", valid_at=now()).leaf("unknown")


@pytest.fixture(scope="module")
def clients() -> Clients:
    return Clients()


class Scene:
    """A listener that treats clients in some way."""

    def __init__(self, plane: HAProxy, one: Backend, leaf: Leaf, folder: Path) -> None:
        self._plane, self._one, self._leaf, self._folder = plane, one, leaf, folder
        self.port = free_port()

    def treats(self, mutual: MutualTLS, headers: Headers | None = None) -> "Scene":
        made = listener(self.port, protocol="HTTPS", mutual=mutual, headers=headers or Headers())
        wanted = Wanted(1, (made,), (pool(self._one),), {"c1": certificate("c1", self._leaf)})
        assert self._plane.apply(wanted) == Outcome(applied=True, reloaded=True)
        return self

    def ask(self, identity: Issued | None, chain: str = "", **headers: str) -> Answer:
        tls = client(None, identity, chain, folder=self._folder)
        return asked(self.port, tls=tls, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def lets_in(self, identity: Issued | None, chain: str = "") -> bool:
        try:
            return self.ask(identity, chain).status == 200
        except (ssl.SSLError, ConnectionError):
            return False


@pytest.fixture
def scene(plane: HAProxy, one: Backend, leaf: Leaf, tmp_path: Path) -> Scene:
    return Scene(plane, one, leaf, tmp_path)


def test_verified(scene: Scene, clients: Clients) -> None:
    bundle = clients.trusted.certificate_pem + clients.other.certificate_pem
    scene.treats(MutualTLS("verify", bundle, (revocations(clients.trusted, clients.revoked),)))
    assert scene.lets_in(clients.good)
    assert scene.lets_in(clients.without_list)
    for refused in (clients.revoked, clients.expired, clients.unknown, None):
        assert not scene.lets_in(refused)


def test_expiry_may_be_forgiven_and_revocation_is_not(scene: Scene, clients: Clients) -> None:
    lists = (revocations(clients.trusted, clients.revoked, at=timedelta(days=-30)),)
    scene.treats(MutualTLS("verify", clients.trusted.certificate_pem, lists, ignore_expiry=True))
    assert scene.lets_in(clients.good)
    assert scene.lets_in(clients.expired)
    for refused in (clients.revoked, clients.unknown, clients.without_list, None):
        assert not scene.lets_in(refused)


def test_all_lists_of_an_authority_count(scene: Scene, clients: Clients) -> None:
    """Of which one holds what the others do: whichever is the newest, and in whichever order they came."""
    bundle = clients.trusted.certificate_pem + clients.other.certificate_pem
    fewer = [
        revocations(clients.trusted, at=timedelta(hours=5)),
        revocations(clients.trusted, clients.revoked, at=timedelta(days=-30)),
    ]
    for lists in (fewer, fewer[::-1]):
        scene.treats(MutualTLS("verify", bundle, (*lists, revocations(clients.other, clients.without_list))))
        assert scene.lets_in(clients.good)
        for refused in (clients.revoked, clients.without_list):
            assert not scene.lets_in(refused)


def test_a_list_that_is_not_in_force_yet_locks_nobody_out(scene: Scene, clients: Clients) -> None:
    lists = (revocations(clients.trusted, clients.revoked, at=timedelta(days=10)),)
    scene.treats(MutualTLS("verify", clients.trusted.certificate_pem, lists))
    assert scene.lets_in(clients.good)
    assert not scene.lets_in(clients.revoked)


@pytest.mark.parametrize("with_list", [False, True])
def test_an_authority_below_a_root_is_enough(scene: Scene, clients: Clients, with_list: bool) -> None:
    """Whatever of the path a client sends along; and nothing that the authority did not sign."""
    root = clients.trusted
    below = root.authority("Below")
    good, expired = below.leaf("good"), below.leaf("expired", not_after=now() - timedelta(hours=1))
    revoked = below.leaf("revoked")
    forger = Authority("Below", valid_at=now())
    lists = (revocations(below, revoked),) if with_list else ()
    scene.treats(MutualTLS("verify", below.certificate_pem, lists))
    for chain in ("", below.certificate_pem, below.certificate_pem + root.certificate_pem):
        assert scene.lets_in(good, chain)
    for refused in (expired, root.leaf("beside"), root.authority("Other").leaf("under another"), forger.leaf("forged")):
        assert not scene.lets_in(refused)
        assert not scene.lets_in(refused, root.certificate_pem)
    assert not scene.lets_in(forger.leaf("forged"), forger.certificate_pem)
    assert scene.lets_in(revoked) is not with_list
    further = below.authority("Further")
    assert scene.lets_in(further.leaf("good"), further.certificate_pem)
    assert not scene.lets_in(further.leaf("good"))


def test_a_bundle_can_change(scene: Scene, clients: Clients) -> None:
    scene.treats(MutualTLS("verify", clients.trusted.certificate_pem))
    assert not scene.lets_in(clients.without_list)
    scene.treats(MutualTLS("verify", clients.other.certificate_pem))
    assert scene.lets_in(clients.without_list)
    assert not scene.lets_in(clients.good)


def test_passed_through_and_never_judged(scene: Scene, clients: Clients) -> None:
    scene.treats(MutualTLS("passthrough"))
    for identity in (clients.good, clients.revoked, clients.expired, clients.unknown):
        told = scene.ask(identity).seen["headers"]["x-amzn-mtls-clientcert"]
        assert unquote(told) == identity.certificate_pem
    assert "x-amzn-mtls-clientcert" not in scene.ask(None, X_Amzn_Mtls_Clientcert="forged").seen["headers"]


def test_a_whole_chain_is_passed_through(scene: Scene, clients: Clients) -> None:
    """The client's own first, then what it sent, in its order; over one connection and over others."""
    upper = clients.trusted.authority("Upper", key=rsa_key())
    chain = [upper.authority(f"Lower {number}") for number in range(1, 6)]
    chain = [*reversed(chain), upper, clients.trusted]
    leaf = chain[0].leaf("chained")
    scene.treats(MutualTLS("passthrough"))
    for length in (0, 1, 2, 5):
        sent = [one.certificate_pem for one in chain[:length]]
        told = scene.ask(leaf, "".join(sent)).seen["headers"]["x-amzn-mtls-clientcert"]
        assert unquote(told) == leaf.certificate_pem + "".join(sent)
    told = scene.ask(leaf, "".join(one.certificate_pem for one in chain)).seen["headers"]["x-amzn-mtls-clientcert"]
    assert unquote(told).count("BEGIN") == 6


def test_a_certificate_with_another_inside_is_not_cut_up(scene: Scene, clients: Clients) -> None:
    """The client's own is taken by itself: its key was proven, and of what was sent beside it nothing is."""
    inside = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.999"), clients.good.certificate_der)
    odd = clients.trusted.leaf("odd", extensions=[inside])
    told = scene.treats(MutualTLS("passthrough")).ask(odd).seen["headers"]["x-amzn-mtls-clientcert"]
    assert unquote(told) == odd.certificate_pem


@pytest.mark.parametrize("mode", ["verify", "passthrough"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_session_is_resumed(scene: Scene, clients: Clients, tmp_path: Path, mode: Any, version: Any) -> None:
    """Resumed, it would be judged by what was in force when it began."""
    scene.treats(MutualTLS(mode, clients.trusted.certificate_pem))
    tls = client(None, clients.good, folder=tmp_path)
    tls.maximum_version = version
    session = None
    for _ in range(3):
        with (
            socket.create_connection((LOOPBACK, scene.port), PATIENCE) as plain,
            tls.wrap_socket(plain, session=session) as connection,
        ):
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
            assert not connection.session_reused
            session = connection.session


def test_what_servers_are_told(scene: Scene, clients: Clients) -> None:
    renamed = Headers(renamed=(("X-Amzn-Mtls-Clientcert-Subject", "X-Client"),), tls_version_and_cipher=True)
    scene.treats(MutualTLS("verify", clients.trusted.certificate_pem, advertise_names=True), renamed)
    forged = {"X_Amzn_Mtls_Clientcert": "forged", "X_Amzn_Mtls_Clientcert_Issuer": "forged", "X_Client": "forged"}
    told = scene.ask(clients.good, **forged).seen["headers"]
    found = clients.good.certificate
    assert told["x-amzn-mtls-clientcert-serial-number"] == f"{found.serial_number:X}".zfill(10)
    assert told["x-amzn-mtls-clientcert-issuer"] == clients.trusted.certificate.subject.rfc4514_string()
    assert told["x-client"] == found.subject.rfc4514_string()
    form = "%Y-%m-%dT%H:%M:%SZ"
    validity = f"NotBefore={found.not_valid_before_utc:{form}};NotAfter={found.not_valid_after_utc:{form}}"
    assert told["x-amzn-mtls-clientcert-validity"] == validity
    assert unquote(told["x-amzn-mtls-clientcert-leaf"]) == clients.good.certificate_pem
    assert (told["x-amzn-tls-version"], told["x-amzn-tls-cipher-suite"]) == ("TLSv1.3", "TLS_AES_128_GCM_SHA256")
    assert "x-amzn-mtls-clientcert" not in told
    assert "x-amzn-mtls-clientcert-subject" not in told


def test_a_listener_without_it_takes_forged_headers_away(scene: Scene, one: Backend, plane: HAProxy) -> None:
    made = listener(scene.port)
    plane.apply(Wanted(1, (made,), (pool(one),)))
    told = asked(scene.port, headers={"X-Amzn-Mtls-Clientcert-Subject": "CN=root"}).seen["headers"]
    assert "x-amzn-mtls-clientcert-subject" not in told
