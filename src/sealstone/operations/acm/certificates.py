"""Certificates: import and re-import, describe, get, delete. The private key goes in and never comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sealstone.model import certificate_quota as quota
from sealstone.model import ids
from sealstone.model.certificate import Certificate, CertificateType
from sealstone.model.quota import Quota
from sealstone.operations.acm import reimport
from sealstone.operations.acm.descriptions import described, users
from sealstone.operations.acm.details import detail_of
from sealstone.operations.acm.errors import LimitExceededException, ResourceInUseException
from sealstone.operations.acm.import_problems import refusal
from sealstone.operations.acm.named import (
    find_certificate,
    find_imported,
    imported_certificate,
    named_certificate,
)
from sealstone.operations.acm.wording import read_tags
from sealstone.operations.authorization import denied, judged
from sealstone.operations.call import Call
from sealstone.operations.operation import operation
from sealstone.policy.judgement import denial
from sealstone.store import certificates as stored
from sealstone.store import quotas
from sealstone.x509 import imported
from sealstone.x509.imported import Imported
from sealstone.x509.problems import X509Problem
from sealstone.x509.submission import as_text

_TAGGING: Final = "acm:AddTagsToCertificate"
_YEAR: Final = timedelta(days=365)
_FULL: Final = (  # recorded: AWS Knowledge Center, acm-import-troubleshooting
    "You have reached the maximum number of certificates. Delete certificates that are not in use, or contact AWS "
    "Support to request an increase."
)


@operation("acm", on=imported_certificate, access="Write")
def import_certificate(
    call: Call,
    *,
    certificate: bytes,
    private_key: bytes,
    certificate_arn: str | None = None,
    certificate_chain: bytes | None = None,
    tags: Sequence[Mapping[str, str]] | None = None,
) -> Mapping[str, Any]:
    """Store a certificate, its private key and its chain, or put them in the place of those under the ARN.

    The files are judged before quotas, so that a bad file is reported as such.
    """
    there = find_imported(call, certificate_arn) if certificate_arn else None
    if there:
        reimport.check_untagged(tagged=tags is not None)
    elif tags:
        _permit_tagging(call)
    kept_tags = read_tags(tags or (), {})
    accepted = _judged(call, certificate, private_key, certificate_chain)
    stored_one = _replaced(call, there, accepted) if there else _added(call, accepted, kept_tags)
    stored.count_import(call.tx, call.account_id, call.region, call.now)
    return {"CertificateArn": stored_one.arn}


@operation("acm", on=named_certificate, access="Read")
def describe_certificate(call: Call, *, certificate_arn: str) -> Mapping[str, Any]:
    """Everything but the certificate itself."""
    return {"Certificate": described(call, find_certificate(call, certificate_arn))}


@operation("acm", on=named_certificate, access="Read")
def get_certificate(call: Call, *, certificate_arn: str) -> Mapping[str, Any]:
    """The certificate and the chain that was imported with it; no root is added to that.

    Without a chain the certificate itself stands in its place (community.aws.acm_certificate was written against that
    and fails otherwise); of one that did not sign itself that is inferred.
    """
    found = find_certificate(call, certificate_arn)
    chain = found.certificate_chain or found.certificate_body
    return {"Certificate": found.certificate_body, "CertificateChain": chain}


@operation("acm", on=named_certificate, access="Write")
def delete_certificate(call: Call, *, certificate_arn: str) -> Mapping[str, Any]:
    """Delete the certificate and its private key, unless a listener uses it."""
    found = find_certificate(call, certificate_arn)
    if users(call, found):
        raise ResourceInUseException(f"Certificate {found.arn} in account {call.account_id} is in use.")
    stored.remove(call.tx, found)
    return {}


def _judged(call: Call, certificate: bytes, private_key: bytes, chain: bytes | None) -> Imported:
    chain_text = None if chain is None else as_text(chain)
    try:
        return imported.read(as_text(certificate), as_text(private_key), chain_text, at=call.now)
    except X509Problem as problem:
        raise refusal(problem) from problem


def _added(call: Call, accepted: Imported, tags: Mapping[str, str]) -> Certificate:
    _check_quota(call, stored.count(call.tx, call.account_id, call.region), quota.IMPORTED)
    _check_yearly(call)
    now = call.now.replace(microsecond=0)
    made = Certificate(
        account_id=call.account_id,
        region=call.region,
        unique_id=ids.new_request_id(call.house.chance),
        kind=CertificateType.IMPORTED,
        version=1,
        certificate_body=accepted.bundle.certificate_body,
        certificate_chain=accepted.bundle.certificate_chain,
        fingerprint=accepted.bundle.fingerprint,
        not_before=accepted.bundle.not_before,
        not_after=accepted.bundle.not_after,
        created_at=now,
        imported_at=now,
        detail=detail_of(accepted.description),
        tags=tags,
    )
    secret = accepted.bundle.private_key.secret
    stored.add(call.tx, made, call.house.keyring.seal(secret, bound_to=made.bound_to))
    return made


def _replaced(call: Call, there: Certificate, accepted: Imported) -> Certificate:
    """The new content under the old ARN; ids, tags and all that uses it stay."""
    detail = detail_of(accepted.description)
    reimport.check(there, detail)
    _check_yearly(call)
    call.warnings += reimport.lost_names(there, detail)
    made = replace(
        there,
        version=there.version + 1,
        certificate_body=accepted.bundle.certificate_body,
        certificate_chain=accepted.bundle.certificate_chain,
        fingerprint=accepted.bundle.fingerprint,
        not_before=accepted.bundle.not_before,
        not_after=accepted.bundle.not_after,
        imported_at=call.now.replace(microsecond=0),
        detail=detail,
    )
    secret = accepted.bundle.private_key.secret
    stored.replace(call.tx, made, call.house.keyring.seal(secret, bound_to=made.bound_to))
    return made


def _permit_tagging(call: Call) -> None:
    """Tags that come with a certificate are a permission of their own (recorded: the denial names the action)."""
    if call.caller.is_root:
        return
    for resource in call.resources:
        judgement = judged(call, _TAGGING, resource)
        if not judgement.allowed:
            raise denied(call, _TAGGING, resource, denial(judgement, _TAGGING))


def _check_yearly(call: Call) -> None:
    _check_quota(call, stored.imports_since(call.tx, call.account_id, call.region, call.now - _YEAR), quota.IMPORTS)


def _check_quota(call: Call, count: int, limited: Quota) -> None:
    """Counted in the transaction that stores, so that no race gets past it. Raises LimitExceededException."""
    limit = quotas.value(call.tx, call.account_id, limited)
    if count >= limit:
        raise LimitExceededException(f"{_FULL} The quota {limited.name} is {limit}.")
