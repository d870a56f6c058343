"""The IAM server certificate as a record. It never holds the private key, sealed or not: that is kept apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from sealstone.model import arn


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """One server certificate: `unique_id` stays through renames and moves, the ARN does not."""

    account_id: str
    unique_id: str
    name: str
    path: str
    certificate_body: str
    certificate_chain: str | None
    fingerprint: str
    """SHA-256 over the DER of the certificate, lower-case hex."""
    not_after: datetime
    upload_date: datetime
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Where policies and listeners find it: account, path and name."""
        return arn.server_certificate(self.account_id, self.path, self.name)

    @property
    def bound_to(self) -> str:
        """What its sealed private key is bound to. Not the ARN: a rename keeps the id, and the key with it."""
        return f"server-certificate|{self.account_id}|{self.unique_id}|1"

    def moved(self, *, name: str | None, path: str | None) -> Self:
        """The same certificate under another name or path; the id stays."""
        return replace(self, name=name or self.name, path=path or self.path)

    def tagged(self, tags: Mapping[str, str]) -> Self:
        """With these tags added or overwritten; keys are case-sensitive here (IAM user guide, id_tags)."""
        return replace(self, tags={**self.tags, **tags})

    def untagged(self, keys: frozenset[str]) -> Self:
        """Without the tags of these keys; a key it does not have is no matter."""
        return replace(self, tags={key: value for key, value in self.tags.items() if key not in keys})


@dataclass(frozen=True, slots=True)
class ServerCertificateMetadata:
    """What a listing shows: everything but texts and tags."""

    account_id: str
    unique_id: str
    name: str
    path: str
    not_after: datetime
    upload_date: datetime

    @property
    def arn(self) -> str:
        """As on the whole record."""
        return arn.server_certificate(self.account_id, self.path, self.name)
