"""Certificates as DescribeCertificate and ListCertificates tell them, member by member as recorded from AWS.

An imported certificate has CreatedAt and ImportedAt and no IssuedAt, and never the member Exported (recorded). What is
not known of a certificate that has yet to be issued is left out.
"""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.model.certificate import Certificate, CertificateStatus, CertificateType
from sealstone.model.certificate_request import CertificateRequest
from sealstone.operations.acm import validation_members
from sealstone.operations.acm.uses import is_used, users
from sealstone.operations.call import Call

ENABLED: Final = "ENABLED"
DISABLED: Final = "DISABLED"
_OTHER: Final = "OTHER"
_MOST_NAMES: Final = 100
"""Of those in a listing (ListCertificates, API reference)."""


def described(call: Call, certificate: Certificate) -> Mapping[str, Any]:
    """CertificateDetail of the API model."""
    detail, used_by = certificate.detail, users(call, certificate)
    told = {
        "CertificateArn": certificate.arn,
        "DomainName": detail.domain_name,
        "SubjectAlternativeNames": list(detail.names),
        "DomainValidationOptions": validation_members.options(certificate),
        "Serial": detail.serial,
        "Subject": detail.subject,
        "Issuer": detail.issuer,
        **_times(certificate),
        "Status": certificate.status(call.now).value,
        **_period(certificate),
        "KeyAlgorithm": detail.shown_key_algorithm,
        "SignatureAlgorithm": detail.signature_algorithm,
        "InUseBy": list(used_by),
        "Type": certificate.kind.value,
        "KeyUsages": [{"Name": usage} for usage in detail.key_usages],
        "ExtendedKeyUsages": [{"Name": name, "OID": identifier} for name, identifier in detail.extended_key_usages],
        "RenewalEligibility": eligibility(call, certificate, in_use=bool(used_by)),
        "Options": {
            "CertificateTransparencyLoggingPreference": _logging(certificate.request),
            "Export": export_option(certificate),
        },
        "CertificateKeyPairOrigin": origin(certificate),
        **_of_request(call, certificate),
    }
    return {name: value for name, value in told.items() if value not in ("", None)}


def summarised(call: Call, certificate: Certificate) -> Mapping[str, Any]:
    """CertificateSummary of the API model: usages are plain names here, and names are cut."""
    detail, in_use = certificate.detail, is_used(call, certificate)
    request = certificate.request
    return {
        "CertificateArn": certificate.arn,
        "DomainName": detail.domain_name,
        "SubjectAlternativeNameSummaries": list(detail.names[:_MOST_NAMES]),
        "HasAdditionalSubjectAlternativeNames": len(detail.names) > _MOST_NAMES,
        "Status": certificate.status(call.now).value,
        "Type": certificate.kind.value,
        "KeyAlgorithm": detail.shown_key_algorithm,
        "KeyUsages": list(detail.key_usages),
        "ExtendedKeyUsages": [name for name, _ in detail.extended_key_usages],
        "ExportOption": export_option(certificate),
        "InUse": in_use,
        **({"Exported": request.exported} if request else {}),
        "RenewalEligibility": eligibility(call, certificate, in_use=in_use),
        **_period(certificate),
        **_times(certificate),
        **({"RevokedAt": request.revoked_at} if request and request.revoked_at else {}),
        "CertificateKeyPairOrigin": origin(certificate),
    }


def eligibility(call: Call, certificate: Certificate, *, in_use: bool) -> str:
    """Managed renewal takes what was requested, is valid, and is used here or elsewhere (user guide)."""
    request = certificate.request
    used = request is not None and (in_use or request.exported_at is not None)
    return "ELIGIBLE" if used and certificate.status(call.now) is CertificateStatus.ISSUED else "INELIGIBLE"


def export_option(certificate: Certificate) -> str:
    """A private one can be exported without having been asked for so; its option is shown as such [inferred]."""
    return ENABLED if certificate.request and certificate.request.exportable else DISABLED


def origin(certificate: Certificate) -> str:
    """Who made the key pair (API model, CertificateKeyPairOrigin)."""
    return "CUSTOMER_PROVIDED" if certificate.kind is CertificateType.IMPORTED else "AWS_MANAGED"


def _logging(request: CertificateRequest | None) -> str:
    return ENABLED if request and request.transparency_logged else DISABLED


def _times(certificate: Certificate) -> Mapping[str, Any]:
    request = certificate.request
    times = {
        "CreatedAt": certificate.created_at,
        "IssuedAt": request.issued_at if request else None,
        "ImportedAt": certificate.imported_at,
    }
    return {name: time for name, time in times.items() if time is not None}


def _period(certificate: Certificate) -> Mapping[str, Any]:
    content = certificate.content
    return {"NotBefore": content.not_before, "NotAfter": content.not_after} if content else {}


def _of_request(call: Call, certificate: Certificate) -> Mapping[str, Any]:
    """What imported certificates have nothing of."""
    request = certificate.request
    if request is None:
        return {}
    told: dict[str, Any] = {"CertificateAuthorityArn": request.authority_arn}
    if renewal := request.told_renewal:
        told["RenewalSummary"] = validation_members.renewal(renewal)
    if update := request.told_method_update:
        told["UpdateSummary"] = validation_members.update(update)
    match certificate.status(call.now):
        case CertificateStatus.FAILED:
            told["FailureReason"] = request.failure_reason or _OTHER
        case CertificateStatus.REVOKED:
            told |= {"RevokedAt": request.revoked_at, "RevocationReason": request.revocation_reason}
    return told
