"""Target groups and trust stores as the data plane wants them. Pure: records in, records out; the twin of `classic`.

Elastic Load Balancing, user guides: a target group is one pool, whichever listeners and rules send to it; requests go
round in turn unless the target group says otherwise; certificates of targets are not judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from sealstone.dataplane.wanted import HealthCheck, MutualTLS, Pool, Protocol, Server, Stickiness
from sealstone.model import target_group_attributes as known
from sealstone.model.application_detail import MutualAuthentication
from sealstone.model.instance import TargetGroup
from sealstone.model.target_group_detail import (
    INSTANCE,
    Target,
    TargetGroupDetail,
    TargetHealthCheck,
    read_target_group,
    read_trust_store,
)
from sealstone.model.trust_store import TrustStore

COOKIE: Final = "AWSALB"
"""The cookie of a load balancer's own stickiness (application guide, "Sticky sessions")."""
COOKIE_OF_OTHER_SITES: Final = "AWSALBCORS"
APPLICATION_COOKIE: Final = "AWSALBAPP-0"
"""The one that goes along with the application's; the number is of the piece, of which there is one."""
CONNECTION_IDLE_TIMEOUT: Final = 350
"""Seconds; of TLS listeners it cannot be changed (network guide, "Connection idle timeout")."""

_PROTOCOLS: Final[Mapping[str, Protocol]] = {"HTTP": "HTTP", "HTTPS": "HTTPS", "TCP": "TCP", "TLS": "SSL"}
_BALANCE: Final[Mapping[str, Literal["leastconn", "roundrobin"]]] = {known.LEAST_OUTSTANDING: "leastconn"}
_MODES: Final[Mapping[str, Literal["verify", "passthrough"]]] = {"verify": "verify", "passthrough": "passthrough"}


@dataclass(frozen=True, slots=True)
class Behind:
    """What a target group's pool needs to know beside the target group."""

    now: datetime
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Of the account's instances, by id."""
    idle_timeout: int = 60
    """Seconds; of the listeners that send to it."""


def pool_id(group_id: str, idle_timeout: int) -> str:
    """The pool of a target group for connections that may be idle for so long; `classic.pool_owner` is its inverse.

    Pools differ for network load balancers only, and their usual one has the target group's own id.
    """
    return group_id if idle_timeout == CONNECTION_IDLE_TIMEOUT else f"{group_id}-{idle_timeout}"


def pool(group: TargetGroup, behind: Behind, *, named: str = "") -> Pool:
    """The target group as a pool. Its id is the target group's unless `named`, its servers' are the targets' keys."""
    detail = read_target_group(group.document)
    values = known.values(detail)
    return Pool(
        pool_id=named or group.unique_id,
        protocol=_PROTOCOLS[detail.protocol],
        servers=_servers(detail, behind),
        health=_health(detail.health),
        stickiness=None if detail.is_network else _stickiness(values),
        balance=_balance(detail, values),
        idle_timeout=behind.idle_timeout,
    )


def changes_at(group: TargetGroup, now: datetime) -> datetime | None:
    """When the first of the targets that are leaving will be gone."""
    return min((one.until for one in read_target_group(group.document).still_leaving(now)), default=None)


def mutual_tls(kept: MutualAuthentication | None, trust_store: TrustStore | None) -> MutualTLS | None:
    """How certificates of a listener's clients are treated, by the trust store that it names.

    None where they are not asked for. To verify by a trust store that is not there means that nobody gets through.
    """
    mode = _MODES.get(kept.mode) if kept else None
    if kept is None or mode is None:
        return None
    if mode == "passthrough" or trust_store is None:
        return MutualTLS(mode, trust_store_id=kept.trust_store_id or "")
    return MutualTLS(
        mode,
        bundle=trust_store.bundle,
        revocation_lists=tuple(one.text for one in read_trust_store(trust_store.document).revocations),
        ignore_expiry=bool(kept.ignore_expiry),
        trust_store_id=trust_store.unique_id,
        advertise_names=kept.advertise_names == "on",
    )


def _servers(detail: TargetGroupDetail, behind: Behind) -> tuple[Server, ...]:
    """Those registered, then those whose connections may still end; an instance without an address is left out."""
    leaving = [one.target for one in detail.still_leaving(behind.now)]
    both = [(target, False) for target in detail.targets] + [(target, True) for target in leaving]
    found = ((target, _address(detail, target, behind), gone) for target, gone in both)
    return tuple(Server(target.key, address, target.port, draining=gone) for target, address, gone in found if address)


def _address(detail: TargetGroupDetail, target: Target, behind: Behind) -> str | None:
    return behind.addresses.get(target.target_id) if detail.target_type == INSTANCE else target.target_id


def _health(check: TargetHealthCheck) -> HealthCheck:
    return HealthCheck(
        protocol=_PROTOCOLS[check.protocol],
        port=check.port,
        path=check.path or "/",
        interval=check.interval,
        timeout=check.timeout,
        healthy=check.healthy,
        unhealthy=check.unhealthy,
        matcher=check.matcher or "200",
    )


def _balance(detail: TargetGroupDetail, values: Mapping[str, str]) -> Literal["leastconn", "roundrobin", "source"]:
    if detail.is_network and values[known.STICKINESS] == known.ON:
        return "source"  # network guide, "Sticky sessions": source_ip is the only kind, and has no time
    return _BALANCE.get(values.get(known.ALGORITHM, ""), "roundrobin")


def _stickiness(values: Mapping[str, str]) -> Stickiness | None:
    """Application guide, "Sticky sessions": the time of either kind begins anew with each request."""
    if values[known.STICKINESS] != known.ON:
        return None
    if values[known.STICKINESS_TYPE] == known.APP_COOKIE:
        name, time = values[known.APP_COOKIE_NAME], int(values[known.APP_COOKIE_SECONDS])
        return Stickiness("application", name, time, APPLICATION_COOKIE, refreshed=True)
    time = int(values[known.LB_COOKIE_SECONDS])
    return Stickiness("duration", COOKIE, time, twin=COOKIE_OF_OTHER_SITES, refreshed=True)
