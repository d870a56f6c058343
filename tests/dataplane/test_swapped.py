"""A certificate that is replaced at run time changes nothing else: versions, ciphers, ALPN, who may come in."""

import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from tests.dataplane.rig import (
    Backend,
    asked,
    behind,
    certificate,
    client,
    echo_backend,
    free_port,
    listener,
    pool,
    shaken,
)
from tests.dataplane.test_mutual_tls import Clients, revocations
from tests.dataplane.test_pairs import speaking
from tests.pki import Authority, Issued, Leaf, rsa_key

from sealstone.dataplane import haproxy_config
from sealstone.dataplane.certificate_files import list_of
from sealstone.dataplane.data_plane import Outcome
from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.wanted import Forward, Listener, MutualTLS, TLSPolicy, Wanted

STRICT: Final = TLSPolicy(
    "TLSv1.2", "TLSv1.3", ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"), ("TLS_AES_256_GCM_SHA384",)
)
OLD: Final = TLSPolicy("TLSv1.0", "TLSv1.0", ("ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA"))
OTHER: Final = "b.example.com"
REFUSED: Final = (ssl.SSLError, ConnectionError)
"""In TLS 1.3 a client learns only when it reads that its certificate was not enough (RFC 8446 4.4.2.4)."""


@dataclass
class Scene:
    """A listener of each kind, each with a default certificate and one that is chosen by its name."""

    plane: HAProxy
    one: Backend
    stream: Backend
    listeners: tuple[Listener, ...]
    folder: Path
    clients: Clients

    def serves(self, default: Leaf, other: Leaf) -> Outcome:
        certificates = {"c1": certificate("c1", default), "c2": certificate("c2", other)}
        pools = (pool(self.one), pool(self.stream, pool_id="p2", protocol="TCP"))
        return self.plane.apply(Wanted(1, self.listeners, pools, certificates))

    def look(self, default: Leaf, other: Leaf) -> None:
        """Everything that a listener promises, whichever of its certificates is asked for."""
        mutual, *strict_ones = self.listeners[:3]
        # The name in the list of certificates belongs to nobody: who asks for it has the default, as everybody else.
        names = {None: default, "nobody.example.com": default, "l1.default.invalid": default, OTHER: other}
        for name, leaf in names.items():
            self._lets_in_whom_it_should(mutual, name)
            for one in strict_ones:
                strict(one.port, name, leaf, "h2" if one.protocol == "HTTPS" else "x/1")
            for one in self.listeners[3:]:
                old(one.port, name, leaf)

    def _lets_in_whom_it_should(self, mutual: Listener, name: str | None) -> None:
        def ask(identity: Issued | None, version: ssl.TLSVersion) -> int:
            tls = client(None, identity, folder=self.folder)
            tls.maximum_version = version
            return asked(mutual.port, tls=tls, name=name).status

        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            assert ask(self.clients.good, version) == 200
            for refused in (None, self.clients.revoked, self.clients.unknown):
                with pytest.raises(REFUSED):
                    ask(refused, version)


def strict(port: int, name: str | None, leaf: Leaf, protocol: str) -> None:
    """Nothing older than TLS 1.2, no cipher but those of the policy, and its ALPN."""
    for version in ("TLSv1.2", "TLSv1.3"):
        offering = speaking(version, version)
        offering.set_alpn_protocols([protocol])
        with shaken(port, offering, name) as connection:
            assert connection.getpeercert(binary_form=True) == leaf.certificate_der
            assert connection.selected_alpn_protocol() == protocol
            assert "256" in (connection.cipher() or ("",))[0]
    weak = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA:@SECLEVEL=0"
    for unable in (speaking("TLSv1.0", "TLSv1.1"), speaking("TLSv1.2", "TLSv1.2", weak)):
        with pytest.raises(REFUSED), shaken(port, unable, name):
            pass


def old(port: int, name: str | None, leaf: Leaf) -> None:
    """TLS 1.0 and nothing newer, with the signatures that OpenSSL would refuse of itself."""
    with shaken(port, speaking("TLSv1.0", "TLSv1.0"), name) as connection:
        assert connection.version() == "TLSv1"
        assert connection.getpeercert(binary_form=True) == leaf.certificate_der
    with pytest.raises(REFUSED), shaken(port, speaking("TLSv1.2", "TLSv1.3"), name):
        pass


@pytest.fixture
def scene(plane: HAProxy, one: Backend, tmp_path: Path) -> Iterator[Scene]:
    clients = Clients()
    believed = MutualTLS("verify", clients.trusted.certificate_pem, (revocations(clients.trusted, clients.revoked),))
    to_stream = Forward((("p2", 1),))
    kinds: tuple[dict[str, Any], ...] = (
        {"protocol": "HTTPS", "http2": True, "tls": STRICT, "mutual": believed},
        {"protocol": "HTTPS", "http2": True, "tls": STRICT},
        {"protocol": "SSL", "action": to_stream, "alpn": ("x/1",), "tls": STRICT},
        {"protocol": "SSL", "action": to_stream, "tls": OLD},
        {"protocol": "HTTPS", "tls": OLD},
    )
    listeners = tuple(
        listener(free_port(), f"l{number}", sni_certificate_ids=("c2",), **kind)
        for number, kind in enumerate(kinds, start=1)
    )
    with behind(stream := echo_backend("stream")):
        yield Scene(plane, one, stream, listeners, tmp_path, clients)


@pytest.mark.parametrize(
    "kinds", [("rsa", "rsa", "rsa"), ("rsa", "ec", "rsa"), ("ec", "rsa", "ec"), ("ec", "ec", "ec")]
)
def test_what_is_promised_holds_after_each_swap(scene: Scene, root: Authority, kinds: tuple[str, ...]) -> None:
    def leaf(name: str, kind: str) -> Leaf:
        return root.leaf(name, key=rsa_key() if kind == "rsa" else None)

    for number, kind in enumerate(kinds):
        default, other = leaf("a.example.com", kind), leaf(OTHER, kind)
        assert scene.serves(default, other) == Outcome(applied=True, reloaded=number == 0)
        scene.look(default, other)


def test_what_an_earlier_version_serves_is_put_right(
    scene: Scene, root: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lists had the default for no name at all, and a swap took everything from it: the same wish reloads."""

    def without_a_name(listener_id: str, sni_certificate_ids: Iterable[str]) -> str:
        return list_of(listener_id, sni_certificate_ids).replace(f"{listener_id}.default.invalid", "!*")

    first, second, other = (root.leaf(name) for name in ("a.example.com", "a.example.com", OTHER))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(haproxy_config, "list_of", without_a_name)
        scene.serves(first, other)
        assert scene.serves(second, other) == Outcome(applied=True)
        with pytest.raises(pytest.fail.Exception):
            scene.look(second, other)
    assert scene.serves(second, other) == Outcome(applied=True, reloaded=True)
    scene.look(second, other)
