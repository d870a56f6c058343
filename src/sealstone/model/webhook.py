"""Where events are posted to: a URL that the operator wrote into the settings. Nothing is sent here."""

import ipaddress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self
from urllib.parse import urlsplit

from sealstone.model.problem import Problem

_LONGEST: Final = 2048
_HTTPS: Final = 443
_HTTP: Final = 80


class WebhookRefused(Problem):
    """A URL to which nothing is posted."""

    def __init__(self, reason: str) -> None:
        """`reason` is a clause about the URL, which is not shown: its path may be a secret."""
        super().__init__(f"a URL of webhook_urls {reason}", "write it as https://HOST[:PORT]/PATH")


@dataclass(frozen=True, slots=True)
class Webhook:
    """One URL. Its path and query often are what admits a sender, so they are never shown."""

    host: str
    port: int
    secure: bool
    """With TLS."""
    authority: str
    """Host and port as the URL has them."""
    target: str = field(repr=False)
    """Path and query."""

    def __str__(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.authority}"

    @property
    def name(self) -> str:
        """What deliveries are stored under: not the URL, which may be a secret."""
        return sha256(f"{self}{self.target}".encode()).hexdigest()[:32]

    @classmethod
    def of(cls, url: str) -> Self:
        """Raises WebhookRefused. Without TLS only this very machine is posted to."""
        if len(url) > _LONGEST:
            raise WebhookRefused(f"is longer than {_LONGEST} characters")
        if any(not "!" <= character <= "~" or character == "\\" for character in url):
            raise WebhookRefused("holds characters that no URL has (RFC 3986 section 2)")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise WebhookRefused("has a malformed host or port") from None
        if parts.scheme not in {"https", "http"} or not host or port == 0:
            raise WebhookRefused("is no https URL with a host")
        if "@" in parts.netloc or parts.fragment:
            raise WebhookRefused("has a user name, a password or a fragment")
        secure = parts.scheme == "https"
        if not secure and not _is_this_machine(host):
            raise WebhookRefused("is plain http to another machine, where anybody on the way reads and changes events")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(host, port or (_HTTPS if secure else _HTTP), secure, parts.netloc, target)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"  # RFC 6761 6.3
