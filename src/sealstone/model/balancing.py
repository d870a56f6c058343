"""How this installation balances: where listeners are bound, and what names they have in DNS."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from itertools import islice
from typing import Final

DEFAULT_DOMAIN: Final = "sealstone.internal"
# A network may be larger than anybody's patience: this many more than are taken are looked at.
_LOOKED_AT: Final = 256


@dataclass(frozen=True, slots=True)
class Balancing:
    """From the settings, handed in with the house."""

    addresses: tuple[str, ...] = ("127.0.0.1",)
    """IP addresses, or networks in the form ADDRESS/BITS, from which each load balancer gets one."""
    port_offset: int = 0
    """Added to every listener's port when it is bound: 443 is 20443 with 20000."""
    domain: str = DEFAULT_DOMAIN
    """What the DNS names of load balancers end with."""

    def candidates(self, taken: Collection[str]) -> Iterator[str]:
        """What a new load balancer may be bound to, in order, without network and broadcast addresses of networks.

        `taken` are the different addresses that load balancers have: the first candidate that is not among them is
        the new one's own, and when all are, the new one shares one of them.
        """
        every = (str(address) for text in self.addresses for address in ip_network(text).hosts())
        return islice(every, len(taken) + _LOOKED_AT)
