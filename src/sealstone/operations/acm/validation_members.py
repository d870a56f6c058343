"""Domain validations as answers tell them: in descriptions, in a renewal's summary, and one by one.

Source: API reference, DomainValidation, RenewalSummary, UpdateSummary and DomainValidationSummary; recorded:
LocalStack's test_domain_validation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.model.certificate import Certificate
from sealstone.model.certificate_request import (
    DomainValidation,
    MethodUpdate,
    Renewal,
    Stage,
    ValidationMethod,
    ValidationStatus,
)
from sealstone.operations.acm.domain_validations import redirected_from

_RECORD: Final = "CNAME"
_UPDATE: Final = "DOMAIN_VALIDATION_METHOD"
_OVER: Final = (Stage.FAILED, Stage.TIMED_OUT)
# With a private authority nothing is validated; clients wait for SUCCESS of every name, so that stands for the issue.
_PRIVATE: Final[Mapping[Stage, ValidationStatus]] = {
    Stage.ISSUED: ValidationStatus.SUCCESS,
    Stage.REVOKED: ValidationStatus.SUCCESS,
    Stage.FAILED: ValidationStatus.FAILED,
    Stage.TIMED_OUT: ValidationStatus.FAILED,
}


def options(certificate: Certificate) -> Sequence[Mapping[str, Any]]:
    """DomainValidationOptions: of an imported certificate the bare names (recorded)."""
    request = certificate.request
    if request is None:
        return [{"DomainName": name} for name in certificate.detail.names]
    return [_option(ended(one, request.stage), request.stage) for one in request.validations]


def ended(one: DomainValidation, stage: Stage) -> DomainValidation:
    """Of a request that is over, what was not validated failed: clients wait as long as anything is pending.

    Source: botocore's waiter certificate_validated looks at the domains before the certificate's status.
    """
    is_open = one.method is not None and one.status is ValidationStatus.PENDING_VALIDATION
    return replace(one, status=ValidationStatus.FAILED) if is_open and stage in _OVER else one


def renewal(one: Renewal) -> Mapping[str, Any]:
    """RenewalSummary."""
    told = {
        "RenewalStatus": one.status.value,
        "DomainValidationOptions": [_option(each, Stage.ISSUED) for each in one.validations],
        "UpdatedAt": one.updated_at,
    }
    return told | ({"RenewalStatusReason": one.reason} if one.reason else {})


def update(one: MethodUpdate) -> Mapping[str, Any]:
    """UpdateSummary."""
    return {
        "Status": one.status.value,
        "Type": _UPDATE,
        "DomainValidationMethodUpdateSummary": {"From": one.old_method.value, "To": one.new_method.value},
        "RequestedAt": one.requested_at,
        "UpdatedAt": one.updated_at,
    }


def summary(one: DomainValidation, wanted: DomainValidation | None = None) -> Mapping[str, Any]:
    """DomainValidationSummary; `wanted`: the validation that is to take its place, while that is under way."""
    told = {"ActiveValidationConfiguration": one, "RequestedValidationConfiguration": wanted}
    return {"DomainName": one.domain_name} | {
        member: _configuration(each, each.method) for member, each in told.items() if each and each.method
    }


def _configuration(one: DomainValidation, method: ValidationMethod) -> Mapping[str, Any]:
    """ValidationConfiguration: of an HTTP validation there is no form of the challenge in the API model."""
    told: dict[str, Any] = {"ValidationMethod": method.value, "ValidationStatus": one.status.value}
    match method:
        case ValidationMethod.DNS:
            told["ValidationChallenge"] = {"DnsValidationChallenge": {"ResourceRecord": _record(one)}}
        case ValidationMethod.EMAIL:
            asked = {"ValidationEmails": _emails(one), "ValidationDomain": one.validation_domain}
            told["ValidationChallenge"] = {"EmailValidationChallenge": asked}
    return told


def _option(one: DomainValidation, stage: Stage) -> Mapping[str, Any]:
    if one.method is None:
        status = _PRIVATE.get(stage, ValidationStatus.PENDING_VALIDATION)
        return {"DomainName": one.domain_name, "ValidationStatus": status.value}
    told: dict[str, Any] = {
        "DomainName": one.domain_name,
        "ValidationDomain": one.validation_domain,
        "ValidationStatus": one.status.value,
        "ValidationMethod": one.method.value,
    }
    match one.method:
        case ValidationMethod.DNS:
            told["ResourceRecord"] = _record(one)
        case ValidationMethod.EMAIL:
            told["ValidationEmails"] = _emails(one)
        case _:
            told["HttpRedirect"] = {"RedirectFrom": redirected_from(one), "RedirectTo": one.redirect_to}
    return told


def _record(one: DomainValidation) -> Mapping[str, str]:
    return {"Name": one.record_name, "Type": _RECORD, "Value": one.record_value}


def _emails(one: DomainValidation) -> list[str]:
    """Those that were written to: none at first (recorded)."""
    return list(one.emails) if one.sent_at else []
