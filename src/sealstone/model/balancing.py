"""How this installation balances: where listeners are bound, and what names they have in DNS."""

from dataclasses import dataclass
from typing import Final

DEFAULT_DOMAIN: Final = "sealstone.internal"


@dataclass(frozen=True, slots=True)
class Balancing:
    """From the settings, handed in with the house."""

    addresses: tuple[str, ...] = ("127.0.0.1",)
    """IP addresses, or networks in the form ADDRESS/BITS, from which each load balancer gets one."""
    port_offset: int = 0
    """Added to every listener's port when it is bound: 443 is 20443 with 20000."""
    domain: str = DEFAULT_DOMAIN
    """What the DNS names of load balancers end with."""
