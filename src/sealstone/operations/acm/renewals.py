"""RenewCertificate: a renewal ahead of its time, for what managed renewal would take. The renewing is a worker's.

Source: RenewCertificate (API reference); user guide, "Managed certificate renewal".
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sealstone.model.certificate import Certificate, CertificateStatus
from sealstone.model.certificate_request import (
    VALIDATION_ENDS,
    CertificateRequest,
    DomainValidation,
    Renewal,
    RenewalStatus,
    ValidationStatus,
)
from sealstone.operations.acm.descriptions import eligibility
from sealstone.operations.acm.errors import RequestInProgressException
from sealstone.operations.acm.named import find_certificate, named_certificate, not_issued
from sealstone.operations.acm.uses import users
from sealstone.operations.acm.wording import explained
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import certificate_requests as stored

# Recorded: crossplane-contrib/provider-aws#908.
_NEVER_LEFT: Final = "Certificate ARN {} has not been exported so it is not eligible for the Renew Certificate API."


@operation("acm", on=named_certificate, access="Write")
def renew_certificate(call: Call, *, certificate_arn: str) -> Mapping[str, Any]:
    """Renew at once what is in use or was exported since it was issued. What its worker finds then is told by it.

    A renewal that owners of domains declined, or left without an answer, begins anew.
    """
    found = find_certificate(call, certificate_arn)
    request = _renewable(call, found)
    if request.renewal_wished or (request.is_renewing and not _is_stuck(request.renewal, call.now)):
        raise RequestInProgressException(f"Certificate {found.arn} is being renewed already.")
    wished_at = call.now.replace(microsecond=0)
    again = request.changed(renewal_wished=True, renewal_wished_at=wished_at, tries=0)
    stored.schedule(call.tx, found, again, call.now)
    return {}


def _is_stuck(renewal: Renewal | None, at: datetime) -> bool:
    """Whether it waits for owners in vain: one declined, a question has ended, or nobody is being asked."""
    if renewal is None or renewal.status is not RenewalStatus.PENDING_VALIDATION:
        return False
    nobody_asked = not any(one.sent_at for one in renewal.validations)
    return nobody_asked or any(
        one.status is ValidationStatus.FAILED or _has_ended(one, at) for one in renewal.validations
    )


def _has_ended(asked: DomainValidation, at: datetime) -> bool:
    """Whether nobody answered its mail, which can no longer be answered (ACM user guide: within 72 hours)."""
    is_open = asked.status is ValidationStatus.PENDING_VALIDATION
    return is_open and asked.sent_at is not None and at >= asked.sent_at + VALIDATION_ENDS


def _renewable(call: Call, found: Certificate) -> CertificateRequest:
    """Its request. Raises ValidationError, and while it has yet to be issued RequestInProgressException."""
    if found.request is None:
        raise ValidationError(
            explained(
                f"Certificate {found.arn} cannot be renewed here",
                "it was imported",
                "have it renewed where it was issued, and import its successor under the same ARN",
            )
        )
    if found.content is None:
        raise not_issued(found, call.now)
    status = found.status(call.now)
    if status is not CertificateStatus.ISSUED:
        raise ValidationError(
            explained(f"Certificate {found.arn} cannot be renewed", f"its status is {status}", "request another one")
        )
    if eligibility(call, found, in_use=bool(users(call, found))) != "ELIGIBLE":
        raise ValidationError(
            explained(
                _NEVER_LEFT.format(found.arn), "nothing here uses it either", "export it, or let a listener use it"
            )
        )
    return found.request
