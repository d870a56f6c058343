"""Encoded messages: denials here are told in full and never encoded, so there is none to decode."""

from collections.abc import Mapping
from typing import Any

from sealstone.operations.call import Call, Resource
from sealstone.operations.errors import InvalidAuthorizationMessageException
from sealstone.operations.operation import operation


def any_message(_call: Call) -> tuple[Resource, ...]:
    """Messages have no ARN."""
    return (Resource("*"),)


@operation("sts", on=any_message, access="Write")
def decode_authorization_message(call: Call, *, encoded_message: str) -> Mapping[str, Any]:
    """Refuse: no message can be one that was issued here."""
    del call, encoded_message
    raise InvalidAuthorizationMessageException(
        "The message is not valid: denials of this service are not encoded; each says itself which action, resource "
        "and kind of policy it is about. A message of AWS must be decoded by AWS."
    )
