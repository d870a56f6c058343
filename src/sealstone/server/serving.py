"""The deploy worker's thread beside the door: one for each data directory, however many processes serve it."""

import fcntl
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from sealstone.dataplane import processes
from sealstone.dataplane.data_plane import DataPlane
from sealstone.dataplane.directory import Directory, place_for
from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.late import Late
from sealstone.dataplane.ownership import Owner, abandoned
from sealstone.dataplane.problems import DataPlaneProblem
from sealstone.operations.call import House
from sealstone.server.readings import counters, nothing_deployed
from sealstone.server.settings import Settings
from sealstone.workers.deploy import Deployer

_LOG: Final = logging.getLogger("sealstone.deploy")
LOCK: Final = "deploy.lock"
_AGAIN: Final = 1.0
_ENDS: Final = 5.0
"""What HAProxy has not answered by then it may answer nobody: a change that is cut off is settled by who comes next."""


@contextmanager
def deploying(settings: Settings, house: House) -> Iterator[Callable[[], Mapping[str, int]]]:
    """Carry out what is wished for listeners until the end; what they serve goes on after it. Gives its counters.

    The end does not wait for a HAProxy that stands still.
    """
    stopped = threading.Event()
    deployers: list[Deployer] = []
    thread = threading.Thread(target=_deploy, args=(settings, house, stopped, deployers), name="deploy", daemon=True)
    thread.start()
    try:
        yield lambda: counters(deployers[0]) if deployers else nothing_deployed()
    finally:
        stopped.set()
        thread.join(_ENDS)


def data_plane(settings: Settings, owner: Owner | None = None) -> DataPlane:
    """HAProxy, wherever it is found; looked for when there is something to serve. An `owner` is noted beside it."""
    place = place_for(settings.data_directory)
    return Late(place, lambda: _opened(place, owner))


def _opened(place: Path, owner: Owner | None) -> DataPlane:
    if not place.exists():
        processes.binary()  # no directory is made for a HAProxy that is not there
    return HAProxy(Directory(place, owner=owner), processes.binary)


def is_deployed(data_directory: Path) -> bool:
    """Whether a server of this data directory, in whatever process, deploys: it holds a lock for as long as it does."""
    try:
        with (data_directory / LOCK).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _deploy(settings: Settings, house: House, stopped: threading.Event, deployers: list[Deployer]) -> None:
    with (settings.data_directory / LOCK).open("w") as lock:
        while not _alone(lock):
            if stopped.wait(_AGAIN):
                return
        owner = Owner(house.keyring.check_value(), settings.database.resolve())
        _end_abandoned(owner, place_for(settings.data_directory))
        deployer = Deployer(house.store, house.keyring, house.balancing, data_plane(settings, owner), house.clock)
        deployers.append(deployer)
        deployer.run(stopped)


def _end_abandoned(owner: Owner, own: Path) -> None:
    """A data directory was moved: what serves for it from where it was would hold its ports and keys for ever.

    Whatever is found there, this data directory is served all the same.
    """
    try:
        places = abandoned(owner, own)
    except Exception:  # noqa: BLE001 - logged whole
        _LOG.exception("a fault of ours in the search for what served for this data directory elsewhere")
        return
    for place in places:
        try:
            HAProxy(Directory(place), processes.binary).stop()
        except DataPlaneProblem as problem:
            _LOG.error("what served for this data directory, when it was elsewhere, cannot be ended: %s", problem)
        except Exception:  # noqa: BLE001 - logged whole
            _LOG.exception("a fault of ours in ending what served for this data directory elsewhere")
        else:
            _LOG.warning("what served for this data directory, when it was elsewhere, was ended")


def _alone(lock: IO[str]) -> bool:
    """Whether no other process deploys for this data directory: then none will until this one ends."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
