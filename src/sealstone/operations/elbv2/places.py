"""Subnets, security groups and the type of addresses: recorded and told, since there is no network of AWS here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sealstone.model.application_detail import ApplicationDetail, Subnet
from sealstone.operations.balancing_judges import conditioned, of_security_groups
from sealstone.operations.call import Call
from sealstone.operations.elbv2 import condition_keys
from sealstone.operations.elbv2.named import find_load_balancer, keep_detail, named_load_balancer
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation


@operation(
    "elbv2",
    on=named_load_balancer,
    access="Write",
    unsupported=("EnablePrefixForIpv6SourceNat",),
    judge=conditioned(condition_keys.of_subnets),
)
def set_subnets(
    call: Call,
    *,
    load_balancer_arn: str,
    subnets: Sequence[str] | None = None,
    subnet_mappings: Sequence[Mapping[str, str]] | None = None,
    ip_address_type: str | None = None,
) -> Mapping[str, Any]:
    """Replace the subnets."""
    found = find_load_balancer(call, load_balancer_arn)
    read = read_subnets(subnets, subnet_mappings)
    if not read:
        raise ValidationError("At least one subnet must be specified")
    detail = replace(found.detail, subnets=read, ip_address_type=ip_address_type or found.detail.ip_address_type)
    keep_detail(call, found, detail)
    return {"AvailabilityZones": zones(call.region, detail), "IpAddressType": detail.ip_address_type}


@operation("elbv2", on=named_load_balancer, access="Write", judge=conditioned(of_security_groups))
def set_security_groups(
    call: Call,
    *,
    load_balancer_arn: str,
    security_groups: Sequence[str],
    enforce_security_group_inbound_rules_on_private_link_traffic: str | None = None,
) -> Mapping[str, Any]:
    """Replace the security groups."""
    found = find_load_balancer(call, load_balancer_arn)
    rules = enforce_security_group_inbound_rules_on_private_link_traffic
    if rules and not found.is_network:
        raise ValidationError(
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic can only be set on load balancers with type 'network'"
        )
    groups = tuple(dict.fromkeys(security_groups))
    detail = replace(found.detail, security_groups=groups, private_link_rules=rules or found.detail.private_link_rules)
    keep_detail(call, found, detail)
    told = {"SecurityGroupIds": list(groups)}
    name = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
    return told | ({name: detail.private_link_rules} if detail.private_link_rules else {})


@operation("elbv2", on=named_load_balancer, access="Write")
def set_ip_address_type(call: Call, *, load_balancer_arn: str, ip_address_type: str) -> Mapping[str, Any]:
    """Replace the type of addresses; listeners are bound to the same address whatever it is."""
    found = find_load_balancer(call, load_balancer_arn)
    keep_detail(call, found, replace(found.detail, ip_address_type=ip_address_type))
    return {"IpAddressType": ip_address_type}


def read_subnets(subnets: Sequence[str] | None, mappings: Sequence[Mapping[str, str]] | None) -> tuple[Subnet, ...]:
    """Subnets in either form. Raises ValidationError when both are sent, and for a mapping without a subnet."""
    if subnets and mappings:
        raise ValidationError("Only one of 'Subnets' and 'SubnetMappings' can be specified")
    plain = tuple(Subnet(subnet) for subnet in dict.fromkeys(subnets or ()))
    return plain + tuple(_mapped(mapping) for mapping in mappings or ())


def zones(region: str, detail: ApplicationDetail) -> list[dict[str, Any]]:
    """The member AvailabilityZones: a zone of a made-up name for each subnet, since nobody knows where those are."""
    letters = "abcdef"
    return [
        {
            "ZoneName": f"{region}{letters[number % len(letters)]}",
            "SubnetId": subnet.subnet_id,
            "LoadBalancerAddresses": _addresses(subnet),
        }
        for number, subnet in enumerate(detail.subnets)
    ]


def _addresses(subnet: Subnet) -> list[dict[str, str]]:
    told = {
        "AllocationId": subnet.allocation_id,
        "PrivateIPv4Address": subnet.private_ipv4,
        "IPv6Address": subnet.ipv6,
    }
    address = {name: value for name, value in told.items() if value}
    return [address] if address else []


def _mapped(mapping: Mapping[str, str]) -> Subnet:
    if not mapping.get("SubnetId"):
        raise ValidationError("A subnet mapping must have a SubnetId")
    return Subnet(
        mapping["SubnetId"],
        mapping.get("AllocationId"),
        mapping.get("PrivateIPv4Address"),
        mapping.get("IPv6Address"),
        mapping.get("SourceNatIpv6Prefix"),
    )
