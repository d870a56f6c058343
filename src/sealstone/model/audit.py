"""The audit record: who did what on what, from where, with what outcome. Never a secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One call. `account_id` is "-" while nobody is authenticated; `outcome` is "ok" or an AWS error code."""

    at: datetime
    account_id: str
    principal: str
    access_key_id: str
    service: str
    operation: str
    resources: tuple[str, ...]
    parameters: Mapping[str, object]
    """The request's parameters: secret ones replaced by `***`, long texts by their length and digest."""
    source_ip: str
    user_agent: str
    request_id: str
    outcome: str
    warnings: tuple[str, ...] = ()
    """What the caller should look at although the call did what it says, a sentence each."""
