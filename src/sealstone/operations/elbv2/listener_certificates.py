"""The certificates that a listener chooses from by server name: add, remove, describe.

A certificate may be the default and on the list as well, and is then described twice (API reference).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sealstone.model import balancing_quota
from sealstone.operations.call import Call
from sealstone.operations.certificate_references import present_arn
from sealstone.operations.elbv2 import certificates
from sealstone.operations.elbv2.errors import OperationNotPermitted, TooManyCertificates
from sealstone.operations.elbv2.listening import ENCRYPTED
from sealstone.operations.elbv2.named import Port, everything, find_listener, named_listener, ports
from sealstone.operations.elbv2.wording import cut
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import certificate_uses, quotas

Sent = Sequence[Mapping[str, Any]]


@operation("elbv2", on=named_listener, access="Write")
def add_listener_certificates(call: Call, *, listener_arn: str, certificates: Sent) -> Mapping[str, Any]:
    """Add certificates to the list; one that is there already is no error (API reference)."""
    found = _encrypted(call, listener_arn)
    return _added(call, found, certificates)


@operation("elbv2", on=named_listener, access="Write")
def remove_listener_certificates(call: Call, *, listener_arn: str, certificates: Sent) -> Mapping[str, Any]:
    """Take certificates from the list; the default one cannot be removed, only replaced (API reference)."""
    found = _encrypted(call, listener_arn)
    for certificate in certificates:
        _remove(call, found, str(certificate.get("CertificateArn") or ""))
    return {}


@operation("elbv2", on=everything, access="Read")
def describe_listener_certificates(
    call: Call, *, listener_arn: str, marker: str | None = None, page_size: int | None = None
) -> Mapping[str, Any]:
    """The default one first, then the list."""
    found = find_listener(call, listener_arn)
    uses = certificate_uses.of(call.tx, call.account_id, found.record.listener_id)
    chosen, more = cut(uses, marker, page_size, lambda use: f"{int(not use.is_default)}{use.certificate_id}")
    return {"Certificates": [certificates.member(call, use) for use in chosen]} | more


def _encrypted(call: Call, arn: str) -> Port:
    found = find_listener(call, arn)
    if found.record.protocol not in ENCRYPTED:
        raise ValidationError(f"A certificate cannot be specified for {found.record.protocol} listeners")
    return found


def _added(call: Call, found: Port, sent: Sent) -> Mapping[str, Any]:
    if not sent:
        raise ValidationError("A certificate ARN must be specified")
    wanted = certificates.read_list(call, sent, is_network=found.balancer.is_network)
    _check_quota(call, found, wanted)
    for certificate_id in wanted:
        certificates.add(call, found, certificate_id)
    return {
        "Certificates": [
            {"CertificateArn": present_arn(call, certificate_id), "IsDefault": False} for certificate_id in wanted
        ]
    }


def _check_quota(call: Call, found: Port, wanted: Iterable[str]) -> None:
    """Of all listeners together, without the default ones; one that several have on their lists counts once [inferred].

    Raises TooManyCertificates.
    """
    uses = [use for port in ports(call, found.balancer) for use in certificates.listed(call, port)]
    there = {use.certificate_id for use in uses}
    limit = quotas.value(call.tx, call.account_id, balancing_quota.CERTIFICATES)
    if not there.issuperset(wanted) and len(there.union(wanted)) > limit:
        raise TooManyCertificates(
            f"The listeners of a load balancer can have {limit} certificates together, without the default ones; "
            f"remove some, or raise the quota {balancing_quota.CERTIFICATES.name}."
        )


def _remove(call: Call, found: Port, arn: str) -> None:
    """What is neither on the list nor the default is no error [inferred]: the operation has none for it."""
    uses = certificate_uses.of(call.tx, call.account_id, found.record.listener_id)
    named = [use for use in uses if present_arn(call, use.certificate_id) == arn]
    on_list = [use for use in named if not use.is_default]
    if named and not on_list:
        raise OperationNotPermitted(
            f"The default certificate '{arn}' cannot be removed; replace it with ModifyListener instead"
        )
    for use in on_list:
        certificate_uses.remove(call.tx, use)
