"""What a listener of a classic load balancer may be, and whether it fits those that are there.

Source: API reference, Listener; classic guide, "Listeners for your Classic Load Balancer". Nothing is stored here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sealstone.model.balancing import Balancing
from sealstone.operations.balancing_errors import (
    CertificateNotFound,
    DuplicateListener,
    InvalidConfigurationRequest,
    UnsupportedProtocol,
)
from sealstone.operations.call import Call
from sealstone.operations.certificate_references import UnusableCertificate, resolve
from sealstone.operations.elb.named import Port
from sealstone.operations.elb.wording import conflict
from sealstone.operations.errors import ValidationError
from sealstone.operations.listening_addresses import Bound, taken_ports, unbindable

HTTP_LAYER: Final = frozenset({"HTTP", "HTTPS"})
SECURE: Final = frozenset({"HTTPS", "SSL"})
_PROTOCOLS: Final = ("HTTP", "HTTPS", "TCP", "SSL")
# Classic guide, "SSL/TLS certificates": what is not among these comes through IAM.
_OF_ACM: Final = frozenset({"RSA 1024", "RSA 2048", "RSA 3072"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A listener as it was asked for, protocols in capitals."""

    port: int
    protocol: str
    instance_port: int
    instance_protocol: str
    certificate_id: str | None
    """Of secure ones only."""


def read(call: Call, sent: Sequence[Mapping[str, Any]]) -> tuple[Wanted, ...]:
    """What was sent, each judged by itself and against the others.

    Raises ValidationError, UnsupportedProtocol, CertificateNotFound, AccessDenied, DuplicateListener and
    InvalidConfigurationRequest.
    """
    if not sent:
        raise ValidationError("Listeners cannot be empty")
    wanted = tuple(_one(call, listener) for listener in sent)
    numbers = [one.port for one in wanted]
    for number in numbers:
        if numbers.count(number) > 1:
            raise DuplicateListener(f"The request has more than one listener with LoadBalancerPort {number}; send one.")
    return wanted


def certificate_id(call: Call, arn: str) -> str:
    """The id of the certificate. Raises CertificateNotFound and AccessDenied."""
    reference = resolve(call, arn)
    sentence = f"Server Certificate not found for the key: {arn}"
    if reference is None:
        raise CertificateNotFound(sentence)
    if isinstance(reference, UnusableCertificate):
        raise CertificateNotFound(f"{sentence}. {reference.reason}")
    if reference.is_of_acm and reference.key_algorithm not in _OF_ACM:
        raise CertificateNotFound(
            f"{sentence}. A classic load balancer takes RSA keys of 1024 to 3072 bits out of ACM, and this one is "
            f"{reference.key_algorithm}; upload the certificate to IAM, from where it takes more kinds."
        )
    return reference.certificate_id


def is_same(there: Port, wanted: Wanted, certificate: str | None) -> bool:
    """Whether a listener that is there is the one that is wanted; `certificate` is the id that it uses."""
    detail = there.detail
    return (there.record.protocol, detail.instance_port, detail.instance_protocol, certificate) == (
        wanted.protocol,
        wanted.instance_port,
        wanted.instance_protocol,
        wanted.certificate_id,
    )


def check_instance_ports(wanted: Sequence[Wanted], there: Sequence[Port] = ()) -> None:
    """Listeners with one instance port talk to it securely, all or none (API reference). Raises ..Request."""
    secure = {port.detail.instance_port: port.detail.instance_protocol in SECURE for port in there}
    for one in wanted:
        if secure.setdefault(one.instance_port, one.instance_protocol in SECURE) != (one.instance_protocol in SECURE):
            raise conflict(
                f"Listeners with the same InstancePort {one.instance_port} must all use a secure InstanceProtocol "
                "(HTTPS or SSL), or all another.",
                f"The listener with LoadBalancerPort {one.port} has {one.instance_protocol};",
                "give it the kind of protocol that the others have, or another InstancePort.",
            )


def check_free(balancing: Balancing, address: str, bound: Bound, numbers: Sequence[int]) -> None:
    """Whether the ports can be bound at the load balancer's address. Raises InvalidConfigurationRequest."""
    check_bindable(balancing, numbers)
    for number in taken_ports(address, bound, numbers):
        raise port_taken(number, address)


def check_bindable(balancing: Balancing, numbers: Sequence[int]) -> None:
    """Whether the ports are still ports with the offset of the settings. Raises InvalidConfigurationRequest."""
    for number in unbindable(balancing, numbers):
        raise conflict(
            f"A listener cannot be bound to port {number}.",
            f"The setting listener_port_offset adds {balancing.port_offset}, and the sum is no port;",
            "choose another port, or change the setting.",
        )


def port_taken(number: int, address: str = "") -> InvalidConfigurationRequest:
    """Two load balancers share an address and want the same port."""
    where = f"at {address}" if address else "at every address of the setting listener_addresses"
    return conflict(
        f"Another load balancer listens on port {number} {where}.",
        "Load balancers that share an address cannot have the same port;",
        "choose another port, or give the setting listener_addresses more addresses and create the load balancer anew.",
    )


def _one(call: Call, sent: Mapping[str, Any]) -> Wanted:
    protocol = _protocol(sent["Protocol"])
    instance_protocol = _protocol(sent.get("InstanceProtocol") or protocol)
    port = sent["LoadBalancerPort"]
    if not 1 <= port <= 65535:
        raise ValidationError(f"LoadBalancerPort must be between 1 and 65535, and is {port}.")
    if (protocol in HTTP_LAYER) != (instance_protocol in HTTP_LAYER):
        raise conflict(
            f"A listener with Protocol {protocol} cannot have InstanceProtocol {instance_protocol}.",
            "Both must be of the same layer:",
            "HTTP or HTTPS with HTTP or HTTPS, TCP or SSL with TCP or SSL.",
        )
    return Wanted(port, protocol, sent["InstancePort"], instance_protocol, _certificate(call, protocol, sent))


def _protocol(text: str) -> str:
    """In capitals, whatever it was sent in (API reference: not case-sensitive)."""
    protocol = text.upper()
    if protocol not in _PROTOCOLS:
        raise UnsupportedProtocol(f"Unsupported protocol '{text}'; listeners have {', '.join(_PROTOCOLS)}.")
    return protocol


def _certificate(call: Call, protocol: str, sent: Mapping[str, Any]) -> str | None:
    """On a listener without TLS a certificate is discarded, silently (recorded)."""
    if protocol not in SECURE:
        return None
    arn = sent.get("SSLCertificateId")
    if not arn:
        raise ValidationError("Secure Listeners need to specify a SSLCertificateId")
    return certificate_id(call, arn)
