"""What the operator does on the machine itself, recorded in the audit log like everything else."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from sealstone.model import ids
from sealstone.model.audit import AuditRecord
from sealstone.model.classic_detail import read_detail
from sealstone.model.instance import Instance
from sealstone.model.load_balancer import Generation
from sealstone.model.quota import Quota
from sealstone.model.secret import Secret
from sealstone.model.target_group_detail import read_target_group
from sealstone.seal.envelope import Keyring
from sealstone.server import first_start
from sealstone.server.credentials import NewKey
from sealstone.server.faults import InstanceInUse
from sealstone.store import accounts, audit, instances, load_balancers, quotas, target_groups
from sealstone.store.engine import Tx

_PRINCIPAL: Final = "operator"
SERVER: Final = "server"
"""The principal of what the server does by itself."""


def create_account(tx: Tx, keyring: Keyring, audit_key: Secret, now: datetime, chance: ids.Chance) -> NewKey:
    """An account with a root key. Its first audit record is its creation: an account without any is a broken chain."""
    key = first_start.new_account(tx, keyring, now, chance)
    record(tx, audit_key, now, chance, key.account_id, "CreateAccount", {})
    return key


def set_quota(
    tx: Tx, audit_key: Secret, now: datetime, chance: ids.Chance, account_id: str, quota: Quota, value: int
) -> None:
    """Give an account a quota of its own."""
    quotas.set_value(tx, account_id, quota, value)
    record(tx, audit_key, now, chance, account_id, "SetQuota", {"Name": quota.name, "Value": value})


def add_instance(tx: Tx, audit_key: Secret, now: datetime, chance: ids.Chance, instance: Instance) -> None:
    """Make an instance known, or give it another address."""
    there = instances.find(tx, instance.account_id, instance.instance_id)
    if there:
        instances.save(tx, instance)
    else:
        instances.add(tx, instance)
    parameters = {"InstanceId": instance.instance_id, "Address": instance.address}
    record(tx, audit_key, now, chance, instance.account_id, "AddInstance", parameters)


def remove_instance(tx: Tx, audit_key: Secret, now: datetime, chance: ids.Chance, instance: Instance) -> None:
    """Forget an instance. Raises InstanceInUse while a load balancer or a target group has it."""
    for user in _users_of(tx, instance):
        raise InstanceInUse(f"{instance.instance_id} is registered with {user}; deregister it there first")
    instances.remove(tx, instance)
    record(tx, audit_key, now, chance, instance.account_id, "RemoveInstance", {"InstanceId": instance.instance_id})


def _users_of(tx: Tx, instance: Instance) -> Iterator[str]:
    for one in load_balancers.every(tx):
        is_classic = one.account_id == instance.account_id and one.generation is Generation.CLASSIC
        if is_classic and instance.instance_id in read_detail(one.document).instances:
            yield f"the load balancer {one.name} in {one.region}"
    for group in target_groups.every(tx):
        targets = read_target_group(group.document).targets if group.account_id == instance.account_id else ()
        if any(target.target_id == instance.instance_id for target in targets):
            yield f"the target group {group.name} in {group.region}"


def record(
    tx: Tx,
    audit_key: Secret,
    now: datetime,
    chance: ids.Chance,
    account_id: str,
    operation: str,
    parameters: Mapping[str, object],
    principal: str = _PRINCIPAL,
) -> None:
    """One audit record of what the operator, or the server by itself, did."""
    entry = AuditRecord(
        at=now,
        account_id=account_id,
        principal=principal,
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
    audit.append(tx, (entry,), audit_key)


def record_for_all(
    tx: Tx,
    audit_key: Secret,
    now: datetime,
    chance: ids.Chance,
    operation: str,
    parameters: Mapping[str, object],
    principal: str = _PRINCIPAL,
) -> None:
    """The same in every account: what was done to the whole installation."""
    for account in accounts.every(tx):
        record(tx, audit_key, now, chance, account.account_id, operation, parameters, principal)
