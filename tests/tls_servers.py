r"""Servers on loopback for whoever looks at servers: TLS ones with any chain, and ones that misbehave.

with serving(leaf, chain=leaf.issuers) as port: ...
with answering(b"HTTP/1.0 400 Bad Request\r\n\r\n") as port: ...
with silent() as port: ...
"""

import socket
import ssl
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Final

from tests.pki import Issued, chain_of

PATIENCE: Final = 10.0


def context(
    leaf: Issued,
    chain: Iterable[Issued] = (),
    *,
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    clients_from: Issued | None = None,
) -> ssl.SSLContext:
    """A server's context that sends exactly these certificates in this order."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version, made.maximum_version = minimum, maximum
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "served.pem"
        path.write_text(leaf.certificate_pem + chain_of(chain) + leaf.private_key_pem)
        made.load_cert_chain(path)
    if clients_from is not None:
        made.load_verify_locations(cadata=clients_from.certificate_pem)
        made.verify_mode = ssl.CERT_REQUIRED
    made.set_alpn_protocols(["h2"])
    return made


@contextmanager
def serving(
    leaf: Issued,
    chain: Iterable[Issued] = (),
    *,
    by_name: Mapping[str, ssl.SSLContext] | None = None,
    **options: object,
) -> Iterator[int]:
    """A TLS server on a port of its own; `by_name` are other contexts for other server names."""
    made = context(leaf, chain, **options)  # type: ignore[arg-type]
    others = by_name or {}

    def choose(connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _context: object) -> None:
        connection.context = others.get(name or "", made)

    made.set_servername_callback(choose)
    with listening(lambda connection: _shake_hands(made, connection)) as port:
        yield port


def _shake_hands(made: ssl.SSLContext, connection: socket.socket) -> None:
    with made.wrap_socket(connection, server_side=True) as tls:
        tls.recv(1)


@contextmanager
def answering(data: bytes) -> Iterator[int]:
    """Reads once, sends these bytes to whoever connects, and closes."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(data)

    with listening(answer) as port:
        yield port


@contextmanager
def silent() -> Iterator[int]:
    """Takes connections, as the kernel does for a listener that never accepts, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def refusing() -> Iterator[int]:
    """A port of loopback that is taken by a socket that does not listen: whoever connects is refused."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def listening(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """Hands every connection to `handle`, one after the other, until the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_accept, args=(listener, handle), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes accept
            thread.join(PATIENCE)


def _accept(listener: socket.socket, handle: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, suppress(OSError):  # ssl.SSLError is one
            connection.settimeout(PATIENCE)
            handle(connection)
