"""New certificates of the private authority: a root, a cross certificate, an intermediate; made, sealed and stored.

When that is to happen is decided in `authority`. All of one rotation is one unit of work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealstone.model import ids
from sealstone.model.authority import (
    NOBODY,
    AuthorityCertificate,
    AuthorityPlan,
    IssuedCertificate,
    Role,
    State,
    serial_text,
)
from sealstone.model.ids import Chance
from sealstone.model.secret import Secret
from sealstone.seal.envelope import Keyring
from sealstone.store import authorities, issued_certificates
from sealstone.store.engine import Tx
from sealstone.workers import authority_choice
from sealstone.x509.making import authority, constraints, host_limits, keys, names
from sealstone.x509.making.authority import Authority, Issued
from sealstone.x509.making.certificates import NOWHERE, Points
from sealstone.x509.making.host_limits import Domains
from sealstone.x509.making.names import Subject
from sealstone.x509.making.problems import WiderThanRoot

ROOT_DAYS: Final = 7305
"""20 years: whoever trusts a root does so by hand, so it changes rarely."""
INTERMEDIATE_DAYS: Final = 1826
"""5 years."""
_KIND: Final = {Role.ROOT: "Root", Role.INTERMEDIATE: "Issuing"}


def points_of(url: str, certificate_id: str) -> Points:
    """Where this certificate of the authority answers for what it issued."""
    if not url:
        return NOWHERE
    return Points(f"{url}/{certificate_id}.crl", f"{url}/ocsp", f"{url}/{certificate_id}.cer")


def opened(tx: Tx, keyring: Keyring, row: AuthorityCertificate) -> Authority:
    """A root, or an intermediate with its root above it, and its key. Raises SealFault, X509Problem, LookupError."""
    sealed = authorities.sealed_key(tx, row.certificate_id)
    above = authorities.find(tx, row.issued_by) if row.issued_by else None
    if sealed is None:
        raise LookupError(f"the authority's certificate {row.certificate_id} has no private key")
    ders = (row.certificate, above.certificate) if above else (row.certificate,)
    return authority.opened(ders, keyring.unseal(sealed, bound_to=row.bound_to))


@dataclass(frozen=True, slots=True)
class Made:
    """What issues from now on."""

    intermediate: AuthorityCertificate
    root: AuthorityCertificate | None = None
    """The new one; None when the intermediate is below the root that was there."""
    cross: AuthorityCertificate | None = None
    """By which clients of the root before get to the new one; None when that one is over."""
    beyond: Domains = ()
    """Below which hosts are wanted that the root which was there does not permit, as `host_limits.beyond` has them."""
    permitted: Domains = ()
    """Below which hosts the root that was there permits certificates; none: below any."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes within one unit of work, at one time."""

    tx: Tx
    keyring: Keyring
    chance: Chance
    plan: AuthorityPlan
    at: datetime

    def first(self) -> None:
        """A root and an intermediate, where there is nothing."""
        above, _ = self._root(ids.new_request_id(self.chance), None)
        self._intermediate(above, self.plan.permitted_names)

    def next(self, *, root: bool, narrowed: bool = False) -> Made:
        """A new intermediate, below a new root when `root`; the ones before it retire.

        A new root is certified by the one before it, too. An intermediate for more names than its root permits is
        refused, or narrowed to what both permit when `narrowed`: somebody has to issue. Raises SealFault, X509Problem
        (WiderThanRoot), LookupError when there is no root that is valid already.
        """
        rows = authorities.every(self.tx)
        present = authority_choice.root(rows, self.at)
        wanted = self.plan.permitted_names
        permitted = host_limits.permitted(present.certificate) if present else ()
        beyond = host_limits.beyond(wanted, permitted)
        cross = None
        if root:
            above, cross = self._root(rows[0].authority_id, present)
        elif present:
            above = present
            if beyond and not narrowed:
                raise WiderThanRoot(host_limits.told(permitted), host_limits.told(wanted))
            wanted = host_limits.within(wanted, permitted)
        else:
            raise LookupError(
                f"its root was made while the clock was ahead and is valid from {rows[0].created_at:%Y-%m-%d %H:%M} "
                "UTC on; wait until then, or make another one: sealstone ca rotate --root"
            )
        below = self._intermediate(above, wanted)
        self._retire(row for row in rows if row.role is Role.INTERMEDIATE or root)
        self._activate(above)
        return Made(below, above if root else None, cross, beyond, permitted)

    def take_back(self, intermediate: AuthorityCertificate) -> None:
        """Issue with it and with its root again: what took their place is not valid yet."""
        rows = authorities.every(self.tx)
        self._retire(row for row in rows if row.role is Role.INTERMEDIATE)
        authorities.activate(self.tx, intermediate.certificate_id)
        above = next(row for row in rows if row.certificate_id == intermediate.issued_by)
        self._activate(above)

    def _activate(self, root: AuthorityCertificate) -> None:
        """This root alone."""
        self._retire(row for row in authorities.every(self.tx) if row.role is Role.ROOT)
        authorities.activate(self.tx, root.certificate_id)

    def _retire(self, rows: Iterable[AuthorityCertificate]) -> None:
        for row in rows:
            authorities.retire(self.tx, row.certificate_id)

    def _root(
        self, authority_id: str, before: AuthorityCertificate | None
    ) -> tuple[AuthorityCertificate, AuthorityCertificate | None]:
        """And the same key and name certified by the one before, unless that one is over."""
        key, subject = keys.new(authority.KEY_TYPE), self._subject(Role.ROOT, authority_id)
        limits = constraints.read(_subtrees(self.plan.permitted_names), ())
        made = authority.root(subject, key, at=self.at, days=ROOT_DAYS, names=limits, random=self.chance)
        row = self._stored(Role.ROOT, authority_id, None, made, key)
        left, cross = (before.not_after - self.at).days if before else 0, None
        if before and left > 0:
            crossed = authority.intermediate(
                opened(self.tx, self.keyring, before),
                subject,
                key,
                at=self.at,
                days=min(left, ROOT_DAYS),
                path_length=1,
                names=limits,
                points=points_of(self.plan.url, before.certificate_id),
                random=self.chance,
            )
            cross = self._stored(Role.CROSS, authority_id, before, crossed, None)
        return row, cross

    def _intermediate(self, root: AuthorityCertificate, permitted: Sequence[str]) -> AuthorityCertificate:
        key = keys.new(authority.KEY_TYPE)
        made = authority.intermediate(
            opened(self.tx, self.keyring, root),
            self._subject(Role.INTERMEDIATE, root.authority_id),
            key,
            at=self.at,
            days=min(INTERMEDIATE_DAYS, (root.not_after - self.at).days),
            names=constraints.read(_subtrees(permitted), ()),
            points=points_of(self.plan.url, root.certificate_id),
            random=self.chance,
        )
        return self._stored(Role.INTERMEDIATE, root.authority_id, root, made, key)

    def _subject(self, role: Role, authority_id: str) -> Subject:
        """No two alike, of other installations neither: verifiers look for issuers and lists by name."""
        number = 1 + sum(row.role is role for row in authorities.every(self.tx))
        name = self.plan.name
        return names.authority(f"CN={name} {_KIND[role]} CA {authority_id[:8]}-{number},O={name}")

    def _stored(
        self, role: Role, authority_id: str, issuer: AuthorityCertificate | None, made: Issued, key: Secret | None
    ) -> AuthorityCertificate:
        row = AuthorityCertificate(
            certificate_id=self.chance(8).hex(),
            authority_id=authority_id,
            role=role,
            state=State.ACTIVE,
            issued_by=issuer.certificate_id if issuer else None,
            certificate=made.certificate,
            created_at=self.at,
            not_after=made.period.not_after,
        )
        authorities.add(self.tx, row, self.keyring.seal(key, bound_to=row.bound_to) if key else None)
        if issuer:
            serial, holder = serial_text(made.serial_number), NOBODY
            issued = IssuedCertificate(
                serial, issuer.certificate_id, row.certificate_id, holder, self.at, made.period.not_after
            )
            issued_certificates.add(self.tx, issued)
        return row


def _subtrees(permitted: Sequence[str]) -> list[str]:
    """As `constraints` reads them."""
    return [f"DNS:{name}" for name in permitted]
