"""Opening the store for a command that needs it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sealstone.cli.opening import one_line, settings_of
from sealstone.server.vault import Vault, open_vault


@contextmanager
def vault_of(data: str | None) -> Iterator[Vault]:
    """The store of a data directory that a first start has made. Faults are one line."""
    with one_line(), open_vault(settings_of(data=data), create=False) as vault:
        yield vault
