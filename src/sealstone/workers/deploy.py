"""Makes the data plane serve what the store wishes, proves it by handshakes, and writes down what it saw.

Level-triggered: each round compares what is wished with what was applied, whatever happened in between, so that a
crash at any line is healed by the next round. One worker an installation: who holds the lock of the data plane's
directory (`server.app` sees to it).

A listener counts as serving only after its proof, which is made beside this thread (`proving`): until then its state
is that of an older generation. What is due by itself is counted in seconds that pass, and not by the wall clock, which
may be set back; the wall clock only says when something was seen, and when an instance has left.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from sealstone.dataplane.data_plane import DataPlane, Outcome
from sealstone.dataplane.problems import DataPlaneProblem
from sealstone.dataplane.wanted import Listener, Wanted
from sealstone.model.balancing import Balancing
from sealstone.model.listener import ListenerState, ListenerStatus
from sealstone.seal.envelope import Keyring
from sealstone.store import configuration, listener_states
from sealstone.store.engine import Store
from sealstone.workers import health, proof, proving, wishes
from sealstone.workers.certificates import Certificates, Opened
from sealstone.workers.proof import Proof
from sealstone.workers.proving import AtOnce, Prove, Proving
from sealstone.workers.repeating import Repeated
from sealstone.workers.wishes import Wish

_LOG: Final = logging.getLogger("sealstone.deploy")
LOOK: Final = 0.005
"""Seconds between two looks at the generation: one row, read from memory in some microseconds."""
_REPEATED: Final = Repeated("the deploy worker", _LOG, rest=LOOK, after_fault=1.0)
_ENSURE: Final = 1.0
_HEALTH: Final = 2.0
_PROVE: Final = 60.0
_LONGEST_PAUSE: Final = 30.0
_NOTHING: Final = Wish(Wanted(-1), {}, {})
"""What is known before the store has been read: at a generation that it never has."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What of a listener must be proved again when it changes."""

    listener: Listener
    fingerprints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of a listener's present form, and when it was learned."""

    proof: Proof
    at: datetime


class Deployer:
    """Its `round` is called again and again; `run` does so in a thread until it is stopped."""

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        balancing: Balancing,
        data_plane: DataPlane,
        clock: Callable[[], datetime],
        prove: Prove = proof.of,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        """`clock` is the wall's; `ticks` counts seconds and never goes back."""
        self._store = store
        self._certificates = Certificates(keyring)
        self._balancing = balancing
        self._data_plane = data_plane
        self._clock, self._ticks = clock, ticks
        self._proving = Proving(prove)
        self.executor: Executor = AtOnce()
        """What makes the proofs: whoever calls `round` alone, and threads while `run` does."""
        self._wish = _NOTHING
        self._shown: dict[str, _Shown] = {}
        self._seen: dict[str, _Seen] = {}
        """Of those that were proven since they last changed, and of those that cannot be served."""
        self._refused: frozenset[str] = frozenset()
        """Those that cannot be served as wanted: there is nothing to prove."""
        self._states: dict[str, ListenerState] = {}
        """As in the store."""
        self._news = False
        """Whether what is known may be other than what is in the store."""
        self._health = health.Watch(store, data_plane)
        self._due: dict[str, float] = {}
        self._proven_at: datetime | None = None
        self._down = ""
        """Why the data plane cannot be started, while it cannot."""
        self._failing = 0
        """How many times in a row it could not be done."""
        self._differences = self._deployments = self._failures = self._restarts = 0

    # --- figures, since this worker began ---

    @property
    def differences(self) -> int:
        """How often a listener was found to serve something else than what is stored."""
        return self._differences

    @property
    def deployments(self) -> int:
        """How often a wish was brought to the data plane, whatever came of it."""
        return self._deployments

    @property
    def failures(self) -> int:
        """How many of the deployments did not succeed, for all listeners or for some."""
        return self._failures

    @property
    def restarts(self) -> int:
        """How often the data plane had died and was started again."""
        return self._restarts

    # --- the loop ---

    def run(self, stopped: threading.Event) -> None:
        """Until `stopped` is set, with threads that prove. What is served goes on being served."""
        self.executor = ThreadPoolExecutor(proving.WORKERS, thread_name_prefix="proof")
        try:
            _REPEATED.run(self.round, stopped)
        finally:
            self.executor.shutdown(wait=False, cancel_futures=True)
            self.executor = AtOnce()

    def round(self) -> None:
        """Whatever is due now. Raises StoreFault."""
        now = self._clock()
        try:
            if self._stale(now):
                self._deploy(now)
        finally:  # whatever is wrong with a change, what is served is looked after
            self._look_after(now)

    def _look_after(self, now: datetime) -> None:
        if self._is_due("ensure", _ENSURE):
            self._ensure()
        if self._is_due("health", _HEALTH):
            self._health.look(now)
        if self._is_due("prove", _PROVE) or self._has_jumped(now):
            self._prove_all(now)
        self._collect(now)
        if self._news:
            self._write()

    def _stale(self, now: datetime) -> bool:
        """Whether the store may wish something else than what was applied."""
        if self._wish.changes_at and self._wish.changes_at <= now:
            return True
        if self._failing and self._ticks() >= self._due["retry"]:
            return True
        # What is new is tried at once: only the same again waits for its time.
        with self._store.reading() as tx:
            return configuration.generation(tx) != self._wish.wanted.generation

    def _is_due(self, what: str, every: float) -> bool:
        ticks = self._ticks()
        if ticks < self._due.get(what, ticks):
            return False
        self._due[what] = ticks + every
        return True

    def _has_jumped(self, now: datetime) -> bool:
        """Whether the wall clock was set: what was seen would seem to be seen long ago, or to come."""
        return self._proven_at is not None and abs(now - self._proven_at) > timedelta(seconds=_PROVE)

    # --- one change ---

    def _deploy(self, now: datetime) -> None:
        if self._wish is _NOTHING:
            with self._store.reading() as tx:
                self._states = {state.listener_id: state for state in listener_states.every(tx)}
        wish = wishes.read(self._store, self._certificates, self._balancing, now)
        self._deployments += 1
        try:
            outcome = self._data_plane.apply(wish.wanted, wish.impossible)
        except DataPlaneProblem as problem:
            outcome = Outcome(applied=False, reason=str(problem))
        self._wish, self._news = wish, True
        if not outcome.applied:
            self._failed(outcome.reason, now)
            return
        failed = {**outcome.failed, **wish.impossible}
        self._failing = 1 if outcome.failed.keys() - wish.impossible.keys() else 0
        self._failures += bool(failed or wish.lacking)
        self._due["retry"] = self._ticks() + _LONGEST_PAUSE
        self._tell({**wish.lacking, **failed})
        before, self._shown = self._shown, _all_shown(wish)
        self._refused = frozenset(failed)
        self._ask({name for name in self._shown if before.get(name) != self._shown[name]}, everything=outcome.reloaded)
        self._seen |= {name: _Seen(Proof(reason), now) for name, reason in failed.items()}

    def _ask(self, changed: Collection[str], *, everything: bool) -> None:
        """For the proofs of what has changed or had failed, and of all others when new processes serve them."""
        provable = [name for name in self._shown if name not in self._refused]
        self._proving.forget_others(provable)
        self._seen = {name: self._seen[name] for name in provable if name in self._seen and name not in changed}
        for name in provable:
            failed = name in self._seen and bool(self._seen[name].proof.reason)
            if name in changed:
                self._proving.ask(self._shown[name].listener, self._wish.opened, urgent=True)
            elif everything or failed:
                self._seen.pop(name, None)
                self._proving.ask_anew(self._shown[name].listener, self._wish.opened, urgent=failed)

    def _tell(self, failed: Mapping[str, str]) -> None:
        """Of those that were not told before."""
        for name, reason in failed.items():
            state = self._states.get(name)
            if state is None or state.reason != reason:
                _LOG.error("listener %s is not served as wanted: %s", name, reason)

    def _failed(self, reason: str, now: datetime) -> None:
        """Nothing of it is served; what was served before still is. Tried again, ever more rarely."""
        wish = self._wish
        self._shown = {}
        self._failures += 1
        self._failing += 1
        self._due["retry"] = self._ticks() + min(2.0**self._failing, _LONGEST_PAUSE)
        _LOG.error("the data plane refused generation %d: %s", wish.wanted.generation, reason)
        names = [listener.listener_id for listener in wish.wanted.listeners]
        self._proving.forget_others(())
        self._refused = frozenset(names)
        self._seen = {name: _Seen(Proof(wish.impossible.get(name, reason)), now) for name in names}

    # --- proof ---

    def _ensure(self) -> None:
        """Start the data plane again when it has died, and have it proven that it serves as before."""
        try:
            if self._data_plane.ensure():
                self._restarts += 1
                _LOG.warning("the data plane had died and was started again")
                self._ask_all()
            self._down = ""
        except DataPlaneProblem as problem:
            if self._down != str(problem):
                self._down = str(problem)
                _LOG.error("the data plane cannot be started: %s", problem)
                self._ask_all()

    def _ask_all(self) -> None:
        """What was seen still counts until it is refuted."""
        for name, shown in self._shown.items():
            if name not in self._refused:
                self._proving.ask(shown.listener, self._wish.opened, urgent=False)

    def _prove_all(self, now: datetime) -> None:
        """Every listener, those that cannot be served as wanted apart: they wait for their next try."""
        self._proven_at, self._news = now, True
        for name, shown in self._shown.items():
            if name not in self._refused:
                self._proving.ask_again(shown.listener, self._wish.opened)
        self._seen |= {name: replace(self._seen[name], at=now) for name in self._refused}

    def _collect(self, now: datetime) -> None:
        for name, proven in self._proving.answers(self.executor).items():
            self._seen[name], self._news = _Seen(proven, now), True
            if proven.reason:
                self._differences += 1
                _LOG.error("listener %s does not serve as wanted: %s", name, proven.reason)

    # --- what is written down ---

    def _write(self) -> None:
        """What is new, in one unit."""
        states = {state.listener_id: state for state in self._present_states()}
        new = [state for name, state in states.items() if self._states.get(name) != state]
        gone = self._states.keys() - states.keys()
        if new or gone:
            with self._store.writing() as tx:
                listener_states.put_some(tx, new, gone)
        self._states, self._news = states, False

    def _present_states(self) -> Iterator[ListenerState]:
        """Of each listener; of one that is not proven yet what was written before, about an older generation."""
        wish = self._wish
        for listener in wish.wanted.listeners:
            name = listener.listener_id
            seen = self._seen.get(name)
            if seen is not None:
                # One that serves, but not all that it should, is proven as the others, and is no success.
                reason = seen.proof.reason or wish.lacking.get(name, "")
                status = ListenerStatus.FAILED if reason else ListenerStatus.SERVING
                generation, fingerprint = wish.wanted.generation, seen.proof.fingerprint
                yield ListenerState(name, generation, status, reason, fingerprint, seen.at)
            elif name in self._states:
                yield self._states[name]


def _all_shown(wish: Wish) -> dict[str, _Shown]:
    return {
        listener.listener_id: _shown(listener, wish.opened)
        for listener in wish.wanted.listeners
        if listener.listener_id not in wish.impossible
    }


def _shown(listener: Listener, opened: Mapping[str, Opened]) -> _Shown:
    used = (listener.default_certificate_id, *listener.sni_certificate_ids)
    return _Shown(listener, tuple(opened[name].fingerprint for name in used if name is not None))
