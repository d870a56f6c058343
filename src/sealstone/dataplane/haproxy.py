"""The data plane that is HAProxy: brings it from what it serves to what is wanted, and back when that is refused.

HAProxy is no child of ours: it serves on while we are stopped, and whoever comes next finds it by its directory. What
it serves is known from that directory alone, never from our memory.
"""

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from sealstone.dataplane import changes, control, processes, refusals
from sealstone.dataplane.addresses import Place, listening, unavailable
from sealstone.dataplane.data_plane import Outcome, ServerState
from sealstone.dataplane.directory import Directory, Served, served_by
from sealstone.dataplane.haproxy_config import CONFIGURATION, RUNTIME_SOCKET, SERVER_STATE, Part, Rendered, rendered
from sealstone.dataplane.problems import ConfigurationRefused, DataPlaneProblem, NotAnswered
from sealstone.dataplane.server_memory import remembered
from sealstone.dataplane.substitution import as_served, sections
from sealstone.dataplane.wanted import Wanted

ATTEMPTS: Final = 8
"""How often an attempt is made anew without the listeners that HAProxy refused."""

_ANSWER_SECONDS: Final = 10.0
_RELOAD_SECONDS: Final = 120.0
_END_SECONDS: Final = 5.0
_KNOCKS: Final = 100
_KNOCK_SECONDS: Final = 0.02


class HAProxy:
    """One HAProxy in one directory. Its methods may be called from any thread and any process."""

    def __init__(
        self,
        directory: Directory,
        binary: Callable[[], Path],
        *,
        unavailable: Callable[[Place], str] = unavailable,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`binary` finds HAProxy, or raises DataPlaneProblem; asked each time, for what was there may have moved.

        `unavailable` says why an address cannot be listened on; `pause` waits for seconds.
        """
        self._directory = directory
        self._binary = binary
        self._unavailable = unavailable
        self._pause = pause
        self._asked: tuple[Wanted, frozenset[str]] | None = None

    # --- the seam ---

    def apply(self, wanted: Wanted, keep: Collection[str] = ()) -> Outcome:
        """Serve what is wanted; see `DataPlane`."""
        self._asked = wanted, frozenset(keep)
        with self._directory.locked():
            return self._apply(*self._asked)

    def ensure(self) -> bool:
        """Start HAProxy again if it died; a HAProxy that is there and slow to answer is left alone."""
        if processes.is_unsettled(self._directory.path):
            with self._directory.locked():
                self._settle()
        if self.alive() or (self._asked is not None and not self._asked[0].listeners):
            return False
        with self._directory.locked():
            if self.alive():
                return False
            if self._asked is not None:
                self._directory.changing()
                outcome = self._apply(*self._asked)
                if not outcome.applied:
                    raise ConfigurationRefused((outcome.reason,), outcome.failed)
                return self.alive()
            if self._lost:
                return False
            self._start(None)
            return self.alive()

    def states(self) -> tuple[ServerState, ...]:
        """The servers of all pools in use. Raises NotAnswered."""
        return control.server_states(self._worker, _ANSWER_SECONDS)

    def alive(self) -> bool:
        """Whether a master has its socket: one with no worker ends by itself. One that is silent counts as alive.

        A master opens its socket anew when it starts and with each reload: for a moment nobody answers there.
        """
        for _ in range(_KNOCKS):
            try:
                control.asked(self._master, b"show version", _ANSWER_SECONDS)
            except NotAnswered as problem:
                if problem.silent:
                    return True
            else:
                return True
            if self._lost or not processes.running(self._directory.path):
                return False
            self._pause(_KNOCK_SECONDS)
        return False

    def stop(self) -> None:
        """End HAProxy and remove every key, then the directory: nothing of ours stays in memory."""
        with self._directory.locked():
            self._rest()
            self._asked = None
            self._directory.remove_all()

    # --- within the lock ---

    @property
    def _lost(self) -> bool:
        """Whether what may be running cannot be spoken with any more: its directory was removed."""
        return not (self._directory.path / CONFIGURATION).exists()

    @property
    def _master(self) -> Path:
        return self._directory.path / processes.MASTER_SOCKET

    @property
    def _worker(self) -> Path:
        return self._directory.path / RUNTIME_SOCKET

    def _apply(self, wanted: Wanted, keep: Collection[str]) -> Outcome:
        """One that was dead is started with what it served, if what is wanted cannot be had."""
        self._settle()
        applied = False
        try:
            outcome = self._attempted(wanted, keep)
            applied = outcome.applied
        finally:
            if not applied and not self._lost and not self.alive():
                with suppress(DataPlaneProblem):
                    self._start(None)
        return outcome

    def _settle(self) -> None:
        """Whoever was killed while one HAProxy took over from another has left two: the one that answers stays."""
        if processes.is_unsettled(self._directory.path) and self.alive():
            with suppress(NotAnswered):  # it is slow: the next time
                master = control.master(self._master, _ANSWER_SECONDS)
                if master is not None:
                    processes.settle(self._directory.path, master)

    def _attempted(self, wanted: Wanted, keep: Collection[str]) -> Outcome:
        kept = dict(self._as_served(keep))
        out = {name for name in keep if name not in kept}
        failed: dict[str, str] = {}
        for _ in range(ATTEMPTS):
            files = rendered(wanted, kept, out)
            new = {**files.failed, **self._not_bindable(files)}
            reason = ""
            if not new:
                try:
                    new_processes = self._deploy(files, out)
                except ConfigurationRefused as problem:
                    new, reason = dict(problem.listeners), str(problem)
                else:
                    return Outcome(applied=True, failed=failed, reloaded=new_processes)
            again = new.keys() & kept.keys()
            if not new or (again and self.alive()):
                # What is being served gives way to nothing: rather is nothing changed.
                return Outcome(applied=False, reason=reason or new[min(again)], failed={**new, **failed})
            # Whatever fails is served as it was before; left out if it was not, or cannot be had any more either.
            served = self._as_served(new.keys() - again)
            kept = {name: part for name, part in kept.items() if name not in again} | dict(served)
            out |= new.keys() - served.keys()
            failed = new | failed
        return Outcome(applied=False, reason="HAProxy refused too many listeners, one after another", failed=failed)

    def _as_served(self, listener_ids: Collection[str]) -> Mapping[str, Part]:
        return as_served(listener_ids, self._configuration(), self._directory.read) if listener_ids else {}

    def _not_bindable(self, files: Rendered) -> dict[str, str]:
        """Listeners on addresses that are not HAProxy's yet and cannot be had."""
        alive = self.alive()
        if not alive and processes.running(self._directory.path):
            return {}  # who has no socket any more still has the addresses, and is ended before they are needed
        held = listening(self._configuration()) if alive else frozenset()
        reasons = {
            name.removeprefix("L-"): self._unavailable(place)
            for name, text in sections(files.texts[CONFIGURATION]).items()
            for place in listening(text) - held
        }
        return {listener_id: reason for listener_id, reason in reasons.items() if reason}

    def _configuration(self) -> str:
        return (self._directory.read(CONFIGURATION) or b"").decode()

    def _deploy(self, files: Rendered, out: Collection[str]) -> bool:
        """Have these files served, whether by new processes; else everything stays as it was. Raises as `apply`."""
        if not listening(files.texts[CONFIGURATION]):
            # Whatever still serves without its files is not ended for the sake of listeners that cannot be had.
            if not out or not self._lost:
                self._rest()
            return False
        wanted = served_by(files)
        alive = self.alive()
        served = self._directory.served() if alive else None
        if served == wanted:
            self._directory.sweep(files)
            return False
        steps = changes.steps(served.digests, served.lists, files, wanted.digests) if served else None
        if steps is None:
            self._binary()  # without one nothing is begun
        earlier = self._configuration()
        self._directory.write(files)
        try:
            reloaded = self._carry_out(steps, files, earlier, alive=alive)
            if not self.alive():
                raise NotAnswered("it ended at once")
        except DataPlaneProblem as problem:
            self._directory.restore()
            # Without an answer it is not known what is served: the next attempt reloads, whatever is wanted.
            if not isinstance(problem, NotAnswered):
                self._back(served, disturbed=steps is not None, alive=alive)
            raise
        self._directory.sweep(files)
        self._directory.settled(wanted)
        return reloaded

    def _carry_out(self, steps: tuple[changes.Step, ...] | None, files: Rendered, earlier: str, *, alive: bool) -> bool:
        """Whether it took new processes: what a running one refuses, new ones may take."""
        if steps is not None:
            try:
                self._perform(steps, files)
            except ConfigurationRefused as refused:
                try:
                    self._reload(files, earlier)
                except ConfigurationRefused:
                    raise refused from None
            else:
                return False
        elif alive:
            self._reload(files, earlier)
        else:
            self._start(files)
        return True

    def _rest(self) -> None:
        """Nothing is to listen: no process, no key."""
        if processes.running(self._directory.path):
            processes.ended(self._directory.path, within=_END_SECONDS)
        self._directory.clear()

    def _back(self, served: Served | None, *, disturbed: bool, alive: bool) -> None:
        """The files are as they were: bring HAProxy there too if it may have got further."""
        if disturbed:
            try:
                if self._renewed(self._binary()) or not self.alive():
                    return
            except DataPlaneProblem:
                return
        if alive and served is not None:
            self._directory.settled(served)

    def _perform(self, steps: tuple[changes.Step, ...], files: Rendered) -> None:
        for step in steps:
            try:
                if step.deed == "tokens":
                    control.exchanged(self._worker, step.certificate, files.texts[step.certificate], _ANSWER_SECONDS)
                else:
                    control.performed(self._worker, step, files.keys.get(step.certificate), _ANSWER_SECONDS)
            except ConfigurationRefused as problem:
                raise ConfigurationRefused((problem.cause,), _users(step, files, problem.cause)) from None

    def _reload(self, files: Rendered, earlier: str) -> None:
        binary = self._binary()
        self._refuse(processes.checked(binary, self._directory.path), files)
        states = control.asked(self._worker, b"show servers state", _ANSWER_SECONDS)
        self._directory.write_text(SERVER_STATE, remembered(states, earlier, files.texts[CONFIGURATION]))
        self._refuse(self._renewed(binary), files)

    def _renewed(self, binary: Path) -> str:
        """Have new processes take over, and say why they did not.

        A master reloads by running itself anew, from where it was started: one that was moved or replaced by another
        cannot be asked to, and gives way to a new master.
        """
        master = control.master(self._master, _ANSWER_SECONDS)
        if master is not None and processes.program(master) not in (binary, None):
            return processes.started(binary, self._directory.path, after=self._worker)
        return control.reloaded(self._master, _RELOAD_SECONDS)

    def _start(self, files: Rendered | None) -> None:
        """What may be left of a HAProxy whose master is gone is ended first: there is never a second one."""
        binary = self._binary()
        processes.ended(self._directory.path, within=_END_SECONDS)
        self._directory.remove(SERVER_STATE)
        self._refuse(processes.started(binary, self._directory.path), files)

    def _refuse(self, output: str, files: Rendered | None) -> None:
        if output:
            configuration = files.texts[CONFIGURATION] if files else self._configuration()
            raise ConfigurationRefused(refusals.reasons(output), refusals.culprits(output, configuration))


def _users(step: changes.Step, files: Rendered, reason: str) -> Mapping[str, str]:
    """The listeners that a failed step was for."""
    lists = {name: text for name, text in files.texts.items() if name.startswith("lists/")}
    return {
        Path(name).stem: reason
        for name, text in lists.items()
        if name == step.in_list or any(line.split(" ")[0] == step.certificate for line in text.splitlines())
    }
