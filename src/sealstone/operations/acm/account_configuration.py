"""The account's settings for its certificates: how many days before the end warnings begin."""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.operations.acm.named import everything
from sealstone.operations.acm.wording import explained
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import certificate_settings as stored

_DAYS: Final = 45
"""What holds until something is set (API reference, ExpiryEventsConfiguration)."""


@operation("acm", on=everything, access="Read")
def get_account_configuration(call: Call) -> Mapping[str, Any]:
    """What was set, or AWS's default."""
    days = stored.days_before_expiry(call.tx, call.account_id, call.region)
    return {"ExpiryEvents": {"DaysBeforeExpiry": _DAYS if days is None else days}}


@operation("acm", on=everything, access="Write")
def put_account_configuration(
    call: Call,
    *,
    idempotency_token: str,  # noqa: ARG001 - setting twice is setting once, whatever the token
    expiry_events: Mapping[str, Any] | None = None,
) -> Mapping[str, Any]:
    """Set it; without a number back to the default [inferred]. No warning comes before the default's first.

    Raises ValidationError.
    """
    days = (expiry_events or {}).get("DaysBeforeExpiry", _DAYS)
    if days > _DAYS:
        raise ValidationError(
            explained(
                f"DaysBeforeExpiry {days} cannot be set",
                f"warnings begin {_DAYS} days before the end at the earliest",
                f"give a number from 1 to {_DAYS}",
            )
        )
    stored.set_days_before_expiry(call.tx, call.account_id, call.region, days)
    return {}
