"""Classic load balancers: create, describe, delete, and the limits of the account."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.model import ids, quota
from sealstone.model.classic_detail import ClassicDetail, HealthCheck, document_of
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.operations import listening_addresses
from sealstone.operations.balancing_errors import (
    DuplicateLoadBalancerName,
    InvalidScheme,
    TooManyLoadBalancers,
    TooManyTags,
)
from sealstone.operations.balancing_judges import INTERNET_FACING, conditioned
from sealstone.operations.call import Call
from sealstone.operations.elb import condition_keys, listening, serving
from sealstone.operations.elb.descriptions import described
from sealstone.operations.elb.listening import Wanted
from sealstone.operations.elb.named import (
    Classic,
    all_load_balancers,
    find_active,
    lookup,
    named_load_balancer,
    ports,
)
from sealstone.operations.elb.wording import page_members, page_request, read_tags
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import listener_states, load_balancers, quotas
from sealstone.store import listeners as stored_listeners

Tag = Mapping[str, str]

INTERNAL: Final = "internal"
_LONGEST_NAME: Final = 32
_NAME: Final = re.compile(r"[A-Za-z0-9-]+")


@operation(
    "elb",
    on=named_load_balancer,
    access="Write",
    judge=conditioned(condition_keys.of_load_balancer, tagging=named_load_balancer),
)
def create_load_balancer(
    call: Call,
    *,
    load_balancer_name: str,
    listeners: Sequence[Mapping[str, Any]],
    availability_zones: Sequence[str] | None = None,
    subnets: Sequence[str] | None = None,
    security_groups: Sequence[str] | None = None,
    scheme: str | None = None,
    tags: Sequence[Tag] | None = None,
) -> Mapping[str, Any]:
    """Create it with its listeners; again with the same settings it only tells the DNS name (recorded)."""
    _check_name(load_balancer_name)
    _check_places(availability_zones, subnets)
    wanted = listening.read(call, listeners)
    listening.check_instance_ports(wanted)
    detail = ClassicDetail(
        dns_name="",
        health=HealthCheck(f"TCP:{wanted[0].instance_port}"),
        scheme=_scheme(scheme),
        security_groups=tuple(security_groups or ()),
        tags=_tags(tags),
        zones=tuple(dict.fromkeys(availability_zones or ())),
        subnets=tuple(dict.fromkeys(subnets or ())),
    )
    there = lookup(call, load_balancer_name)
    if there:
        _check_same(call, there, detail, wanted)
        return {"DNSName": there.detail.dns_name}
    return {"DNSName": _created(call, load_balancer_name, detail, wanted)}


@operation("elb", on=named_load_balancer, access="Write")
def delete_load_balancer(call: Call, *, load_balancer_name: str) -> Mapping[str, Any]:
    """Delete it with its listeners and policies; one that is not there is no error (API reference)."""
    found = lookup(call, load_balancer_name)
    if found:
        for listener in stored_listeners.of(call.tx, call.account_id, found.record.unique_id):
            serving.end(call, listener)
        listener_states.remove_targets(call.tx, found.record.unique_id)
        load_balancers.remove(call.tx, found.record)
    return {}


@operation("elb", on=all_load_balancers, access="Read")
def describe_load_balancers(
    call: Call,
    *,
    load_balancer_names: Sequence[str] | None = None,
    marker: str | None = None,
    page_size: int | None = None,
) -> Mapping[str, Any]:
    """Those named, or all of the region by name, in pages of at most 400."""
    if load_balancer_names:
        found = [find_active(call, name) for name in dict.fromkeys(load_balancer_names)]
        return {"LoadBalancerDescriptions": [described(call, item.record) for item in found]}
    page = load_balancers.page(
        call.tx, call.account_id, call.region, Generation.CLASSIC, page_request(marker, page_size)
    )
    return {"LoadBalancerDescriptions": [described(call, item) for item in page.items]} | page_members(page)


@operation("elb", on=all_load_balancers, access="Read")
def describe_account_limits(
    call: Call,
    *,
    marker: str | None = None,
    page_size: int | None = None,
) -> Mapping[str, Any]:
    """The account's quotas by AWS's names; they fit into one page always."""
    page_request(marker, page_size)
    limits = {
        "classic-load-balancers": quota.CLASSIC_LOAD_BALANCERS,
        "classic-listeners": quota.CLASSIC_LISTENERS,
        "classic-registered-instances": quota.CLASSIC_INSTANCES,
    }
    return {
        "Limits": [
            {"Name": name, "Max": str(quotas.value(call.tx, call.account_id, limit))} for name, limit in limits.items()
        ]
    }


# --- steps of creating ---


def _created(call: Call, name: str, detail: ClassicDetail, wanted: Sequence[Wanted]) -> str:
    """Store it all; the DNS name."""
    limit = quotas.value(call.tx, call.account_id, quota.CLASSIC_LOAD_BALANCERS)
    if load_balancers.count(call.tx, call.account_id, call.region, Generation.CLASSIC) >= limit:
        raise TooManyLoadBalancers(
            f"The quota of {limit} load balancers in {call.region} has been reached; "
            f"delete one, or raise the quota {quota.CLASSIC_LOAD_BALANCERS.name}."
        )
    address = _address(call, [one.port for one in wanted])
    named = replace(detail, dns_name=_dns_name(call, name, detail.scheme))
    record = LoadBalancer(
        account_id=call.account_id,
        unique_id=ids.new_balancing(call.house.chance),
        region=call.region,
        generation=Generation.CLASSIC,
        kind=Kind.CLASSIC,
        name=name,
        address=address,
        create_date=call.now.replace(microsecond=0),
        document=document_of(named),
    )
    load_balancers.add(call.tx, record)
    serving.begin(call, Classic(record, named), wanted)
    return named.dns_name


def _address(call: Call, numbers: Sequence[int]) -> str:
    """An address of the settings at which all ports are free."""
    balancing = call.house.balancing
    listening.check_bindable(balancing, numbers)
    bound = stored_listeners.bound(call.tx)
    found = listening_addresses.choose(balancing, load_balancers.addresses(call.tx), bound, numbers)
    if found is None:
        busy = {port for _, port in bound}
        raise listening.port_taken(next((number for number in numbers if number in busy), numbers[0]))
    return found


def _dns_name(call: Call, name: str, scheme: str) -> str:
    """As AWS's: name, digits, region; `internal-` before the name when it is."""
    digits = int.from_bytes(call.house.chance(5), "big") % 10**10
    prefix = "internal-" if scheme == INTERNAL else ""
    return f"{prefix}{name}-{digits:010d}.{call.region}.elb.{call.house.balancing.domain}"


def _check_name(name: str) -> None:
    """Raises ValidationError in AWS's words (recorded)."""
    if len(name) > _LONGEST_NAME:
        raise ValidationError("LoadBalancer name cannot be longer than 32 characters")
    if not _NAME.fullmatch(name):
        raise ValidationError(
            "LoadBalancer name cannot contain characters that are not letters, or digits or the dash."
        )
    if name.startswith("-") or name.endswith("-"):
        raise ValidationError("LoadBalancer name cannot start or end with the dash.")


def _scheme(scheme: str | None) -> str:
    if scheme not in (None, INTERNAL, INTERNET_FACING):
        raise InvalidScheme(f"Scheme must be internet-facing or internal, and is '{scheme}'.")
    return scheme or INTERNET_FACING


def _check_places(zones: Sequence[str] | None, subnets: Sequence[str] | None) -> None:
    """One kind of them must be named, although there is no network of AWS here. Raises ValidationError."""
    if zones and subnets:
        raise ValidationError("Only one of SubnetIds or AvailabilityZones may be specified")
    if not zones and not subnets:
        raise ValidationError("Either AvailabilityZones or SubnetIds must be specified")


def _tags(tags: Sequence[Tag] | None) -> dict[str, str]:
    read = read_tags(tags)
    if len(read) > quota.CLASSIC_TAGS.default:
        raise TooManyTags(f"A load balancer can have {quota.CLASSIC_TAGS.default} tags.")
    return read


def _settings(detail: ClassicDetail) -> tuple[object, ...]:
    """What a creation sets beside listeners; in which order places are named says nothing [inferred]."""
    places = (frozenset(named) for named in (detail.zones, detail.subnets, detail.security_groups))
    return (detail.scheme, dict(detail.tags), *places)


def _check_same(call: Call, there: Classic, detail: ClassicDetail, wanted: Sequence[Wanted]) -> None:
    """Raises DuplicateLoadBalancerName unless every setting is the one that is there."""
    same = _settings(there.detail) == _settings(detail)
    present = {port.record.port: port for port in ports(call, there)}
    same = same and present.keys() == {one.port for one in wanted}
    if not same or not all(
        listening.is_same(present[one.port], one, serving.certificate_of(call, present[one.port])) for one in wanted
    ):
        raise DuplicateLoadBalancerName(
            f"Load Balancer named {there.record.name} already exists and it is configured with different parameters."
        )
