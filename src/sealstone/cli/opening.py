"""What every command shares: reading settings, opening the store, and faults as one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from sealstone.seal.faults import SealFault
from sealstone.server.app import StartError
from sealstone.server.settings import Settings, SettingsError, read
from sealstone.server.vault import Vault, VaultError, open_vault
from sealstone.store.faults import StoreFault


def data_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--data DIR`, the same everywhere."""
    return click.option("--data", metavar="DIR", help="Data directory. [default: ~/.local/share/sealstone]")(command)


@contextmanager
def one_line() -> Iterator[None]:
    """Turn every fault that a person can mend into one line on stderr and exit status 1."""
    try:
        yield
    except (SettingsError, VaultError, StartError, SealFault, StoreFault, OSError) as fault:
        raise click.ClickException(" ".join(str(fault).split())) from fault


def settings_of(**given: Any) -> Settings:
    """Settings from what the command line said. Faults are one line."""
    with one_line():
        return read(given)


@contextmanager
def vault_of(data: str | None) -> Iterator[Vault]:
    """The store of a data directory that a first start has made. Faults are one line."""
    with one_line(), open_vault(settings_of(data=data), create=False) as vault:
        yield vault
