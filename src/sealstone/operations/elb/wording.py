"""Sentences and value forms that several operations of the classic load balancers share."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sealstone.model import page
from sealstone.model.page import Page, PageRequest
from sealstone.operations.balancing_errors import DuplicateTagKeys, InvalidConfigurationRequest
from sealstone.operations.errors import ValidationError

_LARGEST_PAGE: Final = 400


def conflict(sentence: str, cause: str = "", cure: str = "") -> InvalidConfigurationRequest:
    """What is asked does not fit: AWS's sentence or ours, the exact cause, the cure."""
    return InvalidConfigurationRequest(" ".join(part for part in (sentence, cause, cure) if part))


def page_request(marker: str | None, page_size: int | None) -> PageRequest:
    """Marker and PageSize as a page request. Raises ValidationError on a marker that is not ours."""
    try:
        after = page.unmarked(marker) if marker else None
    except ValueError as fault:
        raise ValidationError("Invalid Marker.") from fault
    return PageRequest(size=page_size or _LARGEST_PAGE, after=after)


def page_members(found: Page[Any]) -> dict[str, str]:
    """NextMarker, when more follow."""
    return {} if found.last is None else {"NextMarker": page.marker(found.last)}


def read_tags(tags: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    """The sent tags. Raises DuplicateTagKeys, and ValidationError for a key that AWS reserves."""
    read: dict[str, str] = {}
    for tag in tags or ():
        key = tag["Key"]
        if key in read:
            raise DuplicateTagKeys(f"The tag key '{key}' was sent more than once; send each key once.")
        if key.lower().startswith("aws:"):
            raise ValidationError(f"Tag keys beginning with aws: are reserved for AWS's own use; rename '{key}'.")
        read[key] = tag.get("Value", "")
    return read


def tag_members(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags by key."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]
