"""Tags of users: add, remove, list. Keys differ by more than case, and the case that was given is kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from sealstone.model import quota
from sealstone.operations.call import Call
from sealstone.operations.iam.users import find_user, named_user
from sealstone.operations.iam.wording import over_quota, read_tags, tags_page
from sealstone.operations.operation import operation
from sealstone.store import users as stored


@operation("iam", on=named_user, access="Tagging")
def tag_user(call: Call, *, user_name: str, tags: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
    """Add or overwrite tags; at most 50 on one user."""
    user = find_user(call, user_name)
    tagged = user.tagged(read_tags(tags, ignore_case=True))
    if len(tagged.tags) > quota.USER_TAGS.default:
        raise over_quota(quota.USER_TAGS.name, quota.USER_TAGS.default)
    stored.save(call.tx, tagged)
    return {}


@operation("iam", on=named_user, access="Tagging")
def untag_user(call: Call, *, user_name: str, tag_keys: Sequence[str]) -> Mapping[str, Any]:
    """Remove tags; a key that is not there is no error."""
    stored.save(call.tx, find_user(call, user_name).untagged(tag_keys))
    return {}


@operation("iam", on=named_user, access="List")
def list_user_tags(
    call: Call, *, user_name: str, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """The tags by key, in pages."""
    return tags_page(find_user(call, user_name).tags, marker, max_items)
