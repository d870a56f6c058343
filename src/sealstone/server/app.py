"""The only place that builds things: settings in, a house or a running server out."""

import errno
import gc
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sealstone.endpoint.handle import Endpoint
from sealstone.endpoint.request import Response
from sealstone.model.balancing import Balancing
from sealstone.operations.call import House
from sealstone.operations.catalog import operations
from sealstone.server import listen
from sealstone.server.clock import system_clock
from sealstone.server.credentials import replace_durably
from sealstone.server.faults import StartError
from sealstone.server.recorder import BatchRecorder
from sealstone.server.serving import deploying
from sealstone.server.settings import Settings
from sealstone.server.vault import Vault, open_vault
from sealstone.store import installation
from sealstone.store.faults import StoreFault

_READY: Final = b'{"status":"ready"}\n'


@dataclass(frozen=True, slots=True)
class Started:
    """What a start tells its caller: where it listens, and whether this was the first start."""

    endpoint: str
    first: bool


@contextmanager
def house(vault: Vault, balancing: Balancing) -> Iterator[House]:
    """A house over an open vault, its recorder running."""
    recorder = BatchRecorder(vault.store, vault.audit_key)
    recorder.start()
    try:
        yield House(
            store=vault.store,
            keyring=vault.keyring,
            audit_key=vault.audit_key,
            recorder=recorder,
            clock=system_clock,
            chance=os.urandom,
            balancing=balancing,
        )
    finally:
        recorder.stop()


def run(settings: Settings, started: Callable[[Started], None]) -> None:
    """Serve until told to stop. Raises StartError, SettingsError, and the faults of seal and store."""
    forbid_core_dumps()
    with (
        open_vault(settings, create=True) as vault,
        house(vault, settings.balancing) as built,
        deploying(settings, built),
    ):
        endpoint = Endpoint(built, operations(), clock_window=settings.clock_window)
        door = listen.Door(settings, endpoint.handle, endpoint.handle_read, endpoint.refuse, lambda: health(vault))

        def tell(url: str) -> None:
            public = settings.endpoint_url or url
            replace_durably(settings.data_directory / "endpoint", public + "\n")
            started(Started(public, vault.first))

        collect_rarely()
        try:
            listen.serve(settings, door, tell)
        except OSError as fault:
            if fault.errno in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
                raise StartError(f"cannot listen on {settings.listen}: {os.strerror(fault.errno)}") from fault
            raise


def health(vault: Vault) -> Response:
    """Ready when the store answers; else 503 with the reason."""
    headers = (("content-type", "application/json"), ("cache-control", "no-store"))
    try:
        with vault.store.reading() as tx:
            installation.check_value(tx)
    except StoreFault as fault:
        reason = str(fault).replace("\\", "").replace('"', "'")
        return Response(503, headers, f'{{"status":"not ready","reason":"{reason}"}}\n'.encode())
    return Response(200, headers, _READY)


def collect_rarely() -> None:
    """Look for cyclic garbage seldom, and never among what was built at start: it took a tenth of a read's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def forbid_core_dumps() -> None:
    """A core file would hold every key that is in memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
