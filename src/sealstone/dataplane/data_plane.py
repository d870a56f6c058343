"""The seam: what the deploy worker sees of a data plane, whichever it is. No process and no file here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sealstone.dataplane.wanted import Wanted

Health = Literal["up", "down", "draining", "unchecked"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt to serve what is wanted."""

    applied: bool
    """Whether everything but what is in `failed` is served now; if not, all that was served before still is."""
    reason: str = ""
    """Why it was not applied."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Why a listener is not served as wanted, by listener_id. One that was served before goes on as it was."""
    reloaded: bool = False
    """Whether new processes took over; else the running ones were changed, or nothing had to be."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """How a server is."""

    pool_id: str
    server_id: str
    health: Health
    """`up` until a check says otherwise; `unchecked` has no check."""
    reason: str = ""
    """The last check in the data plane's words: `L4CON`, `L7STS 500`; empty before the first."""


class DataPlane(Protocol):
    """Something that listens."""

    def apply(self, wanted: Wanted, keep: Collection[str] = ()) -> Outcome:
        """Serve what is wanted, all of it or, for each listener that fails, what it had.

        `keep` are ids of listeners that are to stay just as they are served, whatever is wanted of them: one of them
        that is not being served is left out. Raises DataPlaneProblem: then what was served before still is.
        """
        ...

    def ensure(self) -> bool:
        """Start again what has died; whether something had. Cheap, to be called every second. Raises as `apply`."""
        ...

    def states(self) -> tuple[ServerState, ...]:
        """The servers of all pools in use. Raises NotAnswered."""
        ...

    def alive(self) -> bool:
        """Whether it serves."""
        ...

    def stop(self) -> None:
        """Serve nothing any more, and keep no key."""
        ...
