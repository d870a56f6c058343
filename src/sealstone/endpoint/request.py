"""The HTTP request and response as plain values: below the server nothing knows sockets or a web framework."""

from dataclasses import dataclass


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

    def header(self, name: str) -> str:
        """The first value of the header, or an empty text."""
        return next((value for header, value in self.headers if header == name), "")


@dataclass(frozen=True, slots=True)
class Response:
    """One answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
