"""How the validation of each domain stands, and another mail to those who have not answered.

Source: ListCertificateDomainValidations and ResendValidationEmail (API reference).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sealstone.model import page
from sealstone.model.certificate import Certificate
from sealstone.model.certificate_request import (
    CertificateRequest,
    DomainValidation,
    Renewal,
    RenewalStatus,
    Stage,
    ValidationMethod,
    ValidationStatus,
)
from sealstone.operations.acm import domain_validations, domains, validation_members
from sealstone.operations.acm.errors import InvalidDomainValidationOptionsException, InvalidStateException
from sealstone.operations.acm.named import find_certificate, named_certificate
from sealstone.operations.acm.wording import explained
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import certificate_requests as stored
from sealstone.store import validation_approvals
from sealstone.x509.escaping import shown

_MOST: Final = 1000
"""Of a page, where nothing is said (API reference)."""


@operation("acm", on=named_certificate, access="Read")
def list_certificate_domain_validations(
    call: Call, *, certificate_arn: str, next_token: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """In the order of the names. Of what is not validated here (imported, private) there are the names alone."""
    found = find_certificate(call, certificate_arn)
    each = _summaries(found)
    begin, size = _begin(next_token, len(each)), max_items or _MOST
    more = {"NextToken": page.marker(str(begin + size))} if len(each) > begin + size else {}
    return {"DomainValidationSummaryList": each[begin : begin + size]} | more


@operation("acm", on=named_certificate, access="Write")
def resend_validation_email(
    call: Call, *, certificate_arn: str, domain: str, validation_domain: str
) -> Mapping[str, Any]:
    """Write once more, to the mailboxes of that validation domain.

    When an owner declined a renewal, all who did not approve it are asked anew: the first answers count no more.
    """
    found = find_certificate(call, certificate_arn)
    request, asked = _waiting(found)
    _check_mail(call, found)
    name, at_domain = domain.lower(), validation_domain.lower()
    one = next((each for each in asked if each.domain_name == name), None)
    if one is None:
        raise InvalidDomainValidationOptionsException(
            explained(f"The domain {shown(name)} is none of the certificate {found.arn}", "", "give one of its names")
        )
    domains.check_above(name, at_domain)
    _check_unapproved(one)
    if any(each.status is ValidationStatus.FAILED for each in asked):
        validation_approvals.remove(call.tx, found.account_id, found.region, found.unique_id)
        asked = tuple(_unanswered(each) for each in asked)
    written = domain_validations.by_mail(name, at_domain)
    again = _with(request, tuple(written if each.domain_name == name else each for each in asked), call.now)
    stored.schedule(call.tx, found, again.changed(tries=0), call.now)
    return {}


def _summaries(found: Certificate) -> list[Mapping[str, Any]]:
    if found.request is None:
        return [{"DomainName": name} for name in found.detail.names]
    request, update = found.request, found.request.method_update
    wanted = {one.domain_name: one for one in update.validations} if update and request.is_updating else {}
    return [
        validation_members.summary(validation_members.ended(one, request.stage), wanted.get(one.domain_name))
        for one in request.validations
    ]


def _begin(token: str | None, count: int) -> int:
    """Raises ValidationError for a token that is not ours, as every listing here."""
    if token is None:
        return 0
    try:
        begin = int(page.unmarked(token))
    except ValueError:
        begin = -1
    if not 0 < begin < count:
        raise ValidationError("The NextToken is not one that a listing here gave; begin anew without it.")
    return begin


def _waiting(found: Certificate) -> tuple[CertificateRequest, tuple[DomainValidation, ...]]:
    """The request and its validations, or those of its renewal, that can be answered. Raises InvalidStateException."""
    request = found.request
    if request is None:
        raise _no_mail(found, "it was imported")
    asked = request.validations if request.stage is Stage.VALIDATING else _renewing(request)
    if not asked:
        raise _no_mail(found, f"its domains are not being validated: the request is {request.stage}")
    if asked[0].method is not ValidationMethod.EMAIL:
        raise _no_mail(found, "its domains are not validated by mail")
    return request, asked


def _renewing(request: CertificateRequest) -> tuple[DomainValidation, ...]:
    """Of a renewal that waits for its domains, or failed by one of them."""
    renewal = request.renewal
    if renewal is None or request.stage is not Stage.ISSUED:
        return ()
    is_declined = any(one.status is ValidationStatus.FAILED for one in renewal.validations)
    return renewal.validations if renewal.status is RenewalStatus.PENDING_VALIDATION or is_declined else ()


def _with(request: CertificateRequest, validations: tuple[DomainValidation, ...], at: datetime) -> CertificateRequest:
    """A renewal that had failed goes on."""
    if request.stage is Stage.VALIDATING or request.renewal is None:
        return request.changed(validations=validations)
    renewal = replace(request.renewal, validations=validations)
    if renewal.status is not RenewalStatus.PENDING_VALIDATION:
        renewal = Renewal(RenewalStatus.PENDING_VALIDATION, at.replace(microsecond=0), validations=validations)
    return request.changed(renewal=renewal)


def _unanswered(one: DomainValidation) -> DomainValidation:
    """To be asked anew, unless it is approved."""
    if one.status is ValidationStatus.SUCCESS:
        return one
    return replace(one, status=ValidationStatus.PENDING_VALIDATION, sent_at=None)


def _no_mail(found: Certificate, cause: str) -> InvalidStateException:
    return InvalidStateException(explained(f"No mail can be sent for certificate {found.arn}", cause, ""))


def _check_mail(call: Call, found: Certificate) -> None:
    """Raises InvalidStateException where there is no mail server: the call would succeed, and nobody be written to."""
    if not call.house.sends_mail:
        raise InvalidStateException(
            explained(
                f"No mail can be sent for certificate {found.arn}",
                "this installation has no mail server",
                "have its operator set smtp_server, or request the certificate with ValidationMethod=DNS",
            )
        )


def _check_unapproved(one: DomainValidation) -> None:
    """Raises InvalidStateException."""
    if one.status is ValidationStatus.SUCCESS:
        raise InvalidStateException(
            explained(f"No mail can be sent about {one.domain_name}", f"its validation is {one.status} already", "")
        )
