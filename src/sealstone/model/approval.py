"""The question put to a mailbox whether a certificate may be issued for its domain, and the answer, as records.

The mail holds a token; what is stored is its digest, so that a copy of the database approves nothing. Not here: the
page that the token opens (`server.approval_door`), sending (`probe.mail`), what an answer leads to.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

PATH: Final = "/approve/"
"""What the token stands behind in a URL."""
_TOKEN_BYTES: Final = 32


class Answer(StrEnum):
    """What a mailbox said."""

    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Approval:
    """One question to one mailbox about one domain name of one certificate. Times are in UTC."""

    token_hash: str
    """Of the token in the mail: `digest`."""
    account_id: str
    region: str
    unique_id: str
    """The certificate's."""
    domain_name: str
    """As the certificate names it; `*.` in front of it too."""
    email: str
    created_at: datetime
    expires_at: datetime
    """An answer counts before this time."""
    answered_at: datetime | None = None
    answer: Answer | None = None


def new_token(chance: Callable[[int], bytes]) -> str:
    """256 random bits as 43 characters that need no escaping in a URL (RFC 4648, 5)."""
    return base64.urlsafe_b64encode(chance(_TOKEN_BYTES)).decode().rstrip("=")


def digest(token: str) -> str:
    """SHA-256 of the token, lower-case hex. The token is random: nothing slower is needed to keep it secret."""
    return sha256(token.encode()).hexdigest()


def link(base_url: str, token: str) -> str:
    """Where the mail leads: `base_url` is `https://sealstone.example.com:7420`, with or without a final slash."""
    return base_url.rstrip("/") + PATH + token
