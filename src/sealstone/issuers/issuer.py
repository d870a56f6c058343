"""The seam between what orders certificates and who issues them: an order in, a certificate or a time to ask again out.

One implementation signs at once (`private`); one that talks to an authority far away answers `Waiting` with what it
has to remember. No database and no sealed key here: whoever orders keeps both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Order:
    """One certificate that is wanted. The same `order_id` is the same order, however often it is placed."""

    order_id: str
    """ACCOUNT/REGION/CERTIFICATE/VERSION: what it will be kept as."""
    domain_name: str
    names: tuple[str, ...]
    """DNS names, `domain_name` among them; `*.` at most once, in front."""
    request: bytes = field(repr=False)
    """PKCS #10, DER, signed with the certificate's key (RFC 2986)."""
    days: int
    at: datetime
    state: Mapping[str, str] = field(default_factory=dict)
    """What the issuer asked to be remembered when it answered `Waiting`."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What the issuer signed, all in DER."""

    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    """What a server sends after it: the immediate issuer first, without the root."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The issuer needs time, and has not used the request yet: the next one is made with another key."""

    again_at: datetime
    state: Mapping[str, str]


class IssuerProblem(Exception):
    """An order that was not carried out: `str()` says why, for people."""


class IssuerAway(IssuerProblem):
    """The issuer cannot be asked now; later it may."""


class OrderRefused(IssuerProblem):
    """The issuer will not carry this order out, today or later. `reason` is a FailureReason of ACM's API model."""

    def __init__(self, explanation: str, reason: str = "OTHER") -> None:
        super().__init__(explanation)
        self.reason = reason


class Issuer(Protocol):
    """Whoever issues. Methods are called by several threads, and never inside a unit of work of the store."""

    def issue(self, order: Order) -> Issued | Waiting:
        """Carry the order out, or further. Raises IssuerProblem."""
