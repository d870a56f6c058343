"""GetAccountAuthorizationDetails: users, groups, roles and policies with all that hangs on them, in pages."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from sealstone.model import aws_policies
from sealstone.model.group import Group
from sealstone.model.identity import User
from sealstone.model.managed_policy import AWS, ManagedPolicy
from sealstone.model.names import ROOT_PATH, folded
from sealstone.model.page import Page, PageRequest
from sealstone.model.role import Role
from sealstone.operations.call import Call
from sealstone.operations.iam import trust_policies
from sealstone.operations.iam.instance_profiles import profile_members
from sealstone.operations.iam.policies import boundary_members, encoded, policy_members, policy_of_id
from sealstone.operations.iam.roles import last_used_members
from sealstone.operations.iam.summary import account_wide
from sealstone.operations.iam.users import user_members
from sealstone.operations.iam.wording import page_members, page_request, tag_members
from sealstone.operations.operation import operation
from sealstone.store import (
    attachments,
    boundaries,
    group_policies,
    groups,
    instance_profiles,
    managed_policies,
    role_policies,
    roles,
    user_policies,
    users,
)

Row = tuple[str, Any]
"""Sort key among those of its kind, and the record."""
Source = Callable[[Call, PageRequest], Iterable[Row]]


@operation("iam", on=account_wide, access="Read")
def get_account_authorization_details(
    call: Call,
    *,
    filter: Sequence[str] = (),  # noqa: A002 - AWS's name of the parameter
    marker: str | None = None,
    max_items: int | None = None,
) -> Mapping[str, Any]:
    """Everything of the kinds asked for, or of every kind; of AWS's policies those that are in use [inferred]."""
    request = page_request(marker, max_items)
    found = Page.cut(_rows(call, request, frozenset(filter)), request.size, lambda row: row[0])
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name, *_ in _KINDS}
    for key, record in found.items:
        name, _, _, members = _KINDS[int(key[0])]
        lists[name].append(members(call, record))
    return lists | page_members(found)


def _rows(call: Call, request: PageRequest, wanted: frozenset[str]) -> list[Row]:
    """One row more than the page has, from where the last page ended; keys are the kind's digit and the name."""
    begin, _, after = (request.after or "0 ").partition(" ")
    rows: list[Row] = []
    for place, (_, filters, source, _) in enumerate(_KINDS):
        room = request.size + 1 - len(rows)
        if str(place) < begin or room <= 0 or (wanted and wanted.isdisjoint(filters)):
            continue
        rest = PageRequest(room, after if str(place) == begin else "")
        of_kind = [row for row in source(call, rest) if not wanted or _asked_for(row[1], wanted)]
        rows += [(f"{place} {key}", record) for key, record in of_kind[:room]]
    return rows


def _asked_for(record: object, wanted: frozenset[str]) -> bool:
    """Policies are of two kinds in one list."""
    if not isinstance(record, ManagedPolicy):
        return True
    return ("AWSManagedPolicy" if record.account_id == AWS else "LocalManagedPolicy") in wanted


# --- the kinds ---


def _users(call: Call, request: PageRequest) -> Iterable[Row]:
    return ((folded(one.name), one) for one in users.page(call.tx, call.account_id, ROOT_PATH, request).items)


def _groups(call: Call, request: PageRequest) -> Iterable[Row]:
    return ((folded(one.name), one) for one in groups.page(call.tx, call.account_id, ROOT_PATH, request).items)


def _roles(call: Call, request: PageRequest) -> Iterable[Row]:
    return ((folded(one.name), one) for one in roles.page(call.tx, call.account_id, ROOT_PATH, request).items)


def _policies(call: Call, request: PageRequest) -> Iterable[Row]:
    """The account's, and AWS's in use, by name and owner."""
    used = attachments.counts(call.tx, call.account_id).keys() | boundaries.counts(call.tx, call.account_id).keys()
    found = managed_policies.all_of(call.tx, call.account_id)
    found += tuple(policy for policy in aws_policies.ALL if policy.unique_id in used)
    rows = ((f"{folded(policy.name)} {policy.account_id}", policy) for policy in found)
    return sorted((row for row in rows if row[0] > (request.after or "")), key=lambda row: row[0])


def _user(call: Call, user: User) -> dict[str, Any]:
    embedded = user_policies.all_of(call.tx, call.account_id, user.unique_id)
    return {
        **user_members(user),
        **({"UserPolicyList": _embedded((one.name, one.document) for one in embedded)} if embedded else {}),
        "GroupList": [group.name for group in groups.of_user(call.tx, call.account_id, user.unique_id)],
        "AttachedManagedPolicies": _attached(call, user.unique_id),
        **boundary_members(call, user.unique_id),
        "Tags": tag_members(user.tags),
    }


def _group(call: Call, group: Group) -> dict[str, Any]:
    embedded = group_policies.all_of(call.tx, call.account_id, group.unique_id)
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.unique_id,
        "Arn": group.arn,
        "CreateDate": group.create_date,
        "GroupPolicyList": _embedded((one.name, one.document) for one in embedded),
        "AttachedManagedPolicies": _attached(call, group.unique_id),
    }


def _role(call: Call, role: Role) -> dict[str, Any]:
    embedded = role_policies.all_of(call.tx, call.account_id, role.unique_id)
    profiles = instance_profiles.with_role(call.tx, call.account_id, role.unique_id)
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.unique_id,
        "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": trust_policies.shown(call, role),
        "InstanceProfileList": [profile_members(call, profile) for profile in profiles],
        "RolePolicyList": _embedded((one.name, one.document) for one in embedded),
        "AttachedManagedPolicies": _attached(call, role.unique_id),
        **boundary_members(call, role.unique_id),
        "Tags": tag_members(role.tags),
        **last_used_members(call, role),
    }


def _policy(call: Call, policy: ManagedPolicy) -> dict[str, Any]:
    own = policy.account_id != AWS
    versions = managed_policies.versions(call.tx, policy) if own else (aws_policies.version(policy),)
    attached = attachments.count(call.tx, call.account_id, policy.unique_id)
    bounding = boundaries.count(call.tx, call.account_id, policy.unique_id)
    listed = [
        {
            "Document": encoded(version.document),
            "VersionId": version.version_id,
            "IsDefaultVersion": version.number == policy.default_version,
            "CreateDate": version.create_date,
        }
        for version in versions
    ]
    described = {"Description": policy.description} if policy.description else {}
    return policy_members(policy, attached, bounding) | described | {"PolicyVersionList": listed}


def _embedded(policies: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"PolicyName": name, "PolicyDocument": encoded(document)} for name, document in policies]


def _attached(call: Call, entity_id: str) -> list[dict[str, str]]:
    found = (policy_of_id(call, one) for one in attachments.of_entity(call.tx, call.account_id, entity_id))
    return [{"PolicyName": one.name, "PolicyArn": one.arn} for one in sorted(found, key=lambda policy: policy.name)]


_KINDS: Final[tuple[tuple[str, tuple[str, ...], Source, Callable[[Call, Any], dict[str, Any]]], ...]] = (
    ("UserDetailList", ("User",), _users, _user),
    ("GroupDetailList", ("Group",), _groups, _group),
    ("RoleDetailList", ("Role",), _roles, _role),
    ("Policies", ("LocalManagedPolicy", "AWSManagedPolicy"), _policies, _policy),
)
