"""A house in which certificates are issued: a store, an authority that can be away, a clock that is moved."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, cast

from cryptography import x509
from tests.databases import migrated
from tests.pki import NOW

from sealstone.issuers.issuer import Issued, IssuerAway, Order, OrderRefused, Waiting
from sealstone.model.certificate import Certificate, CertificateStatus, CertificateType
from sealstone.model.certificate_detail import CertificateDetail
from sealstone.model.certificate_request import (
    INSIDE,
    OUTSIDE,
    CertificateRequest,
    DomainValidation,
    Stage,
    ValidationMethod,
    ValidationStatus,
)
from sealstone.model.listener import CertificateUse, ListenerState, ListenerStatus
from sealstone.model.secret import Secret
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.store import (
    certificate_requests,
    certificate_uses,
    certificates,
    configuration,
    events,
    listener_states,
)
from sealstone.workers.errands import renewal_time
from sealstone.workers.issuing import Issuing
from sealstone.x509.making import authority, keys, names

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-central-1"
SECOND: Final = timedelta(seconds=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


@dataclass
class Authority:
    """An issuer that counts its orders, and is away or refuses when told to."""

    at: datetime = NOW
    away: bool = False
    refusal: OrderRefused | None = None
    waiting: Waiting | None = None
    instead: tuple[str, ...] = ()
    """The names that it issues for, whatever was ordered."""
    orders: list[Order] = field(default_factory=list)
    spoil: Callable[[Issued], Issued] = lambda issued: issued
    meanwhile: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        """A root that outlives every test."""
        key = keys.new("p256")
        made = authority.root(names.authority("CN=Root,O=Tests"), key, at=self.at, days=20_000, random=os.urandom)
        self._opened = authority.opened([made.certificate], key)

    def issue(self, order: Order) -> Issued | Waiting:
        """As the seam says."""
        if self.away:
            raise IssuerAway("the authority does not answer")
        self.orders.append(order)
        if self.refusal:
            raise self.refusal
        if self.waiting:
            return self.waiting
        public_key = cast("keys.PublicHandle", x509.load_der_x509_csr(order.request).public_key())
        subject = names.server("", [f"DNS:{name}" for name in self.instead or order.names])
        made = authority.issue(self._opened, subject, public_key, at=order.at, days=order.days, random=os.urandom)
        self.meanwhile()
        return self.spoil(Issued(made.certificate, made.chain(with_root=True)))


@dataclass
class Owners:
    """Whoever validates domains: says yes, no, or nothing yet."""

    answer: ValidationStatus = ValidationStatus.SUCCESS
    reason: str = ""
    asked: int = 0
    meanwhile: Callable[[], None] = lambda: None

    def checked(self, certificate: Certificate, _at: datetime) -> tuple[tuple[DomainValidation, ...], str]:
        """Every pending domain gets the answer."""
        self.asked += 1
        self.meanwhile()
        assert certificate.request is not None
        pending = ValidationStatus.PENDING_VALIDATION
        found = tuple(
            replace(one, status=self.answer) if one.status is pending else one
            for one in certificate.request.validations
        )
        return found, self.reason


class Issuance:
    """A store and one worker over it; others may be made over the same store."""

    def __init__(self, directory: Path) -> None:
        self.now = NOW
        self.path = directory / "sealstone.db"
        self.store = migrated(self.path)
        self.keyring = Keyring(MasterKeys({"0" * 16: Secret(bytes(32))}, "0" * 16), os.urandom)
        self.authority = Authority()
        self.owners = Owners()
        self.worker = self.another()

    def another(self) -> Issuing:
        """One more worker."""
        return Issuing(
            self.store,
            self.keyring,
            lambda _certificate: self.authority,
            self.owners,
            clock=lambda: self.now,
            chance=os.urandom,
        )

    def close(self) -> None:
        """Of the store."""
        self.store.close()

    def ask(
        self,
        name: str,
        *,
        stage: Stage = Stage.ISSUING,
        method: ValidationMethod | None = None,
        days: int = 395,
        kind: CertificateType = CertificateType.PRIVATE,
        algorithm: str = "EC_prime256v1",
        account_id: str = ACCOUNT,
    ) -> Certificate:
        """A request as RequestCertificate leaves it."""
        status = ValidationStatus.PENDING_VALIDATION if stage is Stage.VALIDATING else ValidationStatus.SUCCESS
        validation = DomainValidation(f"{name}.example", f"{name}.example", method, status, emails=("a@b.example",))
        request = CertificateRequest(self.now, stage, algorithm, (validation,), days=days)
        detail = CertificateDetail(
            f"{name}.example", (f"{name}.example",), f"CN={name}.example", "", "", algorithm, "SHA256WITHECDSA", (), ()
        )
        certificate = Certificate(account_id, REGION, name, kind, 0, None, self.now, detail, request=request)
        with self.store.writing() as tx:
            certificates.add(tx, certificate)
            certificate_requests.add(tx, certificate, request, due_at=self.now)
        return certificate

    def of(self, name: str) -> Certificate:
        """As it is stored now."""
        with self.store.reading() as tx:
            found = certificates.find(tx, ACCOUNT, REGION, name)
        assert found is not None
        return found

    def request_of(self, name: str) -> CertificateRequest:
        """Its request."""
        request = self.of(name).request
        assert request is not None
        return request

    def use(self, name: str, listener_id: str = "l") -> None:
        """Let a listener use it."""
        with self.store.writing() as tx:
            certificate_uses.add(tx, CertificateUse(ACCOUNT, listener_id, name, is_default=True))

    def served(self, listener_id: str = "l", reason: str = "", *, always: bool = False) -> None:
        """The deploy worker saw the listener, in the present configuration or in any that will ever be."""
        status = ListenerStatus.FAILED if reason else ListenerStatus.SERVING
        with self.store.writing() as tx:
            generation = 10**9 if always else configuration.generation(tx)
            listener_states.put(tx, ListenerState(listener_id, generation, status, reason, "", self.now))

    def opens(self, name: str) -> bool:
        """Whether the key of the present content is there and opens."""
        certificate = self.of(name)
        with self.store.reading() as tx:
            sealed = certificates.sealed_key(tx, certificate)
        return sealed is not None and bool(self.keyring.unseal(sealed, bound_to=certificate.bound_to))

    def told(self) -> list[str]:
        """The events so far, by their types."""
        with self.store.reading() as tx:
            return [one.document["detail-type"] for one in events.after(tx, 0)]

    def pass_time(self, time: timedelta) -> None:
        """And let the worker do whatever is due then."""
        self.now += time
        while self.worker.round(INSIDE) + self.worker.round(OUTSIDE):
            pass


def issued(house: Issuance, name: str = "a", **more: int) -> Issuance:
    """With one certificate that is issued."""
    house.ask(name, days=more.get("days", 47))
    house.pass_time(SECOND)
    assert house.of(name).status(house.now) is CertificateStatus.ISSUED
    return house


def to_renewal(house: Issuance, name: str = "a") -> None:
    """The time at which its renewal is due."""
    house.now = renewal_time(house.of(name)) - SECOND
    house.pass_time(SECOND)
