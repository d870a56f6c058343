"""UpdateCertificateOptions: the preference about transparency logs, and the way from validation by mail to the DNS.

Source: UpdateCertificateOptions (API reference); CertificateOptions: Export cannot be changed later; user guide,
"Updating a certificate's validation method". That the records are there is found by a worker.
"""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.model.certificate import Certificate, CertificateStatus, CertificateType
from sealstone.model.certificate_request import (
    CertificateRequest,
    MethodUpdate,
    Stage,
    UpdateStatus,
    ValidationMethod,
)
from sealstone.operations.acm import domain_validations, domains
from sealstone.operations.acm.descriptions import ENABLED, export_option
from sealstone.operations.acm.errors import ConflictException, InvalidStateException
from sealstone.operations.acm.named import find_certificate, named_certificate
from sealstone.operations.acm.wording import explained
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import certificate_requests as stored

_PREFERENCE: Final = "CertificateTransparencyLoggingPreference"
_METHOD: Final = "ValidationMethod"
_CHANGEABLE: Final = (CertificateStatus.PENDING_VALIDATION, CertificateStatus.ISSUED)


@operation("acm", on=named_certificate, access="Write")
def update_certificate_options(call: Call, *, certificate_arn: str, options: Mapping[str, str]) -> Mapping[str, Any]:
    """Change the preference, begin to change the validation method, or both. Export may be sent as it is.

    A change of the method leaves the certificate as it is, and its renewal by mail, until all records are found.
    """
    found = find_certificate(call, certificate_arn)
    request = _changeable(call, found)
    _check_export(found, options.get("Export"))
    if _PREFERENCE in options:
        request = request.changed(transparency_logged=options[_PREFERENCE] == ENABLED)
    if _METHOD in options:
        stored.look(call.tx, found, _updating(call, found, request, options[_METHOD]), call.now)
    elif _PREFERENCE in options:
        stored.save(call.tx, found, request)
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


def _updating(call: Call, found: Certificate, request: CertificateRequest, sent: str) -> CertificateRequest:
    """With the change under way. Raises ValidationError, InvalidStateException, ConflictException."""
    _check_method(found, request, sent)
    if request.is_updating:
        raise ConflictException(
            explained(
                f"The validation method of certificate {found.arn} is being changed already",
                "its records have not all been found",
                "set those that ListCertificateDomainValidations tells",
            )
        )
    names = [one.domain_name for one in request.validations]
    domains.check_recordable(names)
    now = call.now.replace(microsecond=0)
    update = MethodUpdate(
        status=UpdateStatus.PENDING_DOMAIN_VALIDATION,
        old_method=ValidationMethod.EMAIL,
        new_method=ValidationMethod.DNS,
        requested_at=now,
        updated_at=now,
        validations=domain_validations.planned(call, names, ValidationMethod.DNS, {}),
    )
    return request.changed(method_update=update)


def _check_method(found: Certificate, request: CertificateRequest, sent: str) -> None:
    """From EMAIL to DNS is the one way (documented). Raises ValidationError, and InvalidStateException."""
    refused = f"The validation method of certificate {found.arn} cannot be changed"
    if sent != ValidationMethod.DNS:
        raise ValidationError(
            explained(
                f"{refused} to {sent}", "only that to DNS can be made", "give DNS, or request another certificate"
            )
        )
    if request.stage is not Stage.ISSUED:
        raise InvalidStateException(
            explained(refused, "it is not issued yet", "try again when its status is ISSUED, or request another one")
        )
    present = request.validations[0].method
    if present is not ValidationMethod.EMAIL:
        raise InvalidStateException(
            explained(refused, f"its domains are validated by {present}, and only EMAIL can be left", "")
        )
