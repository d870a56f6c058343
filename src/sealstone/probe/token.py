"""Asking a host for the token that shows that whoever asks for its certificate controls it, over plain HTTP.

The host is foreign input and may be anywhere, this network included, since that is what private installations serve.
So nothing of the answer is ever told on: only whether it was the token. One question, 5 seconds, 64 kB, no redirect is
followed; a redirect to exactly where the installation serves the token counts as the answer, since nobody else knows.

An answer counts for what stands at the address that it came from. Which addresses show nothing is the caller's to say
(`Doubt`), and is asked twice: before anything is, and when the answer is there.
"""

import http.client
import socket
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, cast

from sealstone.probe import guard
from sealstone.probe.connection import Connect, connected, first
from sealstone.probe.fetch import WITHIN, Bounded
from sealstone.probe.guard import Address, Resolve
from sealstone.probe.problems import AnswerShowsNothing, FetchFailed

Doubt = Callable[[str], str]
"""Why an answer of that IP address shows nothing, as a clause; empty when it does show something."""

_LONGEST: Final = 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


def check(
    host: str,
    path: str,
    expected: str,
    *,
    doubt: Doubt,
    port: int = 80,
    redirect_to: str = "",
    resolve: Resolve = guard.system_resolver,
    connect: Connect = connected,
    clock: Callable[[], float] = monotonic,
) -> None:
    """Raises NotResolved, NotConnected, FetchFailed when the host does not answer the path with what is expected.

    AnswerShowsNothing when its address is one that is doubted; of several, those that are not doubted are asked.
    ValueError when nothing is expected: an empty answer shows nothing.
    """
    if not expected:
        raise ValueError("a token is expected")
    deadline = clock() + WITHIN
    url = f"http://{host}{'' if port == 80 else f':{port}'}{path}"
    addresses = guard.resolved(host, port, allow_private=True, resolve=resolve, within=WITHIN)
    believed = _believed(host, addresses, doubt)
    connection, address = first(host, believed, connect, lambda: deadline - clock())
    with connection:
        try:
            _check(connection, host, path, expected, redirect_to, lambda: deadline - clock())
        except TimeoutError:
            raise FetchFailed(url, f"the whole answer did not come within {WITHIN:g} s") from None
        except _Difference as difference:
            raise FetchFailed(url, str(difference)) from None
        except (OSError, http.client.HTTPException) as fault:
            raise FetchFailed(url, f"the answer is not HTTP, or was cut off ({type(fault).__name__})") from None
    # Whose the address is may have changed while the answer was waited for.
    _believed(host, (address,), doubt)


def _believed(host: str, addresses: Sequence[Address], doubt: Doubt) -> list[Address]:
    """Those whose answers count. Raises AnswerShowsNothing when there are none."""
    doubts = {address: doubt(address.host) for address in addresses}
    believed = [address for address in addresses if not doubts[address]]
    if not believed:
        raise AnswerShowsNothing(host, addresses[0].host, doubts[addresses[0]])
    return believed


class _Difference(Exception):
    """The answer is not the token; what it is stays untold."""


def _check(
    connection: socket.socket,
    host: str,
    path: str,
    expected: str,
    redirect_to: str,
    remaining: Callable[[], float],
) -> None:
    request = f"GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: text/plain\r\nUser-Agent: sealstone\r\n\r\n"
    connection.settimeout(max(remaining(), 0.001))
    connection.sendall(request.encode("ascii"))
    reader = cast("socket.socket", Bounded(connection, remaining))
    with http.client.HTTPResponse(reader, method="GET") as answer:
        answer.begin()
        if answer.status in _REDIRECTS and redirect_to:
            if answer.headers.get("Location", "") == redirect_to:
                return
            raise _Difference("the redirect does not lead where the token is")
        if answer.status != 200:
            raise _Difference(f"the answer has the status {answer.status}")
        if answer.read(_LONGEST).strip() != expected.encode("ascii"):
            raise _Difference("the answer is another than the token")
