"""The one wall clock of the process; everywhere else time is handed in."""

from datetime import UTC, datetime


def system_clock() -> datetime:
    """Now, with its zone."""
    return datetime.now(UTC)
