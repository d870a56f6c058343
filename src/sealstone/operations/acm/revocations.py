"""RevokeCertificate: a certificate counts no more, for good; lists and status of the authority say so from then on.

Source: RevokeCertificate (API reference); user guide, "Revoke a certificate". It can no longer be renewed or used; its
ARN stays until it is deleted. A renewal under way comes to nothing: its worker sees that the stage is another one.

Versions before the present one are revoked too, as long as they count: whoever exported one has its key. [ours]
"""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.model import certificate_event, event, ids
from sealstone.model.authority import Holder, RevocationReason, serial_text
from sealstone.model.certificate import Certificate, CertificateStatus
from sealstone.model.certificate_request import CertificateRequest, Stage
from sealstone.model.event import Event
from sealstone.operations.acm.named import find_certificate, named_certificate
from sealstone.operations.acm.uses import check_unused
from sealstone.operations.acm.wording import explained
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import certificate_requests, events, issued_certificates, superseded_certificates

_MISSPELT: Final = {"SUPERCEDED": RevocationReason.SUPERSEDED.value}
# A hold can be lifted (RFC 5280 5.3.1), and a revocation here cannot; the other one is the lifting.
_NOT_FINAL: Final = frozenset({"CERTIFICATE_HOLD", "REMOVE_FROM_CRL"})


@operation("acm", on=named_certificate, access="Write")
def revoke_certificate(call: Call, *, certificate_arn: str, revocation_reason: str) -> Mapping[str, Any]:
    """Revoke what was exported at some time and is in nobody's use here: the present version and all before it."""
    found = find_certificate(call, certificate_arn)
    reason = _reason(revocation_reason)
    request = _revocable(call, found)
    check_unused(call, found)
    _check_ours(call, found)
    issued_certificates.revoke_all(call.tx, Holder(found.account_id, found.region, found.unique_id), call.now, reason)
    # Nothing puts a revoked version back, and its key is for nothing any more.
    superseded_certificates.remove(call.tx, found)
    revoked = request.changed(
        stage=Stage.REVOKED, revoked_at=call.now.replace(microsecond=0), revocation_reason=reason.value
    )
    certificate_requests.schedule(call.tx, found, revoked, None)
    events.add(call.tx, _event(call, found, revoked))
    return {"CertificateArn": found.arn}


def _check_ours(call: Call, found: Certificate) -> None:
    """Raises ValidationError for a certificate that another authority issued."""
    if issued_certificates.find(call.tx, serial_text(int(found.detail.serial.replace(":", ""), 16))) is None:
        raise ValidationError(
            explained(
                f"Certificate {found.arn} cannot be revoked here",
                "the authority of this installation did not issue it",
                "have it revoked where it was issued",
            )
        )


def _reason(sent: str) -> RevocationReason:
    """Raises ValidationError."""
    if sent in _NOT_FINAL:
        raise ValidationError(
            explained(
                f"The revocation reason {sent} is not supported",
                "a revocation here is permanent, and that reason is for one that is not",
                "give another reason",
            )
        )
    return RevocationReason(_MISSPELT.get(sent, sent))


def _revocable(call: Call, found: Certificate) -> CertificateRequest:
    """Its request. Raises ValidationError."""
    status = found.status(call.now)
    request = found.request
    if request is None:
        cause, cure = "it was imported", "have it revoked where it was issued"
    elif found.content is None or status is not CertificateStatus.ISSUED:
        cause, cure = f"its status is {status}", "revoke certificates that are ISSUED; delete others"
    elif not request.exported:
        cause, cure = "its private key never left: it has not been exported", "delete it when nothing uses it"
    else:
        return request
    raise ValidationError(explained(f"Certificate {found.arn} cannot be revoked", cause, cure))


def _event(call: Call, found: Certificate, revoked: CertificateRequest) -> Event:
    """As ACM's user guide has it; the reason besides [ours]."""
    detail = {
        "Action": "REVOCATION",
        **certificate_event.members(found, found.content, in_use=False),
        "Exportable": revoked.exportable,
        "RevocationReason": revoked.revocation_reason,
    }
    return certificate_event.told(event.REVOKED, found, detail, ids.new_request_id(call.house.chance), call.now)
