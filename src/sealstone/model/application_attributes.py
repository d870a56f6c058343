"""Attributes of v2 load balancers and listeners: which there are, their defaults, and what values they take. Pure.

Source: API reference, LoadBalancerAttribute and ListenerAttribute; the guides for limits. Attributes about AWS's own
networks, logs and firewalls are kept and told, and nothing comes of them here; docs/divergences.md names them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sealstone.model.load_balancer import Kind

BOTH: Final = frozenset({Kind.APPLICATION, Kind.NETWORK})
APPLICATION: Final = frozenset({Kind.APPLICATION})
NETWORK: Final = frozenset({Kind.NETWORK})

DELETION_PROTECTION: Final = "deletion_protection.enabled"
DENY_GATEWAYS: Final = "ipv6.deny_all_igw_traffic"
CROSS_ZONE: Final = "load_balancing.cross_zone.enabled"
IDLE_TIMEOUT: Final = "idle_timeout.timeout_seconds"
HTTP2: Final = "routing.http2.enabled"
DROP_INVALID: Final = "routing.http.drop_invalid_header_fields.enabled"
TLS_HEADERS: Final = "routing.http.x_amzn_tls_version_and_cipher_suite.enabled"
CLIENT_PORT: Final = "routing.http.xff_client_port.enabled"
FORWARDED_FOR: Final = "routing.http.xff_header_processing.mode"
TCP_IDLE_TIMEOUT: Final = "tcp.idle_timeout.seconds"

_REQUEST: Final = "routing.http.request."
_RESPONSE: Final = "routing.http.response."
_LONGEST_HEADER_NAME: Final = 40
_LONGEST_HEADER_VALUE: Final = 1024
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
# Printable ASCII; AWS names other limits for single headers [inferred].
_HEADER_VALUE: Final = re.compile(r"[ -~]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One key: who has it, and what it may be."""

    key: str
    default: str
    kinds: frozenset[Kind] = BOTH
    protocols: frozenset[str] = frozenset()
    """Of listeners: those that have it."""
    values: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    """Of numbers, where it is not 0."""
    header: str = ""
    """`name` or `value`, where it is one of a header."""

    def fault(self, value: str) -> str:
        """What the value must be and is not; empty when it is good."""
        if self.values:
            return "" if value in self.values else f"must be one of '{', '.join(self.values)}'"
        if self.most:
            good = bool(_NUMBER.fullmatch(value)) and self.least <= int(value) <= self.most
            return "" if good else f"must be a number from {self.least} to {self.most}"
        if self.header == "name":
            good = len(value) <= _LONGEST_HEADER_NAME and bool(_HEADER_NAME.fullmatch(value))
            if value.lower() in _OTHERS:
                return "cannot be the name of a header that means something to HTTP, or that the listener sets itself"
            return "" if good else f"must be 1 to {_LONGEST_HEADER_NAME} letters, digits, hyphens and underscores"
        if self.header == "value":
            good = len(value) <= _LONGEST_HEADER_VALUE and bool(_HEADER_VALUE.fullmatch(value))
            return "" if good else f"must be at most {_LONGEST_HEADER_VALUE} characters that a header can have"
        return ""


def _flag(key: str, kinds: frozenset[Kind] = BOTH, default: str = "false") -> Attribute:
    return Attribute(key, default, kinds, values=("true", "false"))


def _logs(prefix: str, kinds: frozenset[Kind]) -> tuple[Attribute, ...]:
    """Written to buckets by AWS; here there are none, and nobody can enable them."""
    texts = (Attribute(f"{prefix}.s3.{name}", "", kinds) for name in ("bucket", "prefix"))
    return (_flag(f"{prefix}.s3.enabled", kinds), *texts)


LOAD_BALANCERS: Final = (
    *_logs("access_logs", BOTH),
    *_logs("connection_logs", APPLICATION),
    *_logs("health_check_logs", APPLICATION),
    _flag(DELETION_PROTECTION),
    _flag(DENY_GATEWAYS),
    Attribute(CROSS_ZONE, "true", APPLICATION, values=("true",)),
    _flag(CROSS_ZONE, NETWORK),
    _flag("zonal_shift.config.enabled"),
    Attribute(IDLE_TIMEOUT, "60", APPLICATION, least=1, most=4000),
    Attribute("client_keep_alive.seconds", "3600", APPLICATION, least=60, most=604800),
    Attribute(
        "routing.http.desync_mitigation_mode",
        "defensive",
        APPLICATION,
        values=("monitor", "defensive", "strictest"),
    ),
    _flag(DROP_INVALID, APPLICATION),
    _flag("routing.http.preserve_host_header.enabled", APPLICATION),
    _flag(TLS_HEADERS, APPLICATION),
    _flag(CLIENT_PORT, APPLICATION),
    Attribute(FORWARDED_FOR, "append", APPLICATION, values=("append", "preserve", "remove")),
    _flag(HTTP2, APPLICATION, "true"),
    _flag("waf.fail_open.enabled", APPLICATION),
    Attribute(
        "dns_record.client_routing_policy",
        "any_availability_zone",
        NETWORK,
        values=("any_availability_zone", "partial_availability_zone_affinity", "availability_zone_affinity"),
    ),
    Attribute("secondary_ips.auto_assigned.per_subnet", "0", NETWORK, least=0, most=7),
)

REQUEST_HEADERS: Final = {
    f"{_REQUEST}{name.lower().replace('-', '_')}.header_name": name
    for name in (
        "X-Amzn-Mtls-Clientcert-Serial-Number",
        "X-Amzn-Mtls-Clientcert-Issuer",
        "X-Amzn-Mtls-Clientcert-Subject",
        "X-Amzn-Mtls-Clientcert-Validity",
        "X-Amzn-Mtls-Clientcert-Leaf",
        "X-Amzn-Mtls-Clientcert",
        "X-Amzn-Tls-Version",
        "X-Amzn-Tls-Cipher-Suite",
    )
}
"""The usual name of each header that can be renamed, by the attribute's key."""

RESPONSE_HEADERS: Final = {
    f"{_RESPONSE}{name.lower().replace('-', '_')}.header_value": name
    for name in (
        "Strict-Transport-Security",
        "Access-Control-Allow-Origin",
        "Access-Control-Allow-Methods",
        "Access-Control-Allow-Headers",
        "Access-Control-Allow-Credentials",
        "Access-Control-Expose-Headers",
        "Access-Control-Max-Age",
        "Content-Security-Policy",
        "X-Content-Type-Options",
        "X-Frame-Options",
    )
}
"""The name of each header that can be set on answers, by the attribute's key."""

_OTHERS: Final = frozenset(
    name.lower()
    for name in (
        *("Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control"),
        *("Connection", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-Range"),
        *("Content-Type", "Cookie", "Date", "Expect", "Forwarded", "From", "Host", "HTTP2-Settings", "If-Match"),
        *("If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Keep-Alive", "Max-Forwards"),
        *("Origin", "Pragma", "Proxy-Authorization", "Proxy-Connection", "Range", "Referer", "Set-Cookie", "TE"),
        *("Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "Via"),
        *("X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto"),
    )
)
"""What no header can be renamed to: names that mean something to HTTP (RFC 9110, 9112), or that the listener sets."""

_HTTPS: Final = frozenset({"HTTPS"})
_EITHER: Final = frozenset({"HTTP", "HTTPS"})

LISTENERS: Final = (
    Attribute(f"{_RESPONSE}server.enabled", "true", protocols=_EITHER, values=("true", "false")),
    *(Attribute(key, "", protocols=_EITHER, header="value") for key in RESPONSE_HEADERS),
    *(Attribute(key, name, protocols=_HTTPS, header="name") for key, name in REQUEST_HEADERS.items()),
    Attribute(TCP_IDLE_TIMEOUT, "350", protocols=frozenset({"TCP"}), least=60, most=6000),
)


def of_load_balancer(kind: Kind, *, is_internal: bool = False) -> Mapping[str, Attribute]:
    """Those that a load balancer of this kind has, by key; one default is another when it is internal."""
    known = {attribute.key: attribute for attribute in LOAD_BALANCERS if kind in attribute.kinds}
    if is_internal:
        known[DENY_GATEWAYS] = replace(known[DENY_GATEWAYS], default="true")
    return known


def of_listener(protocol: str) -> Mapping[str, Attribute]:
    """Those that a listener of this protocol has, by key."""
    return {attribute.key: attribute for attribute in LISTENERS if protocol in attribute.protocols}


def values(known: Mapping[str, Attribute], given: Mapping[str, str]) -> dict[str, str]:
    """The value of each: the given one, or the default."""
    return {key: given.get(key, attribute.default) for key, attribute in known.items()}


def renamed_headers(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(usual name, other name) of the request headers that have another name."""
    pairs: Iterable[tuple[str, str]] = ((name, given.get(key, name)) for key, name in REQUEST_HEADERS.items())
    return tuple((name, other) for name, other in pairs if name != other)


def renamed_twice(given: Mapping[str, str]) -> tuple[str, str] | None:
    """The keys of two request headers that have one name: one of them would be lost."""
    keys: dict[str, str] = {}
    for key, name in REQUEST_HEADERS.items():
        there = keys.setdefault(given.get(key, name).lower(), key)
        if there != key:
            return there, key
    return None


def response_headers(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(name, value) of the headers that are set on answers."""
    return tuple((name, given[key]) for key, name in RESPONSE_HEADERS.items() if given.get(key))
