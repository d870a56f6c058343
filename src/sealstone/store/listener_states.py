"""What the deploy worker last saw of listeners and targets. None of it counts as a change of the configuration."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select

from sealstone.model.instance import TargetHealth, TargetState
from sealstone.model.listener import ListenerState, ListenerStatus
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema_load_balancing import LISTENER_STATES, TARGET_STATES

_LISTENERS: Final = LISTENER_STATES.c
_TARGETS: Final = TARGET_STATES.c
_LISTENER_COLUMNS: Final = (
    *(_LISTENERS.listener_id, _LISTENERS.generation, _LISTENERS.state),
    *(_LISTENERS.reason, _LISTENERS.served_fingerprint, _LISTENERS.checked_at),
)
_TARGET_COLUMNS: Final = (
    *(_TARGETS.pool_id, _TARGETS.target_id, _TARGETS.state),
    *(_TARGETS.reason, _TARGETS.checked_at),
)
_BY_LISTENER: Final = _LISTENERS.listener_id == bindparam("listener")
_OF_POOL: Final = _TARGETS.pool_id == bindparam("pool")
_ADD: Final = insert(LISTENER_STATES)
_FIND: Final = select(*_LISTENER_COLUMNS).where(_BY_LISTENER)
_REMOVE: Final = delete(LISTENER_STATES).where(_BY_LISTENER)
_EVERY: Final = select(*_LISTENER_COLUMNS).order_by(_LISTENERS.listener_id)
_ADD_TARGET: Final = insert(TARGET_STATES)
_TARGETS_OF: Final = select(*_TARGET_COLUMNS).where(_OF_POOL).order_by(_TARGETS.target_id)
_REMOVE_TARGETS: Final = delete(TARGET_STATES).where(_OF_POOL)


def put(tx: Tx, state: ListenerState) -> None:
    """Keep what was seen of a listener, in place of what was seen before."""
    remove(tx, state.listener_id)
    tx.change(_ADD, _values(state))


def put_some(tx: Tx, states: Sequence[ListenerState], gone: Iterable[str]) -> None:
    """Keep what was seen of these listeners, in place of what was seen before, and forget those that are `gone`."""
    tx.change(_REMOVE, *({"listener": name} for name in (*gone, *(state.listener_id for state in states))))
    tx.add(_ADD, [_values(state) for state in states])


def find(tx: Tx, listener_id: str) -> ListenerState | None:
    """What was last seen of a listener; None when nobody has looked."""
    row = tx.row(_FIND, {"listener": listener_id})
    return _read(row) if row else None


def remove(tx: Tx, listener_id: str) -> None:
    """Forget a listener, if it is known."""
    tx.change(_REMOVE, {"listener": listener_id})


def every(tx: Tx) -> tuple[ListenerState, ...]:
    """What was last seen of all listeners of all accounts."""
    return tuple(_read(row) for row in tx.rows(_EVERY, {}))


def put_targets(tx: Tx, pool_id: str, states: Iterable[TargetState]) -> None:
    """Keep what was seen of a pool's targets, in place of all that was seen of it before."""
    remove_targets(tx, pool_id)
    values = [
        {
            "pool_id": pool_id,
            "target_id": state.target_id,
            "state": state.health.value,
            "reason": state.reason,
            "checked_at": time_text(state.checked_at),
        }
        for state in states
    ]
    tx.add(_ADD_TARGET, values)


def targets(tx: Tx, pool_id: str) -> tuple[TargetState, ...]:
    """What was last seen of a pool's targets, by id."""
    return tuple(_read_target(row) for row in tx.rows(_TARGETS_OF, {"pool": pool_id}))


def remove_targets(tx: Tx, pool_id: str) -> None:
    """Forget a pool's targets."""
    tx.change(_REMOVE_TARGETS, {"pool": pool_id})


def _read(row: Sequence[Any]) -> ListenerState:
    listener_id, generation, state, reason, served_fingerprint, checked_at = row
    return ListenerState(
        listener_id, generation, ListenerStatus(state), reason, served_fingerprint, read_time(checked_at)
    )


def _read_target(row: Sequence[Any]) -> TargetState:
    pool_id, target_id, state, reason, checked_at = row
    return TargetState(pool_id, target_id, TargetHealth(state), reason, read_time(checked_at))


def _values(state: ListenerState) -> dict[str, str | int]:
    return {
        "listener_id": state.listener_id,
        "generation": state.generation,
        "state": state.status.value,
        "reason": state.reason,
        "served_fingerprint": state.served_fingerprint,
        "checked_at": time_text(state.checked_at),
    }
