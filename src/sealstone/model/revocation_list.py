"""Revocation lists (CRLs) that were imported for a trust anchor, as records. What they say is x509's affair."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from sealstone.model import arn, trust_anchor

KIND: Final = "crl"
"""As in ARNs."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list under a name. `data` is PEM or DER as it was sent."""

    account_id: str
    region: str
    unique_id: str
    """In the form of a version 4 UUID."""
    trust_anchor_id: str
    name: str
    data: bytes = field(repr=False)
    enabled: bool
    created_at: datetime
    updated_at: datetime
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Its ARN; it never changes."""
        return arn.roles_anywhere(KIND, self.region, self.account_id, self.unique_id)

    @property
    def trust_anchor_arn(self) -> str:
        """The ARN of the trust anchor that it was imported for."""
        return arn.roles_anywhere(trust_anchor.KIND, self.region, self.account_id, self.trust_anchor_id)

    def tagged(self, tags: Mapping[str, str]) -> Self:
        """With exactly these tags."""
        return replace(self, tags=tags)
