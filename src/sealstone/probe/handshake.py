"""One TLS handshake with a server, to see what it sends: certificates in their order, protocol, cipher. No judging.

Nothing is verified here, and nothing is sent but the handshake: the certificates are judged afterwards, whole, by
`x509.served`, which can say more than a handshake that stops at the first fault. Old protocols and small keys are
taken, to be seen. The handshake runs over memory, so that the time and the bytes of the whole of it are bounded.
"""

import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from sealstone.probe.connection import Connect, connected, first
from sealstone.probe.guard import Address
from sealstone.probe.problems import HandshakeFailed, NoAnswer, NotTLS
from sealstone.x509.escaping import shown

MOST_BYTES: Final = 256 * 1024
"""What a server may send before the handshake is over; OpenSSL itself stops at 100 kB of certificates."""

_PIECE: Final = 16 * 1024
_RECORDS: Final = (0x15, 0x16)  # alert and handshake, RFC 8446 5.1
_DER: Final = 2  # ENCODING_DER of the C module; without an argument it would be PEM
_CUT_OFF: Final = "it closed the connection before the handshake was over"
_REASONS: Final = {  # OpenSSL's codes for the alerts of RFC 8446 6.2, and for what it finds itself
    "TLSV1_UNRECOGNIZED_NAME": "it knows no certificate for the name asked for (alert unrecognized_name)",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it refuses every protocol and cipher offered, or the name asked for, "
    "or wants a client certificate (alert handshake_failure)",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it refuses every protocol version offered (alert protocol_version)",
    "UNSUPPORTED_PROTOCOL": "it chose a protocol version that is not supported here",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it wants a client certificate (alert certificate_required)",
    "SSLV3_ALERT_BAD_CERTIFICATE": "it wants a client certificate (alert bad_certificate)",
    "TLSV1_ALERT_INTERNAL_ERROR": "it met an error of its own (alert internal_error)",
    "TLSV1_ALERT_ACCESS_DENIED": "it refuses this client (alert access_denied)",
    "EXCESSIVE_MESSAGE_SIZE": "its certificates are longer than the 100 kB that OpenSSL takes",
}
_GREETINGS: Final = (
    (b"HTTP/", "HTTP"),
    (b"SSH-", "SSH"),
    (b"220", "SMTP or FTP"),
    (b"+OK", "POP3"),
    (b"* OK", "IMAP"),
)


@dataclass(frozen=True, slots=True)
class Served:
    """What a server sent."""

    address: Address
    chain_ders: tuple[bytes, ...] = field(repr=False)
    """DER, the server's own certificate first, exactly as sent and in that order."""
    protocol: str
    """`TLSv1.3`."""
    cipher: str
    """OpenSSL's name: `TLS_AES_256_GCM_SHA384`; empty when none was agreed on."""
    alpn: str
    """The application protocol chosen, `h2`; empty when the server chose none."""
    unfinished: str
    """Why the handshake broke off after the certificates had come (it wants a client certificate); or empty."""


def served(
    host: str,
    port: int,
    *,
    server_name: str | None,
    addresses: Sequence[Address],
    timeout: float,
    connect: Connect = connected,
    clock: Callable[[], float] = monotonic,
) -> Served:
    """What the first address that takes a connection sends to a client that asks for `server_name` (RFC 6066 3).

    `timeout` is in seconds and for all of it. Raises NotConnected, NoAnswer, NotTLS, HandshakeFailed (also when no
    client can ask for that name).
    """
    deadline = clock() + timeout
    connection, address = first(host, addresses, connect, lambda: deadline - clock())
    with connection:
        try:
            talk = _Talk(connection, server_name, lambda: deadline - clock())
        except (ValueError, TypeError):  # an empty label, one over 63 characters; a character that no name has
            reason = f"{shown(server_name or '')} is no name that a client can ask for"
            raise HandshakeFailed(host, port, reason, "ask for a host name, or for none") from None
        try:
            broken = talk.ended()
        except TimeoutError:
            raise NoAnswer(host, port, timeout) from None
        except OSError:
            broken = _CUT_OFF
    chain = chain_of(talk.tls)
    if chain or not broken:
        cipher = talk.tls.cipher()
        alpn = talk.tls.selected_alpn_protocol()
        return Served(address, chain, talk.tls.version() or "", cipher[0] if cipher else "", alpn or "", broken)
    if talk.start and talk.start[0] not in _RECORDS:
        speaks = next((name for greeting, name in _GREETINGS if talk.start.startswith(greeting)), "")
        raise NotTLS(host, port, speaks, shown(repr(talk.start)[1:]))
    raise HandshakeFailed(host, port, broken, _cure(broken, server_name))


def chain_of(tls: ssl.SSLObject | ssl.SSLSocket) -> tuple[bytes, ...]:
    """The certificates as the peer sent them, in DER; empty when none came.

    Public from Python 3.13 on, where it gives bytes; since 3.10 the object beneath has the same, of another type.
    """
    public = getattr(tls, "get_unverified_chain", None)
    if public is not None:
        return tuple(public() or ())
    beneath: Any = getattr(tls, "_sslobj", None)
    found = beneath.get_unverified_chain() if beneath is not None else None
    return tuple(certificate.public_bytes(_DER) for certificate in found or ())


class _Talk:
    """The client's side of a handshake, over memory: what comes and goes is counted and timed here."""

    def __init__(self, connection: socket.socket, server_name: str | None, remaining: Callable[[], float]) -> None:
        self._connection = connection
        self._remaining = remaining
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = _context().wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self.start = b""
        """The first bytes that came, 32 at most."""
        self._room = MOST_BYTES

    def ended(self) -> str:
        """Why the handshake broke off, as a clause about the server; empty when it is complete.

        Raises TimeoutError, OSError.
        """
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self._send()
                if not self._receive():
                    return f"it sent more than {MOST_BYTES // 1024} kB before the handshake was over"
            except ssl.SSLError as fault:
                with suppress(OSError):  # the alert is a courtesy
                    self._send()
                return _reason(fault)
            else:
                with suppress(OSError):
                    self._send()
                    self._say_goodbye()
                return ""

    def _send(self) -> None:
        self._connection.settimeout(self._seconds())
        self._connection.sendall(self._outgoing.read())

    def _receive(self) -> bool:
        """Take what has come, or its end; false when it is too much."""
        self._connection.settimeout(self._seconds())
        piece = self._connection.recv(_PIECE)
        if piece:
            self._incoming.write(piece)
        else:
            self._incoming.write_eof()
        self.start = (self.start + piece)[:32] if len(self.start) < 32 else self.start
        self._room -= len(piece)
        return self._room >= 0

    def _say_goodbye(self) -> None:
        """close_notify, so that the server does not log an error (RFC 8446 6.1); its own is not waited for."""
        with suppress(ssl.SSLError):
            self.tls.unwrap()
        self._send()

    def _seconds(self) -> float:
        seconds = self._remaining()
        if seconds <= 0:
            raise TimeoutError
        return seconds


def _context() -> ssl.SSLContext:
    """A client that takes whatever a server has, to look at it; it sends nothing that would need protection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the chain is judged as a whole afterwards, by x509.served
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")  # old servers and small keys are seen and named
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def _reason(fault: ssl.SSLError) -> str:
    """OpenSSL's reason as a clause about the server."""
    if isinstance(fault, ssl.SSLEOFError):
        return _CUT_OFF
    code = fault.reason or ""
    return _REASONS.get(code) or f"OpenSSL says {shown(code.lower().replace('_', ' ') or str(fault))}"


def _cure(reason: str, server_name: str | None) -> str:
    if reason == _CUT_OFF:
        return "check that this port speaks TLS, and that nothing between, such as a firewall, ends the connection"
    if server_name is None:
        return "a server may want a name: give one with --sni NAME"
    return f"check that the server has a certificate for {shown(server_name)}, and its protocols and ciphers"
