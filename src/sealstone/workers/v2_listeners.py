"""Listeners and rules of application and network load balancers as the data plane wants them. Pure.

Application load balancer guide, "Listeners", "Listener rules", "HTTP headers"; network load balancer guide,
"Listeners". The pool of a target group has the target group's id; who fills it is not told here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, cast

from sealstone.dataplane.wanted import (
    Action,
    Certificate,
    Condition,
    FixedResponse,
    Forward,
    Headers,
    Listener,
    Protocol,
    Redirect,
    Rule,
    TLSPolicy,
    TLSVersion,
)
from sealstone.model import application_attributes as attributes
from sealstone.model import application_detail as documents
from sealstone.model.application_detail import ApplicationDetail, ApplicationListener
from sealstone.model.listener import Listener as Row
from sealstone.model.load_balancer import Kind, LoadBalancer
from sealstone.model.rule import Rule as RuleRow
from sealstone.model.ssl_policies import POLICIES
from sealstone.model.trust_store import TrustStore
from sealstone.workers.v2_pools import CONNECTION_IDLE_TIMEOUT, mutual_tls, pool_id
from sealstone.x509 import certificate, pem
from sealstone.x509.acceptance import IAM
from sealstone.x509.problems import Part

_PROTOCOLS: Final[Mapping[str, Protocol]] = {"HTTP": "HTTP", "HTTPS": "HTTPS", "TCP": "TCP", "TLS": "SSL"}
_VERSIONS: Final[Mapping[str, TLSVersion]] = {
    "TLSv1": "TLSv1.0",
    "TLSv1.1": "TLSv1.1",
    "TLSv1.2": "TLSv1.2",
    "TLSv1.3": "TLSv1.3",
}
_FIELDS: Final[Mapping[str, Literal["host", "path", "header", "method", "query", "source-ip"]]] = {
    "host-header": "host",
    "path-pattern": "path",
    "http-header": "header",
    "http-request-method": "method",
    "query-string": "query",
    "source-ip": "source-ip",
}
# ALPN policies of network load balancers (guide, "ALPN policies"), most wanted first.
_ALPN: Final[Mapping[str, tuple[str, ...]]] = {
    "HTTP1Only": ("http/1.1", "http/1.0"),
    "HTTP2Only": ("h2",),
    "HTTP2Optional": ("http/1.1", "http/1.0", "h2"),
    "HTTP2Preferred": ("h2", "http/1.1", "http/1.0"),
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a load balancer's listeners need to know beside themselves."""

    load_balancer: LoadBalancer
    port_offset: int = 0
    default_certificates: Mapping[str, str] = field(default_factory=dict)
    """The certificate's id, by listener_id."""
    listed_certificates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Ids of those chosen by server name, the most wanted first (`preferred`), by listener_id."""
    rules: Mapping[str, Sequence[RuleRow]] = field(default_factory=dict)
    """By listener_id."""
    trust_stores: Mapping[str, TrustStore] = field(default_factory=dict)
    """Of the account, by id."""


def translated(scene: Surroundings, rows: Iterable[Row]) -> tuple[Listener, ...]:
    """The listeners of one load balancer."""
    detail = documents.read_detail(scene.load_balancer.document)
    return tuple(_listener(scene, detail, row, documents.read_listener(row.document)) for row in rows)


def preferred(wanted: Iterable[str], certificates: Mapping[str, Certificate]) -> tuple[str, ...]:
    """Ids in the order in which certificates of one name are chosen; those that are not at hand are left out.

    Elliptic curves before RSA, then the larger key, then the longer life (guide, "Certificate list").
    """
    return tuple(sorted((one for one in wanted if one in certificates), key=lambda one: _rank(certificates[one])))


def _rank(one: Certificate) -> tuple[bool, int, float, str]:
    found = certificate.read(next(iter(pem.blocks(one.body, Part.CERTIFICATE))), IAM)
    life = (found.not_after - found.not_before).total_seconds()
    return found.key.name != "EC", -found.key.bits, -life, one.certificate_id


def _listener(scene: Surroundings, detail: ApplicationDetail, row: Row, read: ApplicationListener) -> Listener:
    encrypted = read.ssl_policy is not None
    kind = scene.load_balancer.kind
    given = attributes.values(attributes.of_load_balancer(kind), detail.attributes)
    idle = _idle_timeout(given, row.protocol, read)
    return Listener(
        listener_id=row.listener_id,
        address=scene.load_balancer.address,
        port=row.port + scene.port_offset,
        protocol=_PROTOCOLS[row.protocol],
        action=_action(read.actions) if kind is Kind.APPLICATION else _connected(read.actions, idle),
        rules=tuple(_rule(rule) for rule in scene.rules.get(row.listener_id, ())),
        http2=row.protocol == "HTTPS" and given[attributes.HTTP2] == "true",
        alpn=tuple(name for policy in read.alpn for name in _ALPN.get(policy, ())),
        tls=_tls(read.ssl_policy) if read.ssl_policy else None,
        default_certificate_id=scene.default_certificates.get(row.listener_id) if encrypted else None,
        sni_certificate_ids=tuple(scene.listed_certificates.get(row.listener_id, ())) if encrypted else (),
        mutual=mutual_tls(read.mutual, _trust_store(scene, read)),
        idle_timeout=idle,
        headers=_headers(given, read) if kind is Kind.APPLICATION else Headers(),
        account_id=scene.load_balancer.account_id,
    )


def _tls(name: str) -> TLSPolicy:
    policy = POLICIES[name]
    return TLSPolicy(
        minimum=_VERSIONS[policy.protocols[0]],
        maximum=_VERSIONS[policy.protocols[-1]],
        ciphers=tuple(cipher for cipher in policy.ciphers if not cipher.startswith("TLS_")),
        ciphersuites=tuple(cipher for cipher in policy.ciphers if cipher.startswith("TLS_")),
        groups=policy.groups,
        signatures=policy.signatures,
    )


def _trust_store(scene: Surroundings, read: ApplicationListener) -> TrustStore | None:
    return scene.trust_stores.get(read.mutual.trust_store_id or "") if read.mutual else None


def _idle_timeout(given: Mapping[str, str], protocol: str, read: ApplicationListener) -> int:
    if attributes.IDLE_TIMEOUT in given:
        return int(given[attributes.IDLE_TIMEOUT])
    own = attributes.values(attributes.of_listener(protocol), read.attributes)
    return int(own.get(attributes.TCP_IDLE_TIMEOUT, CONNECTION_IDLE_TIMEOUT))


def _headers(given: Mapping[str, str], read: ApplicationListener) -> Headers:
    return Headers(
        forwarded_for=cast('Literal["append", "preserve", "remove"]', given[attributes.FORWARDED_FOR]),
        client_port=given[attributes.CLIENT_PORT] == "true",
        trace_id=True,
        tls_version_and_cipher=given[attributes.TLS_HEADERS] == "true",
        drop_invalid=given[attributes.DROP_INVALID] == "true",
        renamed=attributes.renamed_headers(read.attributes),
        response=attributes.response_headers(read.attributes),
    )


def _rule(row: RuleRow) -> Rule:
    read = documents.read_rule(row.document)
    conditions = tuple(_condition(condition) for condition in read.conditions)
    return Rule(row.rule_id, row.priority, conditions, _action(read.actions))


def _condition(kept: documents.RuleCondition) -> Condition:
    """A parameter of the query is `name=value`; with an empty name any parameter is meant."""
    queries = tuple(f"{query.key or ''}={query.value}" for query in kept.queries)
    return Condition(_FIELDS[kept.field], kept.values + queries, kept.header or "")


def _connected(kept: Sequence[documents.Action], idle: int) -> Forward:
    """Of a network load balancer: how long a connection may be idle is the listener's, and its pool keeps to it."""
    shares = (share for action in kept if action.forward for share in action.forward.shares)
    return Forward(tuple((pool_id(share.target_group_id, idle), share.weight) for share in shares))


def _action(kept: Sequence[documents.Action]) -> Action:
    (action,) = kept
    if action.forward:
        forward = action.forward
        pools = tuple((share.target_group_id, share.weight) for share in forward.shares)
        return Forward(pools, forward.sticky_seconds if forward.sticky else None)
    if action.redirect:
        wanted = action.redirect
        status = int(wanted.status.removeprefix("HTTP_"))
        return Redirect(status, wanted.protocol, wanted.host, wanted.port, wanted.path, wanted.query)
    fixed = cast("documents.FixedResponse", action.fixed_response)
    return FixedResponse(int(fixed.status), fixed.content_type or "text/plain", fixed.body or "")
