"""The health check of a target group: what was sent, over what was there or AWS's defaults, judged as a whole.

Sources: API reference, CreateTargetGroup, and the guides' pages "Health checks for target groups".
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from sealstone.dataplane.problems import NotWritable
from sealstone.dataplane.wording import matcher as writable_matcher
from sealstone.dataplane.wording import url_path
from sealstone.model.target_group_detail import TRAFFIC_PORT, TargetHealthCheck
from sealstone.operations.elbv2.wording import conflict
from sealstone.operations.errors import ValidationError

_HTTP: Final = ("HTTP", "HTTPS")
_NETWORK: Final = ("TCP", "TLS")
_PROTOCOLS: Final = (*_HTTP, "TCP")
_INTERVAL: Final = 30
_HEALTHY: Final = 5
_UNHEALTHY: Final = 2
_MATCHERS: Final = {True: ("200-399", 599), False: ("200", 499)}
"""Of network and other target groups: the default, and the highest status."""
_PORT: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
_LAST_PORT: Final = 65535
_STATUS: Final = re.compile(r"[0-9]{3}", re.ASCII)


def read(
    sent: Mapping[str, Any], protocol: str, target_type: str, before: TargetHealthCheck | None = None
) -> TargetHealthCheck:
    """The health check of a target group of this protocol and type, by AWS's parameters as they were sent.

    What was not sent is as it was `before`, or AWS's default. Raises ValidationError, InvalidConfigurationRequest.
    """
    if sent.get("HealthCheckEnabled") is False:
        raise ValidationError(f"Health check enabled must be true for target groups with target type '{target_type}'")
    wanted = sent.get("HealthCheckProtocol") or (before.protocol if before else _default_protocol(protocol))
    _check_protocol(wanted, protocol)
    same = before if before and before.protocol in _HTTP else None
    found = TargetHealthCheck(
        protocol=wanted,
        interval=sent.get("HealthCheckIntervalSeconds") or (before.interval if before else _INTERVAL),
        timeout=sent.get("HealthCheckTimeoutSeconds") or (before.timeout if before else _timeout(protocol, wanted)),
        healthy=sent.get("HealthyThresholdCount") or (before.healthy if before else _HEALTHY),
        unhealthy=sent.get("UnhealthyThresholdCount") or (before.unhealthy if before else _UNHEALTHY),
        port=_port(sent["HealthCheckPort"]) if sent.get("HealthCheckPort") else before.port if before else None,
        path=_path(sent, wanted, same),
        matcher=_matcher(sent, wanted, protocol, same),
    )
    _check_times(found, protocol)
    return found


def _default_protocol(protocol: str) -> str:
    return "TCP" if protocol in _NETWORK else "HTTP"


def _timeout(protocol: str, wanted: str) -> int:
    """Application guide: 5 seconds. Network guide: 6 for HTTP, 10 for the others. The model has the latter for both."""
    if protocol not in _NETWORK:
        return 5
    return 6 if wanted == "HTTP" else 10


def _check_protocol(wanted: str, protocol: str) -> None:
    if wanted not in _PROTOCOLS or (wanted == "TCP" and protocol not in _NETWORK):
        allowed = ", ".join(_PROTOCOLS if protocol in _NETWORK else _HTTP)
        raise conflict(
            f"Health check protocol '{wanted}' is not supported for target groups with the {protocol} protocol.",
            cure=f"Use one of {allowed}.",
        )


def _port(sent: str) -> int | None:
    if sent == TRAFFIC_PORT:
        return None
    if not _PORT.fullmatch(sent) or not 1 <= int(sent) <= _LAST_PORT:
        raise ValidationError(f"Health check port '{sent[:40]}' must be '{TRAFFIC_PORT}' or a port from 1 to 65535")
    return int(sent)


def _path(sent: Mapping[str, Any], wanted: str, before: TargetHealthCheck | None) -> str | None:
    path = sent.get("HealthCheckPath")
    if wanted not in _HTTP:
        if path:
            raise conflict("Health check paths are not supported for health checks with the TCP protocol.")
        return None
    if not path:
        return before.path if before else "/"
    try:
        return url_path("the health check path", path)
    except NotWritable as problem:
        raise ValidationError(f"Health check path cannot be used: {problem}") from None


def _matcher(sent: Mapping[str, Any], wanted: str, protocol: str, before: TargetHealthCheck | None) -> str | None:
    given = sent.get("Matcher") or {}
    if "GrpcCode" in given:
        raise conflict(
            "GrpcCode is not supported: targets are spoken to by HTTP/1.1 here.", cure="Use HttpCode in Matcher."
        )
    codes = given.get("HttpCode")
    if wanted not in _HTTP:
        if codes:
            raise conflict(
                "Custom health check matchers are not supported for health checks for target groups with the "
                f"{protocol} protocol"
            )
        return None
    default, highest = _MATCHERS[protocol in _NETWORK]
    if not codes:
        return before.matcher if before else default
    _check_codes(codes, highest)
    return str(codes)


def _check_codes(codes: str, highest: int) -> None:
    """Raises ValidationError; which statuses are meant is told by examples."""
    try:
        writable_matcher("the matcher", codes)
        numbers = [int(number) for number in _STATUS.findall(codes)]
    except NotWritable:
        numbers = []
    if not numbers or not all(200 <= number <= highest for number in numbers):
        raise ValidationError(
            f"Health check matcher HTTP code '{codes[:40]}' must be within '200-{highest}' inclusive: a value such as "
            "200, several such as 200,202, or a range such as 200-299"
        )


def _check_times(found: TargetHealthCheck, protocol: str) -> None:
    """In AWS's words, which differ by protocol (recorded)."""
    if protocol in _NETWORK:
        if found.timeout > found.interval:
            raise ValidationError(
                f"Health check timeout '{found.timeout}' must be smaller than or equal to the interval "
                f"'{found.interval}'"
            )
    elif found.timeout >= found.interval:
        raise ValidationError(
            f"Health check timeout '{found.timeout}' must be smaller than the interval '{found.interval}'"
        )
