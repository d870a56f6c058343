"""Roles and sessions for tests: a role in the store, and keys of temporary credentials by way of STS.

deployer = role(world, "deployer", trusting(ROOT), allow("iam:ListUsers", "*"))
session = assumed(world, deployer, key=bob)
world.ask("iam", {"Action": "ListUsers"}, key=session)
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.house_fixture import ACCOUNT, Key, World
from tests.pki import NOW

from sealstone.model import arn
from sealstone.model.role import Role, RolePolicy
from sealstone.policy import trust
from sealstone.store import role_policies, roles, users
from sealstone.store.engine import Tx

ROOT: Final = arn.root(ACCOUNT)
ASSUME: Final = "sts:AssumeRole"


def trusting(principal: str | list[str], *actions: str, **more: object) -> dict[str, object]:
    """A trust policy of one statement, for these actions or sts:AssumeRole alone."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions) or ASSUME} | more
    return {"Version": "2012-10-17", "Statement": [statement]}


def role(
    world: World,
    name: str,
    trust_policy: Mapping[str, object],
    *policies: Mapping[str, object],
    account_id: str = ACCOUNT,
    **fields: Any,
) -> str:
    """Store a role with these inline policies; its ARN. `fields` are those of the record."""
    text = json.dumps(trust_policy)
    path = fields.pop("path", "/")
    with world.store.writing() as tx:
        ids = {named: _id_of(tx, named) for named in trust.read(text).named}
        unique_id = f"AROA{name.upper():X<17}"[:21]
        made = Role(account_id, unique_id, name, path, NOW, text, principal_ids=ids, **fields)
        roles.add(tx, made)
        for number, policy in enumerate(policies, start=1):
            role_policies.put(tx, RolePolicy(account_id, unique_id, f"policy-{number}", json.dumps(policy)))
    return made.arn


def _id_of(tx: Tx, named: str) -> str:
    account_id, resource = named.split(":")[4:6]
    find = users.find if resource.startswith("user/") else roles.find
    found = find(tx, account_id, resource.rpartition("/")[2])
    assert found, named
    return found.unique_id


def key_of(credentials: Mapping[str, Any]) -> Key:
    """What an answer's Credentials sign with."""
    return Key(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


def assume_form(role_arn: str, name: str = "night", **parameters: str) -> dict[str, str]:
    """The parameters of AssumeRole."""
    return {"Action": "AssumeRole", "RoleArn": role_arn, "RoleSessionName": name, **parameters}


def assumed(
    world: World,
    role_arn: str,
    name: str = "night",
    *,
    key: Key | None = None,
    tags: Mapping[str, str] | None = None,
    **parameters: str,
) -> Key:
    """A session of the role, which must be given; `tags` as `tags_form` writes them."""
    form = assume_form(role_arn, name, **parameters, **(tags or {}))
    return key_of(world.done("sts", form, key=key)["Credentials"])


def session_token(world: World, key: Key | None = None, **parameters: str) -> Key:
    """A session of GetSessionToken."""
    return key_of(world.done("sts", {"Action": "GetSessionToken", **parameters}, key=key)["Credentials"])


def federated(world: World, name: str = "guest", *, key: Key | None = None, **parameters: str) -> Key:
    """A session of GetFederationToken."""
    form = {"Action": "GetFederationToken", "Name": name, **parameters}
    return key_of(world.done("sts", form, key=key)["Credentials"])


def tags_form(*keys_and_values: tuple[str, str], transitive: tuple[str, ...] = ()) -> dict[str, str]:
    """Tags and TransitiveTagKeys as parameters."""
    form: dict[str, str] = {}
    for number, (key, value) in enumerate(keys_and_values, start=1):
        form |= {f"Tags.member.{number}.Key": key, f"Tags.member.{number}.Value": value}
    return form | {f"TransitiveTagKeys.member.{number}": key for number, key in enumerate(transitive, start=1)}
