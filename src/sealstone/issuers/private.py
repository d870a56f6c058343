"""The private authority as an issuer: it signs at once what an order asks for, if its name constraints allow it.

Its certificate and its key are handed in open; a certificate is handed out only after `record` has kept it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sealstone.issuers.issuer import Issued, IssuerAway, Order, OrderRefused
from sealstone.x509.making import authority, names, requests
from sealstone.x509.making.authority import Authority
from sealstone.x509.making.certificates import NOWHERE, Chance, Points, Usage
from sealstone.x509.making.names import Subject
from sealstone.x509.making.problems import IssuerRefused, NameRefused, OutlivesIssuer, RequestRefused, UnusableKey

Record = Callable[[int, Order, datetime], None]
"""Keeps a serial number with its order and its end, durably. Raises IssuerProblem."""


@dataclass(frozen=True, slots=True)
class Above:
    """A certificate that is sent along after the intermediate, DER, and when it ends."""

    certificate: bytes = field(repr=False)
    not_after: datetime


@dataclass(frozen=True, slots=True)
class PrivateIssuer:
    """An Issuer over an opened authority. The same order placed twice may be carried out twice; both are recorded."""

    authority: Authority = field(repr=False)
    record: Record = field(repr=False)
    random: Chance = field(repr=False)
    usages: Sequence[Usage] = (Usage.SERVER,)
    points: Points = NOWHERE
    above: tuple[Above, ...] = ()
    """Cross certificates. One that ends before the new certificate is left out: verifiers may stumble over it."""

    def issue(self, order: Order) -> Issued:
        """Sign what is ordered. Raises OrderRefused, IssuerAway."""
        if order.days < 1:
            raise OrderRefused("a certificate is valid for one day at least", "PCA_INVALID_DURATION")
        try:
            request = requests.read(order.request)
        except RequestRefused as problem:
            raise OrderRefused(str(problem), "PCA_INVALID_ARGS") from None
        subject = self._subject(order)
        try:
            made = authority.issue(
                self.authority,
                subject,
                request.public_key,
                at=order.at,
                days=order.days,
                usages=self.usages,
                points=self.points,
                random=self.random,
            )
        except OutlivesIssuer as problem:
            raise OrderRefused(str(problem), "PCA_INVALID_DURATION") from None
        except (IssuerRefused, UnusableKey) as problem:  # its time, not the order, is at fault
            raise IssuerAway(str(problem)) from None
        self.record(made.serial_number, order, made.period.not_after)
        above = [each.certificate for each in self.above if each.not_after >= made.period.not_after]
        return Issued(made.certificate, (*made.chain(with_root=False), *above))

    def _subject(self, order: Order) -> Subject:
        """From the order, whatever the request says: the names were validated, the request was not."""
        every = dict.fromkeys((order.domain_name, *order.names))
        try:
            subject = names.server("", [f"DNS:{name}" for name in every])
            authority.check_names(self.authority, subject)
        except (NameRefused, IssuerRefused) as problem:
            raise OrderRefused(str(problem), "PCA_NAME_CONSTRAINTS_VALIDATION") from None
        return subject
