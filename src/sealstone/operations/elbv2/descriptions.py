"""Load balancers, listeners and rules as the describing operations tell them."""

from typing import Any, Final

from sealstone.model.listener import ListenerStatus
from sealstone.operations.call import Call
from sealstone.operations.certificate_references import present_arn
from sealstone.operations.elbv2 import actions, certificates, conditions, mutual
from sealstone.operations.elbv2.named import Balancer, Port, Ruled, ports
from sealstone.operations.elbv2.places import zones
from sealstone.store import listener_states

# There is no hosted zone here; the ids have AWS's form, so that clients that keep them are content.
_HOSTED_ZONES: Final = {False: "Z35SXDOTRQ7X7K", True: "Z26RNL4JYFTOTI"}


def load_balancer_members(call: Call, found: Balancer, *, new: bool = False) -> dict[str, Any]:
    """Every member but VpcId: there is no such network. A new one is still told to be on its way, as AWS does."""
    detail = found.detail
    told: dict[str, Any] = {
        "LoadBalancerArn": found.arn,
        "DNSName": detail.dns_name,
        "CanonicalHostedZoneId": _HOSTED_ZONES[found.is_network],
        "CreatedTime": found.record.create_date,
        "LoadBalancerName": found.record.name,
        "Scheme": detail.scheme,
        "State": {"Code": "provisioning"} if new else _state(call, found),
        "Type": found.record.kind.value,
        "AvailabilityZones": zones(call.region, detail),
        "SecurityGroups": list(detail.security_groups),
        "IpAddressType": detail.ip_address_type,
    }
    if detail.private_link_rules:
        told["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = detail.private_link_rules
    return told


def listener_members(call: Call, port: Port) -> dict[str, Any]:
    """With the default certificate alone, and without IsDefault (API reference)."""
    detail = port.detail
    told: dict[str, Any] = {
        "ListenerArn": port.arn,
        "LoadBalancerArn": port.balancer.arn,
        "Port": port.record.port,
        "Protocol": port.record.protocol,
        "DefaultActions": actions.members(call, detail.actions),
    }
    certificate_id = certificates.default_of(call, port)
    if certificate_id:
        told["Certificates"] = [{"CertificateArn": present_arn(call, certificate_id)}]
    if detail.ssl_policy:
        told["SslPolicy"] = detail.ssl_policy
    if detail.alpn:
        told["AlpnPolicy"] = list(detail.alpn)
    if port.record.protocol == "HTTPS":
        told["MutualAuthentication"] = mutual.members(call, detail.mutual)
    return told


def rule_members(call: Call, found: Ruled) -> dict[str, Any]:
    """A rule with its priority, as a text."""
    return {
        "RuleArn": found.arn,
        "Priority": str(found.record.priority),
        "Conditions": conditions.members(found.detail.conditions),
        "Actions": actions.members(call, found.detail.actions),
        "IsDefault": False,
    }


def default_rule_members(call: Call, port: Port) -> dict[str, Any]:
    """The rule that every listener has: its default actions."""
    return {
        "RuleArn": port.default_rule_arn,
        "Priority": "default",
        "Conditions": [],
        "Actions": actions.members(call, port.detail.actions),
        "IsDefault": True,
    }


def _state(call: Call, found: Balancer) -> dict[str, str]:
    """Active, but impaired while one of its listeners was seen to fail."""
    for port in ports(call, found):
        seen = listener_states.find(call.tx, port.record.listener_id)
        if seen and seen.status is ListenerStatus.FAILED:
            return {"Code": "active_impaired", "Reason": f"The listener on port {port.record.port}: {seen.reason}"}
    return {"Code": "active"}
