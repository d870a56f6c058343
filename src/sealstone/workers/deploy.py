"""Makes the data plane serve what the store wishes, proves it by handshakes, and writes down what it saw.

Level-triggered: each round compares what is wished with what was applied, whatever happened in between, so that a
crash at any line is healed by the next round. One worker an installation: who holds the lock of the data plane's
directory (`server.app` sees to it).
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sealstone.dataplane.data_plane import DataPlane
from sealstone.dataplane.problems import DataPlaneProblem
from sealstone.dataplane.wanted import Listener, Wanted
from sealstone.model.balancing import Balancing
from sealstone.model.listener import ListenerState, ListenerStatus
from sealstone.seal.envelope import Keyring
from sealstone.store import configuration, listener_states
from sealstone.store.engine import Store
from sealstone.workers import health, proof, wishes
from sealstone.workers.certificates import Certificates, Opened
from sealstone.workers.repeating import Repeated
from sealstone.workers.wishes import Wish

_LOG: Final = logging.getLogger("sealstone.deploy")
LOOK: Final = 0.005
"""Seconds between two looks at the generation: one row, read from memory in some microseconds."""
_REPEATED: Final = Repeated("the deploy worker", _LOG, rest=LOOK, after_fault=1.0)
_ENSURE: Final = timedelta(seconds=1)
_HEALTH: Final = timedelta(seconds=2)
_PROVE: Final = timedelta(seconds=60)
_LONGEST_PAUSE: Final = 30
_NOTHING: Final = Wish(Wanted(-1), {}, {})
"""What is known before the store has been read: at a generation that it never has."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What of a listener must be proved again when it changes."""

    listener: Listener
    fingerprints: tuple[str, ...]


class Deployer:
    """Its `round` is called again and again; `run` does so in a thread until it is stopped."""

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        balancing: Balancing,
        data_plane: DataPlane,
        clock: Callable[[], datetime],
        prove: Callable[[Listener, Mapping[str, Opened]], proof.Proof] = proof.of,
    ) -> None:
        self._store = store
        self._certificates = Certificates(keyring)
        self._balancing = balancing
        self._data_plane = data_plane
        self._clock = clock
        self._proof_of = prove
        self._wish = _NOTHING
        self._shown: dict[str, _Shown] = {}
        self._states: dict[str, ListenerState] = {}
        self._health = health.Watch(store, data_plane)
        self._due: dict[str, datetime] = {}
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
        """Until `stopped` is set. What is served goes on being served."""
        _REPEATED.run(self.round, stopped)

    def round(self) -> None:
        """Whatever is due now. Raises StoreFault."""
        now = self._clock()
        if self._stale(now):
            self._deploy(now)
        if self._is_due("ensure", _ENSURE, now):
            self._ensure(now)
        if self._is_due("health", _HEALTH, now):
            self._health.look(now)
        if self._is_due("prove", _PROVE, now):
            self._prove_all(now)

    def _stale(self, now: datetime) -> bool:
        """Whether the store may wish something else than what was applied."""
        if self._wish.changes_at and self._wish.changes_at <= now:
            return True
        if self._failing and now >= self._due["retry"]:
            return True
        # What is new is tried at once: only the same again waits for its time.
        with self._store.reading() as tx:
            return configuration.generation(tx) != self._wish.wanted.generation

    def _is_due(self, what: str, every: timedelta, now: datetime) -> bool:
        if now < self._due.get(what, now):
            return False
        self._due[what] = now + every
        return True

    # --- one change ---

    def _deploy(self, now: datetime) -> None:
        first = self._wish is _NOTHING
        wish = wishes.read(self._store, self._certificates, self._balancing, now)
        self._deployments += 1
        try:
            outcome = self._data_plane.apply(wish.wanted, wish.impossible)
        except DataPlaneProblem as problem:
            self._failed(wish, str(problem), now)
            return
        self._wish = wish
        if not outcome.applied:
            self._failed(wish, outcome.reason, now)
            return
        failed = {**outcome.failed, **wish.impossible}
        self._failing = 1 if outcome.failed.keys() - wish.impossible.keys() else 0
        self._failures += bool(failed or wish.lacking)
        self._due["retry"] = now + timedelta(seconds=_LONGEST_PAUSE)
        shown = {
            listener.listener_id: _seen(listener, wish.opened)
            for listener in wish.wanted.listeners
            if listener.listener_id not in wish.impossible
        }
        before = {} if first or outcome.reloaded else self._shown
        changed = [name for name, one in shown.items() if before.get(name) != one or self._has_failed(name)]
        self._shown = shown
        self._tell({**wish.lacking, **failed})
        self._prove([name for name in changed if name not in failed], failed, now)

    def _tell(self, failed: Mapping[str, str]) -> None:
        """Of those that were not told before."""
        for name, reason in failed.items():
            state = self._states.get(name)
            if state is None or state.reason != reason:
                _LOG.error("listener %s is not served as wanted: %s", name, reason)

    def _failed(self, wish: Wish, reason: str, now: datetime) -> None:
        """Nothing of it is served; what was served before still is. Tried again, ever more rarely."""
        self._wish = wish
        self._shown = {}
        self._failures += 1
        self._failing += 1
        self._due["retry"] = now + timedelta(seconds=min(2**self._failing, _LONGEST_PAUSE))
        _LOG.error("the data plane refused generation %d: %s", wish.wanted.generation, reason)
        names = [listener.listener_id for listener in wish.wanted.listeners]
        self._write(dict.fromkeys(names, reason) | dict(wish.impossible), {}, now)

    def _has_failed(self, name: str) -> bool:
        state = self._states.get(name)
        return state is not None and state.status is ListenerStatus.FAILED

    # --- proof ---

    def _ensure(self, now: datetime) -> None:
        """Start the data plane again when it has died, and prove that it serves as before."""
        try:
            if self._data_plane.ensure():
                self._restarts += 1
                _LOG.warning("the data plane had died and was started again")
                self._prove_all(now)
        except DataPlaneProblem as problem:
            _LOG.error("the data plane cannot be started: %s", problem)

    def _prove_all(self, now: datetime) -> None:
        """Every listener and every name, those that fail already apart: they wait for their next try."""
        failed = {
            name: state.reason
            for name, state in self._states.items()
            if state.status is ListenerStatus.FAILED
            and (self._failing or name not in self._shown)
            and self._wish.lacking.get(name) != state.reason
        }
        self._prove([name for name in self._shown if name not in failed], failed, now)

    def _prove(self, names: Iterable[str], failed: dict[str, str], now: datetime) -> None:
        seen: dict[str, str] = {}
        for name in names:
            proven = self._proof_of(self._shown[name].listener, self._wish.opened)
            seen[name] = proven.fingerprint
            if proven.reason:
                self._differences += 1
                failed[name] = proven.reason
                _LOG.error("listener %s does not serve as wanted: %s", name, proven.reason)
        self._write(failed, seen, now)

    def _write(self, failed: Mapping[str, str], seen: Mapping[str, str], now: datetime) -> None:
        """The state of every listener, in one unit; of those not looked at now, what was seen before."""
        wish = self._wish
        generation = wish.wanted.generation
        names = [listener.listener_id for listener in wish.wanted.listeners]
        states: dict[str, ListenerState] = {}
        for name in names:
            # One that serves, but not all that it should, is proven as the others, and is no success.
            reason = failed.get(name) or wish.lacking.get(name, "")
            status = ListenerStatus.FAILED if reason else ListenerStatus.SERVING
            before = self._states.get(name)
            if name in seen or before is None or name in failed:
                states[name] = ListenerState(name, generation, status, reason, seen.get(name, ""), now)
            else:
                states[name] = replace(before, generation=generation, status=status, reason=reason)
        if states != self._states:
            with self._store.writing() as tx:
                listener_states.put_all(tx, states.values())
        self._states = states


def _seen(listener: Listener, opened: Mapping[str, Opened]) -> _Shown:
    used = (listener.default_certificate_id, *listener.sni_certificate_ids)
    return _Shown(listener, tuple(opened[name].fingerprint for name in used if name is not None))
