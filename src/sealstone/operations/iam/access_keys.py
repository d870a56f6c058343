"""Access keys: create, list, switch, delete, last use. The secret is shown once, at creation."""

from collections.abc import Mapping
from typing import Any

from sealstone.model import arn, ids, quota
from sealstone.model.identity import AccessKey, Status, User
from sealstone.model.page import Page
from sealstone.model.secret import Secret
from sealstone.operations.call import Call, Resource
from sealstone.operations.errors import AccessDenied, NoSuchEntity, ValidationError
from sealstone.operations.iam.users import find_user, named_user
from sealstone.operations.iam.wording import over_quota, page_members, page_request
from sealstone.operations.operation import operation
from sealstone.store import access_keys as stored
from sealstone.store import users


def new_access_key(call: Call, user_id: str | None) -> tuple[AccessKey, Secret]:
    """Make and store a key for a user, or for root when `user_id` is None."""
    key = AccessKey(
        account_id=call.account_id,
        access_key_id=ids.new(ids.ACCESS_KEY, call.account_id, call.house.chance),
        user_id=user_id,
        status=Status.ACTIVE,
        create_date=call.now.replace(microsecond=0),
    )
    secret = Secret(ids.new_secret(call.house.chance))
    sealed = call.house.keyring.seal(secret, bound_to=key.bound_to)
    stored.add(call.tx, key, sealed)
    return key, secret


def owner_of_key(call: Call) -> tuple[Resource, ...]:
    """GetAccessKeyLastUsed acts on the user who has the key."""
    key_id = call.parameters.get("AccessKeyId", "")
    key = stored.find(call.tx, key_id)
    named = f"access key {key_id}"
    if key and key.account_id == call.account_id and key.user_id:
        user = users.find_by_id(call.tx, call.account_id, key.user_id)
        if user:
            return (Resource(user.arn, user.tags, named),)
    return (Resource(arn.user(call.account_id, "/", "*"), named=named),)


@operation("iam", on=named_user, access="Write")
def create_access_key(call: Call, *, user_name: str | None = None) -> Mapping[str, Any]:
    """A new Active key; its secret is in this answer and never again."""
    user = _owner(call, user_name)
    user_id = user.unique_id if user else None
    limit = quota.ACCESS_KEYS.default
    if len(stored.of_user(call.tx, call.account_id, user_id)) >= limit:
        raise over_quota(quota.ACCESS_KEYS.name, limit)
    key, secret = new_access_key(call, user_id)
    return {"AccessKey": _members(key, user) | {"SecretAccessKey": secret.reveal().decode()}}


@operation("iam", on=named_user, access="List")
def list_access_keys(
    call: Call, *, user_name: str | None = None, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """Ids and states, never secrets."""
    user = _owner(call, user_name)
    request = page_request(marker, max_items)
    keys = stored.of_user(call.tx, call.account_id, user.unique_id if user else None)
    rows = [key for key in keys if request.after is None or key.access_key_id > request.after]
    found = Page.cut(rows[: request.size + 1], request.size, lambda key: key.access_key_id)
    return {"AccessKeyMetadata": [_members(key, user) for key in found.items]} | page_members(found)


@operation("iam", on=named_user, access="Write")
def update_access_key(
    call: Call, *, access_key_id: str, status: str, user_name: str | None = None
) -> Mapping[str, Any]:
    """Switch a key on or off; in force at the next request."""
    # The model's enum has Expired too, which is AWS's to say and nobody's to set [inferred].
    if status not in set(Status):
        raise ValidationError(
            "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum "
            "value set"
        )
    key = _find(call, access_key_id, _owner(call, user_name))
    stored.set_status(call.tx, key.access_key_id, Status(status))
    return {}


@operation("iam", on=named_user, access="Write")
def delete_access_key(call: Call, *, access_key_id: str, user_name: str | None = None) -> Mapping[str, Any]:
    """Delete a key; in force at the next request."""
    key = _find(call, access_key_id, _owner(call, user_name))
    stored.remove(call.tx, key.access_key_id)
    return {}


@operation("iam", on=owner_of_key, access="Read")
def get_access_key_last_used(call: Call, *, access_key_id: str) -> Mapping[str, Any]:
    """When and for which service the key last signed; `N/A` when it never did (recorded)."""
    key = stored.find(call.tx, access_key_id)
    if key is None or key.account_id != call.account_id:
        # Recorded: a foreign key and an unknown one are answered alike.
        raise AccessDenied(
            f"User: {call.caller.arn} is not authorized to perform iam:GetAccessKeyLastUsed "
            f"on resource: access key {access_key_id}"
        )
    user = users.find_by_id(call.tx, call.account_id, key.user_id) if key.user_id else None
    use = stored.last_use(call.tx, access_key_id)
    used: dict[str, Any] = {"Region": "N/A", "ServiceName": "N/A"}
    if use:
        used = {"LastUsedDate": use.at, "ServiceName": use.service, "Region": use.region}
    return ({"UserName": user.name} if user else {}) | {"AccessKeyLastUsed": used}


def _owner(call: Call, user_name: str | None) -> User | None:
    """The named user, else the calling one; None for root managing its own keys."""
    if user_name is None and call.caller.is_root:
        return None
    return find_user(call, user_name)


def _find(call: Call, access_key_id: str, owner: User | None) -> AccessKey:
    key = stored.find(call.tx, access_key_id)
    owner_id = owner.unique_id if owner else None
    if key is None or key.account_id != call.account_id or key.user_id != owner_id:
        raise NoSuchEntity(f"The Access Key with id {access_key_id} cannot be found.")
    return key


def _members(key: AccessKey, user: User | None) -> dict[str, Any]:
    name = {"UserName": user.name} if user else {}
    return name | {"AccessKeyId": key.access_key_id, "Status": key.status.value, "CreateDate": key.create_date}
