"""Listeners: TLS through the configuration that is written for HAProxy, and how soon a new certificate is served.

Beside the first stands the same HAProxy with the shortest configuration that does the same by hand.
"""

import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from tests.bench.figures import Row, rates, seconds, times
from tests.bench.processes import Peer, hello_server
from tests.handshaking import LOOPBACK, shaken, trusting
from tests.listening import Site, directory_of, free_ports, listener, stopped_after, wait_for
from tests.pki import Leaf, self_signed
from tests.server import Server, child_environment

from sealstone.dataplane.processes import binary, running
from sealstone.server.clock import system_clock

_LISTENERS: Final = 100
_SWAPS: Final = 200
_WITHIN: Final = 0.1
_AT_LEAST: Final = 0.95
_CLIENTS: Final = 2
_REST: Final = 0.002
_LARGE: Final = 2**20
_INSTANCE: Final = "i-0abc1234"
_CONNECTIONS: Final = re.compile(r"^(\d+) connections in \d+ real seconds, (\d+) bytes", re.MULTILINE)
_TLS: Final = ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")
_MINIMAL: Final = """
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend front
  bind {host}:{port} ssl crt {certificate}
  default_backend behind
backend behind
  server one {host}:{behind}
"""


@dataclass(frozen=True)
class Side:
    """A HAProxy under load: its port, and the process that does the work."""

    port: int
    pid: int


def measure(directory: Path, *, rounds: int, window: float) -> Iterator[Row]:
    """All rows. `window` is the seconds of each round of each side."""
    server = Server(directory / "listeners", measured=False)
    with stopped_after(server):
        server.start(60)
        yield from _throughput(server, directory, rounds=rounds, window=window)
        yield _exchange(server)
        server.stop()


def _leaf(name: str) -> Leaf:
    return self_signed(name, valid_at=system_clock())


# --- throughput ---


def _throughput(server: Server, directory: Path, *, rounds: int, window: float) -> Iterator[Row]:
    """Small answers, where handshakes cost most, and large ones, where encryption does."""
    leaf = _leaf("bench.example.com")
    site = Site(server)
    arn = site.upload("bench", leaf)
    server.done("instance", "add", _INSTANCE, LOOPBACK, "--account", site.who.account_id)
    answers = {"a small answer": b"hello", "an answer of 1 MiB": bytes(_LARGE)}
    for kind, body in answers.items():
        what = f"HTTPS, a handshake and {kind} each"
        folder = directory / f"answers-{len(body)}"
        folder.mkdir()
        with ExitStack() as stack:
            behind = stack.enter_context(hello_server((("content-type", "text/plain"),), body, folder))
            ours = _ours(site, arn, leaf, behind.port)
            reference = stack.enter_context(_minimal(leaf, behind.port, folder))
            yield from _compared(what, (ours, reference), len(body), rounds=rounds, window=window)
            site.remove(ours.port)
    site.close()


def _ours(site: Site, arn: str, leaf: Leaf, behind: int) -> Side:
    (port,) = free_ports(1)
    name = site.balance(port, arn, instance_port=behind)
    site.elb.register_instances_with_load_balancer(LoadBalancerName=name, Instances=[{"InstanceId": _INSTANCE}])
    wait_for(port, leaf)
    assert not site.deployed()
    return Side(port, running(directory_of(site.server))[-1])


@contextmanager
def _minimal(leaf: Leaf, behind: int, folder: Path) -> Iterator[Side]:
    """The reference, ended here by its own id."""
    certificate, configuration = folder / "certificate.pem", folder / "haproxy.cfg"
    certificate.touch(mode=0o600)
    certificate.write_text(leaf.certificate_pem + leaf.private_key_pem)
    (port,) = free_ports(1)
    configuration.write_text(_MINIMAL.format(host=LOOPBACK, port=port, certificate=certificate, behind=behind))
    command = [str(binary()), "-db", "-q", "-f", str(configuration)]
    process = subprocess.Popen(command, env=child_environment(measured=False), stdin=subprocess.DEVNULL)
    try:
        wait_for(port, leaf)
        yield Side(port, process.pid)
    finally:
        process.kill()
        process.wait()


def _compared(what: str, sides: Sequence[Side], length: int, *, rounds: int, window: float) -> Iterator[Row]:
    """Both in turn; the second one is the reference."""
    done: list[list[float]] = [[], []]
    used: list[list[float]] = [[], []]
    for _ in range(rounds):
        for side, rate, cpu in zip(sides, done, used, strict=True):
            per_second, each = _loaded(side, length, window)
            rate.append(per_second)
            cpu.append(each)
    yield rates(what, done[0], done[1], "minimal HAProxy", at_least=_AT_LEAST)
    yield times("the same, HAProxy CPU", used[0], used[1], "minimal HAProxy", unit="us")


def _loaded(side: Side, length: int, window: float) -> tuple[float, float]:
    """Connections a second, and seconds of HAProxy's processor for each. Every answer must be whole."""
    peer = Peer(side.port, side.pid)
    before, began = peer.cpu, time.perf_counter()
    command = ["openssl", "s_time", "-connect", f"{LOOPBACK}:{side.port}", "-new", "-www", "/", *_TLS]
    environment = child_environment(measured=False)
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "env": environment}
    clients = [subprocess.Popen([*command, "-time", f"{max(1, round(window))}"], **options) for _ in range(_CLIENTS)]
    told = [client.communicate(timeout=60)[0] for client in clients]
    taken, cpu = time.perf_counter() - began, peer.cpu - before
    connections = 0
    for text in told:
        found = _CONNECTIONS.search(text)
        if found is None or not int(found[1]) or int(found[2]) < length:
            raise RuntimeError(f"not the answers expected: {text[-500:]!r}")
        connections += int(found[1])
    return connections / taken, cpu / connections


# --- how soon a new certificate is served ---


def _exchange(server: Server) -> Row:
    """From the call to the end of the first handshake that shows the new certificate, at moments of all kinds."""
    site = Site(server)
    leaves = [_leaf(f"exchange-{number}.example.com") for number in range(2)]
    arns = [site.upload(leaf.name, leaf) for leaf in leaves]
    ports = free_ports(_LISTENERS)
    site.elb.create_load_balancer(
        LoadBalancerName="many",
        AvailabilityZones=["us-east-1a"],
        Listeners=[listener(port, arns[0]) for port in ports],
    )
    assert not site.deployed()
    context = trusting()
    taken = []
    for number in range(_SWAPS):
        leaf, arn = leaves[(number + 1) % 2], arns[(number + 1) % 2]
        time.sleep(0.03 + 0.00137 * number % 0.05)
        began = time.perf_counter()
        site.elb.set_load_balancer_listener_ssl_certificate(
            LoadBalancerName="many", LoadBalancerPort=ports[0], SSLCertificateId=arn
        )
        while shaken(context, ports[0]) != leaf.certificate_der:
            time.sleep(_REST)
        taken.append(time.perf_counter() - began)
    site.close()
    slow = quantiles(taken, n=100)[98]
    return Row(
        f"call to first handshake with a new certificate, {_LISTENERS} listeners, p99",
        seconds(slow, "ms"),
        f"median {seconds(median(taken), 'ms')}",
        f"{slow / median(taken):.2f}x",
        f"<= {seconds(_WITHIN, 'ms')}",
        slow <= _WITHIN,
    )
