"""Sentences and value forms that several operations of the second generation share."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from sealstone.model import page
from sealstone.model.balancing_quota import TAGS
from sealstone.model.page import Page, PageRequest
from sealstone.operations.balancing_errors import DuplicateTagKeys, TooManyTags
from sealstone.operations.elbv2.errors import InvalidConfigurationRequest
from sealstone.operations.errors import ValidationError

LARGEST_PAGE: Final = 400

T = TypeVar("T")


def conflict(sentence: str, cause: str = "", cure: str = "") -> InvalidConfigurationRequest:
    """What is asked does not fit: AWS's sentence or ours, the exact cause, the cure."""
    return InvalidConfigurationRequest(" ".join(part for part in (sentence, cause, cure) if part))


def page_request(marker: str | None, page_size: int | None) -> PageRequest:
    """Marker and PageSize as a page request. Raises ValidationError on a marker that is not ours."""
    try:
        after = page.unmarked(marker) if marker else None
    except ValueError as fault:
        raise ValidationError("Invalid Marker.") from fault
    return PageRequest(size=page_size or LARGEST_PAGE, after=after)


def page_members(found: Page[Any]) -> dict[str, str]:
    """NextMarker, when more follow."""
    return {} if found.last is None else {"NextMarker": page.marker(found.last)}


def cut(
    items: Sequence[T], marker: str | None, page_size: int | None, sort_key: Callable[[T], str]
) -> tuple[tuple[T, ...], dict[str, str]]:
    """One page of what is all at hand, sorted by `sort_key`, and NextMarker. Raises ValidationError."""
    request = page_request(marker, page_size)
    left = [item for item in items if request.after is None or sort_key(item) > request.after]
    found = Page.cut(left[: request.size + 1], request.size, sort_key)
    return found.items, page_members(found)


def read_tags(tags: Sequence[Mapping[str, str]] | None, there: Mapping[str, str] | None = None) -> dict[str, str]:
    """The sent tags added to those that are there. Raises DuplicateTagKeys, TooManyTags and ValidationError."""
    sent: dict[str, str] = {}
    for tag in tags or ():
        key = tag["Key"]
        if key in sent:
            raise DuplicateTagKeys(f"The tag key '{key}' was sent more than once; send each key once.")
        if key.lower().startswith("aws:"):
            raise ValidationError(f"Tag keys beginning with aws: are reserved for AWS's own use; rename '{key}'.")
        sent[key] = tag.get("Value", "")
    joined = {**(there or {}), **sent}
    if len(joined) > TAGS.default:
        raise TooManyTags(f"A resource can have {TAGS.default} tags; remove some first.")
    return joined


def tag_members(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags by key."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]
