"""Handshakes on loopback: what a server sends is seen exactly as sent, and what is no TLS server is named."""

import socket
import ssl
from typing import Any

import pytest
from tests.pki import Authority, Leaf, rsa_key, self_signed
from tests.tls_servers import answering, context, listening, serving, silent

from sealstone.probe import handshake
from sealstone.probe.guard import Address
from sealstone.probe.handshake import Served
from sealstone.probe.problems import HandshakeFailed, NoAnswer, NotTLS

ROOT = Authority("Root")
INTERMEDIATE = ROOT.authority("Intermediate")
LEAF = INTERMEDIATE.leaf("build.example.com")
OTHER = ROOT.leaf("other.example.com")


def looked_at(port: int, server_name: str | None = "build.example.com", **options: Any) -> Served:
    addresses = (Address("127.0.0.1", port),)
    return handshake.served(
        "build.example.com", port, server_name=server_name, addresses=addresses, **({"timeout": 10.0} | options)
    )


@pytest.mark.parametrize(
    "chain",
    [(), (INTERMEDIATE,), (INTERMEDIATE, ROOT), (ROOT, INTERMEDIATE), (OTHER, INTERMEDIATE, OTHER)],
    ids=lambda chain: "-".join(issued.name for issued in chain) or "none",
)
def test_the_chain_is_given_as_sent(chain: tuple[Leaf, ...]) -> None:
    with serving(LEAF, chain) as port:
        served = looked_at(port)
    assert served.chain_ders == tuple(issued.certificate_der for issued in (LEAF, *chain))
    assert (served.protocol, served.alpn, served.unfinished) == ("TLSv1.3", "h2", "")
    assert served.cipher.startswith("TLS_")
    assert served.address == Address("127.0.0.1", port)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("leaf", [LEAF, self_signed(key=rsa_key())], ids=["ECDSA", "RSA"])
def test_protocols_and_keys(version: ssl.TLSVersion, leaf: Leaf) -> None:
    with serving(leaf, minimum=version, maximum=version) as port:
        served = looked_at(port)
    assert served.protocol == {ssl.TLSVersion.TLSv1_2: "TLSv1.2", ssl.TLSVersion.TLSv1_3: "TLSv1.3"}[version]
    assert served.chain_ders == (leaf.certificate_der,)


def test_the_server_name_chooses() -> None:
    with serving(LEAF, by_name={"other.example.com": context(OTHER)}) as port:
        assert looked_at(port).chain_ders == (LEAF.certificate_der,)
        assert looked_at(port, "other.example.com").chain_ders == (OTHER.certificate_der,)
        assert looked_at(port, None).chain_ders == (LEAF.certificate_der,)


def test_a_server_that_wants_a_client_certificate_is_seen_all_the_same() -> None:
    version = ssl.TLSVersion.TLSv1_2
    with serving(LEAF, (INTERMEDIATE,), minimum=version, maximum=version, clients_from=ROOT) as port:
        served = looked_at(port)
    assert served.chain_ders == (LEAF.certificate_der, INTERMEDIATE.certificate_der)
    assert "client certificate" in served.unfinished


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\nsome HTML", r"build\.example\.com port [0-9]+ speaks HTTP and not TLS"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "speaks SSH"),
        (b"220 mail.example.com ESMTP\r\n", "speaks SMTP or FTP"),
        (b"+OK ready\r\n", "speaks POP3"),
        (b"* OK IMAP4rev1\r\n", "speaks IMAP"),
        (b"\x00rubbish\x1b[2J" * 80_000, "answers with '"),
        (b"\x16", "it closed the connection before"),
        (b"\x16\x03\x03" + b"\x00" * 1_000_000, "OpenSSL says "),
        (b"\x15\x03\x03\x00\x02\x02\x70", "alert unrecognized_name"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "alert handshake_failure"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "alert protocol_version"),
        (b"\x15\x03\x03\x00\x02\x02\x50", "alert internal_error"),
        (b"", "it closed the connection before the handshake was over; check that this port speaks TLS"),
    ],
    ids=lambda value: str(value[:12]),
)
def test_what_is_no_tls_server(answer: bytes, words: str) -> None:
    with answering(answer) as port, pytest.raises((NotTLS, HandshakeFailed), match=words) as failed:
        looked_at(port)
    assert "\x1b" not in str(failed.value)


def test_a_connection_that_is_closed_at_once() -> None:
    with listening(lambda connection: None) as port, pytest.raises(HandshakeFailed, match="it closed the connection"):
        looked_at(port)


class _Reset(socket.socket):
    """A connection that the other side resets when it is read from."""

    def recv(self, *_arguments: Any) -> bytes:
        raise ConnectionResetError(104, "Connection reset by peer")


def test_a_connection_that_is_reset() -> None:
    ours, theirs = socket.socketpair()
    with theirs, pytest.raises(HandshakeFailed, match="it closed the connection"):
        looked_at(1, connect=lambda *_: _Reset(fileno=ours.detach()))


def test_without_a_server_name_one_is_asked_for() -> None:
    with answering(b"\x15\x03\x03\x00\x02\x02\x28") as port, pytest.raises(HandshakeFailed, match="--sni NAME"):
        looked_at(port, None)
    with answering(b"\x15\x03\x03\x00\x02\x02\x28") as port, pytest.raises(HandshakeFailed, match="certificate for b"):
        looked_at(port)


@pytest.mark.parametrize("name", [".z.test", "x..y", f"{'a' * 64}.example", "a\0b", ""])
def test_a_name_that_nobody_can_ask_for(name: str) -> None:
    with serving(LEAF) as port, pytest.raises(HandshakeFailed, match="is no name that a client can ask for"):
        looked_at(port, name)


def test_a_server_that_says_nothing() -> None:
    with silent() as port, pytest.raises(NoAnswer, match=r"did not complete a TLS handshake in 0\.05 s"):
        looked_at(port, timeout=0.05)


def test_a_server_that_drips_has_one_deadline_for_all() -> None:
    clock = iter((0.0, 1.0, 2.0, 3.0, 99.0))
    with answering(b"\x16\x03\x03\x40\x00") as port, pytest.raises(NoAnswer):
        looked_at(port, clock=lambda: next(clock))


def test_a_handshake_without_end() -> None:
    """One handshake message of 16 MB in records of 16 kB: it is left after 256 kB, or where OpenSSL has enough."""
    record = b"\x16\x03\x03\x40\x00" + b"\x02\xff\xff\xff" + bytes(16_380)
    with answering(record * 64) as port, pytest.raises(HandshakeFailed):
        looked_at(port)


def test_more_than_a_handshake_can_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshake, "MOST_BYTES", 100)
    with serving(LEAF) as port, pytest.raises(HandshakeFailed, match="sent more than 0 kB"):
        looked_at(port)


class _Beneath:
    """As CPython 3.10 to 3.12 have it: certificates with a method."""

    def __init__(self, ders: tuple[bytes, ...] | None) -> None:
        self._ders = ders

    def get_unverified_chain(self) -> list["_Certificate"] | None:
        return None if self._ders is None else [_Certificate(der) for der in self._ders]


class _Certificate:
    def __init__(self, der: bytes) -> None:
        self._der = der

    def public_bytes(self, encoding: int) -> bytes:
        assert encoding == 2
        return self._der


class _Before313:
    def __init__(self, ders: tuple[bytes, ...] | None, *, connected: bool = True) -> None:
        self._sslobj = _Beneath(ders) if connected else None


class _Since313:
    def __init__(self, ders: tuple[bytes, ...]) -> None:
        self._ders = ders

    def get_unverified_chain(self) -> list[bytes]:
        return list(self._ders)


@pytest.mark.parametrize(
    ("tls", "ders"),
    [
        (_Before313((b"1", b"2")), (b"1", b"2")),
        (_Before313(None), ()),
        (_Before313(None, connected=False), ()),
        (_Since313((b"1", b"2")), (b"1", b"2")),
        (_Since313(()), ()),
    ],
)
def test_both_ways_to_the_chain(tls: Any, ders: tuple[bytes, ...]) -> None:
    assert handshake.chain_of(tls) == ders
