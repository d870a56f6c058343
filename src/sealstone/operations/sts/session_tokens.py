"""GetSessionToken and GetFederationToken: temporary credentials of a user, or of whom a user vouches for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sealstone.model import arn
from sealstone.model.session import SessionKind
from sealstone.operations import sessions
from sealstone.operations.authorization import authorize
from sealstone.operations.call import Call, Resource
from sealstone.operations.operation import UNRESTRICTED, operation
from sealstone.operations.sts.credentials import credential_members, size_members

# Seconds. API reference, GetSessionToken: root's sessions last one hour at most, whatever was asked for.
_DEFAULT: Final = 43_200
_ROOT_LONGEST: Final = 3_600


def federated_user(call: Call) -> tuple[Resource, ...]:
    """The federated user of the name that was sent."""
    return (Resource(arn.federated_user(call.account_id, call.parameters.get("Name") or "*")),)


def may_tag(call: Call, action: str) -> None:
    """Session tags are a permission of their own (IAM user guide, "Pass session tags"). Raises AccessDenied."""
    authorize(call, action)
    if call.parameters.get("Tags"):
        authorize(call, "sts:TagSession")


@operation("sts", on=UNRESTRICTED, access="Read", issues=True)
def get_session_token(
    call: Call,
    *,
    duration_seconds: int = _DEFAULT,
    serial_number: str | None = None,
    token_code: str | None = None,
    minimum_session_token_size: int = 0,
) -> Mapping[str, Any]:
    """The caller itself for a time. Needs no permission: it gives nothing that the caller's key does not."""
    sessions.check_no_device(serial_number, token_code)
    issued = sessions.issue(
        call.house,
        account_id=call.account_id,
        kind=SessionKind.SESSION_TOKEN,
        owner_id=_owner_id(call),
        name="",
        now=call.now,
        duration=_duration(call, duration_seconds),
        shortest_token=minimum_session_token_size,
    )
    return {**credential_members(issued), **size_members(issued)}


@operation("sts", on=federated_user, access="Read", judge=may_tag, issues=True)
def get_federation_token(
    call: Call,
    *,
    name: str,
    policy: str | None = None,
    policy_arns: Sequence[Mapping[str, str]] = (),
    duration_seconds: int = _DEFAULT,
    tags: Sequence[Mapping[str, str]] = (),
    minimum_session_token_size: int = 0,
) -> Mapping[str, Any]:
    """Credentials for a name of the caller's choice, with what caller and session policies both allow."""
    tagged = sessions.read_session_tags(tags, ())
    texts, arns = sessions.read_session_policies(call, call.account_id, policy, policy_arns)
    packed = sessions.packed_size(texts, arns, tagged.tags)
    issued = sessions.issue(
        call.house,
        account_id=call.account_id,
        kind=SessionKind.FEDERATED,
        owner_id=_owner_id(call),
        name=name,
        now=call.now,
        duration=_duration(call, duration_seconds),
        tags=tagged.tags,
        policies=texts,
        policy_arns=arns,
        shortest_token=minimum_session_token_size,
    )
    federated = {"FederatedUserId": f"{call.account_id}:{name}", "Arn": arn.federated_user(call.account_id, name)}
    return {
        **credential_members(issued),
        "FederatedUser": federated,
        "PackedPolicySize": packed,
        **size_members(issued),
    }


def _owner_id(call: Call) -> str:
    return call.caller.user.unique_id if call.caller.user else ""


def _duration(call: Call, asked: int) -> int:
    return min(asked, _ROOT_LONGEST) if call.caller.is_root else asked
