"""The HTTP request and response as plain values: below the server nothing knows sockets or a web framework."""

from collections.abc import Iterable
from dataclasses import dataclass, field


def gathered(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Header name -> its values in the order received."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    return found


@dataclass(frozen=True, slots=True)
class Request:
    """One request as received: nothing decoded, nothing re-written."""

    method: str
    path: str
    """The raw path, percent-encoding untouched."""
    query: str
    """The raw query string, without the question mark."""
    headers: tuple[tuple[str, str], ...]
    """Lower-case names and values (Latin-1), in the order received, duplicates kept."""
    body: bytes
    source_ip: str
    secure: bool = False
    by_name: dict[str, list[str]] = field(init=False, repr=False, compare=False)
    """The headers by name: every step of authentication looks into them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", gathered(self.headers))

    def header(self, name: str) -> str:
        """The first value of the header, or an empty text."""
        values = self.by_name.get(name)
        return values[0] if values else ""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
