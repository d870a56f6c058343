"""Pages of a listing: how many, from where, and the opaque marker between them."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

DEFAULT_SIZE: Final = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most `size` rows that sort after `after` (a row's sort key), or from the first when that is None."""

    size: int = DEFAULT_SIZE
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows and, when more follow, the sort key of the last one."""

    items: tuple[T, ...]
    last: str | None

    @classmethod
    def cut(cls, rows: Sequence[T], size: int, sort_key: Callable[[T], str]) -> "Page[T]":
        """From at most size + 1 rows: the extra row only proves that the listing goes on."""
        items = tuple(rows[:size])
        return cls(items, sort_key(items[-1]) if len(rows) > size else None)


def marker(sort_key: str) -> str:
    """The opaque marker for going on after `sort_key`: URL-safe base64, under 320 characters for names."""
    return base64.urlsafe_b64encode(sort_key.encode()).decode().rstrip("=")


def unmarked(text: str) -> str:
    """The sort key inside a marker of ours. Raises ValueError on anything else."""
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as fault:
        raise ValueError("not a marker") from fault
    if marker(key) != text:
        raise ValueError("not a marker of ours")
    return key
