"""A data plane that listens nowhere and remembers what was wanted: for tests, and for a house without HAProxy."""

from collections.abc import Collection, Mapping

from sealstone.dataplane.data_plane import Outcome, ServerState
from sealstone.dataplane.haproxy_config import rendered
from sealstone.dataplane.wanted import Wanted


class Recording:
    """Takes everything that could be written as a configuration, and whatever `fails` does not name."""

    def __init__(self, fails: Mapping[str, str] | None = None) -> None:
        """`fails`: reasons by listener_id."""
        self.fails = dict(fails or {})
        self.applied: list[Wanted] = []
        self.kept: list[frozenset[str]] = []
        """What was to stay as it is, each time."""
        self.server_states: tuple[ServerState, ...] = ()
        self._alive = True

    def apply(self, wanted: Wanted, keep: Collection[str] = ()) -> Outcome:
        """Remember it."""
        self.applied.append(wanted)
        self.kept.append(frozenset(keep))
        self._alive = True
        present = {listener.listener_id for listener in wanted.listeners}
        failing = {name: reason for name, reason in self.fails.items() if name in present}
        return Outcome(applied=True, failed={**rendered(wanted).failed, **failing})

    def ensure(self) -> bool:
        """Alive again."""
        was, self._alive = self._alive, True
        return not was

    def states(self) -> tuple[ServerState, ...]:
        """What `server_states` was set to."""
        return self.server_states

    def alive(self) -> bool:
        """Until stopped."""
        return self._alive

    def stop(self) -> None:
        """Not alive any more."""
        self._alive = False
