"""A private authority over a store of its own, with a clock that is moved: for every test about it.

made = Installation(tmp_path)
leaf = made.issue("www.example.com")
made.revoke(leaf.certificate)
"""

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from tests.databases import migrated
from tests.house_fixture import Clock
from tests.pki import NOW

from sealstone.issuers.issuer import Issued, Order
from sealstone.model.authority import (
    AuthorityCertificate,
    AuthorityPlan,
    Holder,
    RevocationReason,
    Role,
    State,
    serial_text,
)
from sealstone.model.secret import Secret
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.server.authority_door import AuthorityDoor
from sealstone.store import authorities, issued_certificates
from sealstone.workers.authority import AuthorityKeeper
from sealstone.x509.making import keys, names, online_status, requests
from sealstone.x509.making.certificates import Usage

HOST: Final = "www.example.com"
URL: Final = "http://ca.example.com/ca"
HOLDER: Final = Holder("123456789012", "us-east-1", "0f0f0f0f")
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
KEY: Final = keys.new("p256")


def request_for(*hosts: str, key: Secret = KEY) -> bytes:
    """A certificate request, DER."""
    return requests.new(names.server("", hosts or [HOST]), key)


def order_of(*hosts: str, at: datetime = NOW, **changes: Any) -> Order:
    """An order for these hosts, of a year unless told otherwise."""
    hosts = hosts or (HOST,)
    values: dict[str, Any] = {
        "order_id": "order-1",
        "domain_name": hosts[0],
        "names": hosts,
        "request": request_for(),
        "days": 395,
        "at": at,
    }
    return Order(**(values | changes))


def loaded(data: bytes) -> x509.Certificate:
    """From DER."""
    return x509.load_der_x509_certificate(data)


def serial_of(certificate: bytes) -> str:
    """As it is stored."""
    return serial_text(loaded(certificate).serial_number)


@dataclass
class Installation:
    """A store with its keeper and its door."""

    directory: Path
    plan: AuthorityPlan = field(default_factory=lambda: AuthorityPlan(url=URL))
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.store = migrated(self.directory / "sealstone.db", busy_timeout=0.2)
        self.ring = Keyring(MasterKeys({"00" * 8: Secret(bytes(32))}, "00" * 8), os.urandom)
        self.keeper = self.another_keeper()
        self.door = AuthorityDoor(self.store, self.keeper, self.clock)

    def another_keeper(self, plan: AuthorityPlan | None = None) -> AuthorityKeeper:
        """As another process has one."""
        return AuthorityKeeper(self.store, self.ring, os.urandom, self.clock, plan or self.plan)

    def issue(
        self, *hosts: str, holder: Holder = HOLDER, usages: Sequence[Usage] = (Usage.SERVER,), **changes: Any
    ) -> Issued:
        """One certificate."""
        issued = self.keeper.issuer(holder, usages=usages).issue(order_of(*hosts, at=self.clock.now, **changes))
        assert isinstance(issued, Issued)
        return issued

    def revoke(self, certificate: bytes, reason: RevocationReason = RevocationReason.UNSPECIFIED) -> bool:
        """In the store alone: no list is made."""
        with self.store.writing() as tx:
            return issued_certificates.revoke(tx, serial_of(certificate), self.clock.now, reason)

    def rows(self) -> tuple[AuthorityCertificate, ...]:
        """All certificates of the authority."""
        with self.store.reading() as tx:
            return authorities.every(tx)

    def row(self, role: Role, state: State = State.ACTIVE) -> AuthorityCertificate:
        """The one of that role and state."""
        (found,) = [row for row in self.rows() if (row.role, row.state) == (role, state)]
        return found

    def list_of(self, certificate_id: str) -> x509.CertificateRevocationList:
        """Its present revocation list."""
        with self.store.reading() as tx:
            found = authorities.revocation_list(tx, certificate_id)
        assert found is not None
        return x509.load_der_x509_crl(found[0])

    def status(self, certificate: bytes, issuer: bytes, nonce: bytes = b"") -> ocsp.OCSPResponse:
        """What the door answers about it."""
        answer = self.door.answer("POST", "/ca/ocsp", question(certificate, issuer, nonce))
        assert answer is not None
        return ocsp.load_der_ocsp_response(answer.body)


def question(certificate: bytes, issuer: bytes, nonce: bytes = b"") -> bytes:
    """A status request about one certificate, DER."""
    named = next(one for one in online_status.names_of(issuer) if one.digest == _SHA256)
    number = loaded(certificate).serial_number
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(named.name_hash, named.key_hash, number, SHA256())
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def as_path(request: bytes) -> str:
    """Where a status request goes by GET."""
    return f"/ca/ocsp/{base64.b64encode(request).decode().replace('+', '%2B').replace('=', '%3D')}"
