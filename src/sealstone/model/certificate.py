"""The certificate of ACM as a record. It never holds the private key, sealed or not: that is kept apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from sealstone.model.certificate_detail import CertificateDetail
from sealstone.model.certificate_request import CertificateRequest, Stage


def certificate_arn(region: str, account_id: str, unique_id: str) -> str:
    """The ARN of a certificate; `*` as the id stands for those that are not there yet."""
    return f"arn:aws:acm:{region}:{account_id}:certificate/{unique_id}"


class CertificateType(StrEnum):
    """Where it comes from (API model, CertificateType)."""

    IMPORTED = "IMPORTED"
    AMAZON_ISSUED = "AMAZON_ISSUED"
    """Requested and validated; whoever issued it."""
    PRIVATE = "PRIVATE"
    """Requested from the authority that the request names."""


class CertificateStatus(StrEnum):
    """What a certificate can be (API model, CertificateStatus); INACTIVE is nothing here."""

    PENDING_VALIDATION = "PENDING_VALIDATION"
    ISSUED = "ISSUED"
    EXPIRED = "EXPIRED"
    VALIDATION_TIMED_OUT = "VALIDATION_TIMED_OUT"
    REVOKED = "REVOKED"
    FAILED = "FAILED"


_WITHOUT_CONTENT: Final[Mapping[Stage, CertificateStatus]] = {
    Stage.FAILED: CertificateStatus.FAILED,
    Stage.TIMED_OUT: CertificateStatus.VALIDATION_TIMED_OUT,
}


@dataclass(frozen=True, slots=True)
class Content:
    """What was issued or imported: the certificate itself with its chain."""

    certificate_body: str
    certificate_chain: str | None
    fingerprint: str
    """SHA-256 over the DER of the certificate, lower-case hex."""
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate: its ARN stays through re-imports and renewals, its content does not."""

    account_id: str
    region: str
    unique_id: str
    kind: CertificateType
    version: int
    """Counted up by each import or issue under the same ARN: a key belongs to one version. 0 before the first."""
    content: Content | None
    """None until it has been issued."""
    created_at: datetime
    detail: CertificateDetail
    """Of the content; before there is one, what was asked for."""
    imported_at: datetime | None = None
    """Of imported ones, the last time."""
    request: CertificateRequest | None = None
    """What was asked for and how far it is; None of imported ones."""
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
        """What it is at that time; both ends belong to the period (RFC 5280 4.1.2.5)."""
        stage = self.request.stage if self.request else Stage.ISSUED
        if stage is Stage.REVOKED:
            return CertificateStatus.REVOKED
        if self.content is None:
            return _WITHOUT_CONTENT.get(stage, CertificateStatus.PENDING_VALIDATION)
        expired = at.replace(microsecond=0) > self.content.not_after
        return CertificateStatus.EXPIRED if expired else CertificateStatus.ISSUED

    def tagged(self, tags: Mapping[str, str]) -> Self:
        """With these tags and no others."""
        return replace(self, tags=tags)

    def requested(self, request: CertificateRequest) -> Self:
        """With the request in this state."""
        return replace(self, request=request)

    def renewed(self, content: Content, detail: CertificateDetail) -> Self:
        """With another content, one version on."""
        return replace(self, version=self.version + 1, content=content, detail=detail)
