"""Tags of trust anchors, profiles and revocation lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from sealstone.model.profile import Profile
from sealstone.model.trust_anchor import TrustAnchor
from sealstone.operations.call import Call
from sealstone.operations.operation import operation
from sealstone.operations.rolesanywhere.resources import Tagged, lookup_arn, named_by_arn, not_found
from sealstone.operations.rolesanywhere.wording import read_tags
from sealstone.store.profiles import PROFILES
from sealstone.store.revocation_lists import LISTS
from sealstone.store.trust_anchors import ANCHORS


@operation("rolesanywhere", on=named_by_arn, access="Tagging")
def tag_resource(call: Call, *, resource_arn: str, tags: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
    """Add tags, or change those of the same keys, which have case here [inferred]."""
    found = _find(call, resource_arn)
    _save(call, found.tagged(read_tags(tags, found.tags)))
    return {}


@operation("rolesanywhere", on=named_by_arn, access="Tagging")
def untag_resource(call: Call, *, resource_arn: str, tag_keys: Sequence[str]) -> Mapping[str, Any]:
    """Remove tags; a key that is not there is no error."""
    found = _find(call, resource_arn)
    _save(call, found.tagged({key: value for key, value in found.tags.items() if key not in tag_keys}))
    return {}


@operation("rolesanywhere", on=named_by_arn, access="List")
def list_tags_for_resource(call: Call, *, resource_arn: str) -> Mapping[str, Any]:
    """All of them, by key."""
    found = _find(call, resource_arn)
    return {"tags": [{"key": key, "value": value} for key, value in sorted(found.tags.items())]}


def _find(call: Call, resource_arn: str) -> Tagged:
    found = lookup_arn(call, resource_arn)
    if found is None:
        raise not_found("resource", resource_arn)
    return found


def _save(call: Call, record: Tagged) -> None:
    match record:
        case TrustAnchor():
            ANCHORS.save(call.tx, record)
        case Profile():
            PROFILES.save(call.tx, record)
        case _:
            LISTS.save(call.tx, record)
