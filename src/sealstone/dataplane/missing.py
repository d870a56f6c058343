"""The data plane of a machine without HAProxy: everything is kept, nothing is served, and the reason is told."""

from sealstone.dataplane.data_plane import Outcome, ServerState
from sealstone.dataplane.problems import DataPlaneProblem
from sealstone.dataplane.wanted import Wanted


class Missing:
    """Refuses to serve with the problem that was met when HAProxy was looked for."""

    def __init__(self, problem: DataPlaneProblem) -> None:
        self._problem = problem

    def apply(self, _wanted: Wanted) -> Outcome:
        """Not applied."""
        return Outcome(applied=False, reason=str(self._problem))

    def ensure(self) -> bool:
        """There is nothing to start."""
        return False

    def states(self) -> tuple[ServerState, ...]:
        """Nothing is known of any server."""
        return ()

    def alive(self) -> bool:
        """Never."""
        return False

    def stop(self) -> None:
        """There is nothing to stop."""
