"""A TLS session that began at one listener is worth nothing at another one that asks for certificates.

Resumed there, nobody would be asked for a certificate (OpenSSL takes over who was verified, or that nobody was).
"""

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from tests.dataplane.rig import LOOPBACK, PATIENCE, Backend, certificate, client, free_port, listener, now, pool
from tests.pki import Authority, Issued, Leaf

from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.wanted import Listener, MutualTLS, Wanted

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Doors:
    """Listeners that treat clients in several ways, one after another."""

    def __init__(self, plane: HAProxy, one: Backend, leaf: Leaf) -> None:
        self._plane, self._one, self._leaf = plane, one, leaf

    def are(self, *listeners: Listener) -> None:
        wanted = Wanted(1, listeners, (pool(self._one),), {"c1": certificate("c1", self._leaf)})
        outcome = self._plane.apply(wanted)
        assert outcome.applied, outcome.reason
        assert not outcome.failed


@pytest.fixture
def doors(plane: HAProxy, one: Backend, leaf: Leaf) -> Doors:
    return Doors(plane, one, leaf)


def door(name: str, mutual: MutualTLS | None = None) -> Listener:
    return listener(free_port(), name, protocol="HTTPS", mutual=mutual)


def asked(at: Listener, tls: ssl.SSLContext, session: Any = None) -> tuple[bool, Any]:
    """Whether a session was resumed, and the one to go on with. Raises OSError when nobody is let in."""
    with (
        socket.create_connection((LOOPBACK, at.port), PATIENCE) as plain,
        tls.wrap_socket(plain, session=session) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"
        return bool(connection.session_reused), connection.session


def limited(version: ssl.TLSVersion, folder: Path, identity: Issued | None = None, *, tickets: bool) -> ssl.SSLContext:
    made = client(None, identity, folder=folder)
    made.minimum_version = made.maximum_version = version
    if not tickets:
        made.options |= ssl.OP_NO_TICKET
    return made


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("tickets", [True, False])
def test_not_from_a_listener_that_asks_for_nothing(
    doors: Doors, tmp_path: Path, version: ssl.TLSVersion, tickets: bool
) -> None:
    plain, asking = door("a"), door("b", MutualTLS("verify", Authority("A", valid_at=now()).certificate_pem))
    tls = limited(version, tmp_path, tickets=tickets)
    doors.are(plain, asking)
    _, session = asked(plain, tls)
    with pytest.raises(OSError, match=r".*"):
        asked(asking, tls, session)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("tickets", [True, False])
def test_not_from_before_a_listener_asked(doors: Doors, tmp_path: Path, version: ssl.TLSVersion, tickets: bool) -> None:
    """A session that was kept before the listener was added, or before it began to ask."""
    plain, later = door("a"), door("b")
    tls = limited(version, tmp_path, tickets=tickets)
    doors.are(plain, later)
    sessions = [asked(plain, tls)[1], asked(later, tls)[1]]
    asking = listener(
        later.port, "b", protocol="HTTPS", mutual=MutualTLS("verify", Authority("A", valid_at=now()).certificate_pem)
    )
    doors.are(plain, asking)
    for session in sessions:
        with pytest.raises(OSError, match=r".*"):
            asked(asking, tls, session)
    doors.are(plain, later)
    assert not asked(plain, tls)[0]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("tickets", [True, False])
@pytest.mark.parametrize("mode", ["verify", "passthrough"])
def test_not_from_another_trust_store(
    doors: Doors, tmp_path: Path, mode: Any, version: ssl.TLSVersion, tickets: bool
) -> None:
    ours, theirs = Authority("A", valid_at=now()), Authority("B", valid_at=now())
    first, second = (
        door("a", MutualTLS(mode, ours.certificate_pem)),
        door("b", MutualTLS("verify", theirs.certificate_pem)),
    )
    tls = limited(version, tmp_path, ours.leaf("client"), tickets=tickets)
    doors.are(first, second)
    resumed, session = asked(first, tls)
    assert not resumed
    with pytest.raises(OSError, match=r".*"):
        asked(second, tls, session)


@pytest.mark.parametrize("version", VERSIONS)
def test_who_asks_for_nothing_still_resumes(doors: Doors, tmp_path: Path, version: ssl.TLSVersion) -> None:
    """By tickets, also beside a listener that asks."""
    plain, asking = door("a"), door("b", MutualTLS("verify", Authority("A", valid_at=now()).certificate_pem))
    tls = limited(version, tmp_path, tickets=True)
    doors.are(plain, asking)
    _, session = asked(plain, tls)
    assert asked(plain, tls, session)[0]
