"""The condition keys of the service that requests of application and network load balancers fill.

Source: service authorization reference, Elastic Load Balancing V2, "Actions defined": which action has which key. Where
a request leaves open what it makes, the default that will count is the value: a policy that denies it is not got round
by leaving it out [inferred].
"""

from sealstone.model import ssl_policies
from sealstone.operations.balancing_judges import (
    LISTENER_PROTOCOL,
    SECURITY_POLICY,
    SUBNET,
    Keys,
    members,
    of_scheme,
    of_security_groups,
    once,
    texts,
)
from sealstone.operations.call import Call, Resource
from sealstone.operations.elbv2.listening import ENCRYPTED
from sealstone.operations.elbv2.named import lookup_listener


def of_load_balancer(call: Call) -> Keys:
    """Of CreateLoadBalancer."""
    return {**of_security_groups(call), **of_subnets(call), **of_scheme(call)}


def of_subnets(call: Call) -> Keys:
    """Of SetSubnets, in either form."""
    return {SUBNET: once((*texts(call, "Subnets"), *members(call, "SubnetMappings", "SubnetId")))}


def of_listener(call: Call) -> Keys:
    """Of CreateListener."""
    return _of_listener(call, str(call.parameters.get("Protocol") or ""))


def of_changed_listener(call: Call) -> Keys:
    """Of ModifyListener: what is sent, and the default policy when a listener becomes encrypted without another one."""
    found = lookup_listener(call, str(call.parameters.get("ListenerArn") or ""))
    has_one = found is not None and found.detail.ssl_policy is not None
    return _of_listener(call, str(call.parameters.get("Protocol") or ""), has_one=has_one)


def _of_listener(call: Call, protocol: str, *, has_one: bool = False) -> Keys:
    default = ssl_policies.DEFAULT if protocol in ENCRYPTED and not has_one else ""
    policy = str(call.parameters.get("SslPolicy") or default)
    return {LISTENER_PROTOCOL: once((protocol,)), SECURITY_POLICY: once((policy,))}


# --- what is tagged when it is created: the place of the id that it will have is held by a star ---


def new_listener(call: Call) -> tuple[Resource, ...]:
    """What CreateListener makes, from the ARN of the load balancer."""
    return _below(call, "LoadBalancerArn", ":loadbalancer/", ":listener/")


def new_rule(call: Call) -> tuple[Resource, ...]:
    """What CreateRule makes, from the ARN of the listener."""
    return _below(call, "ListenerArn", ":listener/", ":listener-rule/")


def _below(call: Call, parameter: str, kind: str, kind_below: str) -> tuple[Resource, ...]:
    sent = str(call.parameters.get(parameter) or "")
    return (Resource(f"{sent.replace(kind, kind_below, 1)}/*"),)
