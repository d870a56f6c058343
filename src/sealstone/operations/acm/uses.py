"""Who uses a certificate, and what that keeps from being done with it."""

from typing import Final

from sealstone.model.certificate import Certificate
from sealstone.operations.acm.errors import ResourceInUseException
from sealstone.operations.call import Call
from sealstone.store import certificate_uses, load_balancers

_USED: Final = "certificates in use"


def users(call: Call, certificate: Certificate) -> tuple[str, ...]:
    """The ARNs of the load balancers that use it."""
    found = certificate_uses.load_balancers(call.tx, call.account_id, certificate.unique_id)
    rows = (load_balancers.with_id(call.tx, call.account_id, load_balancer_id) for load_balancer_id in found)
    return tuple(sorted(row.arn for row in rows if row is not None))


def is_used(call: Call, certificate: Certificate) -> bool:
    """Whether any does: one query a call, however many certificates are asked about. Of what changes no use."""
    if _USED not in call.found:
        call.found[_USED] = certificate_uses.used(call.tx, call.account_id)
    used: frozenset[str] = call.found[_USED]
    return certificate.unique_id in used


def check_unused(call: Call, certificate: Certificate) -> None:
    """Raises ResourceInUseException, in recorded words."""
    if users(call, certificate):
        raise ResourceInUseException(f"Certificate {certificate.arn} in account {call.account_id} is in use.")
