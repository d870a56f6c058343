"""RenewCertificate: a renewal ahead of its time, for what managed renewal would take. The renewing is a worker's.

Source: RenewCertificate (API reference); user guide, "Managed certificate renewal".
"""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.model.certificate import Certificate, CertificateStatus
from sealstone.model.certificate_request import CertificateRequest, RenewalStatus
from sealstone.operations.acm.descriptions import eligibility
from sealstone.operations.acm.errors import RequestInProgressException
from sealstone.operations.acm.named import find_certificate, named_certificate, not_issued
from sealstone.operations.acm.uses import users
from sealstone.operations.acm.wording import explained
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import certificate_requests as stored

_UNDER_WAY: Final = (RenewalStatus.PENDING_AUTO_RENEWAL, RenewalStatus.PENDING_VALIDATION)
# Recorded: crossplane-contrib/provider-aws#908.
_NEVER_LEFT: Final = "Certificate ARN {} has not been exported so it is not eligible for the Renew Certificate API."


@operation("acm", on=named_certificate, access="Write")
def renew_certificate(call: Call, *, certificate_arn: str) -> Mapping[str, Any]:
    """Renew at once what is in use or was exported since it was issued. What its worker finds then is told by it."""
    found = find_certificate(call, certificate_arn)
    request = _renewable(call, found)
    if request.renewal_wished or (request.renewal and request.renewal.status in _UNDER_WAY):
        raise RequestInProgressException(f"Certificate {found.arn} is being renewed already.")
    stored.schedule(call.tx, found, request.changed(renewal_wished=True, tries=0), call.now)
    return {}


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
