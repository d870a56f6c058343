"""Certificates as DescribeCertificate and ListCertificates tell them, member by member as recorded from AWS.

An imported certificate has CreatedAt and ImportedAt and no IssuedAt, and never the member Exported (recorded).
"""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.model.certificate import Certificate
from sealstone.operations.call import Call
from sealstone.store import certificate_uses, load_balancers

_INELIGIBLE: Final = "INELIGIBLE"
_DISABLED: Final = "DISABLED"
_ORIGIN: Final = "CUSTOMER_PROVIDED"
_MOST_NAMES: Final = 100
"""Of those in a listing (ListCertificates, API reference)."""


def described(call: Call, certificate: Certificate) -> Mapping[str, Any]:
    """CertificateDetail of the API model."""
    detail = certificate.detail
    return {
        "CertificateArn": certificate.arn,
        "DomainName": detail.domain_name,
        "SubjectAlternativeNames": list(detail.names),
        "DomainValidationOptions": [{"DomainName": name} for name in detail.names],
        "Serial": detail.serial,
        "Subject": detail.subject,
        "Issuer": detail.issuer,
        "CreatedAt": certificate.created_at,
        "ImportedAt": certificate.imported_at,
        "Status": certificate.status(call.now).value,
        "NotBefore": certificate.not_before,
        "NotAfter": certificate.not_after,
        "KeyAlgorithm": detail.shown_key_algorithm,
        "SignatureAlgorithm": detail.signature_algorithm,
        "InUseBy": list(users(call, certificate)),
        "Type": certificate.kind.value,
        "KeyUsages": [{"Name": usage} for usage in detail.key_usages],
        "ExtendedKeyUsages": [{"Name": name, "OID": identifier} for name, identifier in detail.extended_key_usages],
        "RenewalEligibility": _INELIGIBLE,
        "Options": {"CertificateTransparencyLoggingPreference": _DISABLED, "Export": _DISABLED},
        "CertificateKeyPairOrigin": _ORIGIN,
    }


def summarised(call: Call, certificate: Certificate) -> Mapping[str, Any]:
    """CertificateSummary of the API model: usages are plain names here, and names are cut."""
    detail = certificate.detail
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
        "ExportOption": _DISABLED,
        "InUse": bool(users(call, certificate)),
        "RenewalEligibility": _INELIGIBLE,
        "NotBefore": certificate.not_before,
        "NotAfter": certificate.not_after,
        "CreatedAt": certificate.created_at,
        "ImportedAt": certificate.imported_at,
        "CertificateKeyPairOrigin": _ORIGIN,
    }


def users(call: Call, certificate: Certificate) -> tuple[str, ...]:
    """The ARNs of the load balancers that use it."""
    found = certificate_uses.load_balancers(call.tx, call.account_id, certificate.unique_id)
    rows = (load_balancers.with_id(call.tx, call.account_id, load_balancer_id) for load_balancer_id in found)
    return tuple(sorted(row.arn for row in rows if row is not None))
