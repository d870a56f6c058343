"""What tests of a real HAProxy need: small servers behind it, clients before it, load, and records of what is wanted.

with serving(HTTPBackend("one")) as port: ...
asked(listener_port, tls=client(root), name="a.example.com").header("X-Served-By")
"""

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Lock, Thread
from typing import Any, Final, Self

from cryptography import x509
from tests.pki import Authority, Issued
from tests.tls_servers import context

from sealstone.dataplane.wanted import Certificate, Forward, HealthCheck, Listener, Pool, Server, TLSPolicy
from sealstone.model.secret import Secret
from sealstone.server.clock import system_clock

PATIENCE: Final = 10.0
LOOPBACK: Final = "127.0.0.1"
ECDSA: Final = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384")
RSA: Final = ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384")
MODERN: Final = TLSPolicy("TLSv1.2", "TLSv1.3", ECDSA + RSA, ("TLS_AES_128_GCM_SHA256",))


def now() -> datetime:
    """The real time, for certificates that real clients judge."""
    return system_clock()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])


# --- behind HAProxy ---


class Backend(ThreadingTCPServer):
    """A server on loopback; `seen` is what came first on each connection."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, name: str, handler: type[StreamRequestHandler], tls: ssl.SSLContext | None = None) -> None:
        self.name = name
        self.seen: list[bytes] = []
        self.status = 200
        self.cookie = ""
        self.proxied = False
        self._tls = tls
        super().__init__((LOOPBACK, 0), handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The PROXY line first, then TLS, when there are to be any."""
        with suppress(OSError):
            while self.proxied and not (self.seen and self.seen[0].endswith(b"\n")):
                self.seen[:1] = [b"".join(self.seen[:1]) + request.recv(1)]
            with self._tls.wrap_socket(request, server_side=True) if self._tls else request as connection:
                super().finish_request(connection, client_address)


class _Echo(StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Backend)
        while line := self.rfile.readline():
            self.server.seen.append(line)
            self.wfile.write(f"{self.server.name} ".encode() + line)


class _HTTP(StreamRequestHandler):
    def handle(self) -> None:
        backend = self.server
        assert isinstance(backend, Backend)
        while start := self.rfile.readline():
            if start.startswith(b"PROXY "):
                backend.seen.append(start)
                continue
            headers = {}
            while (line := self.rfile.readline().decode().strip()) != "":
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            body = json.dumps({"by": backend.name, "request": start.decode().strip(), "headers": headers}).encode()
            cookie = f"Set-Cookie: {backend.cookie}={backend.name}\r\n" if backend.cookie else ""
            head = f"HTTP/1.1 {backend.status} So\r\nContent-Length: {len(body)}\r\n{cookie}\r\n"
            self.wfile.write(head.encode() + body)


def http_backend(name: str, tls: Issued | None = None) -> Backend:
    """Answers each request with what it was, in JSON."""
    return Backend(name, _HTTP, context(tls) if tls else None)


def echo_backend(name: str, tls: Issued | None = None) -> Backend:
    """Answers each line with its name and the line."""
    return Backend(name, _Echo, context(tls) if tls else None)


@contextmanager
def behind(*backends: Backend) -> Iterator[None]:
    """All of them running."""
    for backend in backends:
        Thread(target=backend.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield
    finally:
        for backend in backends:
            backend.shutdown()
            backend.server_close()


# --- before HAProxy ---


@dataclass(frozen=True)
class Answer:
    """What a client got."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    peer: bytes | None = None
    """The certificate presented, in DER."""

    def header(self, name: str) -> str | None:
        return next((value for found, value in self.headers if found.lower() == name.lower()), None)

    @property
    def seen(self) -> Any:
        """What an `http_backend` got."""
        return json.loads(self.body)


def client(
    root: Issued | None = None, identity: Issued | None = None, chain: str = "", **folder: Any
) -> ssl.SSLContext:
    """A client's context; without a root it believes everybody."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = root is not None
    made.verify_mode = ssl.CERT_REQUIRED if root else ssl.CERT_NONE
    if root:
        made.load_verify_locations(cadata=root.certificate_pem)
    if identity:
        path = folder["folder"] / f"{id(identity)}.pem"
        path.write_text(identity.certificate_pem + chain + identity.private_key_pem)
        made.load_cert_chain(path)
    return made


class _Named(HTTPSConnection):
    def __init__(self, port: int, tls: ssl.SSLContext, name: str | None) -> None:
        super().__init__(LOOPBACK, port, timeout=PATIENCE, context=tls)
        self._tls, self._name = tls, name

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), timeout=PATIENCE)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._name)


def asked(
    port: int,
    path: str = "/",
    *,
    tls: ssl.SSLContext | None = None,
    name: str | None = None,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request on a connection of its own."""
    connection: HTTPConnection = _Named(port, tls, name) if tls else HTTPConnection(LOOPBACK, port, timeout=PATIENCE)
    try:
        connection.request(method, path, headers=dict(headers or {}))
        peer = connection.sock.getpeercert(binary_form=True) if isinstance(connection.sock, ssl.SSLSocket) else None
        answer: HTTPResponse = connection.getresponse()
        return Answer(answer.status, tuple(answer.getheaders()), answer.read(), peer)
    finally:
        connection.close()


def echoed(port: int, line: bytes, tls: ssl.SSLContext | None = None) -> bytes:
    """What comes back for one line."""
    with socket.create_connection((LOOPBACK, port), timeout=PATIENCE) as plain:
        connection = tls.wrap_socket(plain) if tls else plain
        with connection, connection.makefile("rb") as answer:
            connection.sendall(line)
            return answer.readline()


@contextmanager
def shaken(port: int, tls: ssl.SSLContext, name: str | None = None) -> Iterator[ssl.SSLSocket]:
    """A handshake and no more."""
    with (
        socket.create_connection((LOOPBACK, port), timeout=PATIENCE) as plain,
        tls.wrap_socket(plain, server_hostname=name) as connection,
    ):
        yield connection


def presented(port: int, name: str | None = None) -> x509.Certificate:
    """The certificate that a client gets which asks for a name."""
    with shaken(port, client(), name) as connection:
        return x509.load_der_x509_certificate(connection.getpeercert(binary_form=True) or b"")


@dataclass
class Load:
    """Clients that shake hands without a pause; `failures` says what went wrong, `seen` counts certificates by DER."""

    port: int
    name: str | None = None
    clients: int = 2
    seen: dict[bytes, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    _over: Event = field(default_factory=Event)
    _more: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def __enter__(self) -> Self:
        self._threads = [Thread(target=self._run, daemon=True) for _ in range(self.clients)]
        for thread in self._threads:
            thread.start()
        self.go_on(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    @property
    def done(self) -> int:
        return sum(self.seen.values())

    def go_on(self, handshakes: int) -> None:
        """Wait for so many more handshakes, failed ones included."""
        until = self.done + len(self.failures) + handshakes
        while self.done + len(self.failures) < until:
            self._more.wait(PATIENCE)
            self._more.clear()

    def _run(self) -> None:
        tls = client()
        while not self._over.is_set():
            try:
                found = asked(self.port, tls=tls, name=self.name)
                with self._lock:
                    self.seen[found.peer or b""] = self.seen.get(found.peer or b"", 0) + 1
            except OSError as error:
                self.failures.append(repr(error))
            self._more.set()


# --- what is wanted ---


def certificate(certificate_id: str, issued: Issued) -> Certificate:
    """As the store has it."""
    return Certificate(certificate_id, issued.certificate_pem, issued.chain_pem or None, Secret(issued.private_key_der))


def listener(port: int, listener_id: str = "l1", **options: Any) -> Listener:
    """Plain HTTP to pool `p1` unless told otherwise; TLS by MODERN with certificate `c1` where there is TLS."""
    given: dict[str, Any] = {"protocol": "HTTP", "action": Forward((("p1", 1),))} | options
    if given["protocol"] in {"HTTPS", "SSL"}:
        given = {"tls": MODERN, "default_certificate_id": "c1"} | given
    return Listener(listener_id, LOOPBACK, port, **given)


def pool(*backends: Backend, pool_id: str = "p1", protocol: Any = "HTTP", **options: Any) -> Pool:
    """Those servers, without health checks unless told otherwise."""
    servers = tuple(Server(backend.name, LOOPBACK, backend.port) for backend in backends)
    return Pool(pool_id, protocol, servers, **options)


QUICK: Final = HealthCheck("HTTP", interval=1, timeout=1, healthy=1, unhealthy=1)


def authority(name: str = "Data plane root") -> Authority:
    """A root, valid now."""
    return Authority(name, valid_at=now())
