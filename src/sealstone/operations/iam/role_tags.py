"""Tags of roles: add, remove, list. Keys differ by more than case, and the case that was given is kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from sealstone.model import quota
from sealstone.operations.call import Call
from sealstone.operations.iam.roles import find_role, named_role
from sealstone.operations.iam.wording import over_quota, read_tags, tags_page
from sealstone.operations.operation import operation
from sealstone.store import roles as stored


@operation("iam", on=named_role, access="Tagging")
def tag_role(call: Call, *, role_name: str, tags: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
    """Add or overwrite tags; at most 50 on one role."""
    role = find_role(call, role_name)
    tagged = role.tagged(read_tags(tags, ignore_case=True))
    if len(tagged.tags) > quota.TAGS_PER_ROLE.default:
        raise over_quota(quota.TAGS_PER_ROLE.name, quota.TAGS_PER_ROLE.default)
    stored.save(call.tx, tagged)
    return {}


@operation("iam", on=named_role, access="Tagging")
def untag_role(call: Call, *, role_name: str, tag_keys: Sequence[str]) -> Mapping[str, Any]:
    """Remove tags; a key that is not there is no error."""
    stored.save(call.tx, find_role(call, role_name).untagged(tag_keys))
    return {}


@operation("iam", on=named_role, access="List")
def list_role_tags(
    call: Call, *, role_name: str, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """The tags by key, in pages."""
    return tags_page(find_role(call, role_name).tags, marker, max_items)
