"""First start: the account, its root key and its administrator; and further accounts, the same way."""

from datetime import datetime
from typing import Final

from sealstone.model import ids
from sealstone.model.identity import AccessKey, Account, InlinePolicy, Status, User
from sealstone.model.secret import Secret
from sealstone.seal.envelope import Keyring
from sealstone.server.credentials import NewKey
from sealstone.store import access_keys, accounts, user_policies, users
from sealstone.store.engine import Tx

ADMINISTRATOR: Final = "administrator"
_ALL: Final = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'


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
    access_keys.add(tx, key, keyring.seal(secret, bound_to=key.bound_to))
    return NewKey(account_id, key.access_key_id, secret)
