"""Listeners, the certificates they use, and what was last seen of them, as records."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Listener:
    """One port of one load balancer; `listener_id` is 16 digits of hex."""

    account_id: str
    listener_id: str
    load_balancer_id: str
    port: int
    """As AWS knows it; what is bound is this and `Balancing.port_offset`."""
    protocol: str
    """In AWS's capitals: HTTP, HTTPS, TCP, SSL, and of v2 TLS, UDP and others."""
    document: Mapping[str, Any] = field(default_factory=dict)
    """Of a classic one: `classic_detail`."""

    def documented(self, document: Mapping[str, Any]) -> Self:
        """The same listener with another document."""
        return replace(self, document=document)


@dataclass(frozen=True, slots=True)
class CertificateUse:
    """A listener's default certificate, or one that it chooses by server name."""

    account_id: str
    listener_id: str
    certificate_id: str
    is_default: bool = True


class ListenerStatus(StrEnum):
    """What is known of a listener's serving."""

    PENDING = "pending"
    SERVING = "serving"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ListenerState:
    """What the deploy worker saw of one listener when it last looked."""

    listener_id: str
    generation: int
    """The configuration's, that this is about."""
    status: ListenerStatus
    reason: str
    """Why not, in one sentence; empty when it serves."""
    served_fingerprint: str
    """SHA-256 of the certificate that was seen in a handshake, lower-case hex; empty without TLS."""
    checked_at: datetime
