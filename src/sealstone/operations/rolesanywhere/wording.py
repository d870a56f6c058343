"""Value forms and sentences that the resources of Roles Anywhere share."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sealstone.model import page
from sealstone.model.page import Page, PageRequest
from sealstone.model.quota import ROLES_ANYWHERE_TAGS, Quota
from sealstone.operations.call import Call
from sealstone.operations.errors import TooManyTagsException, ValidationError
from sealstone.policy.problems import MalformedPolicyDocument
from sealstone.store import quotas
from sealstone.x509.problems import X509Problem

_LARGEST_PAGE: Final = 1000
_RESERVED: Final = "aws:"


def page_request(next_token: str | None, page_size: int | None) -> PageRequest:
    """Raises ValidationError for a token that is not ours, and for a size out of range [inferred]."""
    if page_size is not None and not 1 <= page_size <= _LARGEST_PAGE:
        raise ValidationError(f"pageSize must be from 1 to {_LARGEST_PAGE}.")
    try:
        after = page.unmarked(next_token) if next_token else None
    except ValueError as fault:
        raise ValidationError("The nextToken is not one that a listing here gave; begin anew without it.") from fault
    return PageRequest(size=page_size or page.DEFAULT_SIZE, after=after)


def page_members(found: Page[Any]) -> dict[str, str]:
    """`nextToken`, when more follow."""
    return {} if found.last is None else {"nextToken": page.marker(found.last)}


def read_tags(sent: Sequence[Mapping[str, str]], kept: Mapping[str, str]) -> dict[str, str]:
    """The kept ones with those sent. Raises ValidationError for a key given twice or reserved, TooManyTagsException."""
    keys = [tag["key"] for tag in sent]
    if len(set(keys)) != len(keys):
        raise ValidationError("A tag key is given twice.")
    if any(key.lower().startswith(_RESERVED) for key in keys):
        raise ValidationError("Tag keys that begin with aws: are reserved; use another key.")
    tags = {**kept, **{tag["key"]: tag["value"] for tag in sent}}
    if len(tags) > ROLES_ANYWHERE_TAGS.default:
        raise TooManyTagsException(f"A resource has at most {ROLES_ANYWHERE_TAGS.default} tags.")
    return tags


def check_quota(call: Call, quota: Quota, count: int) -> None:
    """Raises ValidationError, the one error that the model has for it [inferred], unless there is room for one."""
    limit = quotas.value(call.tx, call.account_id, quota)
    if count >= limit:
        raise ValidationError(f"Cannot exceed quota for {quota.name}: {limit}")


def refused(problem: X509Problem | MalformedPolicyDocument, what: str) -> ValidationError:
    """A finding as the model's one error for it: what cannot be taken, why, and the cure."""
    sentences = (f"{what} cannot be accepted: {problem.cause}", problem.cure)
    return ValidationError(" ".join(f"{one[:1].upper()}{one[1:].rstrip('.')}." for one in sentences if one))
