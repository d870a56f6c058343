"""IAM's sentences and value forms that several resources share."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from sealstone.model import page
from sealstone.model.page import Page, PageRequest
from sealstone.operations.errors import InvalidInput, LimitExceeded, ValidationError

# IAM user guide, "Tags for IAM resources": the prefix is reserved for AWS's own use.
_RESERVED_TAG_PREFIX: Final = "aws:"
# 48 characters of up to 4 bytes and 32 of a digest stay below the 320 characters of Marker, in base64.
_ORDERED_BY: Final = 48


def explained(sentence: str, cause: str, cure: str) -> str:
    """AWS's sentence, then the exact cause and the cure, each a sentence of its own."""
    return " ".join(_sentence(part) for part in (sentence, cause, cure) if part)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def over_quota(name: str, limit: int) -> LimitExceeded:
    """The house style of quota errors."""
    return LimitExceeded(f"Cannot exceed quota for {name}: {limit}")


def page_request(marker: str | None, max_items: int | None) -> PageRequest:
    """Marker and MaxItems as a page request. Raises ValidationError on a marker that is not ours."""
    try:
        after = page.unmarked(marker) if marker else None
    except ValueError as fault:
        raise ValidationError("Invalid Marker.") from fault
    return PageRequest(size=max_items or page.DEFAULT_SIZE, after=after)


def page_members(found: Page[Any]) -> dict[str, Any]:
    """IsTruncated always, Marker only when more follow."""
    if found.last is None:
        return {"IsTruncated": False}
    return {"IsTruncated": True, "Marker": page.marker(found.last)}


def read_tags(tags: Sequence[Mapping[str, str]] | None, *, ignore_case: bool) -> dict[str, str]:
    """The sent tags as a mapping. Raises InvalidInput for a key given twice or one that AWS reserves.

    Keys of users ignore case, keys of server certificates do not (recorded; IAM user guide, id_tags).
    """
    read: dict[str, str] = {}
    seen: set[str] = set()
    for tag in tags or ():
        key = tag["Key"]
        folded = key.lower() if ignore_case else key
        if folded in seen:
            suffix = " Please note that Tag keys are case insensitive." if ignore_case else ""
            raise InvalidInput(f"Duplicate tag keys found.{suffix}")
        if key.lower().startswith(_RESERVED_TAG_PREFIX):
            raise InvalidInput(f"Tag keys beginning with aws: are reserved for AWS's own use; rename the key {key!r}.")
        seen.add(folded)
        read[key] = tag["Value"]
    return read


def tag_members(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as AWS lists them, by key."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def tags_page(tags: Mapping[str, str], marker: str | None, max_items: int | None) -> dict[str, Any]:
    """Tags by key, in pages, with the members of paging."""
    request = page_request(marker, max_items)
    rows = sorted(tag_members(tags), key=_tag_order)
    rows = [tag for tag in rows if request.after is None or _tag_order(tag) > request.after]
    found = Page.cut(rows[: request.size + 1], request.size, _tag_order)
    return {"Tags": list(found.items)} | page_members(found)


def _tag_order(tag: Mapping[str, str]) -> str:
    """The key; of a long one a part and its digest: 128 letters outside ASCII make more marker than Marker may be."""
    key = tag["Key"]
    return key if len(key) <= _ORDERED_BY else key[:_ORDERED_BY] + sha256(key.encode()).hexdigest()[:32]
