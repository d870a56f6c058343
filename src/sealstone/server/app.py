"""The only place that builds things: settings in, a house or a running server out."""

import errno
import gc
import os
import resource
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealstone.endpoint.handle import Endpoint
from sealstone.endpoint.request import Response
from sealstone.model.authority import AuthorityPlan
from sealstone.model.balancing import Balancing
from sealstone.operations.call import House
from sealstone.operations.catalog import operations
from sealstone.server import listen, moved_clock
from sealstone.server.authority_door import URL_NAME, AuthorityDoor
from sealstone.server.authority_listener import listening
from sealstone.server.clock import system_clock
from sealstone.server.credentials import replace_durably
from sealstone.server.faults import StartError
from sealstone.server.issuing import issuing
from sealstone.server.noticing import noticing
from sealstone.server.pages import pages
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
def house(
    vault: Vault,
    balancing: Balancing,
    clock: Callable[[], datetime] = system_clock,
    *,
    authority: AuthorityPlan = AuthorityPlan(),  # noqa: B008 - frozen
    chain_required: bool = False,
    sends_mail: bool = True,
) -> Iterator[House]:
    """A house over an open vault, its recorder running."""
    recorder = BatchRecorder(vault.store, vault.audit_key)
    recorder.start()
    try:
        yield House(
            store=vault.store,
            keyring=vault.keyring,
            audit_key=vault.audit_key,
            recorder=recorder,
            clock=clock,
            chance=os.urandom,
            balancing=balancing,
            authority=authority,
            chain_required=chain_required,
            sends_mail=sends_mail,
            wall=None if clock is system_clock else system_clock,
        )
    finally:
        recorder.stop()


@contextmanager
def living(settings: Settings, vault: Vault, *, test_clock: bool) -> Iterator[House]:
    """The house as the settings want it; its clock is begun here, where the data directory is there."""
    clock = moved_clock.started(settings, test_clock=test_clock)
    with house(
        vault,
        settings.balancing,
        clock,
        authority=settings.authority_plan,
        chain_required=settings.import_needs_chain,
        sends_mail=bool(settings.smtp_server),
    ) as built:
        yield built


@dataclass(frozen=True, slots=True)
class Beside:
    """What goes on beside the door, as far as the door tells of it."""

    authority: AuthorityDoor
    deployed: Callable[[], Mapping[str, int]]
    """The counters of the deploy worker."""


@contextmanager
def working(settings: Settings, built: House) -> Iterator[Beside]:
    """Deploy, issue, renew, warn and deliver until the end."""
    with (
        deploying(settings, built) as deployed,
        noticing(settings, built),
        issuing(settings, built) as keeper,
    ):
        # Before anybody can ask for it; what hinders it is logged, and the authority's thread tries again.
        keeper.attend()
        replace_durably(settings.data_directory / URL_NAME, keeper.plan.url + "\n")
        authority = AuthorityDoor(built.store, keeper, built.clock)
        with listening(settings, authority):
            yield Beside(authority, deployed)


def run(settings: Settings, started: Callable[[Started], None], *, test_clock: bool = False) -> None:
    """Serve until told to stop. Raises StartError, SettingsError, ClockError, and the faults of seal and store."""
    forbid_core_dumps()
    moved_clock.check_start(settings, test_clock=test_clock)
    with (
        open_vault(settings, create=True) as vault,
        living(settings, vault, test_clock=test_clock) as built,
        working(settings, built) as beside,
    ):
        endpoint = Endpoint(built, operations(), clock_window=settings.clock_window)
        own = pages(settings, built, endpoint.measure, beside.authority, beside.deployed)
        door = listen.Door(settings, endpoint.handle, endpoint.handle_read, endpoint.refuse, lambda: health(vault), own)

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
