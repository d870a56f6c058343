"""Certificates of listeners: which a listener may use, and which it uses.

Source: application load balancer guide, "SSL certificates"; network load balancer guide, "Server certificates". AWS
takes keys for network load balancers that leave their listeners broken (recorded); here they are refused [differs].
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sealstone.model.listener import CertificateUse
from sealstone.operations.balancing_errors import CertificateNotFound
from sealstone.operations.call import Call
from sealstone.operations.certificate_references import (
    CertificateReference,
    UnusableCertificate,
    present_arn,
    resolve,
)
from sealstone.operations.elbv2.errors import TooManyCertificates, UnsupportedCertificate
from sealstone.operations.elbv2.named import Port
from sealstone.operations.errors import ValidationError
from sealstone.store import certificate_uses
from sealstone.x509 import server_names, targets

Sent = Sequence[Mapping[str, Any]]

_KEY: Final = re.compile(r"RSA (\d+)|EC P-(256|384|521)", re.ASCII)
_LARGEST_RSA: Final = targets.ELB.keys.rsa_bits_max
_LARGEST_OF_NETWORKS: Final = targets.NETWORK_LOAD_BALANCER.keys.rsa_bits_max


def read_default(call: Call, sent: Sent, *, is_network: bool) -> str:
    """The id of the one certificate that CreateListener and ModifyListener take; for which load balancer tells keys.

    Raises TooManyCertificates, ValidationError, CertificateNotFound, UnsupportedCertificate and AccessDenied.
    """
    if len(sent) > 1:
        raise TooManyCertificates(f"Up to '1' certificate ARNs can be specified, but '{len(sent)}' were specified")
    (found,) = read_list(call, sent, is_network=is_network)
    return found


def read_list(call: Call, sent: Sent, *, is_network: bool) -> tuple[str, ...]:
    """Ids of certificates, each once, in order. Raises as `read_default`."""
    read: dict[str, None] = {}
    for certificate in sent:
        if certificate.get("IsDefault") is not None:
            raise ValidationError("IsDefault cannot be specified; it tells which certificate is the default one")
        arn = certificate.get("CertificateArn")
        if not arn:
            raise ValidationError("A certificate ARN must be specified")
        read[_usable(call, arn, is_network=is_network)] = None
    return tuple(read)


def default_of(call: Call, port: Port) -> str | None:
    """The id of a listener's default certificate."""
    uses = certificate_uses.of(call.tx, call.account_id, port.record.listener_id)
    return next((use.certificate_id for use in uses if use.is_default), None)


def listed(call: Call, port: Port) -> tuple[CertificateUse, ...]:
    """Those that a listener chooses from by server name, besides its default."""
    uses = certificate_uses.of(call.tx, call.account_id, port.record.listener_id)
    return tuple(use for use in uses if not use.is_default)


def set_default(call: Call, port: Port, certificate_id: str) -> None:
    """Let a listener have this default certificate and no other; its list stays."""
    there = default_of(call, port)
    if there == certificate_id:
        return
    if there is not None:
        certificate_uses.remove(call.tx, _use(call, port, there, is_default=True))
    certificate_uses.add(call.tx, _use(call, port, certificate_id, is_default=True))


def add(call: Call, port: Port, certificate_id: str) -> None:
    """Put a certificate on the list; nothing is written when it is there."""
    use = _use(call, port, certificate_id, is_default=False)
    if use not in listed(call, port):
        certificate_uses.add(call.tx, use)


def member(call: Call, use: CertificateUse) -> dict[str, Any]:
    """As DescribeListenerCertificates tells it."""
    return {"CertificateArn": present_arn(call, use.certificate_id), "IsDefault": use.is_default}


def _use(call: Call, port: Port, certificate_id: str, *, is_default: bool) -> CertificateUse:
    return CertificateUse(call.account_id, port.record.listener_id, certificate_id, is_default)


def fault(reference: CertificateReference, *, is_network: bool) -> str:
    """Why a listener cannot use a certificate of this key and these names, and the cure; empty when it can.

    Source: the guides, "SSL certificates" and "Server certificates"; recorded: that a common name that is not the full
    name of a host is not enough.
    """
    largest = _LARGEST_OF_NETWORKS if is_network else _LARGEST_RSA
    key = _KEY.fullmatch(reference.key_algorithm)
    if key is None or int(key[1] or 0) > largest:
        kind = "a network" if is_network else "an application"
        other = ", or an application load balancer" if is_network else ""
        return (
            f"Its key is {reference.key_algorithm}, and {kind} load balancer takes RSA of at most {largest} bits or "
            f"EC; use a certificate with such a key{other}."
        )
    if not any(map(server_names.is_fully_qualified, reference.names)):
        return "Neither its DNS names nor, when it has none, its common name is one; have one issued for a host."
    return ""


def _usable(call: Call, arn: str, *, is_network: bool) -> str:
    reference = resolve(call, arn)
    if reference is None:
        raise CertificateNotFound(f"Certificate '{arn}' not found")
    if isinstance(reference, UnusableCertificate):
        raise _unsupported(arn, reference.reason)
    reason = fault(reference, is_network=is_network)
    if reason:
        raise _unsupported(arn, reason)
    return reference.certificate_id


def _unsupported(arn: str, reason: str) -> UnsupportedCertificate:
    """In AWS's words (recorded: hashicorp/terraform-provider-aws#26245), of certificates that are not issued too."""
    return UnsupportedCertificate(
        f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a supported key "
        f"size. {reason}"
    )
