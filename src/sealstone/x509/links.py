"""One link: whether a certificate was signed by another. Whole paths are `paths`' affair.

As in `chain`: by name and by signature, never by name alone; but of any kind of certificate, and a weak algorithm is
no refusal.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sealstone.x509 import names, signatures
from sealstone.x509.description import CertificateDescription
from sealstone.x509.signatures import Verdict

_MOST_CHECKS: Final = 5000  # signatures; 1,000 certificates of one name and many keys would make a million


class State(StrEnum):
    """What is known of a link."""

    VERIFIED = "verified"
    """Name and signature fit."""
    UNPROVEN = "unproven"
    """They fit or may fit, but the algorithm proves nothing any more, or is not known here."""
    BROKEN = "broken"
    """The other one did not sign it, or may not."""


@dataclass(frozen=True, slots=True)
class Link:
    """How a certificate stands to its issuer. `reason` is a clause about the certificate, empty when verified."""

    state: State
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether it may be followed."""
        return self.state is not State.BROKEN


VERIFIED: Final = Link(State.VERIFIED)


class Links:
    """Checks each signature once, and not more than some thousands. Make one for a set of certificates."""

    __slots__ = ("_known", "_left")

    def __init__(self, most: int = _MOST_CHECKS) -> None:
        self._known: dict[tuple[str, str], Link] = {}
        self._left = most

    def between(self, subject: CertificateDescription, issuer: CertificateDescription) -> Link:
        """Whether the issuer's name and key are the ones that signed the subject. What it may do is not looked at."""
        if not names.same(subject.issuer_name, issuer.subject_name):
            return Link(State.BROKEN, "it names another issuer")
        pair = subject.fingerprint, issuer.public_key_fingerprint
        if pair not in self._known:
            self._known[pair] = self._checked(subject, issuer)
        return self._known[pair]

    def as_issuer(self, subject: CertificateDescription, issuer: CertificateDescription) -> Link:
        """The same, and broken where the issuer says that it is no authority (RFC 5280 4.2.1.9)."""
        link = self.between(subject, issuer)
        if link.holds and issuer.authority is False and issuer.fingerprint != subject.fingerprint:
            return Link(State.BROKEN, "its issuer signed it, but is no authority (CA:FALSE)")
        return link

    def is_root(self, certificate: CertificateDescription) -> bool:
        """Whether it signed itself. A weak algorithm is no harm there: nobody relies on a root's own signature."""
        return certificate.is_self_issued and self.between(certificate, certificate).holds

    def _checked(self, subject: CertificateDescription, issuer: CertificateDescription) -> Link:
        if self._left <= 0:
            return Link(State.UNPROVEN, "its signature was not checked: there are too many of them")
        self._left -= 1
        signed = subject.signed
        verdict = signatures.verdict(issuer.key_info, signed.algorithm, signed.signature, signed.part)
        if verdict is Verdict.FAILS:
            return Link(State.BROKEN, _why_not(subject, issuer))
        if verdict is Verdict.NOT_CHECKED:
            return Link(State.UNPROVEN, f"a signature by {subject.signature} with {issuer.key} is not checked here")
        if signed.algorithm.proves_nothing:
            return Link(State.UNPROVEN, f"{subject.signature} proves nothing any more")
        return VERIFIED


def _why_not(subject: CertificateDescription, issuer: CertificateDescription) -> str:
    """RFC 5280 4.2.1.1: the key identifiers say whether it is the wrong key or a changed certificate."""
    wanted, found = subject.authority_key_identifier, issuer.key_identifier
    if issuer.fingerprint == subject.fingerprint:
        return "it names itself as its issuer, but its own key did not sign it"
    if wanted and found and wanted != found:
        return "its issuer has that name but another key"
    if wanted and wanted == found:
        return "its signature does not fit its issuer's key: it was changed after it was signed"
    return "its signature does not fit its issuer's key: another one of that name signed it, or it was changed"
