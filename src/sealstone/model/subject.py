"""Subjects of Roles Anywhere: who has had sessions by certificate, as records. Nothing is decided by them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Self

from sealstone.model import arn

KIND: Final = "subject"
"""As in ARNs."""
MOST_KEPT: Final = 10
"""Certificates, and sets of instance properties, that are remembered: the last ones."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A certificate, or the properties that an instance told of itself, and when they last came."""

    at: datetime
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whoever has a certificate of this subject, whichever authority issued it."""

    account_id: str
    region: str
    unique_id: str
    """In the form of a UUID; the same for the same subject, always."""
    x509_subject: str
    """RFC 4514, escaped."""
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime
    credentials: tuple[Seen, ...] = ()
    instance_properties: tuple[Seen, ...] = field(default=())

    @property
    def arn(self) -> str:
        """Its ARN; it never changes."""
        return arn.roles_anywhere(KIND, self.region, self.account_id, self.unique_id)

    def seen(self, at: datetime, credential: Mapping[str, Any], properties: Mapping[str, Any]) -> Self:
        """Once more, with this certificate and, unless they are empty, these properties."""
        told = _with(self.instance_properties, at, properties) if properties else self.instance_properties
        return replace(
            self,
            updated_at=at,
            last_seen_at=at,
            credentials=_with(self.credentials, at, credential),
            instance_properties=told,
        )


def _with(kept: tuple[Seen, ...], at: datetime, value: Mapping[str, Any]) -> tuple[Seen, ...]:
    """The newest first, each once."""
    return (Seen(at, value), *(one for one in kept if one.value != value))[:MOST_KEPT]


def id_of(account_id: str, region: str, subject_name: bytes) -> str:
    """A subject's id in the form of a UUID of version 8 (RFC 9562, 5.8): from account, Region and name (DER)."""
    digits = sha256(b"|".join((account_id.encode(), region.encode(), subject_name))).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-8{digits[12:15]}-a{digits[15:18]}-{digits[18:30]}"
