"""Tags of classic load balancers: add, remove, describe."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sealstone.model import quota
from sealstone.operations.balancing_errors import TooManyTags
from sealstone.operations.call import Call
from sealstone.operations.elb.named import find, keep, named_load_balancers
from sealstone.operations.elb.wording import read_tags, tag_members
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation


@operation("elb", on=named_load_balancers, access="Tagging")
def add_tags(call: Call, *, load_balancer_names: Sequence[str], tags: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
    """Add or overwrite tags of one load balancer."""
    found = find(call, _one(load_balancer_names))
    joined = {**found.detail.tags, **read_tags(tags)}
    if len(joined) > quota.CLASSIC_TAGS.default:
        raise TooManyTags(f"A load balancer can have {quota.CLASSIC_TAGS.default} tags; remove some first.")
    keep(call, found, replace(found.detail, tags=joined))
    return {}


@operation("elb", on=named_load_balancers, access="Tagging")
def remove_tags(
    call: Call, *, load_balancer_names: Sequence[str], tags: Sequence[Mapping[str, str]]
) -> Mapping[str, Any]:
    """Remove tags of one load balancer; a key that is not there is no error."""
    found = find(call, _one(load_balancer_names))
    gone = {tag.get("Key") for tag in tags}
    keep(call, found, replace(found.detail, tags={k: v for k, v in found.detail.tags.items() if k not in gone}))
    return {}


@operation("elb", on=named_load_balancers, access="Read")
def describe_tags(call: Call, *, load_balancer_names: Sequence[str]) -> Mapping[str, Any]:
    """The tags of up to 20 load balancers."""
    found = [find(call, name) for name in dict.fromkeys(load_balancer_names)]
    return {
        "TagDescriptions": [
            {"LoadBalancerName": item.record.name, "Tags": tag_members(item.detail.tags)} for item in found
        ]
    }


def _one(names: Sequence[str]) -> str:
    """Although it is a list, these operations take one (API reference). Raises ValidationError."""
    if len(set(names)) != 1:
        raise ValidationError("You can specify one load balancer only.")
    return names[0]
