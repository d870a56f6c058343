"""Opening what lies on disk: master key and store, each proven to belong to the other before anything changes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sealstone.model.secret import Secret
from sealstone.seal.envelope import Keyring
from sealstone.seal.key_file import KeyFile
from sealstone.server import first_start, operator
from sealstone.server.clock import system_clock
from sealstone.server.credentials import write_credentials
from sealstone.server.faults import VaultError
from sealstone.server.settings import Settings
from sealstone.store import installation, migrate
from sealstone.store.engine import Store

_AUDIT: Final = "audit"


@dataclass(frozen=True, slots=True)
class Vault:
    """An open store and the keyring that opens what is sealed in it."""

    store: Store
    keyring: Keyring
    audit_key: Secret
    first: bool


@contextmanager
def open_vault(settings: Settings, *, create: bool) -> Iterator[Vault]:
    """Open, or with `create` make on first start, the store of `settings`.

    Raises VaultError, SealFault and StoreFault; then nothing that was there has been changed.
    """
    _check_presence(settings, create=create)
    key_file = KeyFile(settings.master_key_path)
    if not settings.database.exists():
        settings.data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.data_directory.chmod(0o700)
        if not settings.master_key_path.exists():
            key_file.create(os.urandom)
    keyring = Keyring(key_file.master_keys(), os.urandom)
    store = Store.open(settings.database)
    try:
        first = _prove(settings, store, keyring, create=create)
        yield Vault(store, keyring, keyring.derive(_AUDIT), first)
    finally:
        store.close()


def _check_presence(settings: Settings, *, create: bool) -> None:
    """A store without its master key is never given a new one: what it holds would be lost behind it."""
    if settings.database.exists():
        if not settings.master_key_path.exists():
            raise VaultError(
                f"the master key file {settings.master_key_path} is missing; without it nothing in "
                f"{settings.data_directory} can be opened; restore it, or name it with master_key_file"
            )
    elif not create:
        raise VaultError(f"there is no store in {settings.data_directory}; run: sealstone up")


def _prove(settings: Settings, store: Store, keyring: Keyring, *, create: bool) -> bool:
    """The master key is the store's own, or the store is new and is bound to it. True on first start.

    The key is compared before the schema is touched: a wrong key changes nothing, not even a migration.
    """
    check_value = _check_value(store)
    if check_value is not None:
        keyring.verify(check_value)
        migrate.quick_check(store)
        migrate.upgrade(store)
        return False
    if not create:
        raise VaultError(f"the first start of {settings.data_directory} has not finished; run: sealstone up")
    migrate.upgrade(store)
    now = system_clock().replace(microsecond=0)
    with store.writing() as tx:
        root = operator.create_account(tx, keyring, keyring.derive(_AUDIT), now, os.urandom)
        administrator = first_start.new_administrator(tx, keyring, root.account_id, now, os.urandom)
        installation.add(tx, keyring.check_value(), now)
        write_credentials(settings.credentials_path, root, administrator)
    return True


def _check_value(store: Store) -> str | None:
    """None while first start has not finished."""
    with store.reading() as tx:
        return installation.check_value(tx) if migrate.current(tx) is not None else None
