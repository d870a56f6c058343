"""Attributes of target groups (API reference, TargetGroupAttribute): their names, what each may be, and its default.

What is set stands in a target group's document; here is what counts where nothing is set, and what has no effect here
at all and is kept for those who ask.
"""

from dataclasses import dataclass
from typing import Final

from sealstone.model.target_group_detail import INSTANCE, TargetGroupDetail

DEREGISTRATION_DELAY: Final = "deregistration_delay.timeout_seconds"
STICKINESS: Final = "stickiness.enabled"
STICKINESS_TYPE: Final = "stickiness.type"
LB_COOKIE: Final = "lb_cookie"
LB_COOKIE_SECONDS: Final = "stickiness.lb_cookie.duration_seconds"
APP_COOKIE: Final = "app_cookie"
APP_COOKIE_NAME: Final = "stickiness.app_cookie.cookie_name"
APP_COOKIE_SECONDS: Final = "stickiness.app_cookie.duration_seconds"
SOURCE_IP: Final = "source_ip"
ALGORITHM: Final = "load_balancing.algorithm.type"
ROUND_ROBIN: Final = "round_robin"
LEAST_OUTSTANDING: Final = "least_outstanding_requests"
WEIGHTED_RANDOM: Final = "weighted_random"
ANOMALY_MITIGATION: Final = "load_balancing.algorithm.anomaly_mitigation"
SLOW_START: Final = "slow_start.duration_seconds"
PROXY_PROTOCOL: Final = "proxy_protocol_v2.enabled"
PRESERVE_CLIENT_IP: Final = "preserve_client_ip.enabled"
ON: Final = "true"
OFF: Final = "false"

_SWITCH: Final = (ON, OFF)
_WEEK: Final = 604_800
_DAY: Final = "86400"
_MOST_TARGETS: Final = 1_000
_DNS: Final = "target_group_health.dns_failover.minimum_healthy_targets"
_ROUTING: Final = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One of them: the words that it may be, or the numbers from `least` to `most`; neither means any text."""

    default: str
    words: tuple[str, ...] = ()
    least: int | None = None
    most: int = 0

    def accepts(self, value: str) -> bool:
        """Whether it may be this."""
        if value in self.words:
            return True
        if self.least is None:
            return not self.words
        return value.isascii() and value.isdecimal() and len(value) <= 9 and self.least <= int(value) <= self.most


_COMMON: Final = {
    DEREGISTRATION_DELAY: Attribute("300", least=0, most=3_600),
    STICKINESS: Attribute(OFF, _SWITCH),
    "load_balancing.cross_zone.enabled": Attribute(
        "use_load_balancer_configuration", (*_SWITCH, "use_load_balancer_configuration")
    ),
    f"{_DNS}.count": Attribute("1", ("off",), 1, _MOST_TARGETS),
    f"{_DNS}.percentage": Attribute("off", ("off",), 1, 100),
    f"{_ROUTING}.count": Attribute("1", (), 1, _MOST_TARGETS),
    f"{_ROUTING}.percentage": Attribute("off", ("off",), 1, 100),
}
_APPLICATION: Final = _COMMON | {
    STICKINESS_TYPE: Attribute(LB_COOKIE, (LB_COOKIE, APP_COOKIE)),
    LB_COOKIE_SECONDS: Attribute(_DAY, least=1, most=_WEEK),
    APP_COOKIE_NAME: Attribute(""),
    APP_COOKIE_SECONDS: Attribute(_DAY, least=1, most=_WEEK),
    ALGORITHM: Attribute(ROUND_ROBIN, (ROUND_ROBIN, LEAST_OUTSTANDING, WEIGHTED_RANDOM)),
    ANOMALY_MITIGATION: Attribute("off", ("on", "off")),
    SLOW_START: Attribute("0", ("0",), 30, 900),
}
_NETWORK: Final = _COMMON | {
    STICKINESS_TYPE: Attribute(SOURCE_IP, (SOURCE_IP,)),
    "deregistration_delay.connection_termination.enabled": Attribute(OFF, _SWITCH),
    PRESERVE_CLIENT_IP: Attribute(ON, _SWITCH),
    PROXY_PROTOCOL: Attribute(OFF, _SWITCH),
    "target_health_state.unhealthy.connection_termination.enabled": Attribute(ON, _SWITCH),
    "target_health_state.unhealthy.draining_interval_seconds": Attribute("0", least=0, most=360_000),
}
KNOWN: Final = frozenset(_APPLICATION) | frozenset(_NETWORK)
"""Of any target group that can be made here."""


def of(detail: TargetGroupDetail) -> dict[str, Attribute]:
    """Those that a target group of its protocol has."""
    return _NETWORK if detail.is_network else _APPLICATION


def values(detail: TargetGroupDetail) -> dict[str, str]:
    """All of them, those set and the defaults."""
    defaults = {name: attribute.default for name, attribute in of(detail).items()}
    if PRESERVE_CLIENT_IP in defaults and detail.target_type != INSTANCE:
        defaults[PRESERVE_CLIENT_IP] = OFF
    return defaults | dict(detail.attributes)
