"""How the servers behind the listeners are, kept where DescribeInstanceHealth and DescribeTargetHealth read it."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sealstone.dataplane.data_plane import DataPlane, ServerState
from sealstone.dataplane.problems import DataPlaneProblem
from sealstone.model.instance import TargetHealth, TargetState
from sealstone.store import listener_states
from sealstone.store.engine import Store
from sealstone.workers.classic import pool_owner

_HEALTH: Final = {
    "up": TargetHealth.HEALTHY,
    "down": TargetHealth.UNHEALTHY,
    "draining": TargetHealth.DRAINING,
    "unchecked": TargetHealth.HEALTHY,
}
# Of several pools of one owner the worst counts.
_WORST: Final = (
    TargetHealth.HEALTHY,
    TargetHealth.INITIAL,
    TargetHealth.UNKNOWN,
    TargetHealth.DRAINING,
    TargetHealth.UNHEALTHY,
)
_Seen = Mapping[str, tuple[TargetHealth, str]]


class Watch:
    """Remembers what it wrote, and writes only what is new."""

    def __init__(self, store: Store, data_plane: DataPlane) -> None:
        self._store = store
        self._data_plane = data_plane
        self._written: dict[str, _Seen] = {}

    def look(self, now: datetime) -> None:
        """Ask the data plane and keep what changed. Raises StoreFault; a data plane that is silent tells nothing."""
        try:
            states = self._data_plane.states()
        except DataPlaneProblem:
            return
        owners: dict[str, dict[str, tuple[TargetHealth, str]]] = defaultdict(dict)
        for state in states:
            seen = _read(state)
            pool = owners[pool_owner(state.pool_id)]
            pool[state.server_id] = max(seen, pool.get(state.server_id, seen), key=lambda one: _WORST.index(one[0]))
        changed = {name: pool for name, pool in owners.items() if self._written.get(name) != pool}
        gone = self._written.keys() - owners.keys()
        if not changed and not gone:
            return
        with self._store.writing() as tx:
            for name in gone:
                listener_states.remove_targets(tx, name)
            for name, pool in changed.items():
                seen_now = [TargetState(name, target, health, why, now) for target, (health, why) in pool.items()]
                listener_states.put_targets(tx, name, seen_now)
        self._written = dict(owners)


def _read(state: ServerState) -> tuple[TargetHealth, str]:
    """A server counts as up until its first check: it is not yet known to be."""
    if state.health == "up" and not state.reason:
        return TargetHealth.INITIAL, ""
    return _HEALTH[state.health], "" if state.health == "up" else state.reason
