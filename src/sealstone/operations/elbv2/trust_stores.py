"""Trust stores: create, replace their authorities, describe, delete, and who uses them.

AWS reads bundles from S3. Here a bucket is a directory that the operator fills, `trust/BUCKET/KEY` in the data
directory (`store.trust_files`), and what is handed out again comes within the location itself.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.model import balancing_quota, ids
from sealstone.model.target_group_detail import ACTIVE, TrustStoreDetail, document_of
from sealstone.model.trust_store import TrustStore
from sealstone.operations.balancing_judges import conditioned
from sealstone.operations.call import Call
from sealstone.operations.elbv2.errors import (
    CaCertificatesBundleNotFound,
    DuplicateTrustStoreName,
    InvalidCaCertificatesBundle,
    TooManyTrustStores,
    TrustStoreInUse,
    TrustStoreNotFound,
)
from sealstone.operations.elbv2.named import everything
from sealstone.operations.elbv2.trusts import (
    Trust,
    find_trust_store,
    keep_trust_store,
    named_trust_store,
    new_trust_store,
    verifying,
)
from sealstone.operations.elbv2.wording import cut, page_members, page_request, read_tags
from sealstone.operations.operation import operation
from sealstone.store import quotas, trust_files, trust_stores
from sealstone.x509 import trust_bundle
from sealstone.x509.problems import X509Problem
from sealstone.x509.trust_bundle import Bundle

MOST_AUTHORITIES: Final = 25
"""Certificates in one trust store (application guide, "Quotas")."""
# There are no versions of a file in a directory.
_VERSIONS: Final = ("CaCertificatesBundleS3ObjectVersion",)
_LOCATION: Final = "data:application/x-pem-file;base64,"


@operation(
    "elbv2",
    on=new_trust_store,
    access="Write",
    unsupported=_VERSIONS,
    judge=conditioned(tagging=new_trust_store),
)
def create_trust_store(
    call: Call,
    *,
    name: str,
    ca_certificates_bundle_s3_bucket: str,
    ca_certificates_bundle_s3_key: str,
    tags: Sequence[Mapping[str, str]] | None = None,
) -> Mapping[str, Any]:
    """Read the bundle now and keep it: later changes of the file count with ModifyTrustStore only."""
    bundle = _bundle(call, ca_certificates_bundle_s3_bucket, ca_certificates_bundle_s3_key)
    detail = TrustStoreDetail(certificates=len(bundle.authorities), tags=read_tags(tags))
    if trust_stores.find(call.tx, call.account_id, call.region, name):
        raise DuplicateTrustStoreName(f"A trust store with the same name '{name}' exists")
    _check_quota(call)
    record = TrustStore(
        account_id=call.account_id,
        unique_id=ids.new_balancing(call.house.chance),
        region=call.region,
        name=name,
        create_date=call.now.replace(microsecond=0),
        bundle=bundle.text,
        document=document_of(detail),
    )
    trust_stores.add(call.tx, record)
    return _described([Trust(record, detail)])


@operation("elbv2", on=named_trust_store, access="Write", unsupported=_VERSIONS)
def modify_trust_store(
    call: Call, *, trust_store_arn: str, ca_certificates_bundle_s3_bucket: str, ca_certificates_bundle_s3_key: str
) -> Mapping[str, Any]:
    """Replace the authorities; revocation lists stay, those of authorities that are gone too."""
    found = find_trust_store(call, trust_store_arn)
    bundle = _bundle(call, ca_certificates_bundle_s3_bucket, ca_certificates_bundle_s3_key)
    detail = replace(found.detail, certificates=len(bundle.authorities))
    return _described([keep_trust_store(call, found, detail, bundle.text)])


@operation("elbv2", on=named_trust_store, access="Write")
def delete_trust_store(call: Call, *, trust_store_arn: str) -> Mapping[str, Any]:
    """Delete one that no listener verifies by."""
    found = find_trust_store(call, trust_store_arn)
    if verifying(call, found):
        raise TrustStoreInUse(
            f"Trust store '{found.arn}' is currently in use by a listener; DescribeTrustStoreAssociations tells which."
        )
    trust_stores.remove(call.tx, found.record)
    return {}


@operation("elbv2", on=everything, access="Read")
def describe_trust_stores(
    call: Call,
    *,
    trust_store_arns: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    marker: str | None = None,
    page_size: int | None = None,
) -> Mapping[str, Any]:
    """Those that are named, by ARN and by name, or all of the region by name."""
    if trust_store_arns or names:
        by_arn = [find_trust_store(call, arn) for arn in dict.fromkeys(trust_store_arns or ())]
        by_name = [_by_name(call, name) for name in dict.fromkeys(names or ())]
        return _described({one.arn: one for one in (*by_arn, *by_name)}.values())
    page = trust_stores.page(call.tx, call.account_id, call.region, page_request(marker, page_size))
    return _described(map(Trust.of, page.items)) | page_members(page)


@operation("elbv2", on=named_trust_store, access="Read")
def describe_trust_store_associations(
    call: Call, *, trust_store_arn: str, marker: str | None = None, page_size: int | None = None
) -> Mapping[str, Any]:
    """The listeners that verify clients by it."""
    found, more = cut(verifying(call, find_trust_store(call, trust_store_arn)), marker, page_size, str)
    return {"TrustStoreAssociations": [{"ResourceArn": arn} for arn in found]} | more


@operation("elbv2", on=named_trust_store, access="Read")
def get_trust_store_ca_certificates_bundle(call: Call, *, trust_store_arn: str) -> Mapping[str, Any]:
    """The bundle as a URL of the scheme `data` (RFC 2397): AWS's is one that S3 answers for ten minutes."""
    found = find_trust_store(call, trust_store_arn)
    return {"Location": _LOCATION + base64.b64encode(found.record.bundle.encode()).decode()}


def _bundle(call: Call, bucket: str, key: str) -> Bundle:
    """Raises CaCertificatesBundleNotFound, InvalidCaCertificatesBundle."""
    try:
        return trust_bundle.read(trust_files.read(call.tx, bucket, key), MOST_AUTHORITIES)
    except trust_files.NoSuchFile as fault:
        raise CaCertificatesBundleNotFound(
            f"The specified ca certificate bundle does not exist: {fault}. A bucket is a directory in the directory "
            f"{trust_files.DIRECTORY} of the data directory, and the operator puts files there."
        ) from fault
    except trust_files.TooLarge as fault:
        raise InvalidCaCertificatesBundle(f"The specified ca certificate bundle is too large: {fault}.") from fault
    except X509Problem as problem:
        raise InvalidCaCertificatesBundle(
            f"The specified ca certificate bundle is in an invalid format, or corrupt: {problem}."
        ) from problem


def _check_quota(call: Call) -> None:
    limit = quotas.value(call.tx, call.account_id, balancing_quota.TRUST_STORES)
    if trust_stores.count(call.tx, call.account_id, call.region) >= limit:
        raise TooManyTrustStores(
            f"The quota of {limit} trust stores in {call.region} has been reached; delete one, or raise the quota "
            f"{balancing_quota.TRUST_STORES.name}."
        )


def _by_name(call: Call, name: str) -> Trust:
    record = trust_stores.find(call.tx, call.account_id, call.region, name)
    if record is None:
        raise TrustStoreNotFound(f"Trust store '{name}' not found")
    return Trust.of(record)


def _described(found: Iterable[Trust]) -> dict[str, Any]:
    return {"TrustStores": [_members(one) for one in found]}


def _members(found: Trust) -> dict[str, Any]:
    return {
        "Name": found.record.name,
        "TrustStoreArn": found.arn,
        "Status": ACTIVE,
        "NumberOfCaCertificates": found.detail.certificates,
        "TotalRevokedEntries": found.detail.revoked,
    }
