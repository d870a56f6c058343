"""Whether an address and port can be listened on, asked of the kernel before HAProxy is bothered with it."""

import os
import re
import socket
from ipaddress import ip_address
from typing import Final

from sealstone.dataplane.wanted import Listener

Place = tuple[str, int]

_BIND: Final = re.compile(r"^  bind (\S+):(\d+)(?: |$)", re.MULTILINE)


def unavailable(place: Place) -> str:
    """Why nobody can listen there now, as a clause; empty when one can."""
    address, port = place
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                attempt.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            attempt.bind((address, port))
            attempt.listen(1)
    except OSError as error:
        return f"cannot listen on {address} port {port}: {os.strerror(error.errno) if error.errno else error}"
    return ""


def place_of(listener: Listener) -> Place:
    """Where a listener listens."""
    return str(ip_address(listener.address)), listener.port


def listening(configuration: str) -> frozenset[Place]:
    """Where a configuration of ours listens."""
    return frozenset((address.strip("[]"), int(port)) for address, port in _BIND.findall(configuration))
