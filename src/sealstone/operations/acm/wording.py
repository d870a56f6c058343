"""Value forms and sentences that ACM's resources share."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sealstone.model import certificate_quota as quota
from sealstone.operations.acm.errors import InvalidTagException
from sealstone.operations.errors import TooManyTagsException, ValidationError

_RESERVED: Final = "aws:"


def explained(sentence: str, cause: str, cure: str) -> str:
    """AWS's sentence, then the exact cause and the cure, each a sentence of its own."""
    return " ".join(_sentence(part) for part in (sentence, cause, cure) if part)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def read_tags(sent: Sequence[Mapping[str, str]], kept: Mapping[str, str]) -> dict[str, str]:
    """The kept ones with those sent; a tag without a value has an empty one.

    Raises InvalidTagException for a key that AWS reserves, ValidationError for one given twice, TooManyTagsException.
    """
    check_keys(tag["Key"] for tag in sent)
    keys = [tag["Key"] for tag in sent]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise ValidationError(f"The tag key {twice!r} is given more than once; give each key once.")
    tags = {**kept, **{tag["Key"]: tag.get("Value", "") for tag in sent}}
    if len(tags) > quota.TAGS.default:
        raise TooManyTagsException(
            f"The certificate would have {len(tags)} tags, and {quota.TAGS.default} is the most; remove some first."
        )
    return tags


def check_keys(keys: Iterable[str]) -> None:
    """Raises InvalidTagException for keys that AWS has reserved for itself."""
    for key in keys:
        if key.lower().startswith(_RESERVED):
            raise InvalidTagException(
                f"Invalid Tag Key: {key!r}. AWS internal tags cannot be changed with this API; choose a key that does "
                "not begin with aws:."
            )


def tag_members(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as AWS lists them, by key."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]
