"""The certificate of ACM as a record. It never holds the private key, sealed or not: that is kept apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from sealstone.model.certificate_detail import CertificateDetail


def certificate_arn(region: str, account_id: str, unique_id: str) -> str:
    """The ARN of a certificate; `*` as the id stands for those that are not there yet."""
    return f"arn:aws:acm:{region}:{account_id}:certificate/{unique_id}"


class CertificateType(StrEnum):
    """Where it comes from (API model, CertificateType); the others are not made here yet."""

    IMPORTED = "IMPORTED"


class CertificateStatus(StrEnum):
    """What an imported certificate can be (API model, CertificateStatus)."""

    ISSUED = "ISSUED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate: its ARN stays through re-imports, its content does not."""

    account_id: str
    region: str
    unique_id: str
    kind: CertificateType
    version: int
    """Counted up by each import under the same ARN: a key belongs to one version."""
    certificate_body: str
    certificate_chain: str | None
    fingerprint: str
    """SHA-256 over the DER of the certificate, lower-case hex."""
    not_before: datetime
    not_after: datetime
    created_at: datetime
    imported_at: datetime
    detail: CertificateDetail
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Where policies and listeners find it."""
        return certificate_arn(self.region, self.account_id, self.unique_id)

    @property
    def name(self) -> str:
        """What people know it by; not unique."""
        return self.detail.domain_name

    @property
    def bound_to(self) -> str:
        """What its sealed private key is bound to: the key of one version opens no other."""
        return f"certificate|{self.account_id}|{self.region}|{self.unique_id}|{self.version}"

    def status(self, at: datetime) -> CertificateStatus:
        """Whether it is valid at that time; both ends belong to the period (RFC 5280 4.1.2.5)."""
        expired = at.replace(microsecond=0) > self.not_after
        return CertificateStatus.EXPIRED if expired else CertificateStatus.ISSUED

    def tagged(self, tags: Mapping[str, str]) -> Self:
        """With these tags and no others."""
        return replace(self, tags=tags)
