"""What imported certificates are not made for: export and options. Both refuse, since there are no others here yet."""

from collections.abc import Mapping
from typing import Any

from sealstone.operations.acm.errors import InvalidStateException
from sealstone.operations.acm.named import find_certificate, named_certificate
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation


@operation("acm", on=named_certificate, access="Read")
def export_certificate(call: Call, *, certificate_arn: str, passphrase: bytes) -> Mapping[str, Any]:  # noqa: ARG001
    """Refuse: a private key that was imported stays here (user guide, "Export a private certificate")."""
    found = find_certificate(call, certificate_arn)
    raise ValidationError(
        f"Certificate ARN: {found.arn} is not a private certificate. It was imported, and the private key of an "
        "imported certificate is never given back; take it from where it was imported from."
    )


@operation("acm", on=named_certificate, access="Write")
def update_certificate_options(
    call: Call,
    *,
    certificate_arn: str,
    options: Mapping[str, str],  # noqa: ARG001 - refused whatever they are
) -> Mapping[str, Any]:
    """Refuse, in AWS's words (recorded: nccgroup/ScoutSuite#1519)."""
    find_certificate(call, certificate_arn)
    raise InvalidStateException("The UpdateCertificateOptions command is not permitted for imported certificates.")
