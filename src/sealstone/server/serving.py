"""The deploy worker's thread beside the door: one for each data directory, however many processes serve it."""

import fcntl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Final

from sealstone.dataplane import processes
from sealstone.dataplane.data_plane import DataPlane
from sealstone.dataplane.directory import Directory, place_for
from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.late import Late
from sealstone.operations.call import House
from sealstone.server.readings import counters, nothing_deployed
from sealstone.server.settings import Settings
from sealstone.workers.deploy import Deployer

LOCK: Final = "deploy.lock"
_AGAIN: Final = 1.0
_ENDS: Final = 30.0


@contextmanager
def deploying(settings: Settings, house: House) -> Iterator[Callable[[], Mapping[str, int]]]:
    """Carry out what is wished for listeners until the end; what they serve goes on after it. Gives its counters."""
    stopped = threading.Event()
    deployers: list[Deployer] = []
    thread = threading.Thread(target=_deploy, args=(settings, house, stopped, deployers), name="deploy")
    thread.start()
    try:
        yield lambda: counters(deployers[0]) if deployers else nothing_deployed()
    finally:
        stopped.set()
        thread.join(_ENDS)


def data_plane(settings: Settings) -> DataPlane:
    """HAProxy, wherever it is found; looked for when there is something to serve."""
    place = place_for(settings.data_directory)
    return Late(place, lambda: HAProxy(Directory(place), processes.binary()))


def _deploy(settings: Settings, house: House, stopped: threading.Event, deployers: list[Deployer]) -> None:
    with (settings.data_directory / LOCK).open("w") as lock:
        while not _alone(lock):
            if stopped.wait(_AGAIN):
                return
        deployer = Deployer(house.store, house.keyring, house.balancing, data_plane(settings), house.clock)
        deployers.append(deployer)
        deployer.run(stopped)


def _alone(lock: IO[str]) -> bool:
    """Whether no other process deploys for this data directory: then none will until this one ends."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
