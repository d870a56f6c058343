"""AssumeRole: the role's trust policy and the caller's own policies decide together."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sealstone.model.role import DEFAULT_SESSION_SECONDS, Role
from sealstone.model.session import SessionKind
from sealstone.operations import sessions
from sealstone.operations.authorization import denied, judged, spend
from sealstone.operations.call import Call, Resource
from sealstone.operations.context import RequestContext
from sealstone.operations.errors import AccessDenied, ValidationError
from sealstone.operations.operation import operation
from sealstone.operations.sts.credentials import credential_members, size_members
from sealstone.policy import trust
from sealstone.policy.document import stored
from sealstone.policy.evaluate import Verdict
from sealstone.policy.judgement import Bounds, denial
from sealstone.policy.trust import TrustPrincipal, TrustVerdict
from sealstone.store import roles

_ROLE_ARN: Final = re.compile(r"arn:aws:iam::([0-9]{12}):role/(?:[!-~]+/)?([\w+=,.@-]+)", re.ASCII)
_ENOUGH: Final = frozenset({TrustVerdict.DIRECT, TrustVerdict.EVERYONE})
_TRUSTS: Final = _ENOUGH | {TrustVerdict.ACCOUNT}
_ANYTHING: Final = stored('{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')


def assumed_role(call: Call) -> tuple[Resource, ...]:
    """The ARN that was sent, with the role's tags when there is one. Raises ValidationError for no role's ARN."""
    sent = str(call.parameters.get("RoleArn") or "")
    named = _ROLE_ARN.fullmatch(sent)
    if named is None:
        raise ValidationError(f"{sent} is invalid")
    role = roles.find(call.tx, named[1], named[2])
    # A role is found by its name; who names another path names no role.
    call.found["role"] = role if role and role.arn == sent else None
    return (Resource(sent, role.tags if call.found["role"] and role else {}),)


def trusted(call: Call, action: str) -> None:
    """Allow every action that the call amounts to, or raise AccessDenied.

    In one account a trust policy that names the caller or everybody is enough, one that names the account wants the
    caller's own policies to allow it too; of another account's role both must allow (IAM user guide, "Cross-account
    policy evaluation logic"). A role that does not exist is refused in the words of one that does not trust.
    """
    if call.caller.is_root:
        raise AccessDenied("Roles may not be assumed by root accounts.")
    (resource,) = call.resources
    role: Role | None = call.found["role"]
    for wanted in (action, *_further_actions(call)):
        _authorize(call, wanted, resource, role)


def _further_actions(call: Call) -> Iterator[str]:
    """Tags and a source identity are permissions of their own, in each role that they are handed on to."""
    session, sent = call.caller.session, call.parameters
    if sent.get("Tags") or (session and session.transitive_tag_keys):
        yield "sts:TagSession"
    if sent.get("SourceIdentity") or (session and session.source_identity):
        yield "sts:SetSourceIdentity"


def _authorize(call: Call, action: str, resource: Resource, role: Role | None) -> None:
    own = judged(call, action, resource)
    if own.decision.verdict is Verdict.EXPLICIT_DENY:
        raise denied(call, action, resource, denial(own, action))
    verdict = _trust(call, action, resource, role) if role else TrustVerdict.NONE
    if verdict in _TRUSTS and own.allowed:
        return
    same_account = role is not None and role.account_id == call.account_id
    if verdict in _ENOUGH and same_account and _within_limits(call, action, resource, verdict):
        return
    # No reason is given: it would tell a role that exists from one that does not.
    raise denied(call, action, resource)


def _trust(call: Call, action: str, resource: Resource, role: Role) -> TrustVerdict:
    caller = call.caller
    owner = caller.role or caller.user
    principal = TrustPrincipal(caller.account_id, caller.arns, unique_id=owner.unique_id if owner else "")
    document = trust.stored(role.assume_role_policy_document, role.principal_ids)
    spend(call, 0, document.steps_per_value)
    return trust.evaluate(document, action=action, principal=principal, context=RequestContext(call, resource))


def _within_limits(call: Call, action: str, resource: Resource, verdict: TrustVerdict) -> bool:
    """Whether boundary and session policies leave room for what a trust policy grants by itself.

    A user's boundary does not limit what names the user; a role's does, and everybody is nobody's name (IAM user
    guide, "Permissions boundaries": resource-based policies).
    """
    caller = call.caller
    named = verdict is TrustVerdict.DIRECT and caller.role is None
    boundary = None if named else caller.boundary
    return judged(call, action, resource, bounds=Bounds((_ANYTHING,), boundary, caller.session_policies)).allowed


@operation("sts", on=assumed_role, access="Write", judge=trusted, unsupported=("ProvidedContexts",), issues=True)
def assume_role(
    call: Call,
    *,
    role_arn: str,
    role_session_name: str,
    policy_arns: Sequence[Mapping[str, str]] = (),
    policy: str | None = None,
    duration_seconds: int = DEFAULT_SESSION_SECONDS,
    tags: Sequence[Mapping[str, str]] = (),
    transitive_tag_keys: Sequence[str] = (),
    external_id: str | None = None,
    serial_number: str | None = None,
    token_code: str | None = None,
    source_identity: str | None = None,
    minimum_session_token_size: int = 0,
) -> Mapping[str, Any]:
    """Temporary credentials of a role that trusts the caller."""
    # Authorization found the role, and the trust policy's conditions read the external id.
    del role_arn, external_id
    role: Role = call.found["role"]
    calling = call.caller.session
    sessions.check_no_device(serial_number, token_code)
    sessions.check_duration(role, duration_seconds, chained=call.caller.role is not None)
    tagged = sessions.read_session_tags(tags, transitive_tag_keys, calling)
    texts, arns = sessions.read_session_policies(call, role.account_id, policy, policy_arns)
    packed = sessions.packed_size(texts, arns, tagged.tags)
    identity = _source_identity(call, source_identity)
    issued = sessions.issue(
        call.house,
        account_id=role.account_id,
        kind=SessionKind.ASSUMED_ROLE,
        owner_id=role.unique_id,
        name=role_session_name,
        now=call.now,
        duration=duration_seconds,
        source_identity=identity,
        tags=tagged.tags,
        transitive_tag_keys=tagged.transitive_keys,
        policies=texts,
        policy_arns=arns,
        chained=call.caller.role is not None,
        shortest_token=minimum_session_token_size,
    )
    assumed = {"AssumedRoleId": f"{role.unique_id}:{role_session_name}", "Arn": role.session_arn(role_session_name)}
    return {
        "AssumedRoleUser": assumed,
        **credential_members(issued),
        **({"PackedPolicySize": packed} if packed else {}),
        **({"SourceIdentity": identity} if identity else {}),
        **size_members(issued),
    }


def _source_identity(call: Call, sent: str | None) -> str:
    """Set once, a source identity stays for every session assumed from this one (IAM user guide, "source identity")."""
    calling = call.caller.session
    kept = calling.source_identity if calling else ""
    if kept and sent and sent != kept:
        raise AccessDenied(
            f"User: {call.caller.arn} is not authorized to perform: sts:SetSourceIdentity on resource: "
            f"{call.resources[0].arn}: the calling session's source identity is {kept} and cannot be changed"
        )
    return sent or kept
