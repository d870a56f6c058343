"""Tags of certificates. Keys have case (ACM user guide, "Tag restrictions").

TagResource and its kin are for ACM's other resources, of which there are none here (API reference): they refuse.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from sealstone.operations.acm.named import find_certificate, named_certificate, named_resource
from sealstone.operations.acm.wording import check_keys, read_tags, tag_members
from sealstone.operations.authorization import authorize
from sealstone.operations.call import Call
from sealstone.operations.errors import ResourceNotFoundException, ValidationError
from sealstone.operations.operation import operation
from sealstone.store import certificates as stored

Tags = Sequence[Mapping[str, str]]

_OF_CERTIFICATES: Final = ":certificate/"
_TAGGING: Final = "acm:AddTagsToCertificate"


def permit_tagging(call: Call) -> None:
    """Tags that come with a certificate are a permission of their own (recorded: the denial names the action).

    Raises AccessDenied.
    """
    authorize(call, _TAGGING)


@operation("acm", on=named_certificate, access="Tagging")
def add_tags_to_certificate(call: Call, *, certificate_arn: str, tags: Tags) -> Mapping[str, Any]:
    """Add tags, or give those of the same keys another value; at most 50."""
    found = find_certificate(call, certificate_arn)
    stored.save_tags(call.tx, found.tagged(read_tags(tags, found.tags)))
    return {}


@operation("acm", on=named_certificate, access="Tagging")
def remove_tags_from_certificate(call: Call, *, certificate_arn: str, tags: Tags) -> Mapping[str, Any]:
    """Remove tags: with a value only one of that value, without whatever it has; what is not there is no error."""
    found = find_certificate(call, certificate_arn)
    check_keys(tag["Key"] for tag in tags)
    gone = {tag["Key"] for tag in tags if tag.get("Value") in (None, found.tags.get(tag["Key"]))}
    stored.save_tags(call.tx, found.tagged({key: value for key, value in found.tags.items() if key not in gone}))
    return {}


@operation("acm", on=named_certificate, access="Read")
def list_tags_for_certificate(call: Call, *, certificate_arn: str) -> Mapping[str, Any]:
    """All of them, by key."""
    return {"Tags": tag_members(find_certificate(call, certificate_arn).tags)}


@operation("acm", on=named_resource, access="Tagging")
def tag_resource(_call: Call, *, resource_arn: str, tags: Tags) -> Mapping[str, Any]:  # noqa: ARG001 - refused
    """Refuse: there is no resource of a kind that it is for."""
    _refuse(resource_arn, "AddTagsToCertificate")


@operation("acm", on=named_resource, access="Tagging")
def untag_resource(_call: Call, *, resource_arn: str, tag_keys: Sequence[str]) -> Mapping[str, Any]:  # noqa: ARG001 - refused
    """Refuse: there is no resource of a kind that it is for."""
    _refuse(resource_arn, "RemoveTagsFromCertificate")


@operation("acm", on=named_resource, access="Read")
def list_tags_for_resource(_call: Call, *, resource_arn: str) -> Mapping[str, Any]:
    """Refuse: there is no resource of a kind that it is for."""
    _refuse(resource_arn, "ListTagsForCertificate")


def _refuse(arn: str, instead: str) -> NoReturn:
    """Raises ValidationError for a certificate, ResourceNotFoundException for anything else."""
    if _OF_CERTIFICATES in arn:
        raise ValidationError(
            f"This operation is for all resource types of ACM except certificates; use {instead} for {arn}."
        )
    raise ResourceNotFoundException(f"Could not find resource {arn}.")
