"""Opening the store for a command that needs it, and the account that it is about."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from sealstone.cli.opening import one_line, settings_of
from sealstone.server.vault import Vault, open_vault
from sealstone.store import accounts
from sealstone.store.engine import Tx
from sealstone.x509.escaping import shown


@contextmanager
def vault_of(data: str | None) -> Iterator[Vault]:
    """The store of a data directory that a first start has made. Faults are one line."""
    with one_line(), open_vault(settings_of(data=data), create=False) as vault:
        yield vault


def account_of(tx: Tx, named: str | None) -> str:
    """The named account, or the only one there is. Raises click's UsageError and ClickException."""
    known = [item.account_id for item in accounts.every(tx)]
    if named is None and len(known) == 1:
        return known[0]
    if named is None:
        raise click.UsageError(f"there are several accounts; name one with --account: {', '.join(known)}")
    if named not in known:
        raise click.ClickException(f"there is no account {shown(named)}; `sealstone account list` shows them")
    return named
