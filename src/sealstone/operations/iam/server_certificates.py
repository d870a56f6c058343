"""Server certificates: upload, get, list, rename or move, tag, delete. The private key goes in and never comes out."""

from collections.abc import Mapping, Sequence
from typing import Any

from sealstone.model import arn, ids, quota
from sealstone.model.names import ROOT_PATH, folded
from sealstone.model.server_certificate import ServerCertificate, ServerCertificateMetadata
from sealstone.operations import stale_names
from sealstone.operations.call import Call, Resource
from sealstone.operations.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity
from sealstone.operations.iam.certificate_problems import refusal
from sealstone.operations.iam.tags_at_creation import tagged_by
from sealstone.operations.iam.wording import (
    over_quota,
    page_members,
    page_request,
    read_tags,
    tag_members,
    tags_page,
)
from sealstone.operations.operation import operation
from sealstone.store import certificate_uses, load_balancers, quotas
from sealstone.store import server_certificates as stored
from sealstone.x509 import bundle
from sealstone.x509.acceptance import IAM
from sealstone.x509.problems import X509Problem

Tag = Mapping[str, str]


# --- what a call acts on ---


def future_server_certificate(call: Call) -> tuple[Resource, ...]:
    """The ARN that the certificate will have, path included (recorded)."""
    path = call.parameters.get("Path") or ROOT_PATH
    return (Resource(arn.server_certificate(call.account_id, path, call.parameters.get("ServerCertificateName", "*"))),)


def named_server_certificate(call: Call) -> tuple[Resource, ...]:
    """The stored ARN when the name exists, else the name under `/`: the path of a missing name is unknown."""
    name = call.parameters.get("ServerCertificateName")
    certificate = _lookup(call, name) if name else None
    named = arn.server_certificate(call.account_id, ROOT_PATH, name or "*")
    return (Resource(certificate.arn, certificate.tags, named) if certificate else Resource(named),)


def old_and_new_server_certificate(call: Call) -> tuple[Resource, ...]:
    """A rename or move needs permission on both ARNs (UpdateServerCertificate, API reference)."""
    (old,) = named_server_certificate(call)
    name = call.parameters.get("ServerCertificateName")
    certificate = _lookup(call, name) if name else None
    path = call.parameters.get("NewPath") or (certificate.path if certificate else ROOT_PATH)
    new_name = call.parameters.get("NewServerCertificateName") or (certificate.name if certificate else name or "*")
    named = arn.server_certificate(
        call.account_id,
        call.parameters.get("NewPath") or ROOT_PATH,
        call.parameters.get("NewServerCertificateName") or name or "*",
    )
    new = Resource(arn.server_certificate(call.account_id, path, new_name), old.tags, named)
    return (old,) if new.arn == old.arn else (old, new)


def listed_server_certificates(call: Call) -> tuple[Resource, ...]:
    """A listing acts on its path prefix (recorded)."""
    return (Resource(arn.server_certificate(call.account_id, call.parameters.get("PathPrefix") or ROOT_PATH, "")),)


# --- operations ---


@operation(
    "iam", on=future_server_certificate, access="Permissions management", judge=tagged_by("iam:TagServerCertificate")
)
def upload_server_certificate(
    call: Call,
    *,
    server_certificate_name: str,
    certificate_body: str,
    private_key: str,
    path: str = ROOT_PATH,
    certificate_chain: str | None = None,
    tags: Sequence[Tag] | None = None,
) -> Mapping[str, Any]:
    """Store a certificate, its unencrypted private key and its chain, when all three hold together and are valid now.

    The files are judged before the name [inferred], so that a bad file is reported as such.
    """
    kept_tags = read_tags(tags, ignore_case=False)
    try:
        accepted = bundle.read(certificate_body, private_key, certificate_chain, at=call.now, acceptance=IAM)
    except X509Problem as problem:
        raise refusal(problem) from problem
    if _lookup(call, server_certificate_name):
        raise _taken(server_certificate_name)
    _check_quota(call)
    certificate = ServerCertificate(
        account_id=call.account_id,
        unique_id=ids.new(ids.SERVER_CERTIFICATE, call.account_id, call.house.chance),
        name=server_certificate_name,
        path=path,
        certificate_body=accepted.certificate_body,
        certificate_chain=accepted.certificate_chain,
        fingerprint=accepted.fingerprint,
        not_after=accepted.not_after,
        upload_date=call.now.replace(microsecond=0),
        tags=kept_tags,
    )
    sealed = call.house.keyring.seal(accepted.private_key.secret, bound_to=certificate.bound_to)
    stored.add(call.tx, certificate, sealed)
    # AWS answers tags only when some were sent (recorded).
    tag_member = {"Tags": tag_members(kept_tags)} if kept_tags else {}
    return {"ServerCertificateMetadata": _metadata(certificate)} | tag_member


@operation("iam", on=named_server_certificate, access="Read")
def get_server_certificate(call: Call, *, server_certificate_name: str) -> Mapping[str, Any]:
    """The certificate and chain as they were uploaded (outer white space trimmed, LF), never the key."""
    certificate = _find(call, server_certificate_name)
    return {
        "ServerCertificate": {
            "ServerCertificateMetadata": _metadata(certificate),
            "CertificateBody": certificate.certificate_body,
            "CertificateChain": certificate.certificate_chain,
            "Tags": tag_members(certificate.tags),
        }
    }


@operation("iam", on=listed_server_certificates, access="List")
def list_server_certificates(
    call: Call, *, path_prefix: str = ROOT_PATH, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """Metadata of the certificates whose path begins with the prefix; a partial last segment matches."""
    found = stored.page(call.tx, call.account_id, path_prefix, page_request(marker, max_items))
    return {"ServerCertificateMetadataList": [_metadata(item) for item in found.items]} | page_members(found)


@operation("iam", on=old_and_new_server_certificate, access="Permissions management")
def update_server_certificate(
    call: Call,
    *,
    server_certificate_name: str,
    new_path: str | None = None,
    new_server_certificate_name: str | None = None,
) -> Mapping[str, Any]:
    """Rename or move. The id stays, the ARN changes, and policies that name the old ARN are not rewritten.

    The audit row names those policies.
    """
    certificate = _find(call, server_certificate_name)
    moved = certificate.moved(name=new_server_certificate_name, path=new_path)
    if folded(moved.name) != folded(certificate.name) and stored.find(call.tx, call.account_id, moved.name):
        raise _taken(moved.name)
    if moved != certificate:
        stored.save(call.tx, moved)
        call.warnings += (
            f"{policy} still names {certificate.arn}, which the certificate no longer has"
            for policy in stale_names.naming(call.tx, call.account_id, certificate.arn)
        )
    return {}


@operation("iam", on=named_server_certificate, access="Permissions management")
def delete_server_certificate(call: Call, *, server_certificate_name: str) -> Mapping[str, Any]:
    """Delete the certificate and its private key, unless a listener uses it."""
    certificate = _find(call, server_certificate_name)
    _check_unused(call, certificate)
    stored.remove(call.tx, certificate)
    return {}


@operation("iam", on=named_server_certificate, access="Tagging")
def tag_server_certificate(call: Call, *, server_certificate_name: str, tags: Sequence[Tag]) -> Mapping[str, Any]:
    """Add or overwrite tags; at most 50 on one certificate."""
    certificate = _find(call, server_certificate_name)
    tagged = certificate.tagged(read_tags(tags, ignore_case=False))
    if len(tagged.tags) > quota.TAGS.default:
        raise over_quota(quota.TAGS.name, quota.TAGS.default)
    stored.save(call.tx, tagged)
    return {}


@operation("iam", on=named_server_certificate, access="Tagging")
def untag_server_certificate(call: Call, *, server_certificate_name: str, tag_keys: Sequence[str]) -> Mapping[str, Any]:
    """Remove tags; a key that is not there is no error."""
    stored.save(call.tx, _find(call, server_certificate_name).untagged(frozenset(tag_keys)))
    return {}


@operation("iam", on=named_server_certificate, access="List")
def list_server_certificate_tags(
    call: Call, *, server_certificate_name: str, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """The tags by key, in pages."""
    return tags_page(_find(call, server_certificate_name).tags, marker, max_items)


# --- shared steps ---


def _lookup(call: Call, name: str) -> ServerCertificate | None:
    """By name, one query a call however often it is asked."""
    key = f"server certificate {name}"
    if key not in call.found:
        call.found[key] = stored.find(call.tx, call.account_id, name)
    found: ServerCertificate | None = call.found[key]
    return found


def _find(call: Call, name: str) -> ServerCertificate:
    certificate = _lookup(call, name)
    if certificate is None:
        raise NoSuchEntity(f"The Server Certificate with name {name} cannot be found.")
    return certificate


def _taken(name: str) -> EntityAlreadyExists:
    return EntityAlreadyExists(f"The Server Certificate with name {name} already exists.")


def _check_unused(call: Call, certificate: ServerCertificate) -> None:
    """Raises DeleteConflict in AWS's words, which name one load balancer (recorded)."""
    for load_balancer_id in certificate_uses.load_balancers(call.tx, call.account_id, certificate.unique_id):
        user = load_balancers.with_id(call.tx, call.account_id, load_balancer_id)
        raise DeleteConflict(
            f"Certificate: {certificate.unique_id} is currently in use by {user.arn if user else load_balancer_id}. "
            "Please remove it first before deleting it from IAM."
        )


def _check_quota(call: Call) -> None:
    """Counted in the transaction that stores, so that no race gets past it."""
    limit = quotas.value(call.tx, call.account_id, quota.SERVER_CERTIFICATES)
    if stored.count(call.tx, call.account_id) >= limit:
        raise over_quota(quota.SERVER_CERTIFICATES.name, limit)


def _metadata(certificate: ServerCertificate | ServerCertificateMetadata) -> Mapping[str, Any]:
    return {
        "Path": certificate.path,
        "ServerCertificateName": certificate.name,
        "ServerCertificateId": certificate.unique_id,
        "Arn": certificate.arn,
        "UploadDate": certificate.upload_date,
        "Expiration": certificate.not_after,
    }
