"""How values lie in columns: times as ISO 8601 text in UTC, tags as JSON text."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

_NO_TAGS: Final = "{}"


def time_text(moment: datetime) -> str:
    """To the second, always in UTC, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")[:-6] + "Z"


def exact_time_text(moment: datetime) -> str:
    """To the microsecond, for the audit log."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def read_time(text: str) -> datetime:
    """A time of either form."""
    return datetime.fromisoformat(text)


def tags_text(tags: Mapping[str, str]) -> str:
    """Tags in their order."""
    return json.dumps(dict(tags), ensure_ascii=False) if tags else _NO_TAGS


def read_tags(text: str) -> dict[str, str]:
    """Tags as `tags_text` wrote them."""
    if text == _NO_TAGS:
        return {}
    tags: dict[str, str] = json.loads(text)
    return tags


def document_text(document: Mapping[str, Any]) -> str:
    """A record's document; equal documents are equal texts."""
    return json.dumps(dict(document), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_document(text: str) -> dict[str, Any]:
    """A document as `document_text` wrote it."""
    document: dict[str, Any] = json.loads(text)
    return document
