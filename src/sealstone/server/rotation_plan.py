"""What a rotation would touch, and whether the new certificate fits it: read and judged before anything is stored."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from sealstone.model.listener import CertificateUse, Listener
from sealstone.model.load_balancer import Kind
from sealstone.model.server_certificate import ServerCertificate
from sealstone.operations.certificate_references import UnusableCertificate, of_server_certificate
from sealstone.operations.elbv2 import certificates
from sealstone.server.faults import RotationFailed
from sealstone.store import certificate_uses, listeners, load_balancers, rotations, server_certificates
from sealstone.store.engine import Tx
from sealstone.x509.bundle import CertificateBundle

_SHOWN: Final = 5
"""How many listeners a message names: an installation may have thousands."""


@dataclass(frozen=True, slots=True)
class Used:
    """One listener that uses the old certificate."""

    use: CertificateUse
    listener: Listener
    load_balancer: str
    kind: Kind

    def __str__(self) -> str:
        what = "" if self.use.is_default else ", by server name"
        return f"{self.load_balancer}, port {self.listener.port}{what}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The certificate to be replaced, and all that uses it."""

    old: ServerCertificate
    used: tuple[Used, ...]
    """With those on which a rotation that was killed has put something else."""
    leftovers: tuple[ServerCertificate, ...] = ()
    """What rotations that were killed have stored."""

    def begun(self, bundle: CertificateBundle) -> ServerCertificate | None:
        """The leftover that is this very certificate, its chain too: what was killed goes on with it."""
        wanted = (bundle.fingerprint, bundle.certificate_chain)
        return next((one for one in self.leftovers if (one.fingerprint, one.certificate_chain) == wanted), None)


def plan(tx: Tx, account_id: str, name: str) -> Plan:
    """What a rotation of the named certificate would touch. Raises RotationFailed when there is no such certificate."""
    old = server_certificates.find(tx, account_id, name)
    if old is None:
        raise RotationFailed(f"there is no server certificate named {name} in account {account_id}")
    leftovers = rotations.left(tx, old)
    return Plan(old, tuple(used for one in (old, *leftovers) for used in uses(tx, one)), leftovers)


def uses(tx: Tx, certificate: ServerCertificate) -> tuple[Used, ...]:
    """Every listener that uses the certificate now."""
    balancers = {one.unique_id: one for one in load_balancers.every(tx)}
    found = (use for use in certificate_uses.every(tx) if use.certificate_id == certificate.unique_id)
    rows = ((use, listeners.with_id(tx, use.account_id, use.listener_id)) for use in found)
    placed = ((use, row, balancers[row.load_balancer_id]) for use, row in rows if row is not None)
    return tuple(Used(use, row, balancer.name, balancer.kind) for use, row, balancer in placed)


def check(planned: Plan, bundle: CertificateBundle) -> None:
    """Whether every listener would take the new certificate, as if it were attached by a call.

    Raises RotationFailed, with the reason and the listeners.
    """
    if planned.old.fingerprint == bundle.fingerprint:
        raise RotationFailed(f"{planned.old.name} is this very certificate already")
    for kind, reason in _judged(planned, bundle):
        if reason:
            refusing = listed([used for used in planned.used if used.kind is kind])
            raise RotationFailed(f"nothing was changed; the new certificate cannot be used by {refusing}. {reason}")


def listed(found: list[Used]) -> str:
    """The first few of them, for a message of one line."""
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "; ".join(str(used) for used in found[:_SHOWN]) + more


def _judged(planned: Plan, bundle: CertificateBundle) -> Iterator[tuple[Kind, str]]:
    """Why no listener of a kind of load balancer can use it. A classic one takes whatever can be loaded."""
    body, chain = bundle.certificate_body, bundle.certificate_chain
    found = of_server_certificate(replace(planned.old, certificate_body=body, certificate_chain=chain))
    for kind in sorted({used.kind for used in planned.used}):
        if isinstance(found, UnusableCertificate):
            yield kind, found.reason
        elif kind is not Kind.CLASSIC:
            yield kind, certificates.fault(found, is_network=kind is Kind.NETWORK)
