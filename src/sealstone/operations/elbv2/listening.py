"""What a v2 listener may be: protocol, port, policies, certificate and client certificates, read and judged together.

Source: API reference, CreateListener and ModifyListener. Nothing is stored here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sealstone.model import ssl_policies
from sealstone.model.application_detail import MutualAuthentication
from sealstone.model.balancing import Balancing
from sealstone.operations.balancing_errors import DuplicateListener, UnsupportedProtocol
from sealstone.operations.call import Call
from sealstone.operations.elbv2 import certificates, mutual
from sealstone.operations.elbv2.errors import ALPNPolicyNotFound, SSLPolicyNotFound
from sealstone.operations.elbv2.named import Balancer, Port
from sealstone.operations.elbv2.wording import conflict
from sealstone.operations.errors import ValidationError
from sealstone.operations.listening_addresses import taken_ports, unbindable
from sealstone.store import listeners

ENCRYPTED: Final = frozenset({"HTTPS", "TLS"})
ALPN: Final = ("HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None")
_APPLICATION: Final = ("HTTPS", "HTTP")
_NETWORK: Final = ("TLS", "TCP")
_DATAGRAMS: Final = frozenset({"UDP", "TCP_UDP", "QUIC", "TCP_QUIC"})


@dataclass(frozen=True, slots=True)
class Encryption:
    """What is sent of TLS; None stands for what is not sent."""

    ssl_policy: str | None = None
    certificates: Sequence[Mapping[str, Any]] | None = None
    alpn: Sequence[str] | None = None
    mutual: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Encrypted:
    """What a listener has of TLS; all empty without it."""

    ssl_policy: str | None = None
    certificate_id: str | None = None
    alpn: tuple[str, ...] = ()
    mutual: MutualAuthentication | None = None


def check_protocol(balancer: Balancer, protocol: str) -> None:
    """Whether the load balancer can have it. Raises ValidationError in AWS's words, and UnsupportedProtocol."""
    if balancer.is_network and protocol in _DATAGRAMS:
        raise UnsupportedProtocol(
            f"Listener protocol '{protocol}' is not offered here: only TCP connections are balanced. "
            f"Use one of '{', '.join(_NETWORK)}'"
        )
    allowed = _NETWORK if balancer.is_network else _APPLICATION
    if protocol not in allowed:
        raise ValidationError(f"Listener protocol '{protocol}' must be one of '{', '.join(allowed)}'")


def check_port(call: Call, balancer: Balancer, number: int, there: Sequence[Port]) -> None:
    """Whether the port is free and can be bound. Raises DuplicateListener and InvalidConfigurationRequest."""
    if any(port.record.port == number for port in there):
        raise DuplicateListener(f"A listener already exists on this port for this load balancer '{balancer.arn}'")
    _check_bindable(call.house.balancing, number)
    address = balancer.record.address
    if taken_ports(address, listeners.bound(call.tx, balancer.record.unique_id), [number]):
        raise conflict(
            f"Another load balancer listens on port {number} at {address}.",
            "Load balancers that share an address cannot have the same port;",
            "choose another port, or give the setting listener_addresses more addresses and create the load balancer "
            "anew.",
        )


def read(call: Call, protocol: str, sent: Encryption, there: Encrypted = Encrypted()) -> Encrypted:
    """What a listener of the protocol has of TLS: what is sent, else what is `there`, else AWS's default.

    Raises ValidationError, SSLPolicyNotFound, ALPNPolicyNotFound, TrustStoreNotFound and what certificates raise.
    """
    if protocol not in ENCRYPTED:
        _refuse(protocol, sent)
        return Encrypted()
    certificate_id = there.certificate_id
    if sent.certificates:
        certificate_id = certificates.read_default(call, sent.certificates, is_network=protocol in _NETWORK)
    if certificate_id is None:
        raise ValidationError(f"A certificate must be specified for {protocol} listeners")
    return Encrypted(
        _policy(call, protocol, sent.ssl_policy, there.ssl_policy),
        certificate_id,
        _alpn(protocol, sent.alpn, there.alpn),
        _mutual(call, protocol, sent.mutual, there.mutual),
    )


def check_mixture(balancer: Balancer, name: str | None, others: Sequence[Port]) -> None:
    """Whether the security policy goes with those of the other listeners (application guide, "FIPS security policies").

    Of network load balancers no such rule is documented. Raises InvalidConfigurationRequest [code and text inferred].
    """
    if name is None or balancer.is_network:
        return
    is_fips = ssl_policies.POLICIES[name].is_fips
    for other in others:
        theirs = other.detail.ssl_policy
        if theirs and ssl_policies.POLICIES[theirs].is_fips is not is_fips:
            raise conflict(
                "FIPS and non-FIPS security policies cannot be mixed on one application load balancer.",
                f"The listener on port {other.record.port} has {theirs}, and {name} is of the other kind;",
                "choose one of its kind, or delete the other secure listeners first.",
            )


def _check_bindable(balancing: Balancing, number: int) -> None:
    if unbindable(balancing, [number]):
        raise conflict(
            f"A listener cannot be bound to port {number}.",
            f"The setting listener_port_offset adds {balancing.port_offset}, and the sum is no port;",
            "choose another port, or change the setting.",
        )


def _refuse(protocol: str, sent: Encryption) -> None:
    """Whether nothing of TLS is sent for a listener without it; empty lists are nothing."""
    for name, value in (
        ("A certificate", sent.certificates),
        ("An SSL policy", sent.ssl_policy),
        ("An ALPN policy", [name for name in sent.alpn or () if name != "None"]),
    ):
        if value:
            raise ValidationError(f"{name} cannot be specified for {protocol} listeners")
    if sent.mutual and sent.mutual.get("Mode", mutual.OFF) != mutual.OFF:
        raise ValidationError(f"Mutual authentication cannot be specified for {protocol} listeners")


def _policy(call: Call, protocol: str, sent: str | None, there: str | None) -> str:
    if sent == "":
        raise ValidationError(f"An SSL policy must be specified for {protocol} listeners")
    name = sent or there or ssl_policies.DEFAULT
    policy = ssl_policies.POLICIES.get(name)
    if policy is None:
        raise SSLPolicyNotFound(f"SSL policy '{name}' not found")
    if policy.is_fips:
        call.warnings.append(f"{name}: its protocols and ciphers are served, by a module without FIPS validation.")
    if policy.is_hybrid:
        call.warnings.append(f"{name}: its protocols and ciphers are served, without hybrid key exchange.")
    if policy.groups:
        call.warnings.append(f"{name}: certificates of the listener are not held to it, those of clients neither.")
    elif policy.is_cnsa:
        call.warnings.append(f"{name}: its protocols and ciphers are served, with any group and any signature.")
    return name


def _alpn(protocol: str, sent: Sequence[str] | None, there: tuple[str, ...]) -> tuple[str, ...]:
    if sent is None:
        return there if protocol == "TLS" else ()
    if len(sent) > 1:
        raise ValidationError(f"Up to '1' ALPN policies can be specified, but '{len(sent)}' were specified")
    for name in sent:
        if name not in ALPN:
            raise ALPNPolicyNotFound(f"ALPN policy '{name}' must be one of '{', '.join(ALPN)}'")
        if protocol != "TLS" and name != "None":
            raise ValidationError(f"An ALPN policy cannot be specified for {protocol} listeners")
    return tuple(sent) if protocol == "TLS" else ()


def _mutual(
    call: Call, protocol: str, sent: Mapping[str, Any] | None, there: MutualAuthentication | None
) -> MutualAuthentication | None:
    if protocol != "HTTPS":
        _refuse(protocol, Encryption(mutual=sent))
        return None
    return there if sent is None else mutual.check(call, sent)
