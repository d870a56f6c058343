"""Opening what lies on disk: master key and store, each proven to belong to the other before anything changes."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealstone.model.secret import Secret
from sealstone.seal.envelope import Keyring
from sealstone.seal.faults import MasterKeyUnusable
from sealstone.seal.key_file import KeyFile, make_directory
from sealstone.server import first_start, operator
from sealstone.server.clock import system_clock
from sealstone.server.credentials import write_credentials
from sealstone.server.faults import VaultError
from sealstone.server.moved_clock import clock_of
from sealstone.server.settings import CONFIG_NAME, Settings
from sealstone.store import installation, migrate
from sealstone.store.engine import Store
from sealstone.store.untouched import untouched

_AUDIT: Final = "audit"


@dataclass(frozen=True, slots=True)
class Vault:
    """An open store and the keyring that opens what is sealed in it."""

    store: Store
    keyring: Keyring
    audit_key: Secret
    first: bool
    clock: Callable[[], datetime] = system_clock
    """The clock that this data directory lives by: commands beside the server write and judge by it."""


@contextmanager
def open_vault(settings: Settings, *, create: bool) -> Iterator[Vault]:
    """Open, or with `create` make on first start, the store of `settings`.

    Raises VaultError, SealFault and StoreFault; then nothing that was there has been changed.
    """
    if not settings.database.exists():
        if not create:
            raise VaultError(f"there is no store in {settings.data_directory}; run: sealstone up")
        _make_place(settings)
    elif not settings.master_key_path.exists():
        # Never a new one: what the store holds would be lost behind it.
        raise VaultError(
            f"the master key file {settings.master_key_path} is missing; without it nothing in "
            f"{settings.data_directory} can be opened; restore it, or name it with master_key_file"
        )
    keyring = Keyring(KeyFile(settings.master_key_path).master_keys(), os.urandom)
    if settings.database.exists():
        _look(settings, keyring)
    store = Store.open(settings.database)
    try:
        first = _prove(settings, store, keyring, create=create)
        yield Vault(store, keyring, keyring.derive(_AUDIT), first, clock_of(settings))
    finally:
        store.close()


def _make_place(settings: Settings) -> None:
    """The data directory, private, and the master key: durable before anything is sealed with it."""
    directory = settings.data_directory
    make_directory(directory)
    if not any(path.name != CONFIG_NAME for path in directory.iterdir()):
        # Made just now, or for this. A directory that holds more is somebody's: its mode is not ours to change.
        directory.chmod(0o700)
    if not settings.master_key_path.exists():
        try:
            KeyFile(settings.master_key_path).create(os.urandom)
        except MasterKeyUnusable:
            # Of two first starts that race, one makes the key and both use it.
            if not settings.master_key_path.exists():
                raise


def _look(settings: Settings, keyring: Keyring) -> None:
    """Refuse a newer version's store and another master key's while not even a byte of the log has moved."""
    with untouched(settings.database) as tx:
        check_value = installation.check_value(tx) if migrate.known(tx) is not None else None
    if check_value is not None:
        keyring.verify(check_value)


def _prove(settings: Settings, store: Store, keyring: Keyring, *, create: bool) -> bool:
    """The master key is the store's own, or the store is new and is bound to it. True on first start."""
    check_value = _check_value(store)
    if check_value is None:
        if not create:
            raise VaultError(f"the first start of {settings.data_directory} has not finished; run: sealstone up")
        migrate.upgrade(store)
        check_value = _first_start(settings, store, keyring)
        if check_value is None:
            return True
    keyring.verify(check_value)
    if create:
        migrate.quick_check(store)
        migrate.upgrade(store)
    else:
        _refuse_older(settings, store)
    return False


def _refuse_older(settings: Settings, store: Store) -> None:
    """Only the server migrates: another command may stand beside a server of the version that wrote the store."""
    with store.reading() as tx:
        revision = migrate.current(tx)
    if revision != migrate.HEAD:
        raise VaultError(
            f"the store in {settings.data_directory} has schema {revision}, and this version works with "
            f"{migrate.HEAD}: nothing was changed; stop the server that runs on it, if there is one, and run: "
            "sealstone up"
        )


def _first_start(settings: Settings, store: Store, keyring: Keyring) -> str | None:
    """Everything in one unit. When another first start was faster: the check value that it left."""
    now = system_clock().replace(microsecond=0)
    with store.writing() as tx:
        check_value = installation.check_value(tx)
        if check_value is None:
            root = operator.create_account(tx, keyring, keyring.derive(_AUDIT), now, os.urandom)
            administrator = first_start.new_administrator(tx, keyring, root.account_id, now, os.urandom)
            installation.add(tx, keyring.check_value(), now)
            write_credentials(settings.credentials_path, root, administrator)
    return check_value


def _check_value(store: Store) -> str | None:
    """None while first start has not finished."""
    with store.reading() as tx:
        return installation.check_value(tx) if migrate.current(tx) is not None else None
