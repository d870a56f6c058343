"""A trust store of mutual TLS as a record: the authorities whose client certificates a listener takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from sealstone.model import arn


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Certificates of authorities, in PEM; revocations and tags are in the document."""

    account_id: str
    unique_id: str
    region: str
    name: str
    create_date: datetime
    bundle: str
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Name and id."""
        return arn.trust_store(self.region, self.account_id, self.name, self.unique_id)

    def documented(self, document: Mapping[str, Any]) -> Self:
        """The same trust store with another document."""
        return replace(self, document=document)

    def rebundled(self, bundle: str) -> Self:
        """The same trust store with other authorities."""
        return replace(self, bundle=bundle)
