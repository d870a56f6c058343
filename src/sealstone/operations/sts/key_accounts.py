"""Whose account an access key is of, told by its id alone."""

from collections.abc import Mapping
from typing import Final

from sealstone.model import ids
from sealstone.operations.call import Call, Resource
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import access_keys

_DIGITS: Final = 12


def any_key(_call: Call) -> tuple[Resource, ...]:
    """Access keys have no ARN."""
    return (Resource("*"),)


@operation("sts", on=any_key, access="Read")
def get_access_key_info(call: Call, *, access_key_id: str) -> Mapping[str, str]:
    """The account of a key: of one that is here as it is stored, of any other as its id says.

    It says nothing of the key's state, nor whether it ever existed (API reference).
    """
    key = access_keys.find(call.tx, access_key_id)
    if key:
        return {"Account": key.account_id}
    try:
        account_id = ids.account_of(access_key_id)
    except ValueError:
        account_id = ""
    # Ids of before 2019 carry no account, and decode to a number that none can have.
    if len(account_id) != _DIGITS or not account_id.isdigit():
        raise ValidationError(f"{access_key_id} is invalid: it is no id that tells an account.")
    return {"Account": account_id}
