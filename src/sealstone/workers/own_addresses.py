"""Whose word it is what answers at an address of this installation: where accounts share one, nobody's.

Whoever has a listener at an address has all that answers at its port, under every name that leads there: a fixed text,
a redirect, a target of their own. So where the name of a validation over HTTP leads to one of the installation's own
addresses, that address must be the account's alone. Not here: addresses of anybody else, of which nothing is known.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from sealstone.model.balancing import Balancing
from sealstone.store import accounts, load_balancers
from sealstone.store.engine import Store

_Address = IPv4Address | IPv6Address
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052 2.1
_MAPPED: Final = int(IPv6Address("::ffff:0:0"))  # RFC 4291 2.5.5.2
_LAST_32: Final = 0xFFFFFFFF
_EVERYWHERE: Final = "listener_addresses names every address of this machine, so that all accounts share them"
_NOT_ITS_OWN: Final = "it is one of listener_addresses and not this account's alone"
_NONE_LEFT: Final = "none of listener_addresses is left, so that the next load balancer of any account may share it"


class OwnAddresses:
    """The addresses that the installation's load balancers have or may get, as they are when asked about."""

    def __init__(self, store: Store, balancing: Balancing) -> None:
        self._store = store
        self._balancing = balancing

    def doubt(self, account_id: str, address: str) -> str:
        """Why an answer of that address shows nothing about the account, as a clause; empty when it may show something.

        Whatever the port: what stands before the listeners' own may lead to it. While there is one account alone,
        nothing is doubted. Raises StoreFault.
        """
        with self._store.reading() as tx:
            if len(accounts.every(tx)) < 2:
                return ""
            holders: dict[str, set[str]] = defaultdict(set)
            for held, holder in load_balancers.holders(tx):
                holders[held].add(holder)
        return self._doubt(account_id, frozenset(_meant(ip_address(address))), holders)

    def _doubt(self, account_id: str, meant: frozenset[_Address], holders: Mapping[str, set[str]]) -> str:
        # A load balancer keeps its address when the setting changes.
        networks = [ip_network(text) for text in (*self._balancing.addresses, *holders)]
        if any(one.is_unspecified for network in networks for one in _meant(network.network_address)):
            return _EVERYWHERE
        if not any(one in network for network in networks for one in meant):
            return ""
        here = set[str]().union(*(its for held, its in holders.items() if ip_address(held) in meant))
        if here != {account_id}:
            return _NOT_ITS_OWN
        candidates = frozenset(self._balancing.candidates(holders))
        if candidates <= holders.keys() and any(ip_address(one) in meant for one in candidates):
            return _NONE_LEFT
        return ""


def _meant(address: _Address) -> Iterator[_Address]:
    """What a connection to that address may come to: IPv4 within IPv6, and this machine for no address at all."""
    plain = _plain(address)
    yield plain
    if isinstance(plain, IPv4Address):
        yield IPv6Address(_MAPPED + int(plain))
    if plain.is_unspecified:
        # Linux takes it for loopback; RFC 1122 3.2.1.3 allows it as a source alone.
        yield from _meant(IPv4Address("127.0.0.1"))
        yield IPv6Address("::1")


def _plain(address: _Address) -> _Address:
    """Without a scope, and the IPv4 address that it disguises."""
    if isinstance(address, IPv4Address):
        return address
    plain = IPv6Address(int(address))
    if plain.ipv4_mapped or plain in _NAT64:
        return IPv4Address(int(plain) & _LAST_32)
    return plain
