"""First start: data directory, master key, store, account, root key, administrator; and opening them later."""

import configparser
import io
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sealstone.model import ids
from sealstone.model.identity import AccessKey, Account, InlinePolicy, Status, User
from sealstone.model.secret import Secret
from sealstone.operations.iam.access_keys import sealed_to
from sealstone.seal.envelope import Keyring
from sealstone.store import access_keys, accounts, user_policies, users
from sealstone.store.engine import Tx

ADMINISTRATOR: Final = "administrator"
DEFAULT_PROFILE: Final = "default"
ROOT_PROFILE: Final = "root"
_MARK: Final = "sealstone_account_id"
_ALL: Final = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; its secret is shown or written once."""

    account_id: str
    access_key_id: str
    secret: Secret


def new_account(tx: Tx, keyring: Keyring, now: datetime, chance: ids.Chance) -> NewKey:
    """A further account with a root key of its own."""
    account_id = ids.new_account(chance)
    accounts.add(tx, Account(account_id, now))
    return _new_key(tx, keyring, account_id, None, now, chance)


def new_administrator(tx: Tx, keyring: Keyring, account_id: str, now: datetime, chance: ids.Chance) -> NewKey:
    """A user who may do everything, as long as the account's policies say so."""
    unique_id = ids.new(ids.USER, account_id, chance)
    users.add(tx, User(account_id, unique_id, ADMINISTRATOR, "/", now))
    user_policies.put(tx, InlinePolicy(account_id, unique_id, "AdministratorAccess", _ALL))
    return _new_key(tx, keyring, account_id, unique_id, now, chance)


def _new_key(
    tx: Tx, keyring: Keyring, account_id: str, user_id: str | None, now: datetime, chance: ids.Chance
) -> NewKey:
    key = AccessKey(account_id, ids.new(ids.ACCESS_KEY, account_id, chance), user_id, Status.ACTIVE, now)
    secret = Secret(ids.new_secret(chance))
    access_keys.add(tx, key, keyring.seal(secret, bound_to=sealed_to(account_id, key.access_key_id)))
    return NewKey(account_id, key.access_key_id, secret)


def write_credentials(path: Path, root: NewKey, administrator: NewKey) -> None:
    """Both keys as an AWS credentials file, mode 0600, durable on return.

    Written before the account is committed, so that no crash can leave an account whose key nobody has; a file
    of an earlier, unfinished start is replaced. Raises FileExistsError rather than replace anybody else's file.
    """
    file = configparser.ConfigParser(interpolation=None)
    for profile, key in ((DEFAULT_PROFILE, administrator), (ROOT_PROFILE, root)):
        file[profile] = {
            "aws_access_key_id": key.access_key_id,
            "aws_secret_access_key": key.secret.reveal().decode(),
            _MARK: key.account_id,
        }
    text = io.StringIO()
    file.write(text)
    if path.exists() and _MARK not in path.read_text(encoding="utf-8"):
        raise FileExistsError(f"{path} is not a credentials file of Sealstone; it is left as it is")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_durably(path, text.getvalue())


def replace_durably(path: Path, text: str) -> None:
    """Put the file in place whole or not at all, mode 0600."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read_credentials(path: Path, profile: str) -> tuple[str, str]:
    """Access key id and secret of a profile. Raises FileNotFoundError, KeyError."""
    file = configparser.ConfigParser(interpolation=None)
    with path.open(encoding="utf-8") as stream:
        file.read_file(stream)
    return file[profile]["aws_access_key_id"], file[profile]["aws_secret_access_key"]
