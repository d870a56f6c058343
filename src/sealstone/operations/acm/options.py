"""UpdateCertificateOptions: the preference about transparency logs; export is chosen once, with the request.

Source: UpdateCertificateOptions (API reference); CertificateOptions: Export cannot be changed later.
"""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.model.certificate import Certificate, CertificateStatus, CertificateType
from sealstone.model.certificate_request import CertificateRequest
from sealstone.operations.acm.descriptions import ENABLED, export_option
from sealstone.operations.acm.errors import InvalidStateException
from sealstone.operations.acm.named import find_certificate, named_certificate
from sealstone.operations.acm.wording import explained
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import certificate_requests as stored

_PREFERENCE: Final = "CertificateTransparencyLoggingPreference"
_CHANGEABLE: Final = (CertificateStatus.PENDING_VALIDATION, CertificateStatus.ISSUED)


@operation("acm", on=named_certificate, access="Write")
def update_certificate_options(call: Call, *, certificate_arn: str, options: Mapping[str, str]) -> Mapping[str, Any]:
    """Change the preference. Other options may be sent as they are, which changes nothing."""
    found = find_certificate(call, certificate_arn)
    request = _changeable(call, found)
    _check_export(found, options.get("Export"))
    _check_method(request, options.get("ValidationMethod"))
    if _PREFERENCE in options:
        logged = options[_PREFERENCE] == ENABLED
        stored.save(call.tx, found, request.changed(transparency_logged=logged))
    return {}


def _changeable(call: Call, found: Certificate) -> CertificateRequest:
    """Its request. Raises InvalidStateException, of imported certificates in AWS's words (nccgroup/ScoutSuite#1519)."""
    request = found.request
    if request is None:
        raise InvalidStateException("The UpdateCertificateOptions command is not permitted for imported certificates.")
    status = found.status(call.now)
    if found.kind is CertificateType.PRIVATE:
        raise InvalidStateException(
            explained(
                f"The options of certificate {found.arn} cannot be changed",
                "it is private: no log has it, and it can always be exported",
                "leave them",
            )
        )
    if status not in _CHANGEABLE:
        raise InvalidStateException(
            explained(
                f"The options of certificate {found.arn} cannot be changed",
                f"its status is {status}",
                "request another one",
            )
        )
    return request


def _check_export(found: Certificate, sent: str | None) -> None:
    """Raises ValidationError."""
    if sent not in (None, export_option(found)):
        raise ValidationError(
            explained(
                "The option Export cannot be changed",
                f"certificate {found.arn} was requested with Export={export_option(found)}",
                f"request another one with Export={sent}",
            )
        )


def _check_method(request: CertificateRequest, sent: str | None) -> None:
    """Raises ValidationError: AWS has a way from mail to DNS, with a validation of its own under the same ARN."""
    if sent is not None and {one.method for one in request.validations} != {sent}:
        raise ValidationError(
            explained(
                "A change of the validation method is not supported here",
                f"the domains are not validated by {sent}",
                f"request another certificate with ValidationMethod={sent}",
            )
        )
