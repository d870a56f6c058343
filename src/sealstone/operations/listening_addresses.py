"""Which address a new load balancer is bound to, and whether a port is free there. Pure: settings and rows in.

There are no networks of AWS here: every load balancer of every account gets one of the addresses of the settings, its
own as long as there is one, shared after that. At a shared address a port can be bound once.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from sealstone.model.balancing import Balancing

Bound = Sequence[tuple[str, int]]
_LAST_PORT: Final = 65535


def choose(balancing: Balancing, taken: Sequence[str], bound: Bound, ports: Iterable[int]) -> str | None:
    """An address at which all `ports` are free: an unused one, else the least used; None when there is none.

    `taken` has an address for each load balancer there is, `bound` address and port of each listener.
    """
    wanted = frozenset(ports)
    uses = Counter(taken)
    busy: dict[str, set[int]] = {}
    for address, port in bound:
        busy.setdefault(address, set()).add(port)
    best: str | None = None
    for address in balancing.candidates(uses):
        if not uses[address]:
            return address
        if wanted.isdisjoint(busy.get(address, ())) and (best is None or uses[address] < uses[best]):
            best = address
    return best


def taken_ports(address: str, bound: Bound, ports: Iterable[int]) -> tuple[int, ...]:
    """Those of `ports` at which another load balancer listens at this address."""
    there = {port for other, port in bound if other == address}
    return tuple(port for port in ports if port in there)


def unbindable(balancing: Balancing, ports: Iterable[int]) -> tuple[int, ...]:
    """Those of `ports` that are no ports any more with the offset added."""
    return tuple(port for port in ports if not 1 <= port + balancing.port_offset <= _LAST_PORT)
