"""Which policies are in force: on a listener, and towards the instances. Each setting replaces the whole list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.model.classic_detail import Policy, document_of
from sealstone.operations.balancing_errors import PolicyNotFound
from sealstone.operations.balancing_judges import conditioned
from sealstone.operations.call import Call
from sealstone.operations.elb import condition_keys, policy_types
from sealstone.operations.elb.listening import HTTP_LAYER, SECURE
from sealstone.operations.elb.named import Classic, Port, find, keep, named_load_balancer, port_of, ports
from sealstone.operations.elb.wording import conflict
from sealstone.operations.operation import operation
from sealstone.store import listeners

_STICKINESS: Final = frozenset({policy_types.APP_COOKIE, policy_types.LB_COOKIE})


@operation("elb", on=named_load_balancer, access="Write", judge=conditioned(condition_keys.of_policies_in_force))
def set_load_balancer_policies_of_listener(
    call: Call, *, load_balancer_name: str, load_balancer_port: int, policy_names: Sequence[str]
) -> Mapping[str, Any]:
    """Replace the policies of one listener: at most one of TLS and one of stickiness."""
    found = find(call, load_balancer_name)
    port = port_of(ports(call, found), load_balancer_name, load_balancer_port)
    chosen = _named(found, policy_names)
    for policy in chosen:
        _check_on_listener(policy, port)
    _check_one(chosen, _STICKINESS, "policy of stickiness")
    _check_one(chosen, frozenset({policy_types.NEGOTIATION}), "SSL negotiation policy")
    detail = replace(port.detail, policies=tuple(policy.name for policy in chosen))
    if detail != port.detail:
        listeners.save(call.tx, port.record.documented(document_of(detail)))
    return {}


@operation("elb", on=named_load_balancer, access="Write")
def set_load_balancer_policies_for_backend_server(
    call: Call, *, load_balancer_name: str, instance_port: int, policy_names: Sequence[str]
) -> Mapping[str, Any]:
    """Replace the policies for one instance port; an empty list takes them away, whether a listener uses it or not."""
    found = find(call, load_balancer_name)
    using = [port for port in ports(call, found) if port.detail.instance_port == instance_port]
    if policy_names and not using:
        raise conflict(
            f"No listener of load balancer {load_balancer_name} has InstancePort {instance_port}.",
            cure="Create such a listener first.",
        )
    chosen = _named(found, policy_names)
    for policy in chosen:
        _check_towards_instances(policy, using)
    names = {key: value for key, value in found.detail.backend_policies.items() if key != instance_port}
    if chosen:
        names[instance_port] = tuple(policy.name for policy in chosen)
    keep(call, found, replace(found.detail, backend_policies=names))
    return {}


def _named(found: Classic, names: Sequence[str]) -> list[Policy]:
    """The policies of these names, each once. Raises PolicyNotFound (recorded: a predefined one is none of these)."""
    chosen = []
    for name in dict.fromkeys(names):
        policy = found.detail.policy(name)
        if policy is None:
            raise PolicyNotFound(f"There is no policy with name {name} for load balancer {found.record.name}")
        chosen.append(policy)
    return chosen


def _check_on_listener(policy: Policy, port: Port) -> None:
    """Raises InvalidConfigurationRequest for a type that listeners of this protocol do not have."""
    protocol = port.record.protocol
    if policy.type_name in _STICKINESS:
        _check(
            policy,
            protocol in HTTP_LAYER,
            f"only to HTTP and HTTPS listeners, and port {port.record.port} is {protocol}",
        )
    elif policy.type_name == policy_types.NEGOTIATION:
        _check(
            policy, protocol in SECURE, f"only to HTTPS and SSL listeners, and port {port.record.port} is {protocol}"
        )
    else:
        _check(policy, allowed=False, where="to connections to instances, not to listeners")


def _check_towards_instances(policy: Policy, using: Sequence[Port]) -> None:
    """Raises InvalidConfigurationRequest for a type that connections to instances do not have, or that is not here."""
    if policy.type_name == policy_types.PROXY_PROTOCOL:
        plain = all(port.detail.instance_protocol not in HTTP_LAYER for port in using)
        _check(policy, plain, "only where the InstanceProtocol is TCP or SSL")
    elif policy.type_name == policy_types.BACKEND_AUTHENTICATION:
        raise conflict(
            f"Policy {policy.name} cannot be set: certificates of instances are not verified here.",
            "Setting it would promise a check that does not happen;",
            "leave it out, or verify instances by other means.",
        )
    else:
        _check(policy, allowed=False, where="not to connections to instances")


def _check(policy: Policy, allowed: bool, where: str) -> None:
    if not allowed:
        raise conflict(f"Policy {policy.name} of type {policy.type_name} can be applied {where}.")


def _check_one(chosen: Sequence[Policy], types: frozenset[str], what: str) -> None:
    names = [policy.name for policy in chosen if policy.type_name in types]
    if len(names) > 1:
        raise conflict(
            f"A listener can have only one {what}.", f"Sent were {' and '.join(names)};", "send one of them."
        )
