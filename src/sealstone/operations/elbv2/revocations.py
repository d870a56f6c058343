"""Revocation lists of trust stores: add, remove, describe, and hand out again. They come from files, as bundles do."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sealstone.model.target_group_detail import Revocation
from sealstone.operations.call import Call
from sealstone.operations.elbv2.errors import (
    InvalidRevocationContent,
    RevocationContentNotFound,
    RevocationIdNotFound,
    TooManyTrustStoreRevocationEntries,
)
from sealstone.operations.elbv2.trusts import Trust, find_trust_store, keep_trust_store, named_trust_store
from sealstone.operations.elbv2.wording import cut
from sealstone.operations.errors import InvalidInput, ValidationError
from sealstone.operations.operation import operation
from sealstone.store import trust_files
from sealstone.x509 import pem, revocation, standing_lists, trust_bundle
from sealstone.x509.description import CertificateDescription
from sealstone.x509.problems import Part, X509Problem
from sealstone.x509.trust_bundle import RevocationFile

MOST_LISTS: Final = 30
"""Of one trust store (application guide, "Quotas")."""
MOST_ENTRIES: Final = 500_000
"""Of all lists of one trust store together."""
_KIND: Final = "CRL"
_LOCATION: Final = "data:application/pkix-crl;base64,"
# Ids are numbers; written so, texts sort as they do.
_DIGITS: Final = 19

Content = Mapping[str, str]


@operation("elbv2", on=named_trust_store, access="Write")
def add_trust_store_revocations(
    call: Call, *, trust_store_arn: str, revocation_contents: Sequence[Content] | None = None
) -> Mapping[str, Any]:
    """Add lists that authorities of the trust store made, all of them or none."""
    found = find_trust_store(call, trust_store_arn)
    authorities = trust_bundle.stored(found.record.bundle).authorities
    lists = [_read(call, content, authorities) for content in revocation_contents or ()]
    _check_together(found, lists, authorities)
    detail = found.detail.with_lists((one.entries, one.text) for one in lists)
    if len(detail.revocations) > MOST_LISTS or detail.revoked > MOST_ENTRIES:
        raise TooManyTrustStoreRevocationEntries(
            f"A trust store can have {MOST_LISTS} revocation lists with {MOST_ENTRIES} entries together; remove lists "
            "that newer ones have replaced."
        )
    kept = keep_trust_store(call, found, detail)
    added = kept.detail.revocations[len(found.detail.revocations) :]
    return {"TrustStoreRevocations": [_members(kept, one) for one in added]}


@operation("elbv2", on=named_trust_store, access="Write")
def remove_trust_store_revocations(
    call: Call, *, trust_store_arn: str, revocation_ids: Sequence[int]
) -> Mapping[str, Any]:
    """Remove lists: whom they revoke gets through again."""
    found = find_trust_store(call, trust_store_arn)
    gone = [_find(found, number).revocation_id for number in revocation_ids]
    keep_trust_store(call, found, found.detail.without_lists(gone))
    return {}


@operation("elbv2", on=named_trust_store, access="Read")
def describe_trust_store_revocations(
    call: Call,
    *,
    trust_store_arn: str,
    revocation_ids: Sequence[int] | None = None,
    marker: str | None = None,
    page_size: int | None = None,
) -> Mapping[str, Any]:
    """Those that are named, or all of the trust store by id."""
    found = find_trust_store(call, trust_store_arn)
    if revocation_ids:
        wanted = [_find(found, number) for number in dict.fromkeys(revocation_ids)]
        return {"TrustStoreRevocations": [_members(found, one) for one in wanted]}
    page, more = cut(found.detail.revocations, marker, page_size, lambda one: f"{one.revocation_id:0{_DIGITS}}")
    return {"TrustStoreRevocations": [_members(found, one) for one in page]} | more


@operation("elbv2", on=named_trust_store, access="Read")
def get_trust_store_revocation_content(call: Call, *, trust_store_arn: str, revocation_id: int) -> Mapping[str, Any]:
    """The list in DER as a URL of the scheme `data` (RFC 2397): AWS's is one that S3 answers for ten minutes."""
    text = _find(find_trust_store(call, trust_store_arn), revocation_id).text
    content = next(pem.blocks(pem.normalised(text), Part.CERTIFICATE)).der()
    return {"Location": _LOCATION + base64.b64encode(content).decode()}


def _read(call: Call, content: Content, authorities: Sequence[CertificateDescription]) -> RevocationFile:
    """Raises ValidationError, InvalidInput, RevocationContentNotFound, InvalidRevocationContent."""
    if "S3ObjectVersion" in content:
        raise InvalidInput("S3ObjectVersion is not supported here: files have no versions; leave it out.")
    if content.get("RevocationType", _KIND) != _KIND or not content.get("S3Bucket") or not content.get("S3Key"):
        raise ValidationError(f"A revocation content must have S3Bucket, S3Key, and the RevocationType {_KIND}")
    try:
        found = trust_bundle.read_list(trust_files.read(call.tx, content["S3Bucket"], content["S3Key"]), authorities)
    except trust_files.NoSuchFile as fault:
        raise RevocationContentNotFound(f"The specified revocation file does not exist: {fault}.") from fault
    except trust_files.TooLarge as fault:
        raise InvalidRevocationContent(f"The provided revocation file is too large: {fault}.") from fault
    except X509Problem as problem:
        raise InvalidRevocationContent(
            f"The provided revocation file is an invalid format, or uses an incorrect algorithm: {problem}."
        ) from problem
    if found.found.this_update > call.now:
        raise InvalidRevocationContent(
            f"The provided revocation file is not in force before {found.found.this_update:%Y-%m-%dT%H:%M:%SZ}, its "
            "thisUpdate; add it then, or have the authority make a list that counts from now."
        )
    return found


def _check_together(
    found: Trust, lists: Sequence[RevocationFile], authorities: Sequence[CertificateDescription]
) -> None:
    """Whether clients can be held to all lists of an authority at once. Raises InvalidRevocationContent."""
    try:
        there = [revocation.read(one.text.encode()) for one in found.detail.revocations if lists]
        standing_lists.check([*there, *(one.found for one in lists)], authorities)
    except X509Problem as problem:
        raise InvalidRevocationContent(f"The provided revocation file cannot be used: {problem}.") from problem


def _find(found: Trust, number: int) -> Revocation:
    for one in found.detail.revocations:
        if one.revocation_id == number:
            return one
    raise RevocationIdNotFound(f"Revocation id '{number}' not found in trust store '{found.arn}'")


def _members(found: Trust, one: Revocation) -> dict[str, Any]:
    return {
        "TrustStoreArn": found.arn,
        "RevocationId": one.revocation_id,
        "RevocationType": _KIND,
        "NumberOfRevokedEntries": one.entries,
    }
