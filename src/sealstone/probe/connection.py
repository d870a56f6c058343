"""TCP connections to addresses that are known already: nothing is resolved here, so nothing is resolved twice."""

import socket
from collections.abc import Callable, Sequence

from sealstone.probe.guard import Address
from sealstone.probe.problems import NotConnected

Connect = Callable[[Address, float], socket.socket]
"""Connects to one address within so many seconds. Raises OSError."""


def connected(address: Address, within: float) -> socket.socket:
    """A TCP connection to exactly that address. Raises OSError."""
    return socket.create_connection((address.host, address.port), timeout=within)


def first(
    host: str, addresses: Sequence[Address], connect: Connect, remaining: Callable[[], float]
) -> tuple[socket.socket, Address]:
    """A connection to the first address that takes one, and which it is; `remaining` gives the seconds left.

    `host` only names them in the problem. Raises NotConnected, with what the last of them said.
    """
    reason, last = "no time was left", None
    for address in addresses:
        seconds = remaining()
        if seconds <= 0:
            break
        last = address
        try:
            return connect(address, seconds), address
        except TimeoutError:
            reason = "it did not answer in time"
        except OSError as fault:
            reason = fault.strerror or str(fault)
    port = addresses[0].port if addresses else 0
    raise NotConnected(host, port, f"{reason} ({last})" if last and last.host != host else reason)
