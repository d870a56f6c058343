"""Sessions: issuing temporary credentials, what they may carry, and what sessions of a kind may not call.

For STS and for IAM Roles Anywhere; who may have a session is theirs to decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from sealstone.model import ids
from sealstone.model.role import Role
from sealstone.model.secret import Secret
from sealstone.model.session import Session, SessionKind
from sealstone.operations.call import Call, Caller, House
from sealstone.operations.errors import (
    AccessDenied,
    InvalidClientTokenId,
    InvalidParameterValue,
    MalformedPolicyDocument,
    PackedPolicyTooLarge,
    ValidationError,
)
from sealstone.policy import document
from sealstone.policy.problems import MalformedPolicyDocument as PolicyProblem
from sealstone.seal import session_token
from sealstone.store import session_policies

CHAINED_SECONDS: Final = 3_600
"""The longest session of a role that another role's session assumes (IAM user guide, "Role chaining")."""
# Characters of one session policy (API reference).
_LONGEST_POLICY: Final = 2048
_MOST_POLICY_ARNS: Final = 10
_NO_TAGS: Final[Mapping[str, str]] = MappingProxyType({})

# IAM user guide, "Compare AWS STS credentials": what sessions of a kind may still call.
_FOR_SESSION_TOKENS: Final = frozenset({"AssumeRole", "GetCallerIdentity"})
_FOR_FEDERATED: Final = frozenset({"GetCallerIdentity"})
_FOR_KEYS_ONLY: Final = frozenset({"GetSessionToken", "GetFederationToken"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials as they are answered, once."""

    access_key_id: str
    secret: Secret
    session_token: str
    expiration: datetime


@dataclass(frozen=True, slots=True)
class SessionTags:
    """The tags of a session: those sent, and those that a calling session hands on."""

    tags: Mapping[str, str]
    transitive_keys: tuple[str, ...]


def issue(
    house: House,
    *,
    account_id: str,
    kind: SessionKind,
    owner_id: str,
    name: str,
    now: datetime,
    duration: int,
    source_identity: str = "",
    tags: Mapping[str, str] = _NO_TAGS,
    transitive_tag_keys: Sequence[str] = (),
    policies: Sequence[str] = (),
    policy_arns: Sequence[str] = (),
    chained: bool = False,
    certificate_id: str = "",
    shortest_token: int = 0,
) -> Credentials:
    """Make credentials that last `duration` seconds; nothing is stored, and nothing is checked.

    `owner_id` is the role's or user's unique id, empty for root; `policies` are texts that `policy.document` accepted.
    """
    issued_at = now.replace(microsecond=0)
    session = Session(
        account_id=account_id,
        access_key_id=ids.new(ids.TEMPORARY_KEY, account_id, house.chance),
        kind=kind,
        owner_id=owner_id,
        name=name,
        issued_at=issued_at,
        expires_at=issued_at + timedelta(seconds=duration),
        source_identity=source_identity,
        tags=tags,
        transitive_tag_keys=tuple(transitive_tag_keys),
        policies=tuple(policies),
        policy_arns=tuple(policy_arns),
        chained=chained,
        certificate_id=certificate_id,
    )
    secret = Secret(ids.new_secret(house.chance))
    token = session_token.issued(house.keyring, session, secret, shortest=shortest_token)
    return Credentials(session.access_key_id, secret, token, session.expires_at)


# --- what sessions of a kind may call ---


def check_session(caller: Caller, service: str, operation: str) -> None:
    """Refuse what sessions of the caller's kind may never call, whatever its policies say.

    Raises AccessDenied where AWS says what is wrong, else InvalidClientTokenId (both recorded).
    """
    session = caller.session
    if session is None or (session.kind is SessionKind.ASSUMED_ROLE and operation not in _FOR_KEYS_ONLY):
        return
    if service == "sts" and operation in _FOR_KEYS_ONLY:
        raise AccessDenied(f"Cannot call {operation} with session credentials")
    allowed = _FOR_FEDERATED if caller.is_federated else _FOR_SESSION_TOKENS
    proven = not caller.is_federated and (session.mfa or session.by_certificate)
    if (service == "sts" and operation not in allowed) or (service == "iam" and not proven):
        stop = "" if service == "iam" else "."
        raise InvalidClientTokenId(f"The security token included in the request is invalid{stop}")


def check_no_device(serial_number: str | None, token_code: str | None) -> None:
    """Nobody has a device for multi-factor authentication here, so no code is right. Raises AccessDenied."""
    if serial_number is not None or token_code is not None:
        raise AccessDenied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is "
            "valid and associated with this user."
        )


# --- what a session may carry ---


def check_duration(role: Role, duration: int, *, chained: bool) -> None:
    """Raise ValidationError for a session longer than the role's, or than role chaining, allows (recorded texts)."""
    if duration > role.max_session_duration:
        raise ValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    if chained and duration > CHAINED_SECONDS:
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        )


def read_session_tags(
    sent: Sequence[Mapping[str, str]], transitive_keys: Sequence[str], calling: Session | None = None
) -> SessionTags:
    """The tags of a new session, with those that the calling session hands on. Keys have no case.

    Raises InvalidParameterValue (recorded texts).
    """
    tags = {tag["Key"]: tag["Value"] for tag in sent}
    keys = [tag["Key"].lower() for tag in sent]
    if len(set(keys)) < len(keys):
        raise InvalidParameterValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    for key in tags:
        if key.lower().startswith("aws:"):
            raise InvalidParameterValue(f"Tag keys beginning with aws: are reserved for AWS's own use; rename {key!r}.")
    if not {key.lower() for key in transitive_keys} <= set(keys):
        raise InvalidParameterValue("The specified transitive tag key must be included in the requested tags.")
    inherited = {key: calling.tags[key] for key in calling.transitive_tag_keys} if calling else {}
    if not {key.lower() for key in inherited}.isdisjoint(keys):
        raise InvalidParameterValue(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
            "the calling session."
        )
    lasting = {key.lower() for key in transitive_keys}
    own = tuple(key for key in tags if key.lower() in lasting)
    return SessionTags({**inherited, **tags}, (*inherited, *own))


def read_session_policies(
    call: Call, account_id: str, policy: str | None, policy_arns: Sequence[Mapping[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The text, if any, and the ARNs of the session policies, all found good.

    Raises MalformedPolicyDocument, and ValidationError for too much of them or for an ARN of no policy.
    """
    arns = tuple(dict.fromkeys(item.get("arn", "") for item in policy_arns))
    if len(arns) > _MOST_POLICY_ARNS:
        raise ValidationError(_too_long("policyArns", _MOST_POLICY_ARNS))
    for arn in arns:
        if session_policies.document(call.tx, account_id, arn) is None:
            raise ValidationError(f"{arn} is invalid: there is no managed policy of this ARN for account {account_id}.")
    if policy is None:
        return (), arns
    if len(policy) > _LONGEST_POLICY:
        raise ValidationError(_too_long("policy", _LONGEST_POLICY))
    try:
        document.read(policy)
    except PolicyProblem as problem:
        cause, cure = problem.cause.rstrip("."), problem.cure
        raise MalformedPolicyDocument(f"{cause}. {cure[:1].upper()}{cure[1:]}.") from problem
    return (policy,), arns


def packed_size(policies: Sequence[str], policy_arns: Sequence[str], tags: Mapping[str, str]) -> int:
    """Per cent of the room for session policies and session tags that they take; 0 without any.

    Raises PackedPolicyTooLarge above 100. How AWS packs them is not known: the same tags may take more there, or less.
    """
    if not policies and not policy_arns and not tags:
        return 0
    per_cent = -(-session_token.packed(policies, policy_arns, tags) * 100 // session_token.MOST_PACKED)
    if per_cent > 100:
        what = "session policies and session tags" if tags and (policies or policy_arns) else "session tags"
        what = what if tags else "session policies"
        raise PackedPolicyTooLarge(f"Packed size of {what} consumes {per_cent}% of allotted space.")
    return per_cent


def _too_long(name: str, limit: int) -> str:
    return (
        f"1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must have length less "
        f"than or equal to {limit}"
    )
