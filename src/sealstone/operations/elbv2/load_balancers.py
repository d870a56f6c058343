"""Application and network load balancers: create, describe, delete."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.model import balancing_quota, ids
from sealstone.model.application_detail import ApplicationDetail, Subnet, document_of
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.operations import listening_addresses
from sealstone.operations.balancing_errors import DuplicateLoadBalancerName, LoadBalancerNotFound, TooManyLoadBalancers
from sealstone.operations.balancing_judges import INTERNET_FACING, conditioned
from sealstone.operations.call import Call
from sealstone.operations.elbv2 import condition_keys, serving
from sealstone.operations.elbv2.attributes import DELETION_PROTECTION, value_of
from sealstone.operations.elbv2.descriptions import load_balancer_members
from sealstone.operations.elbv2.errors import OperationNotPermitted
from sealstone.operations.elbv2.named import (
    Balancer,
    everything,
    find_load_balancer,
    lookup_load_balancer,
    named_load_balancer,
    new_load_balancer,
)
from sealstone.operations.elbv2.places import read_subnets
from sealstone.operations.elbv2.wording import conflict, page_members, page_request, read_tags
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import load_balancers, quotas

INTERNAL: Final = "internal"
_LONGEST_NAME: Final = 32
_NAME: Final = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
_QUOTAS: Final = {
    Kind.APPLICATION: balancing_quota.APPLICATION_LOAD_BALANCERS,
    Kind.NETWORK: balancing_quota.NETWORK_LOAD_BALANCERS,
}
_NETWORKS_OF_AWS: Final = ("CustomerOwnedIpv4Pool", "EnablePrefixForIpv6SourceNat", "IpamPools")


@operation(
    "elbv2",
    on=new_load_balancer,
    access="Write",
    unsupported=_NETWORKS_OF_AWS,
    judge=conditioned(condition_keys.of_load_balancer, tagging=new_load_balancer),
)
def create_load_balancer(
    call: Call,
    *,
    name: str,
    subnets: Sequence[str] | None = None,
    subnet_mappings: Sequence[Mapping[str, str]] | None = None,
    security_groups: Sequence[str] | None = None,
    scheme: str | None = None,
    tags: Sequence[Mapping[str, str]] | None = None,
    type: str | None = None,  # noqa: A002 - AWS's name
    ip_address_type: str | None = None,
) -> Mapping[str, Any]:
    """Create it without listeners; again with the same settings it only tells of the one that is there (recorded)."""
    _check_name(name)
    kind = _kind(type)
    detail = ApplicationDetail(
        dns_name="",
        scheme=scheme or INTERNET_FACING,
        subnets=_subnets(subnets, subnet_mappings),
        security_groups=tuple(dict.fromkeys(security_groups or ())),
        ip_address_type=ip_address_type or "ipv4",
        tags=read_tags(tags),
    )
    there = load_balancers.find(call.tx, call.account_id, call.region, Generation.V2, name)
    found = _present(call, there, kind, detail) if there else _created(call, name, kind, detail)
    return {"LoadBalancers": [load_balancer_members(call, found, new=there is None)]}


@operation("elbv2", on=named_load_balancer, access="Write")
def delete_load_balancer(call: Call, *, load_balancer_arn: str) -> Mapping[str, Any]:
    """Delete it with its listeners and their rules; one that is not there is no error (API reference)."""
    found = lookup_load_balancer(call, load_balancer_arn)
    if found:
        if value_of(found, DELETION_PROTECTION) == "true":
            raise OperationNotPermitted(
                f"Load balancer '{found.arn}' cannot be deleted because deletion protection is enabled"
            )
        serving.end_all(call, found)
        load_balancers.remove(call.tx, found.record)
    return {}


@operation("elbv2", on=everything, access="Read")
def describe_load_balancers(
    call: Call,
    *,
    load_balancer_arns: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    marker: str | None = None,
    page_size: int | None = None,
) -> Mapping[str, Any]:
    """Those named by ARN or by name, or all of the region by name, in pages of at most 400."""
    if load_balancer_arns and names:
        raise ValidationError("Load balancer names and ARNs cannot be specified at the same time")
    if load_balancer_arns or names:
        by_arn = [find_load_balancer(call, arn) for arn in dict.fromkeys(load_balancer_arns or ())]
        chosen = by_arn or [_with_name(call, name) for name in dict.fromkeys(names or ())]
        return {"LoadBalancers": [load_balancer_members(call, found) for found in chosen]}
    page = load_balancers.page(call.tx, call.account_id, call.region, Generation.V2, page_request(marker, page_size))
    found = [load_balancer_members(call, Balancer.of(record)) for record in page.items]
    return {"LoadBalancers": found} | page_members(page)


# --- steps of creating ---


def _created(call: Call, name: str, kind: Kind, detail: ApplicationDetail) -> Balancer:
    limit = quotas.value(call.tx, call.account_id, _QUOTAS[kind])
    if load_balancers.count_kind(call.tx, call.account_id, call.region, kind) >= limit:
        raise TooManyLoadBalancers(
            f"The quota of {limit} {kind} load balancers in {call.region} has been reached; "
            f"delete one, or raise the quota {_QUOTAS[kind].name}."
        )
    unique_id = ids.new_balancing(call.house.chance)
    named = replace(detail, dns_name=_dns_name(call, name, kind, detail.scheme, unique_id))
    record = LoadBalancer(
        account_id=call.account_id,
        unique_id=unique_id,
        region=call.region,
        generation=Generation.V2,
        kind=kind,
        name=name,
        address=_address(call),
        create_date=call.now.replace(microsecond=0),
        document=document_of(named),
    )
    load_balancers.add(call.tx, record)
    return Balancer(record, named)


def _address(call: Call) -> str:
    """An unused address of the settings, else the one with the fewest load balancers."""
    found = listening_addresses.choose(call.house.balancing, load_balancers.addresses(call.tx), (), ())
    if found is None:
        raise conflict(
            "There is no address for a load balancer.",
            "The setting listener_addresses names none;",
            "give it an address of this machine, or a network.",
        )
    return found


def _dns_name(call: Call, name: str, kind: Kind, scheme: str, unique_id: str) -> str:
    """As AWS's: with digits of an application load balancer, with the id of a network one."""
    domain = call.house.balancing.domain
    if kind is Kind.NETWORK:
        return f"{name}-{unique_id}.elb.{call.region}.{domain}"
    digits = int.from_bytes(call.house.chance(5), "big") % 10**10
    prefix = "internal-" if scheme == INTERNAL else ""
    return f"{prefix}{name}-{digits:010d}.{call.region}.elb.{domain}"


def _present(call: Call, there: LoadBalancer, kind: Kind, detail: ApplicationDetail) -> Balancer:
    """Raises DuplicateLoadBalancerName unless every setting is the one that is there."""
    found = Balancer.of(there)
    call.found[found.arn] = found
    if there.kind is not kind or _settings(found.detail) != _settings(detail):
        raise DuplicateLoadBalancerName(
            f"A load balancer with the same name '{there.name}' exists, but with different settings"
        )
    return found


def _settings(detail: ApplicationDetail) -> tuple[object, ...]:
    """What a creation sets; in which order subnets and security groups are named says nothing [inferred]."""
    places = (frozenset(detail.subnets), frozenset(detail.security_groups))
    return (detail.scheme, detail.ip_address_type, dict(detail.tags), *places)


def _check_name(name: str) -> None:
    """Raises ValidationError."""
    if len(name) > _LONGEST_NAME:
        raise ValidationError(f"The load balancer name '{name}' cannot be longer than '{_LONGEST_NAME}' characters")
    if not _NAME.fullmatch(name):
        raise ValidationError(
            f"The load balancer name '{name}' can only contain characters that are alphanumeric characters or "
            "hyphens(-)"
        )
    if name.startswith("-") or name.endswith("-"):
        raise ValidationError(f"The load balancer name '{name}' cannot begin or end with a hyphen(-)")
    if name.startswith("internal-"):
        raise ValidationError(f"The load balancer name '{name}' cannot begin with 'internal-'")


def _kind(sent: str | None) -> Kind:
    if sent == "gateway":
        raise conflict(
            "Load balancers of type gateway are not offered here.",
            "They hand IP packets to appliances in a network of AWS.",
            "Create one of type application or network.",
        )
    return Kind(sent) if sent else Kind.APPLICATION


def _subnets(subnets: Sequence[str] | None, mappings: Sequence[Mapping[str, str]] | None) -> tuple[Subnet, ...]:
    found = read_subnets(subnets, mappings)
    if not found:
        raise ValidationError("At least one subnet must be specified")
    return found


def _with_name(call: Call, name: str) -> Balancer:
    record = load_balancers.find(call.tx, call.account_id, call.region, Generation.V2, name)
    if record is None:
        raise LoadBalancerNotFound(f"Load balancers '[{name}]' not found")
    return Balancer.of(record)
