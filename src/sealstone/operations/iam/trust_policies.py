"""Trust policies on their way in and out: who is named in them, by unique id, and what the named are called now.

What a trust policy may say and whom it lets in is the policy room's; the operations on roles are in `roles`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sealstone.model import ids, quota
from sealstone.model.identity import User
from sealstone.model.role import Role
from sealstone.operations.call import Call
from sealstone.operations.errors import MalformedPolicyDocument
from sealstone.operations.iam.policies import encoded
from sealstone.operations.iam.wording import explained, over_quota
from sealstone.policy import trust
from sealstone.policy.principals import unknown
from sealstone.policy.problems import MalformedPolicyDocument as PolicyProblem
from sealstone.store import quotas, roles, users

_NOBODY: Final[Mapping[str, str]] = MappingProxyType({})


def accepted(call: Call, text: str, present: Mapping[str, str] = _NOBODY) -> Mapping[str, str]:
    """The ids of the users and roles that a new trust policy names, as `Role.principal_ids` keeps them.

    `present` are those of the policy that it replaces: who is gone is shown by the bare id, and what was shown may be
    sent back. Such an id reaches nobody, now or later.

    Raises MalformedPolicyDocument, also for a name that is nobody's; LimitExceeded. The size first, white space not
    counted: what is too long is not worth parsing.
    """
    limit = quotas.value(call.tx, call.account_id, quota.TRUST_POLICY_SIZE)
    if len("".join(text.split())) > limit:
        raise over_quota(quota.TRUST_POLICY_SIZE.name, limit)
    try:
        found = {name: _id_of(call, name, present) for name in trust.read(text).named}
    except PolicyProblem as problem:
        raise MalformedPolicyDocument(explained(problem.cause, "", problem.cure)) from problem
    return found


def shown(call: Call, role: Role) -> str:
    """The trust policy, percent-encoded: users and roles by their present ARNs, who is gone by the bare id."""
    names = {
        written: _arn_of(call, written, unique_id) or unique_id for written, unique_id in role.principal_ids.items()
    }
    return encoded(trust.shown_as(role.assume_role_policy_document, names))


def _id_of(call: Call, name: str, present: Mapping[str, str]) -> str:
    """The id of who has this ARN or id, or had this id when it was named first.

    Raises the policy room's MalformedPolicyDocument for nobody.
    """
    if not name.startswith("arn:"):
        if name not in present.values() and _arn_of(call, name, name) is None:
            raise unknown(name)
        return name
    account_id, resource = name.split(":")[4:]
    store, short = users if resource.startswith("user/") else roles, resource.rpartition("/")[2]
    found: User | Role | None = store.find(call.tx, account_id, short)
    if found is None or found.arn != name:
        raise unknown(name)
    return found.unique_id


def _arn_of(call: Call, written: str, unique_id: str) -> str | None:
    """The ARN that the id's owner has now; an id alone is looked for in the caller's account."""
    account_id = written.split(":")[4] if written.startswith("arn:") else call.account_id
    found: User | Role | None = (
        roles.by_id(call.tx, account_id, unique_id)
        if unique_id.startswith(ids.ROLE)
        else users.find_by_id(call.tx, account_id, unique_id)
    )
    return found.arn if found else None
