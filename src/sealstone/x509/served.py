"""What is to be said of the certificates that a server sends: would a client take them, and if not, why not.

The verdict is that of careful clients: the name by RFC 9525, dates, the way up to something trusted, what the issuers
may do. On top of it stands what most clients forgive and some do not: order, gaps, ballast. Revocation is not looked
at, nor Certificate Transparency. Bytes and time come in, findings go out; how they came is `probe`'s affair.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography.x509 import BasicConstraints, load_der_x509_certificate, verification

from sealstone.x509 import served_rules
from sealstone.x509.border import Otherwise
from sealstone.x509.description import CertificateDescription
from sealstone.x509.escaping import shown
from sealstone.x509.findings import Severity
from sealstone.x509.problems import NotCertificate, Part, X509Problem
from sealstone.x509.served_path import Trust, Way, described, way
from sealstone.x509.served_rules import Finding, Scene

_OF_CONSTRAINTS: Final = "name constraint"
MOST: Final = 64
"""Certificates of one server that are looked at; real chains have 2 to 4."""


class Place(StrEnum):
    """What a certificate is doing where it was sent."""

    SERVER = "server"
    ISSUER = "issuer"
    ROOT = "root"
    EXTRA = "extra"
    """Not on the way up from the server's own."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on what a server sent."""

    certificates: tuple[CertificateDescription | None, ...]
    """In the order sent; None where nothing could be read."""
    places: tuple[Place, ...]
    """What each of them is, in the same order."""
    way: Way | None
    """None when the first certificate cannot be read."""
    findings: tuple[Finding, ...]
    """The heaviest first."""
    not_after: datetime | None
    """When the first of those that a client needs runs out."""

    @property
    def verdict(self) -> Severity | None:
        """The heaviest of the findings. REFUSAL: clients do not take it. WARNING: some do not. NOTE and None: fine."""
        return self.findings[0].severity if self.findings else None


def judged(
    chain_ders: Sequence[bytes],
    *,
    host: str,
    at: datetime,
    trust_ders: Iterable[bytes],
    soon: timedelta | None = None,
    protocol: str = "",
) -> Judged:
    """The verdict of a client that asked for `host` (a name in A-labels or an IP address) at the time `at`.

    `chain_ders` is in the order sent; `trust_ders` is what the client trusts; `soon` is how long before its end a
    certificate is warned of (None: a quarter of its life, 14 days at most); `protocol` is what was spoken, in OpenSSL's
    spelling. Raises NotCertificate for an empty chain.
    """
    if not chain_ders:
        raise NotCertificate(Part.CERTIFICATE, "the server sent none")
    served = tuple(described(found, position) for position, found in enumerate(chain_ders[:MOST]))
    findings = list(_unread(served, len(chain_ders)))
    if served[0] is None:
        return Judged(served, _places(served, None), None, _heaviest_first(findings), None)
    scene = Scene(host, at, served, way(served, Trust(trust_ders), at), soon, protocol)
    findings += [finding for rule in _RULES for finding in rule(scene)]
    if not any(finding.severity is Severity.REFUSAL for finding in findings):
        findings += _second_opinion(scene)
    not_after = min(one.not_after for _, one in scene.needed)
    return Judged(served, _places(served, scene.way), scene.way, _heaviest_first(findings), not_after)


_RULES: Final[tuple[Callable[[Scene], Iterator[Finding]], ...]] = (
    served_rules.about_name,
    served_rules.about_dates,
    served_rules.about_trust,
    served_rules.about_order,
    served_rules.about_issuers,
    served_rules.about_constraints,
    served_rules.about_critical_extensions,
    served_rules.about_purpose,
    served_rules.about_strength,
    served_rules.about_protocol,
    served_rules.about_faults,
    served_rules.about_extras,
)
_WEIGHT: Final = {Severity.REFUSAL: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def _heaviest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: _WEIGHT[finding.severity]))


def _unread(served: Sequence[CertificateDescription | None], count: int) -> Iterator[Finding]:
    for position, one in enumerate(served):
        if one is None:
            cause = f"certificate {position} cannot be read"
            severity = Severity.WARNING if position else Severity.REFUSAL
            yield Finding("unreadable", severity, position, cause, "RFC 5280 4.1", "install the file as it was issued")
    if count > MOST:
        cause = f"the server sends {count} certificates, of which the first {MOST} are looked at"
        yield Finding("too-many", Severity.WARNING, None, cause, "RFC 8446 4.4.2", "send the chain only")


def _places(served: Sequence[CertificateDescription | None], found: Way | None) -> tuple[Place, ...]:
    def place(position: int, one: CertificateDescription | None) -> Place:
        if one is None:
            return Place.UNREADABLE
        if position == 0:
            return Place.SERVER
        if found is None or position not in found.positions:
            return Place.EXTRA
        return Place.ROOT if one.is_self_issued else Place.ISSUER

    return tuple(place(position, one) for position, one in enumerate(served))


def _second_opinion(scene: Scene) -> Iterator[Finding]:
    """What `cryptography`'s verifier says where no rule of ours refuses.

    With rules of its own about extensions switched off: private authorities that every client takes break them
    (an authority made by `openssl req -x509` has no key usage). Of name constraints it knows two kinds and refuses the
    others; ours know all.
    """
    anchor = scene.way.anchor
    if anchor is None or anchor.fingerprint == scene.leaf.fingerprint:
        return
    if min(one.serial_number for one in (anchor, *(one for _, one in scene.needed))) <= 0:
        return  # `cryptography` warns about such, and old roots are such
    authorities = verification.ExtensionPolicy.permit_all()
    authorities = authorities.require_present(BasicConstraints, verification.Criticality.AGNOSTIC, None)
    servers = verification.ExtensionPolicy.permit_all()
    try:
        with Otherwise(_refused):
            builder = verification.PolicyBuilder().time(scene.at).max_chain_depth(len(scene.served))
            builder = builder.store(verification.Store([load_der_x509_certificate(anchor.piece.der)]))
            builder = builder.extension_policies(ca_policy=authorities, ee_policy=servers)
            handles = [load_der_x509_certificate(one.piece.der) for _, one in scene.needed]
            # The verifier for clients, since the one for servers has its own mind about extensions; the name is ours.
            builder.build_client_verifier().verify(handles[0], handles[1:])
    except _Refused as refused:
        if _OF_CONSTRAINTS not in refused.cause:
            yield refused.finding()


class _Refused(X509Problem):
    """The verifier's refusal, on its way to a finding."""

    def finding(self) -> Finding:
        """By this verifier for certain; other clients may take it."""
        return Finding("second-opinion", Severity.WARNING, None, self.cause, "CA/Browser Forum BR 7.1", self.cure)


def _refused(fault: BaseException) -> _Refused:
    reason = str(fault).rpartition("candidates exhausted: ")[2]
    cause = f"a strict client refuses the chain: {shown(reason, 200)}"
    return _Refused(Part.CHAIN, cause, "have the chain issued again as the clause asks")
