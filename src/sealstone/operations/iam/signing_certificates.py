"""Signing certificates: upload, list, switch, delete. Requests signed with their private keys are the door's affair."""

from collections.abc import Mapping
from typing import Any

from sealstone.model import ids, quota
from sealstone.model.identity import Status, User
from sealstone.model.page import Page
from sealstone.model.signing_certificate import SigningCertificate
from sealstone.operations.call import Call
from sealstone.operations.errors import DuplicateCertificate, NoSuchEntity, ValidationError
from sealstone.operations.iam.certificate_problems import signing_refusal
from sealstone.operations.iam.users import find_user, named_user
from sealstone.operations.iam.wording import explained, over_quota, page_members, page_request
from sealstone.operations.operation import operation
from sealstone.store import quotas
from sealstone.store import signing_certificates as stored
from sealstone.x509 import signing_certificate
from sealstone.x509.problems import X509Problem


@operation("iam", on=named_user, access="Write")
def upload_signing_certificate(call: Call, *, certificate_body: str, user_name: str | None = None) -> Mapping[str, Any]:
    """Register a certificate, Active, whose private key signs requests from then on.

    The user is looked for first (recorded), then the file is judged, then others' certificates and the quota
    [inferred]: a bad file is reported as such.
    """
    user = _owner(call, user_name)
    try:
        read = signing_certificate.read(certificate_body, at=call.now)
    except X509Problem as problem:
        raise signing_refusal(problem, certificate_body) from problem
    if stored.is_known(call.tx, read.fingerprint):
        raise _duplicate()
    user_id = user.unique_id if user else None
    limit = quotas.value(call.tx, call.account_id, quota.SIGNING_CERTIFICATES)
    if len(stored.of_user(call.tx, call.account_id, user_id)) >= limit:
        raise over_quota(quota.SIGNING_CERTIFICATES.name, limit)
    certificate = SigningCertificate(
        account_id=call.account_id,
        user_id=user_id,
        certificate_id=ids.new_signing_certificate(call.house.chance),
        certificate_body=certificate_body,
        fingerprint=read.fingerprint,
        serial_number=read.serial_number,
        not_before=read.not_before,
        not_after=read.not_after,
        status=Status.ACTIVE,
        upload_date=call.now.replace(microsecond=0),
    )
    stored.add(call.tx, certificate)
    return {"Certificate": _members(certificate, user)}


@operation("iam", on=named_user, access="List")
def list_signing_certificates(
    call: Call, *, user_name: str | None = None, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """The texts as they were uploaded, by id."""
    user = _owner(call, user_name)
    request = page_request(marker, max_items)
    kept = stored.of_user(call.tx, call.account_id, user.unique_id if user else None)
    rows = [item for item in kept if request.after is None or item.certificate_id > request.after]
    found = Page.cut(rows[: request.size + 1], request.size, lambda item: item.certificate_id)
    return {"Certificates": [_members(item, user) for item in found.items]} | page_members(found)


@operation("iam", on=named_user, access="Write")
def update_signing_certificate(
    call: Call, *, certificate_id: str, status: str, user_name: str | None = None
) -> Mapping[str, Any]:
    """Switch a certificate on or off; in force at the next request."""
    # The model's enum has Expired too, which is AWS's to say and nobody's to set [inferred].
    if status not in set(Status):
        raise ValidationError(
            "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum "
            "value set"
        )
    certificate = _find(call, certificate_id, _owner(call, user_name))
    stored.set_status(call.tx, certificate.certificate_id, Status(status))
    return {}


@operation("iam", on=named_user, access="Write")
def delete_signing_certificate(call: Call, *, certificate_id: str, user_name: str | None = None) -> Mapping[str, Any]:
    """Delete a certificate; in force at the next request."""
    certificate = _find(call, certificate_id, _owner(call, user_name))
    stored.remove(call.tx, certificate.certificate_id)
    return {}


def _owner(call: Call, user_name: str | None) -> User | None:
    """The named user, else the calling one; None for root managing its own certificates (documented)."""
    if user_name is None and call.caller.is_root:
        return None
    return find_user(call, user_name)


def _find(call: Call, certificate_id: str, owner: User | None) -> SigningCertificate:
    certificate = stored.find(call.tx, certificate_id)
    owner_id = owner.unique_id if owner else None
    if certificate is None or certificate.account_id != call.account_id or certificate.user_id != owner_id:
        raise NoSuchEntity(f"The Certificate with id {certificate_id} cannot be found.")
    return certificate


def _duplicate() -> DuplicateCertificate:
    """Says nothing of whose it is: that may be another account's."""
    return DuplicateCertificate(
        explained(
            "The certificate is already associated with a user",
            "a certificate stands for exactly one of all who call this installation",
            "delete it there first, or have another one issued and send that",
        )
    )


def _members(certificate: SigningCertificate, user: User | None) -> dict[str, Any]:
    name = {"UserName": user.name} if user else {}
    return name | {
        "CertificateId": certificate.certificate_id,
        "CertificateBody": certificate.certificate_body,
        "Status": certificate.status.value,
        "UploadDate": certificate.upload_date,
    }
