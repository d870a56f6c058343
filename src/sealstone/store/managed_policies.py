"""The account's own managed policies and their versions. AWS's are in `model.aws_policies` and have no rows."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from sealstone.model.managed_policy import ManagedPolicy, PolicyVersion
from sealstone.model.names import folded
from sealstone.store.columns import read_tags, read_time, tags_text, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema import MANAGED_POLICIES, POLICY_VERSIONS

_TABLE: Final = MANAGED_POLICIES.c
COLUMNS: Final = (
    _TABLE.account_id,
    _TABLE.unique_id,
    _TABLE.name,
    _TABLE.path,
    _TABLE.description,
    _TABLE.create_date,
    _TABLE.update_date,
    _TABLE.default_version,
    _TABLE.newest_version,
    _TABLE.tags,
)
_OF_ACCOUNT: Final = _TABLE.account_id == bindparam("account")
_BY_ID: Final = (_OF_ACCOUNT, _TABLE.unique_id == bindparam("id"))
_ADD: Final = insert(MANAGED_POLICIES)
_FIND: Final = select(*COLUMNS).where(_OF_ACCOUNT, _TABLE.name_folded == bindparam("key"))
_FIND_BY_ID: Final = select(*COLUMNS).where(*_BY_ID)
_ALL: Final = select(*COLUMNS).where(_OF_ACCOUNT).order_by(_TABLE.name_folded)
_COUNT: Final = select(func.count()).select_from(MANAGED_POLICIES).where(_OF_ACCOUNT)
_SAVE: Final = (
    update(MANAGED_POLICIES)
    .where(*_BY_ID)
    .values(
        update_date=bindparam("new_date"),
        default_version=bindparam("new_default"),
        newest_version=bindparam("new_newest"),
        tags=bindparam("new_tags"),
    )
)
_REMOVE: Final = delete(MANAGED_POLICIES).where(*_BY_ID)

_VERSIONS: Final = POLICY_VERSIONS.c
_VERSION_COLUMNS: Final = (
    _VERSIONS.account_id,
    _VERSIONS.policy_id,
    _VERSIONS.number,
    _VERSIONS.document,
    _VERSIONS.create_date,
)
_OF_POLICY: Final = (_VERSIONS.account_id == bindparam("account"), _VERSIONS.policy_id == bindparam("id"))
_ONE_VERSION: Final = (*_OF_POLICY, _VERSIONS.number == bindparam("version_number"))
_ADD_VERSION: Final = insert(POLICY_VERSIONS)
_ALL_VERSIONS: Final = select(*_VERSION_COLUMNS).where(*_OF_POLICY).order_by(_VERSIONS.number.desc())
_REMOVE_VERSION: Final = delete(POLICY_VERSIONS).where(*_ONE_VERSION)
_REMOVE_VERSIONS: Final = delete(POLICY_VERSIONS).where(*_OF_POLICY)
_COUNT_VERSIONS: Final = (
    select(func.count()).select_from(POLICY_VERSIONS).where(_VERSIONS.account_id == bindparam("account"))
)


def add(tx: Tx, policy: ManagedPolicy) -> None:
    """Store a new policy; its version is added apart. Raises NameTaken."""
    values = {
        "account_id": policy.account_id,
        "unique_id": policy.unique_id,
        "name": policy.name,
        "name_folded": folded(policy.name),
        "path": policy.path,
        "description": policy.description,
        "create_date": time_text(policy.create_date),
        "update_date": time_text(policy.update_date),
        "default_version": policy.default_version,
        "newest_version": policy.newest_version,
        "tags": tags_text(policy.tags),
    }
    tx.change(_ADD, values)


def find(tx: Tx, account_id: str, name: str) -> ManagedPolicy | None:
    """By name, without regard to case."""
    row = tx.row(_FIND, {"account": account_id, "key": folded(name)})
    return _read(row) if row else None


def find_by_id(tx: Tx, account_id: str, unique_id: str) -> ManagedPolicy | None:
    """By unique id."""
    row = tx.row(_FIND_BY_ID, {"account": account_id, "id": unique_id})
    return _read(row) if row else None


def all_of(tx: Tx, account_id: str) -> tuple[ManagedPolicy, ...]:
    """Every policy of the account, by name."""
    return tuple(_read(row) for row in tx.rows(_ALL, {"account": account_id}))


def count(tx: Tx, account_id: str) -> int:
    """How many policies the account has."""
    row = tx.row(_COUNT, {"account": account_id})
    return row[0] if row else 0


def save(tx: Tx, policy: ManagedPolicy) -> None:
    """Keep changed tags, a changed default version, and the newest version's number and date."""
    values = {
        "account": policy.account_id,
        "id": policy.unique_id,
        "new_date": time_text(policy.update_date),
        "new_default": policy.default_version,
        "new_newest": policy.newest_version,
        "new_tags": tags_text(policy.tags),
    }
    tx.change(_SAVE, values)


def remove(tx: Tx, policy: ManagedPolicy) -> None:
    """Delete the policy and its versions; attachments are the caller's to check."""
    values = {"account": policy.account_id, "id": policy.unique_id}
    tx.change(_REMOVE_VERSIONS, values)
    tx.change(_REMOVE, values)


# --- versions ---


def add_version(tx: Tx, version: PolicyVersion) -> None:
    """Store a new version. Raises NameTaken."""
    values = {
        "account_id": version.account_id,
        "policy_id": version.policy_id,
        "number": version.number,
        "document": version.document,
        "create_date": time_text(version.create_date),
    }
    tx.change(_ADD_VERSION, values)


def versions(tx: Tx, policy: ManagedPolicy) -> tuple[PolicyVersion, ...]:
    """Every version of the policy, the newest first."""
    values = {"account": policy.account_id, "id": policy.unique_id}
    return tuple(_read_version(row) for row in tx.rows(_ALL_VERSIONS, values))


def remove_version(tx: Tx, version: PolicyVersion) -> None:
    """Delete the version, if it is there."""
    values = {"account": version.account_id, "id": version.policy_id, "version_number": version.number}
    tx.change(_REMOVE_VERSION, values)


def count_versions(tx: Tx, account_id: str) -> int:
    """How many versions all policies of the account have."""
    row = tx.row(_COUNT_VERSIONS, {"account": account_id})
    return row[0] if row else 0


def _read(row: Sequence[Any]) -> ManagedPolicy:
    account_id, unique_id, name, path, description, created, updated, default, newest, tags = row
    return ManagedPolicy(
        account_id=account_id,
        unique_id=unique_id,
        name=name,
        path=path,
        description=description,
        create_date=read_time(created),
        update_date=read_time(updated),
        default_version=default,
        newest_version=newest,
        tags=read_tags(tags),
    )


def _read_version(row: Sequence[Any]) -> PolicyVersion:
    account_id, policy_id, number, document, create_date = row
    return PolicyVersion(account_id, policy_id, number, document, read_time(create_date))
