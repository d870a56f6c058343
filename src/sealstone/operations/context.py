"""The global condition keys that a request here can have, worked out only when a policy asks.

Source: IAM user guide, "AWS global condition context keys". Values come from the authenticated caller, the
connection and the decoded request, never from a header that nobody signed (aws:UserAgent and aws:Referer apart,
which AWS itself calls unfit for protection).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sealstone.model import aws_policies
from sealstone.operations.call import Call, Resource
from sealstone.policy.pattern import LONGEST
from sealstone.store import boundaries, managed_policies, roles, users

# IAM user guide, "Available keys for IAM": iam:PolicyARN is the policy that is attached or detached.
_ATTACHING: Final = ("Attach", "Detach")
# The same page: iam:PermissionsBoundary is the boundary that is sent, or the one of whom the call acts on.
_BOUNDED: Final = frozenset(
    f"{verb}{kind}{what}"
    for kind in ("User", "Role")
    for verb, what in (
        *(("Attach", "Policy"), ("Detach", "Policy"), ("Put", "Policy")),
        *(("Delete", "Policy"), ("Delete", "PermissionsBoundary")),
    )
)
# IAM and STS are global services: their Region is us-east-1 whatever a client signed for.
_GLOBAL: Final = frozenset({"iam", "sts"})
# IAM user guide, "Actions, resources, and condition keys for AWS STS".
_OF_STS: Final = {
    "sts:externalid": "ExternalId",
    "sts:rolesessionname": "RoleSessionName",
    "sts:sourceidentity": "SourceIdentity",
}
_RESOURCE_TAGS: Final = ("aws:resourcetag/", "iam:resourcetag/")
# Service authorization reference, Elastic Load Balancing: its own name for the tags of what is acted on.
_BALANCING: Final = "elasticloadbalancing"


class RequestContext(Mapping[str, tuple[str, ...]]):
    """Lower-case condition key to its values; a key that the request does not have is missing."""

    def __init__(self, call: Call, resource: Resource) -> None:
        self._call = call
        self._resource = resource
        self._built: dict[str, tuple[str, ...]] | None = None

    def _values(self) -> dict[str, tuple[str, ...]]:
        if self._built is None:
            account = {"aws:resourceaccount": (_account_of(self._resource) or self._call.account_id,)}
            self._built = {**_of_caller(self._call), **_of_request(self._call), **account, **self._of_tags()}
        return self._built

    def _of_tags(self) -> dict[str, tuple[str, ...]]:
        sent = _sent_tags(self._call)
        values: dict[str, tuple[str, ...]] = {}
        sources = [("aws:principaltag/", self._call.caller.tags), ("aws:requesttag/", sent)]
        own = (f"{_BALANCING}:resourcetag/",) if self._call.service == _BALANCING else ()
        sources += [(prefix, self._resource.tags) for prefix in (*_RESOURCE_TAGS, *own)]
        for prefix, tags in sources:
            for key, value in tags.items():
                # Condition keys have no case, tag keys may have: `Env` and `env` are two values of one condition key.
                name = (prefix + key).lower()
                values[name] = (*values.get(name, ()), value)
        keys = (*sent, *_sent_tag_keys(self._call))
        return values | ({"aws:tagkeys": keys} if keys else {})

    def __getitem__(self, key: str) -> tuple[str, ...]:
        return self._values()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())


def _of_caller(call: Call) -> dict[str, tuple[str, ...]]:
    caller = call.caller
    values = {
        "aws:userid": caller.unique_id,
        "aws:principalarn": caller.principal_arn,
        "aws:principalaccount": caller.account_id,
        "aws:principaltype": caller.principal_type.value,
        "aws:principalisawsservice": "false",
        "aws:username": caller.user.name if caller.user else "",
    }
    if caller.session:
        # Documented to be there for temporary credentials only: a key of long life has no such keys at all.
        values["aws:tokenissuetime"] = caller.session.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        values["aws:multifactorauthpresent"] = "true" if caller.session.mfa else "false"
        values["aws:sourceidentity"] = caller.session.source_identity
    return {key: (value,) for key, value in values.items() if value}


def _account_of(resource: Resource) -> str:
    """The account in the resource's ARN: a role may be another account's. Empty for `*` and for AWS's own policies."""
    parts = resource.arn.split(":", 5)
    return parts[4] if len(parts) > 4 and parts[4].isdigit() else ""


def _of_request(call: Call) -> dict[str, tuple[str, ...]]:
    values: dict[str, str] = {
        "aws:sourceip": call.source_ip,
        # Cut, since whoever calls chooses them: no policy is held against a text of any length. [ours]
        "aws:useragent": call.user_agent[:LONGEST],
        "aws:referer": call.referer[:LONGEST],
        "aws:requestedregion": "us-east-1" if call.service in _GLOBAL else call.region,
        "aws:securetransport": "true" if call.secure_transport else "false",
        "aws:currenttime": call.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(call.now.timestamp())),
        "aws:viaawsservice": "false",
    }
    if call.service == "rolesanywhere":
        # Who makes a profile passes its roles on to this service (IAM user guide, "Pass a role to an AWS service").
        values["iam:passedtoservice"] = "rolesanywhere.amazonaws.com"
    if call.operation.startswith(_ATTACHING):
        values["iam:policyarn"] = call.parameters.get("PolicyArn") or ""
    values["iam:permissionsboundary"] = _boundary(call)
    if call.service == "sts":
        values |= {key: call.parameters.get(name) or "" for key, name in _OF_STS.items()}
    found = {key: (value,) for key, value in values.items() if value}
    transitive = (*_handed_on(call), *(call.parameters.get("TransitiveTagKeys") or ()))
    return found | ({"sts:transitivetagkeys": transitive} if transitive else {})


def _boundary(call: Call) -> str:
    """The ARN of the permissions boundary that is sent, or of the present one of the user or role; or empty."""
    sent = call.parameters.get("PermissionsBoundary")
    if sent or call.operation not in _BOUNDED:
        return sent or ""
    user, role = call.parameters.get("UserName"), call.parameters.get("RoleName")
    entity = users.find(call.tx, call.account_id, user) if user else roles.find(call.tx, call.account_id, role or "")
    policy_id = boundaries.of(call.tx, call.account_id, entity.unique_id) if entity else None
    if policy_id is None:
        return ""
    policy = aws_policies.by_id(policy_id) or managed_policies.find_by_id(call.tx, call.account_id, policy_id)
    return policy.arn if policy else ""


def _handed_on(call: Call) -> dict[str, str]:
    """The tags that a calling session hands on to the one it asks for: the new session has them as if they were sent.

    So the trust policy of the second role can refuse them (IAM user guide, "Pass session tags", chaining).
    """
    session = call.caller.session
    if session is None or not session.transitive_tag_keys or (call.service, call.operation) != ("sts", "AssumeRole"):
        return {}
    return {key: session.tags[key] for key in session.transitive_tag_keys}


def _sent_tags(call: Call) -> dict[str, str]:
    tags = call.parameters.get("Tags") or ()
    # Roles Anywhere writes its members with small letters.
    small = call.parameters.get("tags") or ()
    found = {tag["Key"]: tag.get("Value", "") for tag in tags if tag.get("Key")}
    return _handed_on(call) | found | {tag["key"]: tag.get("value", "") for tag in small if tag.get("key")}


def _sent_tag_keys(call: Call) -> tuple[str, ...]:
    return tuple(call.parameters.get("TagKeys") or call.parameters.get("tagKeys") or ())
