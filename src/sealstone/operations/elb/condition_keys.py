"""The condition keys of the service that requests of classic load balancers fill.

Source: service authorization reference, Elastic Load Balancing, "Actions defined": which action has which key. Where a
request leaves open what it makes, the default that will count is the value: a policy that denies it is not got round
by leaving it out [inferred].
"""

from sealstone.model import elb_policies
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
from sealstone.operations.call import Call
from sealstone.operations.elb.listening import SECURE
from sealstone.operations.elb.named import Classic, lookup, ports


def of_load_balancer(call: Call) -> Keys:
    """Of CreateLoadBalancer."""
    return {**of_listeners(call), **of_security_groups(call), **of_subnets(call), **of_scheme(call)}


def of_listeners(call: Call) -> Keys:
    """Of CreateLoadBalancerListeners: protocols in capitals, as they are kept, however they are sent."""
    return {LISTENER_PROTOCOL: once(name.upper() for name in members(call, "Listeners", "Protocol"))}


def of_subnets(call: Call) -> Keys:
    """Of AttachLoadBalancerToSubnets."""
    return {SUBNET: texts(call, "Subnets")}


def of_policy(call: Call) -> Keys:
    """Of CreateLoadBalancerPolicy: the predefined security policy that is referred to, if one is [inferred]."""
    sent = call.parameters.get("PolicyAttributes") or ()
    references = (one.get("AttributeValue") for one in sent if one.get("AttributeName") == elb_policies.REFERENCE)
    return {SECURITY_POLICY: once(str(name or "") for name in references)}


def of_policies_in_force(call: Call) -> Keys:
    """Of SetLoadBalancerPoliciesOfListener: what the named policies refer to, not what they are called [inferred].

    Anybody may call a policy of their own by the name of a predefined one. A secure listener that is left without a
    policy of TLS negotiates by the default one, so that is the value then.
    """
    found = lookup(call, str(call.parameters.get("LoadBalancerName") or ""))
    if found is None:
        return {}
    named = texts(call, "PolicyNames")
    policies = [policy for policy in found.detail.policies if policy.name in named]
    negotiating = [policy for policy in policies if policy.type_name == elb_policies.NEGOTIATION]
    if not negotiating and _is_secure(call, found):
        return {SECURITY_POLICY: (elb_policies.DEFAULT,)}
    return {SECURITY_POLICY: once(name for policy in negotiating for name in policy.values(elb_policies.REFERENCE))}


def _is_secure(call: Call, found: Classic) -> bool:
    number = call.parameters.get("LoadBalancerPort")
    return any(port.record.port == number and port.record.protocol in SECURE for port in ports(call, found))
