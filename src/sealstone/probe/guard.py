"""Names to addresses, once; and for names from foreign sources, only addresses that anybody in the world may reach.

Whoever connects uses the very addresses given here and resolves nothing again: a resolver that changes its answer
(DNS rebinding) changes nothing. One refused address condemns the whole answer.
"""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from sealstone.probe.problems import AddressRefused, NotResolved

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port to addresses as text, best first. Raises OSError."""

RESOLVED_WITHIN: Final = 5.0
"""Seconds that the resolver has."""

_MOST_ADDRESSES: Final = 16
_LAST_PORT: Final = 65_535
_DNS: Final = 53
_BRACKETED: Final = re.compile(r"\[(?P<host>[^\[\]]*)\](?::(?P<port>.*))?\Z", re.DOTALL)
_PORT: Final = re.compile(r"[0-9]{1,5}\Z")

# IANA IPv4 Special-Purpose Address Registry, multicast (RFC 5771) and what is reserved above it.
_REFUSED_V4: Final = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("169.254.169.254/32", "the metadata service of a cloud"),
        ("100.100.100.200/32", "the metadata service of a cloud"),
        ("168.63.129.16/32", "the metadata service of a cloud"),  # Azure's, within public space
        ("192.0.0.192/32", "the metadata service of a cloud"),
        ("0.0.0.0/8", "an address of this machine (RFC 1122 3.2.1.3)"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address (RFC 3927)"),
        ("10.0.0.0/8", "a private address (RFC 1918)"),
        ("172.16.0.0/12", "a private address (RFC 1918)"),
        ("192.168.0.0/16", "a private address (RFC 1918)"),
        ("100.64.0.0/10", "a provider's shared address (RFC 6598)"),
        ("192.0.0.0/24", "a protocol's own address (RFC 6890)"),
        ("192.0.2.0/24", "an address for examples (RFC 5737)"),
        ("192.88.99.0/24", "a 6to4 relay (RFC 7526)"),
        ("198.18.0.0/15", "an address for benchmarks (RFC 2544)"),
        ("198.51.100.0/24", "an address for examples (RFC 5737)"),
        ("203.0.113.0/24", "an address for examples (RFC 5737)"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address (RFC 1112)"),
    )
)
# IPv6 is refused unless it is global unicast as assigned; these names only say why.
_REFUSED_V6: Final = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("fd00:ec2::/32", "the metadata service of a cloud"),
        ("::/128", "the unspecified address"),
        ("::1/128", "a loopback address"),
        ("::ffff:0:0/96", "an IPv4 address in disguise (RFC 4291 2.5.5.2)"),
        ("::/96", "an IPv4 address in disguise (RFC 4291 2.5.5.1)"),
        ("64:ff9b::/96", "an IPv4 address in disguise (NAT64, RFC 6052)"),
        ("64:ff9b:1::/48", "an IPv4 address in disguise (NAT64, RFC 8215)"),
        ("fe80::/10", "a link-local address"),
        ("fc00::/7", "a private address (RFC 4193)"),
        ("ff00::/8", "a multicast address"),
        ("2001::/23", "a protocol's own address (RFC 2928)"),  # with Teredo, which holds IPv4 addresses
        ("2001:db8::/32", "an address for examples (RFC 3849)"),
        ("2002::/16", "an IPv4 address in disguise (6to4, RFC 3056)"),
        ("3fff::/20", "an address for examples (RFC 9637)"),
    )
)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")  # RFC 4291 2.4, IANA IPv6 Global Unicast Address Space


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect. `host` is an IP address, never a name."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def server_address(text: str) -> tuple[str, int]:
    """Of a name server: `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`, port 53 without one. Raises ValueError."""
    bracketed = _BRACKETED.match(text)
    if bracketed:
        host, port = str(IPv6Address(bracketed["host"])), bracketed["port"]
    elif text.count(":") > 1:
        return str(IPv6Address(text)), _DNS
    else:
        name, _, port = text.partition(":")
        host = str(IPv4Address(name))
        port = port if ":" in text else None
    if port is None:
        return host, _DNS
    if not (_PORT.match(port) and 0 < int(port) <= _LAST_PORT):
        raise ValueError(f"{text!r} names no port")
    return host, int(port)


def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """What the operating system says: the hosts file, DNS, whatever it is set to. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(str(address[0]) for *_, address in found)


def resolved(
    host: str, port: int, *, allow_private: bool, resolve: Resolve = system_resolver, within: float = RESOLVED_WITHIN
) -> tuple[Address, ...]:
    """The addresses of a host, each once, best first; at most 16.

    With `allow_private` any address is given; without, every address must be one that the whole Internet may reach.
    Raises NotResolved, AddressRefused.
    """
    found = list(dict.fromkeys(_answer(host, port, resolve, within)))[:_MOST_ADDRESSES]
    if not found:
        raise NotResolved(host, "the answer is empty")
    if not allow_private:
        for address in found:
            kind = refusal(address)
            if kind:
                raise AddressRefused(host, address, kind)
    return tuple(Address(address, port) for address in found)


def refusal(address: str) -> str:
    """What kind of address it is that foreign names may not lead to; empty for one that anybody may reach."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "no address at all"
    if isinstance(parsed, IPv4Address):
        return _kind(parsed, _REFUSED_V4)
    if parsed.scope_id:
        return "an address on one link only (RFC 4007)"
    return _kind(parsed, _REFUSED_V6) or ("" if parsed in _GLOBAL_UNICAST else "a reserved address (RFC 4291)")


def _kind(address: IPv4Address | IPv6Address, refused: Sequence[tuple[IPv4Network | IPv6Network, str]]) -> str:
    return next((kind for network, kind in refused if address in network), "")


def _answer(host: str, port: int, resolve: Resolve, within: float) -> Sequence[str]:
    """The resolver's answer, in time: `getaddrinfo` knows no time limit, so it is asked on a thread of its own."""
    answers: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port))
        except (OSError, ValueError) as fault:  # UnicodeError, a ValueError, for labels that are too long
            answers.put(fault)

    Thread(target=ask, name="resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=within)
    except Empty:
        raise NotResolved(host, f"the name server did not answer within {within:g} s") from None
    if isinstance(answer, Exception):
        raise NotResolved(host, str(getattr(answer, "strerror", "") or answer)) from None
    return answer
