"""Account aliases: a name for the account, at most one, unique in the installation."""

from collections.abc import Mapping
from typing import Any

from sealstone.operations.call import Call
from sealstone.operations.errors import EntityAlreadyExists, NoSuchEntity
from sealstone.operations.iam.summary import account_wide
from sealstone.operations.iam.wording import page_request
from sealstone.operations.operation import operation
from sealstone.store import account_aliases as stored


@operation("iam", on=account_wide, access="Write")
def create_account_alias(call: Call, *, account_alias: str) -> Mapping[str, Any]:
    """Give the account this alias; the one it had is gone (documented). A taken one is refused, the own too."""
    if stored.is_taken(call.tx, account_alias):
        raise EntityAlreadyExists(f"The account alias {account_alias} already exists.")
    stored.put(call.tx, call.account_id, account_alias)
    return {}


@operation("iam", on=account_wide, access="List")
def list_account_aliases(call: Call, *, marker: str | None = None, max_items: int | None = None) -> Mapping[str, Any]:
    """The alias, or none."""
    after = page_request(marker, max_items).after
    alias = stored.find(call.tx, call.account_id)
    return {"AccountAliases": [alias] if alias and not after else [], "IsTruncated": False}


@operation("iam", on=account_wide, access="Write")
def delete_account_alias(call: Call, *, account_alias: str) -> Mapping[str, Any]:
    """Take away the alias, which must be the account's."""
    if stored.find(call.tx, call.account_id) != account_alias:
        raise NoSuchEntity(f"The account alias {account_alias} cannot be found.")
    stored.remove(call.tx, call.account_id)
    return {}
