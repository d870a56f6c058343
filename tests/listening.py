"""Listeners of a running server for tests: made through the API with boto3, seen as clients see them, by handshakes.

with Server(directory) as server, stopped_after(server):
site = Site(server)
site.balance(port, site.upload("site", leaf))
wait_for(port, leaf)
"""

import os
import shutil
import signal
import socket
import sqlite3
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from tests.handshaking import LOOPBACK, shaken, trusting
from tests.pki import Issued
from tests.server import Credentials, Server

from sealstone.dataplane.directory import place_for
from sealstone.dataplane.processes import running

PATIENCE: Final = 20.0
_REST: Final = 0.002
_STATES: Final = (
    "SELECT port, coalesce(generation, 0), coalesce(reason, '') FROM listeners LEFT JOIN listener_states "
    "USING (listener_id)"
)


class Site:
    """One account's load balancers, one for each port."""

    def __init__(self, server: Server, who: Credentials | None = None) -> None:
        self.server = server
        self.who = who or server.account(certificates=1000)
        self.arns: dict[str, str] = {}
        """Of uploaded certificates, by name."""
        self._clients = ExitStack()
        self.connect()

    def connect(self) -> None:
        """Clients for the present endpoint: another one after each start."""
        self._clients.close()
        self.iam = self._clients.enter_context(self.server.client("iam", self.who))
        self.elb = self._clients.enter_context(self.server.client("elb", self.who))

    def deployed(self) -> dict[int, str]:
        """Why each port that fails does, as soon as HAProxy has been brought to the latest configuration."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with closing(sqlite3.connect(f"file:{self.server.data}/sealstone.db?mode=ro", uri=True)) as store:
                (wanted,) = store.execute("SELECT generation FROM configuration").fetchone()
                states = store.execute(_STATES).fetchall()
            if all(generation == wanted for _, generation, _ in states):
                return {port: reason for port, _, reason in states if reason}
            assert time.monotonic() < deadline, f"generation {wanted} is not deployed: {states}"
            time.sleep(_REST)

    def close(self) -> None:
        """Let the clients' connections go."""
        self._clients.close()

    def upload(self, name: str, leaf: Issued) -> str:
        """The ARN."""
        made = self.iam.upload_server_certificate(
            ServerCertificateName=name,
            CertificateBody=leaf.certificate_pem,
            PrivateKey=leaf.private_key_pem,
            **({"CertificateChain": leaf.chain_pem} if leaf.issuers else {}),
        )
        self.arns[name] = str(made["ServerCertificateMetadata"]["Arn"])
        return self.arns[name]

    def balance(self, port: int, arn: str, *, protocol: str = "HTTPS", instance_port: int = 80) -> str:
        """A load balancer with one listener; its name."""
        name = f"lb-{port}"
        self.elb.create_load_balancer(
            LoadBalancerName=name,
            AvailabilityZones=["us-east-1a"],
            Listeners=[listener(port, arn, protocol, instance_port)],
        )
        return name

    def swap(self, port: int, arn: str) -> None:
        """Another certificate for the listener of that port."""
        self.elb.set_load_balancer_listener_ssl_certificate(
            LoadBalancerName=f"lb-{port}", LoadBalancerPort=port, SSLCertificateId=arn
        )

    def remove(self, port: int) -> None:
        """The load balancer of that port."""
        self.elb.delete_load_balancer(LoadBalancerName=f"lb-{port}")


def listener(port: int, arn: str, protocol: str = "HTTPS", instance_port: int = 80) -> dict[str, Any]:
    """A secure listener before plain instances."""
    behind = "HTTP" if protocol == "HTTPS" else "TCP"
    return {
        "Protocol": protocol,
        "LoadBalancerPort": port,
        "InstanceProtocol": behind,
        "InstancePort": instance_port,
        "SSLCertificateId": arn,
    }


def free_ports(count: int) -> list[int]:
    """So many different ports that nobody listens on."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(count)]
        return [int(each.getsockname()[1]) for each in sockets]


@contextmanager
def stopped_after(server: Server) -> Iterator[None]:
    """What listens goes on without the server; here it ends, whatever became of the server."""
    try:
        yield
    finally:
        server.kill()
        server.done("listeners", "stop")
        shutil.rmtree(directory_of(server), ignore_errors=True)


def directory_of(server: Server) -> Path:
    """Where its HAProxy runs."""
    return place_for(server.data)


def kill_haproxy(server: Server, which: slice = slice(None)) -> None:
    """SIGKILL to masters and workers, or to those of them in the order of their ids."""
    for process in running(directory_of(server))[which]:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def wait_for(port: int, leaf: Issued, context: ssl.SSLContext | None = None) -> float:
    """Handshakes, one after the other, until one shows this certificate; the seconds that took."""
    context = context or trusting()
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE:
        with suppress(OSError):
            if shaken(context, port) == leaf.certificate_der:
                return time.perf_counter() - began
        time.sleep(_REST)
    raise AssertionError(f"port {port} does not serve the certificate for {leaf.name}")


def wait_for_refusal(port: int) -> None:
    """Until nobody listens there any more."""
    deadline = time.perf_counter() + PATIENCE
    while time.perf_counter() < deadline:
        try:
            socket.create_connection((LOOPBACK, port), timeout=PATIENCE).close()
        except OSError:
            return
        time.sleep(_REST)
    raise AssertionError(f"port {port} is still listened on")
