"""The Principal and NotPrincipal elements of a trust policy, and whom they reach.

IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal". Users and roles are compared by unique id,
never by name: who deletes a trusted user and makes another of its name is not trusted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sealstone.policy.problems import MalformedPolicyDocument, shown

EVERYONE: Final = "*"
_TYPES: Final = ("AWS", "Service", "Federated")
_LONGEST_SHOWN: Final = 2048
_ACCOUNT: Final = re.compile(r"(?:arn:aws:iam::)?([0-9]{12})(?::root)?", re.ASCII)
_ROOT: Final = re.compile(r"arn:aws:iam::[0-9]{12}:root", re.ASCII)
_NAMED: Final = re.compile(r"arn:aws:iam::[0-9]{12}:(?:user|role)/[\x21-\x29\x2b-\x3e\x40-\x7e]+", re.ASCII)
_UNIQUE_ID: Final = re.compile(r"(?:AIDA|AROA)[A-Z0-9]{12,124}", re.ASCII)
_SESSION: Final = re.compile(
    r"arn:aws:sts::[0-9]{12}:(?:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|federated-user/[\w+=,.@-]+)", re.ASCII
)
_SERVICE: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.ASCII)


class Reach(Enum):
    """How a statement reaches a principal: by its own name, with everybody, or only by the account it belongs to."""

    DIRECT = "direct"
    EVERYONE = "everyone"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class TrustPrincipal:
    """Who asks to assume a role.

    `arns`: a user's own; of a role session the role's and the session's; of the root its own. `unique_id`: the user's
    or, for a session, its role's; empty for the root, a federated user and a service. `service`: the name of a service
    principal, which has neither ARN nor id.
    """

    account_id: str
    arns: tuple[str, ...]
    service: str = ""
    unique_id: str = ""


@dataclass(frozen=True, slots=True)
class Principals:
    """A compiled element. `ids`: unique ids of users and roles; `sessions`: ARNs compared as they stand."""

    negated: bool = False
    everyone: bool = False
    accounts: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    sessions: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()

    def reach(self, principal: TrustPrincipal, *, allows: bool) -> Reach | None:
        """How the statement reaches the principal; None when it does not.

        An Allow for everyone means principals of accounts; a Deny for everyone means services too.
        """
        if self.negated:
            # An account named in NotPrincipal spares its root alone: else naming it would spare whom it should not.
            root = f"arn:aws:iam::{principal.account_id}:root" in principal.arns
            spared = self._names(principal) or self.everyone or (root and principal.account_id in self.accounts)
            return None if spared else Reach.EVERYONE
        if self._names(principal):
            return Reach.DIRECT
        if self.everyone and not (allows and principal.service):
            return Reach.EVERYONE
        of_account = not principal.service and principal.account_id in self.accounts
        return Reach.ACCOUNT if of_account else None

    def _names(self, principal: TrustPrincipal) -> bool:
        if principal.service:
            return principal.service in self.services
        return principal.unique_id in self.ids or not self.sessions.isdisjoint(principal.arns)


def entries(element: object) -> tuple[tuple[str, str], ...]:
    """Pairs of type (AWS, Service, Federated) and name of the JSON value of an element; `"*"` is an AWS one.

    Raises MalformedPolicyDocument for another form, another type, and for no principal at all.
    """
    if element == EVERYONE:
        return (("AWS", EVERYONE),)
    found: list[tuple[str, str]] = []
    for kind, value in element.items() if isinstance(element, dict) else ():
        if kind not in _TYPES:
            raise _invalid(str(kind).upper(), "", f"a principal is one of {', '.join(_TYPES)}")
        for name in value if isinstance(value, list) else [value]:
            if type(name) is not str:
                raise _invalid(kind.upper(), "", "write a string or a list of strings")
            found.append((kind, name))
    if not found:
        # Recorded, with the name of the class it came from.
        cause = (
            "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: "
            "The passed in policy has a statement with no principals!"
        )
        raise MalformedPolicyDocument(cause, 'name whom the role trusts, such as {"AWS": "an ARN"}')
    return tuple(found)


def check(found: tuple[tuple[str, str], ...]) -> None:
    """Raise MalformedPolicyDocument for an entry that can name nobody; whether who is named exists is not known here.

    Wildcards stand for everyone alone: a part of a name cannot be one (the guide's page on Principal).
    """
    for kind, name in found:
        if kind == "AWS" and not (name == EVERYONE or _is_aws(name)):
            cure = "write the ARN of a user, a role or a session, an account id, or * alone; ARNs hold no wildcards"
            raise _invalid(kind, name, cure)
        if kind == "Service" and not _SERVICE.fullmatch(name):
            raise _invalid("SERVICE", name, "write the name of a service, such as rolesanywhere.amazonaws.com")
        if kind == "Federated" and not name.strip():
            raise _invalid("FEDERATED", name, "write the name or the ARN of an identity provider")


def must_exist(found: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The users and roles named by ARN or by unique id, each of which must be somebody."""
    return tuple(
        name for kind, name in found if kind == "AWS" and (_NAMED.fullmatch(name) or _UNIQUE_ID.fullmatch(name))
    )


def unknown(name: str) -> MalformedPolicyDocument:
    """AWS's refusal of a policy that names a user or a role that does not exist."""
    return _invalid("AWS", name, "there is no such user or role; make it first, or write the ARN as it is shown")


def compiled(found: tuple[tuple[str, str], ...], principal_ids: Mapping[str, str], *, negated: bool) -> Principals:
    """The element ready to be asked; a user or role without an entry in `principal_ids` reaches nobody."""
    names = {name for kind, name in found if kind == "AWS"}
    return Principals(
        negated=negated,
        everyone=EVERYONE in names,
        accounts=frozenset(account[1] for name in names if (account := _ACCOUNT.fullmatch(name))),
        ids=frozenset(principal_ids[name] for name in names if name in principal_ids),
        sessions=frozenset(name for name in names if _SESSION.fullmatch(name)),
        services=frozenset(name for kind, name in found if kind == "Service"),
    )


def _is_aws(name: str) -> bool:
    return any(form.fullmatch(name) for form in (_NAMED, _ROOT, _SESSION, _UNIQUE_ID)) or (
        len(name) == 12 and _ACCOUNT.fullmatch(name) is not None
    )


def _invalid(kind: str, name: str, cure: str) -> MalformedPolicyDocument:
    return MalformedPolicyDocument(f'Invalid principal in policy: "{kind}":"{shown(name, _LONGEST_SHOWN)}"', cure)
