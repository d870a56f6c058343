"""The health check and the attributes of a load balancer."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.model.classic_detail import AccessLog, ClassicDetail, HealthCheck
from sealstone.operations.balancing_errors import LoadBalancerAttributeNotFound
from sealstone.operations.call import Call
from sealstone.operations.elb.descriptions import health_check as described
from sealstone.operations.elb.named import all_load_balancers, find, keep, named_load_balancer
from sealstone.operations.elb.wording import conflict
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation

_DESYNC: Final = "elb.http.desyncmitigationmode"
_DESYNC_MODES: Final = ("monitor", "defensive", "strictest")
_EMIT_INTERVALS: Final = (5, 60)
_LONGEST_DRAINING: Final = 3600
_LONGEST_PATH: Final = 1024
_TARGET: Final = re.compile(r"(?:(?:TCP|SSL):([0-9]{1,5})|(?:HTTP|HTTPS):([0-9]{1,5})(/.*))", re.DOTALL)
# What a request line can hold (RFC 9110 7.1), and no configuration gives a meaning to.
_PATH: Final = re.compile(r"/[A-Za-z0-9._~!$&()*+,;=:@%/?-]*")


@operation("elb", on=named_load_balancer, access="Write")
def configure_health_check(
    call: Call, *, load_balancer_name: str, health_check: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Replace the health check, one for all instances."""
    found = find(call, load_balancer_name)
    _check_target(health_check["Target"])
    health = HealthCheck(
        target=health_check["Target"],
        interval=health_check["Interval"],
        timeout=health_check["Timeout"],
        unhealthy_threshold=health_check["UnhealthyThreshold"],
        healthy_threshold=health_check["HealthyThreshold"],
    )
    if health.timeout >= health.interval:
        raise ValidationError("HealthCheck timeout must be less than interval.")
    keep(call, found, replace(found.detail, health=health))
    return {"HealthCheck": described(health)}


@operation("elb", on=all_load_balancers, access="Read")
def describe_load_balancer_attributes(call: Call, *, load_balancer_name: str) -> Mapping[str, Any]:
    """All attributes, those with their defaults too."""
    return {"LoadBalancerAttributes": _members(find(call, load_balancer_name).detail)}


@operation("elb", on=named_load_balancer, access="Write")
def modify_load_balancer_attributes(
    call: Call, *, load_balancer_name: str, load_balancer_attributes: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Change the attributes that were sent; the answer has those and no others."""
    found = find(call, load_balancer_name)
    detail = found.detail
    for name, sent in load_balancer_attributes.items():
        detail = _CHANGES[name](detail, sent)
    keep(call, found, detail)
    members = _members(detail)
    return {
        "LoadBalancerName": found.record.name,
        "LoadBalancerAttributes": {name: members[name] for name in load_balancer_attributes},
    }


def _check_target(target: str) -> None:
    """Raises ValidationError for what is no target of a health check."""
    if not target.startswith(("HTTP:", "TCP:", "HTTPS:", "SSL:")):
        raise ValidationError("HealthCheck Target must begin with one of HTTP, TCP, HTTPS, SSL")
    match = _TARGET.fullmatch(target)
    if match is None:
        raise ValidationError(
            "HealthCheck Target must be TCP:port, SSL:port, HTTP:port/path or HTTPS:port/path, such as HTTP:80/ok"
        )
    if not 1 <= int(match[1] or match[2]) <= 65535:
        raise ValidationError("HealthCheck Target must have a port between 1 and 65535")
    path = match[3] or "/"
    if len(path) > _LONGEST_PATH:
        raise ValidationError("HealthCheck Target must have a path of at most 1024 characters")
    if not _PATH.fullmatch(path):
        raise ValidationError(
            "HealthCheck Target has a path with characters that a URL cannot hold; encode them with %"
        )


def _cross_zone(detail: ClassicDetail, sent: Mapping[str, Any]) -> ClassicDetail:
    return replace(detail, cross_zone=sent["Enabled"])


def _access_log(detail: ClassicDetail, sent: Mapping[str, Any]) -> ClassicDetail:
    """None can be enabled: somebody would rely on it, and there is no bucket that it could be written to."""
    if sent.get("EmitInterval", AccessLog().interval) not in _EMIT_INTERVALS:
        raise conflict("The EmitInterval of an access log must be 5 or 60 minutes.")
    if sent["Enabled"]:
        raise conflict("An access log cannot be enabled here: there are no buckets that it could be written to.")
    return replace(detail, access_log=AccessLog())


def _draining(detail: ClassicDetail, sent: Mapping[str, Any]) -> ClassicDetail:
    timeout = sent.get("Timeout", detail.draining_timeout)
    if not 1 <= timeout <= _LONGEST_DRAINING:
        raise conflict("The Timeout of connection draining must be 1 to 3600 seconds.")
    return replace(detail, draining=sent["Enabled"], draining_timeout=timeout)


def _settings(detail: ClassicDetail, sent: Mapping[str, Any]) -> ClassicDetail:
    return replace(detail, idle_timeout=sent["IdleTimeout"])


def _additional(detail: ClassicDetail, sent: Sequence[Mapping[str, str]]) -> ClassicDetail:
    for attribute in sent:
        if attribute.get("Key") != _DESYNC:
            raise LoadBalancerAttributeNotFound(f"There is no load balancer attribute '{attribute.get('Key', '')}'")
        mode = attribute.get("Value", "")
        if mode not in _DESYNC_MODES:
            raise conflict(f"{_DESYNC} must be {', '.join(_DESYNC_MODES)}, and is '{mode}'.")
        detail = replace(detail, desync=mode)
    return detail


_CHANGES: Final[Mapping[str, Callable[[ClassicDetail, Any], ClassicDetail]]] = {
    "CrossZoneLoadBalancing": _cross_zone,
    "AccessLog": _access_log,
    "ConnectionDraining": _draining,
    "ConnectionSettings": _settings,
    "AdditionalAttributes": _additional,
}


def _members(detail: ClassicDetail) -> dict[str, Any]:
    log = detail.access_log
    named = {"S3BucketName": log.bucket, "EmitInterval": log.interval, "S3BucketPrefix": log.prefix}
    return {
        "CrossZoneLoadBalancing": {"Enabled": detail.cross_zone},
        "AccessLog": {"Enabled": log.enabled} | (named if log.enabled else {}),
        "ConnectionDraining": {"Enabled": detail.draining, "Timeout": detail.draining_timeout},
        "ConnectionSettings": {"IdleTimeout": detail.idle_timeout},
        "AdditionalAttributes": [{"Key": _DESYNC, "Value": detail.desync}],
    }
