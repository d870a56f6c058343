"""A bound on failed authentications from one address: what comes faster is answered, but neither logged nor audited.

It exists so that nobody without a key can fill the disk through the audit log. A request that is well signed is
never slowed, whoever shares its address or guesses at its key: there is nothing here to lock anybody out with.
"""

import threading
from collections import OrderedDict
from datetime import datetime
from typing import Final

_BURST: Final = 600.0
_PER_SECOND: Final = 10.0
_ADDRESSES: Final = 10_000


class Failures:
    """A token bucket for each source address; the addresses seen longest ago are forgotten."""

    def __init__(self, *, burst: float = _BURST, per_second: float = _PER_SECOND, addresses: int = _ADDRESSES) -> None:
        self._burst = burst
        self._per_second = per_second
        self._addresses = addresses
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def allow(self, address: str, now: datetime) -> bool:
        """Count one failure; False when this address has failed too often lately."""
        with self._lock:
            tokens, seen = self._buckets.pop(address, (self._burst, now))
            elapsed = max(0.0, (now - seen).total_seconds())
            tokens = min(self._burst, tokens + elapsed * self._per_second)
            allowed = tokens >= 1.0
            self._buckets[address] = (tokens - 1.0 if allowed else tokens, now)
            if len(self._buckets) > self._addresses:
                self._buckets.popitem(last=False)
            return allowed
