"""The loop of every worker: its work again and again until it is told to stop, whatever happens meanwhile.

What the work is, the workers know; which thread the loop runs in, `server` does.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from sealstone.store.faults import StoreFault


@dataclass(frozen=True, slots=True)
class Repeated:
    """How work is repeated, and how its faults are told."""

    name: str
    """What the log calls it: "the deploy worker"."""
    log: logging.Logger
    rest: float
    """Seconds from the end of a round that found no more work to the next."""
    after_fault: float
    """The same after a round that failed."""
    foreseen: tuple[type[Exception], ...] = (StoreFault,)
    """Faults that one line tells of; any other is ours, and is logged whole."""

    def run(self, work: Callable[[], object], stopped: threading.Event) -> None:
        """Do it until `stopped` is set; as long as `work` answers that there was some, without a rest."""
        pause = self.rest
        while not stopped.wait(pause):
            pause = self.rest if self.survived(work, stopped) else self.after_fault

    def survived(self, work: Callable[[], object], stopped: threading.Event | None = None) -> bool:
        """One round; False when it failed, which is logged: a loop that ended would leave all its work undone."""
        try:
            while work() and not (stopped and stopped.is_set()):
                pass
        except self.foreseen as fault:
            self.log.error("%s: %s", self.name, fault)  # noqa: TRY400 - foreseen: one line
            return False
        except Exception:
            self.log.exception("a fault of ours in %s", self.name)
            return False
        return True
