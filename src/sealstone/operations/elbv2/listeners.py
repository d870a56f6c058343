"""Listeners of v2 load balancers: create, modify, delete, describe."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sealstone.model import balancing_quota, ids
from sealstone.model.application_detail import ApplicationListener, document_of
from sealstone.model.listener import Listener
from sealstone.operations.balancing_judges import conditioned
from sealstone.operations.call import Call
from sealstone.operations.elbv2 import actions, certificates, condition_keys, listening, serving
from sealstone.operations.elbv2.descriptions import listener_members
from sealstone.operations.elbv2.errors import TooManyListeners
from sealstone.operations.elbv2.listening import ENCRYPTED, Encrypted, Encryption
from sealstone.operations.elbv2.named import (
    Balancer,
    Port,
    everything,
    find_listener,
    find_load_balancer,
    keep_port,
    named_listener,
    named_load_balancer,
    ports,
    rules_of,
)
from sealstone.operations.elbv2.wording import cut, read_tags
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import listeners, quotas

Sent = Mapping[str, Any]


@operation(
    "elbv2",
    on=named_load_balancer,
    access="Write",
    judge=conditioned(condition_keys.of_listener, tagging=condition_keys.new_listener),
)
def create_listener(
    call: Call,
    *,
    load_balancer_arn: str,
    default_actions: Sequence[Sent],
    protocol: str | None = None,
    port: int | None = None,
    ssl_policy: str | None = None,
    certificates: Sequence[Sent] | None = None,
    alpn_policy: Sequence[str] | None = None,
    tags: Sequence[Mapping[str, str]] | None = None,
    mutual_authentication: Sent | None = None,
) -> Mapping[str, Any]:
    """Create it; again with the same settings it only tells of the one that is there (API reference)."""
    balancer = find_load_balancer(call, load_balancer_arn)
    if protocol is None or port is None:
        raise ValidationError(f"A listener {'port' if protocol else 'protocol'} must be specified")
    listening.check_protocol(balancer, protocol)
    encryption = Encryption(ssl_policy, certificates, alpn_policy, mutual_authentication)
    encrypted = listening.read(call, protocol, encryption)
    detail = _detail(
        ApplicationListener(actions.read(call, balancer, protocol, default_actions), tags=read_tags(tags)), encrypted
    )
    there = ports(call, balancer)
    same = next((one for one in there if one.record.port == port), None)
    if same and _is_same(call, same, protocol, detail, encrypted):
        return {"Listeners": [listener_members(call, same)]}
    listening.check_port(call, balancer, port, there)
    listening.check_mixture(balancer, encrypted.ssl_policy, there)
    _check_quota(call, len(there))
    actions.check_association(call, balancer, detail.target_groups)
    created = _created(call, balancer, (protocol, port), detail)
    if encrypted.certificate_id:
        _set_default(call, created, encrypted.certificate_id)
    return {"Listeners": [listener_members(call, created)]}


@operation("elbv2", on=named_listener, access="Write", judge=conditioned(condition_keys.of_changed_listener))
def modify_listener(
    call: Call,
    *,
    listener_arn: str,
    port: int | None = None,
    protocol: str | None = None,
    ssl_policy: str | None = None,
    certificates: Sequence[Sent] | None = None,
    default_actions: Sequence[Sent] | None = None,
    alpn_policy: Sequence[str] | None = None,
    mutual_authentication: Sent | None = None,
) -> Mapping[str, Any]:
    """Change what is sent; a listener that is encrypted no longer loses policy and certificates (API reference)."""
    found = find_listener(call, listener_arn)
    wanted = protocol or found.record.protocol
    listening.check_protocol(found.balancer, wanted)
    number = port or found.record.port
    if number != found.record.port:
        listening.check_port(call, found.balancer, number, ports(call, found.balancer))
    sent = Encryption(ssl_policy, certificates, alpn_policy, mutual_authentication)
    encrypted = listening.read(call, wanted, sent, _there(call, found))
    if encrypted.ssl_policy != found.detail.ssl_policy:
        others = [one for one in ports(call, found.balancer) if one.record.listener_id != found.record.listener_id]
        listening.check_mixture(found.balancer, encrypted.ssl_policy, others)
    detail = _detail(found.detail, encrypted)
    if default_actions is not None:
        detail = replace(detail, actions=actions.read(call, found.balancer, wanted, default_actions))
        actions.check_association(call, found.balancer, detail.target_groups)
    _check_actions(call, found, wanted, detail)
    changed = replace(found, record=replace(found.record, port=number, protocol=wanted), detail=detail)
    changed = keep_port(call, found, changed)
    if encrypted.certificate_id:
        _set_default(call, changed, encrypted.certificate_id)
    elif found.record.protocol in ENCRYPTED:
        serving.drop_certificates(call, changed)
    return {"Listeners": [listener_members(call, changed)]}


@operation("elbv2", on=named_listener, access="Write")
def delete_listener(call: Call, *, listener_arn: str) -> Mapping[str, Any]:
    """Delete it with its rules."""
    serving.end(call, find_listener(call, listener_arn))
    return {}


@operation("elbv2", on=everything, access="Read")
def describe_listeners(
    call: Call,
    *,
    load_balancer_arn: str | None = None,
    listener_arns: Sequence[str] | None = None,
    marker: str | None = None,
    page_size: int | None = None,
) -> Mapping[str, Any]:
    """Those of one load balancer by port, or those named."""
    if bool(load_balancer_arn) == bool(listener_arns):
        raise ValidationError("You must specify either listener ARNs or a load balancer ARN")
    if load_balancer_arn:
        there = ports(call, find_load_balancer(call, load_balancer_arn))
        chosen, more = cut(there, marker, page_size, lambda one: f"{one.record.port:05d}")
        return {"Listeners": [listener_members(call, one) for one in chosen]} | more
    named = [find_listener(call, arn) for arn in dict.fromkeys(listener_arns or ())]
    return {"Listeners": [listener_members(call, one) for one in named]}


def _check_actions(call: Call, found: Port, protocol: str, detail: ApplicationListener) -> None:
    """Whether what is done with requests, by rules too, goes with another protocol [inferred]; raises as `read`."""
    if protocol == found.record.protocol:
        return
    actions.check_protocol(call, protocol, detail.actions)
    for rule in rules_of(call, found):
        actions.check_protocol(call, protocol, rule.detail.actions)


def _detail(detail: ApplicationListener, encrypted: Encrypted) -> ApplicationListener:
    return replace(detail, ssl_policy=encrypted.ssl_policy, alpn=encrypted.alpn, mutual=encrypted.mutual)


def _there(call: Call, found: Port) -> Encrypted:
    """What the listener has of TLS now."""
    detail = found.detail
    return Encrypted(detail.ssl_policy, certificates.default_of(call, found), detail.alpn, detail.mutual)


def _is_same(call: Call, there: Port, protocol: str, detail: ApplicationListener, encrypted: Encrypted) -> bool:
    """Whether a listener is the one that is asked for; attributes are set later and do not count."""
    wanted = replace(detail, attributes=there.detail.attributes)
    return (there.record.protocol, there.detail, _there(call, there)) == (protocol, wanted, encrypted)


def _set_default(call: Call, port: Port, certificate_id: str) -> None:
    certificates.set_default(call, port, certificate_id)


def _check_quota(call: Call, count: int) -> None:
    limit = quotas.value(call.tx, call.account_id, balancing_quota.LISTENERS)
    if count >= limit:
        raise TooManyListeners(
            f"A load balancer can have {limit} listeners; delete one, or raise the quota "
            f"{balancing_quota.LISTENERS.name}."
        )


def _created(call: Call, balancer: Balancer, place: tuple[str, int], detail: ApplicationListener) -> Port:
    protocol, number = place
    record = Listener(
        account_id=call.account_id,
        listener_id=ids.new_balancing(call.house.chance),
        load_balancer_id=balancer.record.unique_id,
        port=number,
        protocol=protocol,
        document=document_of(detail),
    )
    listeners.add(call.tx, record)
    return Port(record, detail, balancer)
