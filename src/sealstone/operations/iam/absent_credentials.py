"""Credentials that nobody has here: SSH keys, multi-factor devices, passwords of other services.

Tools ask for them before they delete a user, and the truthful answer is an empty list.
"""

from collections.abc import Mapping
from typing import Any

from sealstone.operations.call import Call, Resource
from sealstone.operations.iam.summary import account_wide
from sealstone.operations.iam.users import find_user, named_user
from sealstone.operations.iam.wording import page_request
from sealstone.operations.operation import operation


def user_or_every(call: Call) -> tuple[Resource, ...]:
    """The named or calling user; all of them when AllUsers says so."""
    return account_wide(call) if call.parameters.get("AllUsers") else named_user(call)


@operation("iam", on=named_user, access="List")
def list_ssh_public_keys(
    call: Call, *, user_name: str | None = None, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """None: there is no source repository service."""
    return {"SSHPublicKeys": _none_of(call, user_name, marker, max_items), "IsTruncated": False}


@operation("iam", on=named_user, access="List")
def list_mfa_devices(
    call: Call, *, user_name: str | None = None, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """None of the user's."""
    return {"MFADevices": _none_of(call, user_name, marker, max_items), "IsTruncated": False}


@operation("iam", on=account_wide, access="List")
def list_virtual_mfa_devices(
    _call: Call, *, assignment_status: str | None = None, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """None of the account's, whether assigned or not."""
    del assignment_status
    page_request(marker, max_items)
    return {"VirtualMFADevices": [], "IsTruncated": False}


@operation("iam", on=user_or_every, access="List")
def list_service_specific_credentials(
    call: Call,
    *,
    user_name: str | None = None,
    service_name: str | None = None,
    all_users: bool | None = None,
    marker: str | None = None,
    max_items: int | None = None,
) -> Mapping[str, Any]:
    """None, of whichever service."""
    del service_name
    if all_users:
        page_request(marker, max_items)
        return {"ServiceSpecificCredentials": [], "IsTruncated": False}
    return {"ServiceSpecificCredentials": _none_of(call, user_name, marker, max_items), "IsTruncated": False}


def _none_of(call: Call, user_name: str | None, marker: str | None, max_items: int | None) -> list[object]:
    """An empty list of a user who exists, or of root. Raises NoSuchEntity, ValidationError."""
    page_request(marker, max_items)
    if user_name is not None:
        find_user(call, user_name)
    return []
