"""Permissions boundaries of users and roles: put and take away. In force at once."""

from collections.abc import Mapping
from typing import Any

from sealstone.operations.call import Call
from sealstone.operations.iam.policies import find_boundary
from sealstone.operations.iam.roles import find_role, named_role
from sealstone.operations.iam.users import find_user, named_user
from sealstone.operations.operation import operation
from sealstone.store import boundaries as stored


@operation("iam", on=named_user, access="Permissions management")
def put_user_permissions_boundary(call: Call, *, user_name: str, permissions_boundary: str) -> Mapping[str, Any]:
    """Bound what the user's policies may grant, in the place of an earlier boundary."""
    return _put(call, find_user(call, user_name).unique_id, permissions_boundary)


@operation("iam", on=named_user, access="Permissions management")
def delete_user_permissions_boundary(call: Call, *, user_name: str) -> Mapping[str, Any]:
    """Take the user's boundary away; that there is none is no error [inferred]."""
    return _delete(call, find_user(call, user_name).unique_id)


@operation("iam", on=named_role, access="Permissions management")
def put_role_permissions_boundary(call: Call, *, role_name: str, permissions_boundary: str) -> Mapping[str, Any]:
    """Bound what the role's policies may grant, in the place of an earlier boundary."""
    return _put(call, find_role(call, role_name).unique_id, permissions_boundary)


@operation("iam", on=named_role, access="Permissions management")
def delete_role_permissions_boundary(call: Call, *, role_name: str) -> Mapping[str, Any]:
    """Take the role's boundary away; that there is none is no error [inferred]."""
    return _delete(call, find_role(call, role_name).unique_id)


def _put(call: Call, entity_id: str, policy_arn: str) -> Mapping[str, Any]:
    stored.put(call.tx, call.account_id, entity_id, find_boundary(call, policy_arn).unique_id)
    return {}


def _delete(call: Call, entity_id: str) -> Mapping[str, Any]:
    stored.remove(call.tx, call.account_id, entity_id)
    return {}
