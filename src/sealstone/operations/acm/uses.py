"""Who uses a certificate, and what that keeps from being done with it."""

from sealstone.model.certificate import Certificate
from sealstone.operations.acm.errors import ResourceInUseException
from sealstone.operations.call import Call
from sealstone.store import certificate_uses, load_balancers


def users(call: Call, certificate: Certificate) -> tuple[str, ...]:
    """The ARNs of the load balancers that use it."""
    found = certificate_uses.load_balancers(call.tx, call.account_id, certificate.unique_id)
    rows = (load_balancers.with_id(call.tx, call.account_id, load_balancer_id) for load_balancer_id in found)
    return tuple(sorted(row.arn for row in rows if row is not None))


def check_unused(call: Call, certificate: Certificate) -> None:
    """Raises ResourceInUseException, in recorded words."""
    if users(call, certificate):
        raise ResourceInUseException(f"Certificate {certificate.arn} in account {call.account_id} is in use.")
