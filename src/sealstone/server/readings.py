"""What metrics are made from, in plain values: light, so that a start that nobody scrapes imports nothing for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealstone.endpoint.measure import Measure
from sealstone.store.engine import Store

DEPLOYER: Final = ("deployments", "failures", "differences", "restarts")
"""The counters of the deploy worker that are shown, by the names of its properties."""


def nothing_deployed() -> Mapping[str, int]:
    """Of a process that deploys nothing."""
    return {}


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the numbers come from."""

    store: Store
    measure: Measure
    clock: Callable[[], datetime]
    """The one that certificates are judged by; it may have been moved."""
    started: datetime
    """When the process began to serve, in real time."""
    queued: Callable[[], int]
    """Audit records that wait to be written."""
    deployed: Callable[[], Mapping[str, int]] = nothing_deployed
    """Those of DEPLOYER that there are, when this process is the one that deploys."""


def counters(deployer: object) -> Mapping[str, int]:
    """Those of DEPLOYER that this object has."""
    return {name: int(getattr(deployer, name)) for name in DEPLOYER if hasattr(deployer, name)}
