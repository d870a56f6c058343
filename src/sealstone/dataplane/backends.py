"""A pool as a section of HAProxy's configuration: its servers, health checks and stickiness. Pure."""

from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Final

from sealstone.dataplane.cookies import WEEK, alone, set_twin
from sealstone.dataplane.frontends import ENCRYPTED, REMEMBERED, UNDERSTOOD
from sealstone.dataplane.request_rules import pool_section
from sealstone.dataplane.wanted import HealthCheck, Pool, Server, Stickiness
from sealstone.dataplane.wording import identifier, matcher, number, port, seconds, server_address, token, url_path

HEAVIEST: Final = 256
_CONNECT: Final = "10s"
_CHECKER: Final = "ELB-HealthChecker/2.0"
_ANY_TLS: Final = "ssl-min-ver TLSv1.0 ciphers DEFAULT:@SECLEVEL=0 verify none"
"""Certificates of servers are not judged, as at AWS."""


def server_section(server_id: str) -> str:
    """The name of a server in its pool."""
    return f"S-{identifier('the id of a server', server_id)}"


@lru_cache(maxsize=REMEMBERED)
def backend(pool: Pool) -> str:
    """The section. Raises NotWritable."""
    return "".join([f"backend {pool_section(pool.pool_id)}\n", *(f"  {line}\n" for line in _lines(pool))])


def _lines(pool: Pool) -> Iterator[str]:
    idle = seconds("the idle timeout of a pool", pool.idle_timeout)
    http = pool.protocol in UNDERSTOOD
    yield f"mode {'http' if http else 'tcp'}"
    yield from _balance(pool)
    yield f"timeout connect {_CONNECT}"
    yield f"timeout server {idle}"
    yield f"timeout tunnel {idle}"
    yield "option redispatch"
    yield "load-server-state-from-file global"
    if pool.health is not None:
        yield from _health(pool.health)
    if http and pool.stickiness is not None:
        yield from _stickiness(pool.stickiness)
    for server in sorted(pool.servers, key=lambda one: one.server_id):
        yield " ".join(_server(pool, server))


def _balance(pool: Pool) -> Iterator[str]:
    if pool.balance == "source":
        yield "balance source"
        yield "hash-type consistent"  # a server more or less moves its own clients only; no table that a reload loses
        return
    yield f"balance {'leastconn' if pool.balance == 'leastconn' else 'roundrobin'}"


def _health(health: HealthCheck) -> Iterator[str]:
    yield f"timeout check {seconds('the timeout of a health check', health.timeout)}"
    if health.protocol in UNDERSTOOD:
        yield "option httpchk"
        # RFC 9112 3.2: a request of HTTP/1.1 has a Host, whatever it is.
        path = url_path("the path of a health check", health.path)
        yield f"http-check send meth GET uri {path} ver HTTP/1.1 hdr Host localhost hdr User-Agent {_CHECKER}"
        yield f"http-check expect status {matcher('the matcher of a health check', health.matcher)}"


def _stickiness(stickiness: Stickiness) -> Iterator[str]:
    """Cookies alone, no tables: what a client is stuck to survives reloads and restarts.

    With `application`, a cookie of ours goes along whenever the application sets its own, and counts only together
    with it: as at AWS, who no longer has the application's cookie is no longer stuck.
    """
    name = token("the name of a cookie", stickiness.cookie_name)
    time = "" if stickiness.seconds is None else seconds("the time of a stickiness", stickiness.seconds)
    age = f"Max-Age={stickiness.seconds}" if time else ""
    if stickiness.kind == "duration":
        # One whose time begins anew is held to it here, and lives as long as any (AWS: 7 days); of the other kind AWS
        # says that whether it has expired is not looked at.
        held = stickiness.refreshed and bool(time)
        life = WEEK if held else age
        yield from _twin(stickiness.twin, name, life)
        kept = f' attr "{life}"' if life else ""
        yield f"cookie {name} insert indirect nocache{f' maxidle {time}' if held else ''}{kept}"
        return
    carrier = token("the name of a cookie", stickiness.carrier)
    yield from _twin(stickiness.twin, carrier, age)
    yield f"cookie {carrier}"
    yield f"ignore-persist if !{{ req.cook({name}) -m found }}"
    value = f"{carrier}=%[srv_name,sha2(256),hex,bytes(0,16),lower]; Path=/" + (f"; {age}" if age else "")
    yield f"http-response add-header Set-Cookie '{value}' if {{ res.cook({name}) -m found }}"
    if stickiness.refreshed:
        yield f"http-request set-var(txn.application) bool(true) if {{ req.cook({name}) -m found }}"
        yield (
            f"http-response add-header Set-Cookie '{value}' "
            f"if {{ var(txn.application) -m found }} !{{ res.cook({name}) -m found }}"
        )


def _twin(twin: str, name: str, age: str) -> Iterator[str]:
    """A cookie that is set whenever another is, and counts where a client sends it alone."""
    if not twin:
        return
    token("the name of a cookie", twin)
    yield f"http-request add-header Cookie '{name}=%[req.cook({twin})]' if {alone(name, twin)}"
    # The last of all rules for answers: only there is a cookie that HAProxy inserts by itself seen.
    yield from set_twin("http-after-response", twin, f"%[res.cook({name})]", age, f"{{ res.cook({name}) -m found }}")


def _server(pool: Pool, server: Server) -> Iterator[str]:
    address = server_address("the address of a server", server.address)
    yield f"server {server_section(server.server_id)} {address}:{port('the port of a server', server.port)}"
    yield f"weight {number('the weight of a server', server.weight, 0, HEAVIEST)} init-addr last,libc,none"
    if pool.protocol in ENCRYPTED:
        yield f"ssl {_ANY_TLS}"
    if pool.health is not None:
        yield from _check(pool, pool.health)
    if pool.stickiness is not None and pool.protocol in UNDERSTOOD:
        yield f"cookie {sha256(server_section(server.server_id).encode()).hexdigest()[:16]}"
    if pool.send_proxy:
        yield "send-proxy"
    if server.draining:
        yield "disabled"


def _check(pool: Pool, health: HealthCheck) -> Iterator[str]:
    interval = seconds("the interval of a health check", health.interval)
    rise = number("the healthy threshold", health.healthy, 1, 100)
    fall = number("the unhealthy threshold", health.unhealthy, 1, 100)
    yield f"check inter {interval} rise {rise} fall {fall}"
    if health.port is not None:
        yield f"port {port('the port of a health check', health.port)}"
    if health.protocol in ENCRYPTED:
        yield "check-ssl" if pool.protocol in ENCRYPTED else f"check-ssl {_ANY_TLS}"
    elif pool.protocol in ENCRYPTED:
        yield "no-check-ssl"
    if pool.send_proxy:
        yield "check-send-proxy"
