"""Certificates: import and re-import, describe, get, delete. The private key goes in and never comes out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sealstone.model import certificate_event, ids
from sealstone.model import certificate_quota as quota
from sealstone.model.certificate import Certificate, CertificateType, Content
from sealstone.model.certificate_event import Action
from sealstone.operations.acm import quotas, reimport
from sealstone.operations.acm.descriptions import described
from sealstone.operations.acm.import_problems import refusal
from sealstone.operations.acm.named import (
    find_certificate,
    find_imported,
    imported_certificate,
    named_certificate,
    not_issued,
)
from sealstone.operations.acm.tags import permit_tagging
from sealstone.operations.acm.uses import check_unused, users
from sealstone.operations.acm.wording import read_tags
from sealstone.operations.call import Call
from sealstone.operations.operation import operation
from sealstone.store import certificate_requests, events, expiry_notices, superseded_certificates, validation_approvals
from sealstone.store import certificates as stored
from sealstone.x509 import imported
from sealstone.x509.details import detail_of
from sealstone.x509.imported import Imported
from sealstone.x509.problems import X509Problem
from sealstone.x509.submission import as_text


@operation("acm", on=imported_certificate, access="Write", judge=reimport.judge)
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
        reimport.check_imported(there)
        reimport.check_untagged(tagged=tags is not None)
    elif tags:
        permit_tagging(call)
    kept_tags = read_tags(tags or (), {})
    accepted = _judged(call, certificate, private_key, certificate_chain)
    stored_one = _replaced(call, there, accepted) if there else _added(call, accepted, kept_tags)
    stored.count_import(call.tx, call.account_id, call.region, call.now)
    _tell(call, stored_one, Action.REIMPORT if there else Action.IMPORT)
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
    if found.content is None:
        raise not_issued(found, call.now)
    body = found.content.certificate_body
    return {"Certificate": body, "CertificateChain": found.content.certificate_chain or body}


@operation("acm", on=named_certificate, access="Write")
def delete_certificate(call: Call, *, certificate_arn: str) -> Mapping[str, Any]:
    """Delete the certificate with all that hangs on it: keys, request, questions to owners, what was told of its end.

    Not while it is in use.
    """
    found = find_certificate(call, certificate_arn)
    check_unused(call, found)
    if found.request:
        validation_approvals.remove(call.tx, found.account_id, found.region, found.unique_id)
        superseded_certificates.remove(call.tx, found)
        certificate_requests.remove(call.tx, found)
    stored.remove(call.tx, found)
    expiry_notices.remove(call.tx, found)
    return {}


def _judged(call: Call, certificate: bytes, private_key: bytes, chain: bytes | None) -> Imported:
    chain_text = None if chain is None else as_text(chain)
    try:
        return imported.read(
            as_text(certificate),
            as_text(private_key),
            chain_text,
            at=call.now,
            needs_chain=call.house.chain_required,
        )
    except X509Problem as problem:
        raise refusal(problem) from problem


def _added(call: Call, accepted: Imported, tags: Mapping[str, str]) -> Certificate:
    quotas.check_count(call, CertificateType.IMPORTED, quota.IMPORTED)
    quotas.check_imports(call)
    now = call.now.replace(microsecond=0)
    made = Certificate(
        account_id=call.account_id,
        region=call.region,
        unique_id=ids.new_request_id(call.house.chance),
        kind=CertificateType.IMPORTED,
        version=1,
        content=_content(accepted),
        created_at=now,
        imported_at=now,
        detail=detail_of(accepted.description),
        tags=tags,
    )
    secret = accepted.bundle.private_key.secret
    stored.add(call.tx, made, call.house.keyring.seal(secret, bound_to=made.bound_to))
    call.warnings += _cannot_be_used(made.arn, accepted)
    return made


def _replaced(call: Call, there: Certificate, accepted: Imported) -> Certificate:
    """The new content under the old ARN; ids, tags and all that uses it stay."""
    detail = detail_of(accepted.description)
    in_use = users(call, there)
    reimport.check(there, detail, in_use=bool(in_use))
    if in_use and accepted.not_presentable:
        raise reimport.not_presentable(accepted.not_presentable, in_use)
    quotas.check_imports(call)
    call.warnings += [*reimport.lost_names(there, detail), *_cannot_be_used(there.arn, accepted)]
    made = replace(
        there,
        version=there.version + 1,
        content=_content(accepted),
        imported_at=call.now.replace(microsecond=0),
        detail=detail,
    )
    secret = accepted.bundle.private_key.secret
    stored.replace(call.tx, made, call.house.keyring.seal(secret, bound_to=made.bound_to))
    return made


def _tell(call: Call, made: Certificate, action: Action) -> None:
    """In the unit of work that stores it, so that no import goes untold."""
    event_id, in_use = ids.new_request_id(call.house.chance), bool(users(call, made))
    events.add(call.tx, certificate_event.available(made, made.content, action, event_id, call.now, in_use=in_use))


def _cannot_be_used(arn: str, accepted: Imported) -> Iterator[str]:
    """A sentence for the audit row and the log: a certificate may be stored that no load balancer takes."""
    if problem := accepted.not_presentable:
        yield f"{arn} cannot be attached to a load balancer: {problem.cause}; {problem.cure}"


def _content(accepted: Imported) -> Content:
    bundle = accepted.bundle
    return Content(
        bundle.certificate_body, bundle.certificate_chain, bundle.fingerprint, bundle.not_before, bundle.not_after
    )
