"""Classic load balancers as the data plane wants them. Pure: records in, records out.

Elastic Load Balancing, classic user guide: HTTP goes to the server with the fewest requests, TCP in turn; one health
check for all; one certificate a listener, never HTTP/2, never TLS 1.3.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from sealstone.dataplane.wanted import (
    Forward,
    HealthCheck,
    Listener,
    Pool,
    Protocol,
    Server,
    Stickiness,
    TLSPolicy,
    TLSVersion,
)
from sealstone.model import classic_detail, elb_policies
from sealstone.model.classic_detail import ClassicDetail, ClassicListener
from sealstone.model.elb_policies import Negotiation
from sealstone.model.listener import Listener as Row
from sealstone.model.load_balancer import LoadBalancer

_VERSIONS: Final[tuple[TLSVersion, ...]] = ("TLSv1.0", "TLSv1.1", "TLSv1.2")
_LONGEST_STICKINESS: Final = 604_800  # a week: the most that the data plane, and AWS's newer API, can say
# Classic guide, "Configure sticky sessions".
_COOKIE: Final = "AWSELB"
_COOKIE_OF_OTHER_SITES: Final = "AWSELBCORS"
_ENCRYPTED: Final = frozenset({"HTTPS", "SSL"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a load balancer's listeners need to know beside themselves."""

    load_balancer: LoadBalancer
    addresses: Mapping[str, str]
    """Of the account's instances, by id."""
    default_certificates: Mapping[str, str]
    """The certificate's id, by listener_id."""
    port_offset: int
    now: datetime


def translated(scene: Surroundings, rows: Iterable[Row]) -> tuple[tuple[Listener, ...], tuple[Pool, ...]]:
    """The listeners of one load balancer and their pools, one for each port and protocol of the instances."""
    detail = classic_detail.read_detail(scene.load_balancer.document)
    listeners: list[Listener] = []
    pools: dict[str, Pool] = {}
    for row in rows:
        read = classic_detail.read_listener(row.document)
        pool = _pool(scene, detail, row, read)
        pools[pool.pool_id] = pool
        listeners.append(_listener(scene, detail, row, read, pool))
    return tuple(listeners), tuple(pools.values())


def changes_at(load_balancer: LoadBalancer, now: datetime) -> datetime | None:
    """When the first of the instances that are leaving will be gone."""
    leaving = classic_detail.read_detail(load_balancer.document).leaving.values()
    return min((until for until in leaving if until > now), default=None)


def pool_owner(pool_id: str) -> str:
    """The id under which the health of a pool's servers is kept: the load balancer's."""
    return pool_id.partition("-")[0]


def _listener(scene: Surroundings, detail: ClassicDetail, row: Row, read: ClassicListener, pool: Pool) -> Listener:
    encrypted = row.protocol in _ENCRYPTED
    return Listener(
        listener_id=row.listener_id,
        address=scene.load_balancer.address,
        port=row.port + scene.port_offset,
        protocol=cast("Protocol", row.protocol),
        action=Forward(((pool.pool_id, 1),)),
        tls=_tls(elb_policies.of_listener(detail, read)) if encrypted else None,
        default_certificate_id=scene.default_certificates.get(row.listener_id) if encrypted else None,
        idle_timeout=detail.idle_timeout,
        account_id=scene.load_balancer.account_id,
    )


def _pool(scene: Surroundings, detail: ClassicDetail, row: Row, read: ClassicListener) -> Pool:
    """Sticky listeners have pools of their own: a cookie belongs to a listener, not to a port of the instances."""
    http = read.instance_protocol in ("HTTP", "HTTPS")
    sticky = _stickiness(detail, read) if http else None
    proxied = detail.named(detail.backend_policies.get(read.instance_port, ()), "ProxyProtocolPolicyType")
    end = f"-{row.listener_id}" if sticky else ""
    return Pool(
        pool_id=f"{scene.load_balancer.unique_id}-{read.instance_port}-{read.instance_protocol}{end}",
        protocol=cast("Protocol", read.instance_protocol),
        servers=_servers(scene, detail, read.instance_port),
        health=_health(detail.health),
        stickiness=sticky,
        balance="leastconn" if http else "roundrobin",
        send_proxy=not http and proxied is not None and proxied.value("ProxyProtocol") == "true",
        idle_timeout=detail.idle_timeout,
    )


def _servers(scene: Surroundings, detail: ClassicDetail, port: int) -> tuple[Server, ...]:
    """Those registered, then those whose connections may still end; an instance without an address is left out."""
    leaving = [name for name, until in detail.leaving.items() if until > scene.now and name not in detail.instances]
    named = [(name, False) for name in detail.instances] + [(name, True) for name in leaving]
    return tuple(
        Server(name, scene.addresses[name], port, draining=gone) for name, gone in named if name in scene.addresses
    )


def _health(check: classic_detail.HealthCheck) -> HealthCheck:
    """`HTTP:80/path`: healthy is status 200 alone."""
    protocol, _, rest = check.target.partition(":")
    port, slash, path = rest.partition("/")
    return HealthCheck(
        protocol=cast("Protocol", protocol.upper()),
        port=int(port),
        path=slash + path or "/",
        interval=check.interval,
        timeout=check.timeout,
        healthy=check.healthy_threshold,
        unhealthy=check.unhealthy_threshold,
    )


def _stickiness(detail: ClassicDetail, read: ClassicListener) -> Stickiness | None:
    by_time = detail.named(read.policies, "LBCookieStickinessPolicyType")
    if by_time:
        seconds = by_time.value("CookieExpirationPeriod")
        time = min(int(seconds), _LONGEST_STICKINESS) if seconds else None
        return Stickiness("duration", _COOKIE, time, twin=_COOKIE_OF_OTHER_SITES)
    by_application = detail.named(read.policies, "AppCookieStickinessPolicyType")
    name = by_application.value("CookieName") if by_application else None
    return Stickiness("application", name, carrier=_COOKIE, twin=_COOKIE_OF_OTHER_SITES) if name else None


def _tls(negotiation: Negotiation) -> TLSPolicy:
    """What a negotiation policy switches on; SSL 3.0 is never spoken here, and no policy has a gap."""
    versions = [version for version in _VERSIONS if version in negotiation.versions]
    return TLSPolicy(
        minimum=versions[0],
        maximum=versions[-1],
        ciphers=negotiation.ciphers,
        server_order=negotiation.server_order,
    )
