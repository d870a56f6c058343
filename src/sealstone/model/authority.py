"""The private authority of the installation as records: its certificates, what it issued, and how it is set up.

Private keys are not here, sealed or not; what a certificate says is x509's affair.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


def authority_arn(region: str, account_id: str, authority_id: str) -> str:
    """The ARN under which an account names the authority (AWS Private CA); every account and Region has its own."""
    return f"arn:aws:acm-pca:{region}:{account_id}:certificate-authority/{authority_id}"


def serial_text(serial_number: int) -> str:
    """A serial number as it is stored: 40 hex digits in lower case, the 20 octets of RFC 5280 4.1.2.2."""
    return f"{serial_number:040x}"


class Role(StrEnum):
    """What a certificate of the authority is."""

    ROOT = "root"
    CROSS = "cross"
    """A new root's key under the root before it: whoever trusts only the old root gets to the new one by it."""
    INTERMEDIATE = "intermediate"


class State(StrEnum):
    """Whether something new is issued with it."""

    ACTIVE = "active"
    RETIRED = "retired"
    """What it issued stays valid, and it answers for that until its own end."""


class RevocationReason(StrEnum):
    """As ACM's API model has them, without the two that no whole list can hold, each told as one thing only.

    REMOVE_FROM_CRL is for delta lists alone (RFC 5280 5.3.1); SUPERCEDED is SUPERSEDED, misspelt.
    """

    UNSPECIFIED = "UNSPECIFIED"
    KEY_COMPROMISE = "KEY_COMPROMISE"
    CA_COMPROMISE = "CA_COMPROMISE"
    AFFILIATION_CHANGED = "AFFILIATION_CHANGED"
    SUPERSEDED = "SUPERSEDED"
    CESSATION_OF_OPERATION = "CESSATION_OF_OPERATION"
    CERTIFICATE_HOLD = "CERTIFICATE_HOLD"
    PRIVILEGE_WITHDRAWN = "PRIVILEGE_WITHDRAWN"
    A_A_COMPROMISE = "A_A_COMPROMISE"

    @property
    def code(self) -> int:
        """CRLReason (RFC 5280 5.3.1)."""
        return _CODES[self]


_CODES: Final[Mapping[RevocationReason, int]] = {
    RevocationReason.UNSPECIFIED: 0,
    RevocationReason.KEY_COMPROMISE: 1,
    RevocationReason.CA_COMPROMISE: 2,
    RevocationReason.AFFILIATION_CHANGED: 3,
    RevocationReason.SUPERSEDED: 4,
    RevocationReason.CESSATION_OF_OPERATION: 5,
    RevocationReason.CERTIFICATE_HOLD: 6,
    RevocationReason.PRIVILEGE_WITHDRAWN: 9,
    RevocationReason.A_A_COMPROMISE: 10,
}


@dataclass(frozen=True, slots=True)
class AuthorityPlan:
    """How the authority is to be made and where it is reached, from the settings."""

    name: str = "Sealstone"
    permitted_names: tuple[str, ...] = ()
    """DNS names below which it may issue; empty: any."""
    url: str = ""
    """Where clients find revocation lists, status and issuers, without a final slash; empty: told in no certificate."""
    accounts: tuple[str, ...] = ()
    """Accounts that may name it, and so get certificates for names that nobody validates; empty: all."""
    certificate_days: int = 0
    """Days that what it issues lives; 0: as long as AWS's, which differs by who is asked (`certificate_request`)."""

    def admits(self, account_id: str) -> bool:
        """Whether this account may name it."""
        return not self.accounts or account_id in self.accounts


@dataclass(frozen=True, slots=True)
class AuthorityCertificate:
    """One certificate of the authority. `certificate_id` is 16 hex digits and part of URLs."""

    certificate_id: str
    authority_id: str
    """In the form of a version 4 UUID; the same for all of an installation."""
    role: Role
    state: State
    issued_by: str | None
    """The certificate_id of the issuer; None of a root."""
    certificate: bytes = field(repr=False)
    """DER."""
    created_at: datetime
    not_after: datetime

    @property
    def bound_to(self) -> str:
        """What its private key is sealed for."""
        return f"authority|{self.authority_id}|{self.certificate_id}|1"


@dataclass(frozen=True, slots=True)
class Holder:
    """The ACM certificate that something is issued for."""

    account_id: str
    region: str
    unique_id: str


NOBODY: Final = Holder("", "", "")
"""What the authority issued for itself: its intermediates."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """That a certificate counts no more."""

    at: datetime
    reason: RevocationReason = RevocationReason.UNSPECIFIED


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """One certificate that the authority issued."""

    serial_number: str
    """As `serial_text` has it."""
    issuer_id: str
    """The certificate_id of the issuer."""
    order_id: str
    holder: Holder
    issued_at: datetime
    not_after: datetime
    revocation: Revocation | None = None
