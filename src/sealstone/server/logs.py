"""Logs on standard error: one event, one line; JSON for machines, plain text on a terminal.

Control characters are escaped in both, so that nothing a caller sends can forge a line or move a cursor.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

from sealstone.server.settings import Settings

_FIELDS: Final = ("request_id", "operation", "status", "code", "peer", "milliseconds")


class JSONFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time in UTC, level, logger, message, the event's own fields, and the traceback of a failure."""
        event: dict[str, Any] = {
            "time": _timestamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        event |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return json.dumps(event)


class TextFormatter(logging.Formatter):
    """A line for a person."""

    def format(self, record: logging.LogRecord) -> str:
        """Clock time, level, message, then the event's own fields as name=value."""
        fields = " ".join(f"{name}={_escaped(getattr(record, name))}" for name in _FIELDS if hasattr(record, name))
        line = f"{_timestamp(record)[11:19]} {record.levelname.lower():7} {_escaped(record.getMessage())}"
        lines = [f"{line}  {fields}".rstrip()]
        if record.exc_info:
            lines.append(self.formatException(record.exc_info))
        return "\n".join(lines)


def configure(settings: Settings) -> None:
    """Send everything that is logged in this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    handler.setFormatter(TextFormatter() if text else JSONFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in ("uvicorn", "uvicorn.error", "uvicorn.asgi", "alembic", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns of every connection that does not speak HTTP; the door logs those itself, and not without bound.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)


def _timestamp(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _escaped(value: object) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(value))
