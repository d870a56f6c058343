"""A data plane that is opened when there is something to serve, or something served already: else nothing is made.

Its directory in memory, and HAProxy, are looked for no earlier. What keeps it from being opened (no HAProxy, a
directory that is not ours) is raised when it is asked to serve, and looked for anew the next time.
"""

from collections.abc import Callable, Collection
from pathlib import Path

from sealstone.dataplane import processes
from sealstone.dataplane.data_plane import DataPlane, Outcome, ServerState
from sealstone.dataplane.wanted import Wanted


class Late:
    """Stands for the one that `opened` makes."""

    def __init__(self, place: Path, opened: Callable[[], DataPlane]) -> None:
        """`place` is the directory by which one that serves already is known. `opened` raises DataPlaneProblem."""
        self._place = place
        self._open = opened
        self._opened: DataPlane | None = None

    def apply(self, wanted: Wanted, keep: Collection[str] = ()) -> Outcome:
        """As the one behind; nothing is opened to serve nothing. Raises DataPlaneProblem when it cannot be opened."""
        if not wanted.listeners and not self._there():
            return Outcome(applied=True)
        return self._plane().apply(wanted, keep)

    def ensure(self) -> bool:
        """As the one behind; False while there is none."""
        return self._there() and self._plane().ensure()

    def states(self) -> tuple[ServerState, ...]:
        """As the one behind; none while there is none."""
        return self._plane().states() if self._there() else ()

    def alive(self) -> bool:
        """As the one behind; False while there is none."""
        return self._there() and self._plane().alive()

    def stop(self) -> None:
        """As the one behind, if there is one."""
        if self._there():
            self._plane().stop()

    def _there(self) -> bool:
        """One that serves is there even when its directory was removed."""
        return self._opened is not None or self._place.exists() or bool(processes.running(self._place))

    def _plane(self) -> DataPlane:
        if self._opened is None:
            self._opened = self._open()
        return self._opened
