"""Which listeners are to be proven, which proofs are under way, and what came of them. What a proof is, `proof` knows.

Proofs take as long as the listeners take to answer. They are made by threads beside the deploy worker, which alone
calls what is here and never waits: a change goes to the data plane while others are still being proven. An answer to
an older question than the last one about a listener is dropped, whatever it says.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Any, Final

from sealstone.dataplane.wanted import Listener
from sealstone.workers.certificates import Opened
from sealstone.workers.proof import Proof

_LOG: Final = logging.getLogger("sealstone.deploy")
WORKERS: Final = 4
"""How many listeners are proven at once."""
_PATIENT_WORKERS: Final = 2
"""How many of these for other reasons than a change: what has just changed finds one free."""

Prove = Callable[[Listener, Mapping[str, Opened], int], Proof]
"""A look at a listener, from the name of that number on: `proof.of`. It has to end by itself."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A look that was asked for."""

    number: int
    listener: Listener
    opened: Mapping[str, Opened]
    beginning: int = 0
    all_names: bool = True
    """Whether other looks follow at once, until all names were asked for."""


class Proving:
    """Called by one thread."""

    def __init__(self, prove: Prove) -> None:
        self._prove = prove
        self._urgent: dict[str, _Question] = {}
        self._patient: dict[str, _Question] = {}
        self._running: dict[Future[Proof], _Question] = {}
        self._open: dict[str, int] = {}
        """The number of the last question about each listener that has no answer yet."""
        self._again: dict[str, _Question] = {}
        """Those that are being looked at, and are to be looked at once more."""
        self._rest: dict[str, int] = {}
        """With which name the next look at a listener is to begin."""
        self._asked = 0

    def ask(self, listener: Listener, opened: Mapping[str, Opened], *, urgent: bool) -> None:
        """Look at it, now that it serves something else: all its names, whatever was asked before."""
        self.forget([listener.listener_id])
        self._put(_Question(0, listener, opened), self._urgent if urgent else self._patient)

    def ask_anew(self, listener: Listener, opened: Mapping[str, Opened], *, urgent: bool) -> None:
        """Look at it, since others serve the same now: all its names.

        One that waits keeps its place, and one that is being looked at has its answer and is looked at once more: as
        often as the others may be exchanged, everybody's turn comes.
        """
        name, question = listener.listener_id, _Question(0, listener, opened)
        waiting = self._patient.pop(name, None) if urgent else self._patient.get(name)
        if waiting is not None or name in self._urgent:
            queue = self._patient if waiting is not None and not urgent else self._urgent
            queue[name] = replace(question, number=self._open[name])
        elif name in self._open:
            self._again[name] = question
        else:
            self._put(question, self._urgent if urgent else self._patient)

    def ask_again(self, listener: Listener, opened: Mapping[str, Opened]) -> None:
        """Look at it, though nothing has changed: the names whose turn it is. Nothing, when it is being looked at."""
        name = listener.listener_id
        if name not in self._open:
            self._put(_Question(0, listener, opened, self._rest.get(name, 0), all_names=False), self._patient)

    def forget(self, names: Collection[str]) -> None:
        """Whatever was asked about these listeners is of no interest any more."""
        for name in names:
            for known in (self._urgent, self._patient, self._open, self._again, self._rest):
                known.pop(name, None)

    def forget_others(self, names: Collection[str]) -> None:
        """The same for all listeners but these."""
        self.forget((self._open.keys() | self._rest.keys()) - set(names))

    def answers(self, executor: Executor) -> dict[str, Proof]:
        """What came of the looks that have ended since, by listener_id; and as many others are begun as may be."""
        found: dict[str, Proof] = {}
        while True:
            self._begin(executor)
            ended = [future for future in self._running if future.done()]
            if not ended:
                return found
            for future in ended:
                question = self._running.pop(future)
                name = question.listener.listener_id
                if self._open.get(name) == question.number:
                    found[name] = _answer(future, question)
                    self._answered(question, found[name])

    def _put(self, question: _Question, queue: dict[str, _Question]) -> None:
        self._asked += 1
        name = question.listener.listener_id
        self._open[name] = self._asked
        queue[name] = replace(question, number=self._asked)

    def _begin(self, executor: Executor) -> None:
        for queue, most in ((self._urgent, WORKERS), (self._patient, _PATIENT_WORKERS)):
            while queue and len(self._running) < most:
                name, question = next(iter(queue.items()))
                # What no thread can be had for waits on.
                future = executor.submit(self._prove, question.listener, question.opened, question.beginning)
                self._running[future] = queue.pop(name)

    def _answered(self, question: _Question, answer: Proof) -> None:
        name = question.listener.listener_id
        del self._open[name]
        self._rest[name] = answer.rest
        again = self._again.pop(name, question if question.all_names and answer.rest and not answer.reason else None)
        if again:
            self._put(replace(again, beginning=answer.rest), self._patient)


class AtOnce(Executor):
    """Whoever submits does it, there and then: for a worker without threads."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Done, when it comes back."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as fault:  # noqa: BLE001 - as other executors: it is raised where the result is asked for
            future.set_exception(fault)
        return future


def _answer(future: Future[Proof], question: _Question) -> Proof:
    """A proof that breaks is a listener not proven, and keeps no other one waiting."""
    try:
        return future.result()
    except Exception as fault:  # noqa: BLE001 - logged whole
        _LOG.exception("a fault of ours in the proof of listener %s", question.listener.listener_id)
        return Proof(f"it could not be proven, by a fault of ours: {type(fault).__name__}", rest=question.beginning)
