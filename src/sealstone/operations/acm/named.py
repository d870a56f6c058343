"""What calls act on: the ARNs behind parameters, and the certificates behind those."""

import re
from datetime import datetime
from typing import Final

from sealstone.model.certificate import Certificate, CertificateStatus, certificate_arn
from sealstone.operations.acm.errors import InvalidArnException, RequestInProgressException
from sealstone.operations.call import Call, Resource
from sealstone.operations.errors import AWSError, ResourceNotFoundException
from sealstone.store import certificates as stored

_ARN: Final = re.compile(r"arn:aws:acm:([a-z0-9-]{1,64}):([0-9]{12}):certificate/([A-Za-z0-9-]{1,64})", re.ASCII)
_FORM: Final = "arn:aws:acm:REGION:ACCOUNT:certificate/ID"


def everything(_call: Call) -> tuple[Resource, ...]:
    """Listing and settings act on no resource that there is (service authorization reference)."""
    return (Resource("*"),)


def named_certificate(call: Call) -> tuple[Resource, ...]:
    """The certificate that CertificateArn names, as it is named."""
    return _named(call, "CertificateArn")


def named_resource(call: Call) -> tuple[Resource, ...]:
    """The same of ResourceArn."""
    return _named(call, "ResourceArn")


def imported_certificate(call: Call) -> tuple[Resource, ...]:
    """The certificate that is there, or all of the Region: of a new one no id is known (recorded in a denial)."""
    if call.parameters.get("CertificateArn"):
        return named_certificate(call)
    return new_certificate(call)


def new_certificate(call: Call) -> tuple[Resource, ...]:
    """All of the Region (recorded: ministryofjustice/modernisation-platform#3313, a denial of RequestCertificate)."""
    return (Resource(certificate_arn(call.region, call.account_id, "*")),)


def find_certificate(call: Call, arn: str) -> Certificate:
    """By ARN. Raises InvalidArnException for one of another form, ResourceNotFoundException when there is none."""
    if _ARN.fullmatch(arn) is None:
        raise InvalidArnException(f"The ARN {arn} is no certificate's; one has the form {_FORM}.")
    found = _lookup(call, arn)
    if found is None:
        raise ResourceNotFoundException(f"Could not find certificate {arn} in account {call.account_id}.")
    return found


def find_imported(call: Call, arn: str) -> Certificate:
    """As `find_certificate`, in the words that ImportCertificate has for it (recorded)."""
    try:
        return find_certificate(call, arn)
    except ResourceNotFoundException:
        raise ResourceNotFoundException(f"Could not find certificate {arn}.") from None


def not_issued(certificate: Certificate, at: datetime) -> AWSError:
    """The error for what only an issued certificate can do; while it may still be issued, AWS's own code for that."""
    status = certificate.status(at)
    if status is CertificateStatus.PENDING_VALIDATION:
        return RequestInProgressException(
            f"Certificate {certificate.arn} is not yet issued: its status is {status}. Try again when it is ISSUED "
            "(aws acm wait certificate-validated)."
        )
    return ResourceNotFoundException(
        f"Certificate {certificate.arn} was not issued: its status is {status}. Request another one."
    )


def _named(call: Call, parameter: str) -> tuple[Resource, ...]:
    sent = str(call.parameters.get(parameter) or "*")
    found = _lookup(call, sent)
    return (Resource(sent, found.tags if found else {}),)


def _lookup(call: Call, arn: str) -> Certificate | None:
    """Of this account and Region alone, one query a call however often it is asked."""
    parts = _ARN.fullmatch(arn)
    if parts is None or (parts[1], parts[2]) != (call.region, call.account_id):
        return None
    key = f"certificate {arn}"
    if key not in call.found:
        call.found[key] = stored.find(call.tx, call.account_id, call.region, parts[3])
    found: Certificate | None = call.found[key]
    return found
