"""Posting one event to a URL that the operator set: one connection, one request, one answer, all within one time.

The host is resolved once and connected to at that very address. Private addresses are allowed, since the operator wrote
the URL, and no caller of the API can. TLS is verified, with the name; no proxy, no redirect, no cookie. Of the answer
only its status counts.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import BufferedReader, RawIOBase
from time import monotonic
from typing import Final, cast

from sealstone.model.webhook import Webhook
from sealstone.probe import guard
from sealstone.probe.connection import Connect, connected, first
from sealstone.probe.guard import Address, Resolve
from sealstone.probe.problems import ProbeProblem
from sealstone.x509.escaping import shown

WITHIN: Final = 10.0
"""Seconds that a delivery takes at most, from the name to the end of the answer."""
_LONGEST: Final = 64 * 1024
"""Bytes of an answer that are read; the sender of a longer one is cut off."""


class NotDelivered(ProbeProblem):
    """The event did not come, or it is not known whether it came."""

    def __init__(self, webhook: Webhook, reason: str) -> None:
        """`reason` is a clause about the receiver."""
        super().__init__(f"{webhook}: {reason}", "it is tried again")
        self.reason = reason


def trusting(authorities: str | None) -> ssl.SSLContext:
    """What receivers are verified by: these PEM certificates, or those that this machine trusts. Raises ValueError.

    TLS 1.2 and above. `authorities` are all that is trusted then.
    """
    context = ssl.create_default_context(cadata=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def post(
    webhook: Webhook,
    body: bytes,
    headers: Mapping[str, str],
    trust: ssl.SSLContext,
    *,
    resolve: Resolve = guard.system_resolver,
    connect: Connect = connected,
    clock: Callable[[], float] = monotonic,
) -> None:
    """Deliver it, which an answer with status 2xx says. Raises NotDelivered, and no other ProbeProblem."""
    deadline = clock() + WITHIN

    def remaining() -> float:
        return deadline - clock()

    try:
        connection, _ = first(webhook.host, _addresses(webhook, resolve), connect, remaining)
        with connection:
            connection.settimeout(max(remaining(), 0.001))
            status = _asked(_secured(connection, webhook, trust), webhook, body, headers, remaining)
    except NotDelivered:
        raise
    except ProbeProblem as problem:
        raise NotDelivered(webhook, problem.cause) from None
    except TimeoutError:
        raise NotDelivered(webhook, f"the whole answer did not come within {WITHIN:g} s") from None
    except ssl.SSLCertVerificationError as fault:
        raise NotDelivered(webhook, f"its certificate is not trusted: {shown(fault.verify_message)}") from None
    except (OSError, http.client.HTTPException) as fault:
        raise NotDelivered(
            webhook, f"the connection broke, or the answer is not HTTP ({type(fault).__name__})"
        ) from None
    if not 200 <= status < 300:
        raise NotDelivered(webhook, f"the answer has the status {status}")


def _addresses(webhook: Webhook, resolve: Resolve) -> tuple[Address, ...]:
    """Raises NotResolved, NotDelivered."""
    found = guard.resolved(webhook.host, webhook.port, allow_private=True, resolve=resolve, within=WITHIN / 2)
    if not webhook.secure and not all(ipaddress.ip_address(one.host).is_loopback for one in found):
        raise NotDelivered(webhook, "without TLS nothing is sent to an address of another machine")
    return found


def _secured(connection: socket.socket, webhook: Webhook, trust: ssl.SSLContext) -> socket.socket:
    """Raises OSError; SSLError is one."""
    return trust.wrap_socket(connection, server_hostname=webhook.host) if webhook.secure else connection


def _asked(
    connection: socket.socket,
    webhook: Webhook,
    body: bytes,
    headers: Mapping[str, str],
    remaining: Callable[[], float],
) -> int:
    """The status of the answer. Raises OSError, HTTPException."""
    lines = {
        "Host": webhook.authority,
        "User-Agent": "sealstone",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with connection:
        connection.settimeout(max(remaining(), 0.001))
        connection.sendall(f"POST {webhook.target} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body)
        reader = cast("socket.socket", _Bounded(connection, remaining))
        with http.client.HTTPResponse(reader, method="POST") as answer:
            answer.begin()
            # The status has been given; a receiver that is not hung up on in the middle of its answer sees no error.
            with suppress(OSError, http.client.HTTPException):
                answer.read(_LONGEST)
            return answer.status


class _Bounded(RawIOBase):
    """The receiving side of a connection with one deadline for everything that is ever read from it."""

    def __init__(self, connection: socket.socket, remaining: Callable[[], float]) -> None:
        super().__init__()
        self._connection, self._remaining = connection, remaining

    def makefile(self, _mode: str) -> BufferedReader:
        """What HTTPResponse asks of a socket."""
        return BufferedReader(self)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer is a memoryview here
        """Some bytes, in time; 0 at the end. Raises TimeoutError, OSError."""
        seconds = self._remaining()
        if seconds <= 0:
            raise TimeoutError
        self._connection.settimeout(seconds)
        return self._connection.recv_into(buffer, len(buffer))
