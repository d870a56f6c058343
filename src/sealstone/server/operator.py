"""What the operator does on the machine itself, recorded in the audit log like everything else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sealstone.model import ids
from sealstone.model.audit import AuditRecord
from sealstone.model.quota import Quota
from sealstone.model.secret import Secret
from sealstone.seal.envelope import Keyring
from sealstone.server import first_start
from sealstone.server.credentials import NewKey
from sealstone.store import audit, quotas
from sealstone.store.engine import Tx

_PRINCIPAL: Final = "operator"


def create_account(tx: Tx, keyring: Keyring, audit_key: Secret, now: datetime, chance: ids.Chance) -> NewKey:
    """An account with a root key. Its first audit record is its creation: an account without any is a broken chain."""
    key = first_start.new_account(tx, keyring, now, chance)
    _record(tx, audit_key, now, chance, key.account_id, "CreateAccount", {})
    return key


def set_quota(
    tx: Tx, audit_key: Secret, now: datetime, chance: ids.Chance, account_id: str, quota: Quota, value: int
) -> None:
    """Give an account a quota of its own."""
    quotas.set_value(tx, account_id, quota, value)
    _record(tx, audit_key, now, chance, account_id, "SetQuota", {"Name": quota.name, "Value": value})


def _record(
    tx: Tx,
    audit_key: Secret,
    now: datetime,
    chance: ids.Chance,
    account_id: str,
    operation: str,
    parameters: Mapping[str, object],
) -> None:
    record = AuditRecord(
        at=now,
        account_id=account_id,
        principal=_PRINCIPAL,
        access_key_id="-",
        service="sealstone",
        operation=operation,
        resources=(),
        parameters=parameters,
        source_ip="-",
        user_agent="",
        request_id=ids.new_request_id(chance),
        outcome="ok",
    )
    audit.append(tx, (record,), audit_key)
