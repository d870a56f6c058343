"""Managed policies: create, get, list, delete, tags; and how the neighbouring files find theirs.

Versions are in `policy_versions`, what a policy is attached to is in `attachments`. AWS's own policies are found
like the account's, and cannot be changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from sealstone.model import arn, aws_policies, ids, quota
from sealstone.model.managed_policy import ManagedPolicy, PolicyVersion
from sealstone.model.names import ROOT_PATH, folded
from sealstone.model.page import Page, PageRequest
from sealstone.operations.call import Call, Resource
from sealstone.operations.errors import (
    AccessDenied,
    DeleteConflict,
    EntityAlreadyExists,
    InvalidInput,
    MalformedPolicyDocument,
    NoSuchEntity,
)
from sealstone.operations.iam.tags_at_creation import tagged_by
from sealstone.operations.iam.wording import (
    explained,
    over_quota,
    page_members,
    page_request,
    read_tags,
    tag_members,
    tags_page,
)
from sealstone.operations.operation import operation
from sealstone.policy import document
from sealstone.policy.problems import MalformedPolicyDocument as PolicyProblem
from sealstone.store import attachments, boundaries, quotas
from sealstone.store import managed_policies as stored

# arn:partition:iam::account:policy/path/name
_ARN_PARTS: Final = 6
_BOUNDARIES: Final = "PermissionsBoundary"

# --- what a call acts on ---


def future_policy(call: Call) -> tuple[Resource, ...]:
    """The ARN that the policy will have."""
    path = call.parameters.get("Path") or ROOT_PATH
    return (Resource(arn.policy(call.account_id, path, call.parameters.get("PolicyName", "*"))),)


def named_policy(call: Call) -> tuple[Resource, ...]:
    """The ARN that was sent, with the policy's tags when there is one."""
    sent = call.parameters.get("PolicyArn") or "*"
    policy = lookup_policy(call, sent)
    return (Resource(sent, policy.tags if policy else {}),)


def listed_policies(call: Call) -> tuple[Resource, ...]:
    """A listing acts on its path prefix; a denial shows it as AWS does."""
    prefix = call.parameters.get("PathPrefix") or ROOT_PATH
    return (Resource(arn.policy(call.account_id, prefix, ""), named=f"policy path {prefix}"),)


# --- operations ---


@operation("iam", on=future_policy, access="Permissions management", judge=tagged_by("iam:TagPolicy"))
def create_policy(
    call: Call,
    *,
    policy_name: str,
    policy_document: str,
    path: str = ROOT_PATH,
    description: str = "",
    tags: Sequence[Mapping[str, str]] | None = None,
) -> Mapping[str, Any]:
    """Create a policy with this document as its version v1; names are unique without regard to case."""
    kept_tags = read_tags(tags, ignore_case=False)
    check_document(call, policy_document)
    if stored.find(call.tx, call.account_id, policy_name):
        raise EntityAlreadyExists(f"A policy called {policy_name} already exists. Duplicate names are not allowed.")
    limit = quotas.value(call.tx, call.account_id, quota.POLICIES)
    if stored.count(call.tx, call.account_id) >= limit:
        raise over_quota(quota.POLICIES.name, limit)
    now = call.now.replace(microsecond=0)
    policy = ManagedPolicy(
        account_id=call.account_id,
        unique_id=ids.new(ids.POLICY, call.account_id, call.house.chance),
        name=policy_name,
        path=path,
        description=description,
        create_date=now,
        update_date=now,
        default_version=1,
        newest_version=1,
        tags=kept_tags,
    )
    stored.add(call.tx, policy)
    stored.add_version(call.tx, PolicyVersion(policy.account_id, policy.unique_id, 1, policy_document, now))
    # The description is not repeated, tags only when some were sent (recorded).
    shown = {"Tags": tag_members(kept_tags)} if kept_tags else {}
    return {"Policy": policy_members(policy, 0, 0) | shown}


@operation("iam", on=named_policy, access="Read")
def get_policy(call: Call, *, policy_arn: str) -> Mapping[str, Any]:
    """The policy without its document, which is a version's."""
    policy = find_policy(call, policy_arn, absent=f"Policy {policy_arn} was not found.")
    attached = attachments.count(call.tx, call.account_id, policy.unique_id)
    bounding = boundaries.count(call.tx, call.account_id, policy.unique_id)
    described = {"Description": policy.description} if policy.description else {}
    return {"Policy": policy_members(policy, attached, bounding) | described | {"Tags": tag_members(policy.tags)}}


@operation("iam", on=listed_policies, access="List")
def list_policies(
    call: Call,
    *,
    scope: str = "All",
    only_attached: bool = False,
    path_prefix: str = ROOT_PATH,
    policy_usage_filter: str | None = None,
    marker: str | None = None,
    max_items: int | None = None,
) -> Mapping[str, Any]:
    """The account's policies and AWS's, by name; neither descriptions nor tags (recorded)."""
    attached = attachments.counts(call.tx, call.account_id)
    bounding = boundaries.counts(call.tx, call.account_id)
    used = {None: attached.keys() | bounding.keys(), _BOUNDARIES: bounding.keys()}.get(
        policy_usage_filter, attached.keys()
    )
    used_alone = only_attached or policy_usage_filter is not None
    wanted = [
        policy
        for policy in _in_scope(call, scope)
        if policy.path.startswith(path_prefix) and (policy.unique_id in used or not used_alone)
    ]
    found = policies_page(wanted, page_request(marker, max_items))
    members = [
        policy_members(policy, attached.get(policy.unique_id, 0), bounding.get(policy.unique_id, 0))
        for policy in found.items
    ]
    return {"Policies": members} | page_members(found)


@operation("iam", on=named_policy, access="Permissions management")
def delete_policy(call: Call, *, policy_arn: str) -> Mapping[str, Any]:
    """Delete a policy that is attached nowhere and bounds nobody, and its one version."""
    policy = own_policy(call, policy_arn, "Cannot delete policies outside your own account.")
    where = (call.tx, call.account_id, policy.unique_id)
    if attachments.count(*where) or boundaries.count(*where):
        raise DeleteConflict("Cannot delete a policy attached to entities.")
    if len(stored.versions(call.tx, policy)) > 1:
        raise DeleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
    stored.remove(call.tx, policy)
    return {}


@operation("iam", on=named_policy, access="Tagging")
def tag_policy(call: Call, *, policy_arn: str, tags: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
    """Add or overwrite tags; at most 50 on one policy."""
    policy = own_policy(call, policy_arn, "Cannot update policies outside your own account.")
    tagged = policy.tagged(read_tags(tags, ignore_case=False))
    if len(tagged.tags) > quota.TAGS_PER_POLICY.default:
        raise over_quota(quota.TAGS_PER_POLICY.name, quota.TAGS_PER_POLICY.default)
    stored.save(call.tx, tagged)
    return {}


@operation("iam", on=named_policy, access="Tagging")
def untag_policy(call: Call, *, policy_arn: str, tag_keys: Sequence[str]) -> Mapping[str, Any]:
    """Remove tags; a key that is not there is no error."""
    policy = own_policy(call, policy_arn, "Cannot update policies outside your own account.")
    stored.save(call.tx, policy.untagged(frozenset(tag_keys)))
    return {}


@operation("iam", on=named_policy, access="List")
def list_policy_tags(
    call: Call, *, policy_arn: str, marker: str | None = None, max_items: int | None = None
) -> Mapping[str, Any]:
    """The tags by key, in pages."""
    policy = find_policy(call, policy_arn, absent=f"Policy {policy_arn} was not found.")
    return tags_page(policy.tags, marker, max_items)


# --- for this and the neighbouring files ---


def lookup_policy(call: Call, policy_arn: str) -> ManagedPolicy | None:
    """By ARN, to the letter: one of AWS's, or the account's own; one query a call however often it is asked."""
    key = f"policy {policy_arn}"
    if key not in call.found:
        policy = aws_policies.by_arn(policy_arn)
        if policy is None and _account_of(policy_arn) == call.account_id:
            policy = stored.find(call.tx, call.account_id, policy_arn.rpartition("/")[2])
        call.found[key] = policy if policy and policy.arn == policy_arn else None
    found: ManagedPolicy | None = call.found[key]
    return found


def find_policy(call: Call, policy_arn: str, *, absent: str) -> ManagedPolicy:
    """The policy of this ARN. Raises InvalidInput for what is no policy's ARN; NoSuchEntity with the words `absent`."""
    if _account_of(policy_arn) is None:
        raise InvalidInput(f"ARN {policy_arn} is not valid.")
    policy = lookup_policy(call, policy_arn)
    if policy is None:
        raise NoSuchEntity(absent)
    return policy


def own_policy(call: Call, policy_arn: str, foreign: str, *, absent: str = "") -> ManagedPolicy:
    """The account's policy of this ARN, to change it. Raises AccessDenied with the words `foreign` for all others.

    Raises NoSuchEntity and InvalidInput as `find_policy` does.
    """
    if _account_of(policy_arn) not in (None, call.account_id):
        raise AccessDenied(foreign)
    return find_policy(call, policy_arn, absent=absent or f"Policy {policy_arn} was not found.")


def policy_of_id(call: Call, policy_id: str) -> ManagedPolicy:
    """The policy that an attachment names. Raises LookupError when there is none, which cannot be."""
    policy = aws_policies.by_id(policy_id) or stored.find_by_id(call.tx, call.account_id, policy_id)
    if policy is None:
        raise LookupError(policy_id)
    return policy


def find_boundary(call: Call, policy_arn: str) -> ManagedPolicy:
    """The policy that is to be a permissions boundary. Raises NoSuchEntity, InvalidInput (recorded words)."""
    return find_policy(call, policy_arn, absent=f"Scope ARN: {policy_arn} does not exist or is not attachable.")


def boundary_members(call: Call, entity_id: str) -> dict[str, Any]:
    """The member PermissionsBoundary of a user or role that has one."""
    policy_id = boundaries.of(call.tx, call.account_id, entity_id)
    if policy_id is None:
        return {}
    shown = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy_of_id(call, policy_id).arn}
    return {"PermissionsBoundary": shown}


def check_document(call: Call, text: str) -> None:
    """Raise MalformedPolicyDocument or LimitExceeded unless the document may be a managed policy's.

    The size first: what is too long is not worth parsing. White space is not counted (IAM user guide, quotas).
    """
    limit = quotas.value(call.tx, call.account_id, quota.POLICY_SIZE)
    if len("".join(text.split())) > limit:
        raise over_quota(quota.POLICY_SIZE.name, limit)
    try:
        document.read(text, managed=True)
    except PolicyProblem as problem:
        raise MalformedPolicyDocument(explained(problem.cause, "", problem.cure)) from problem


def policies_page(policies: Iterable[ManagedPolicy], request: PageRequest) -> Page[ManagedPolicy]:
    """A page of the policies, by name and then by owner: the account may have one of the name of AWS's."""
    rows = sorted((policy for policy in policies if _order(policy) > (request.after or "")), key=_order)
    return Page.cut(rows[: request.size + 1], request.size, _order)


def encoded(text: str) -> str:
    """A document percent-encoded (RFC 3986) as AWS answers it; SDKs decode it."""
    return quote(text, safe="-_.~")


def _order(policy: ManagedPolicy) -> str:
    return f"{folded(policy.name)} {policy.account_id}"


def _account_of(policy_arn: str) -> str | None:
    """The account in a policy's ARN; None for what is none."""
    parts = policy_arn.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or parts[0] != "arn" or parts[2:4] != ["iam", ""]:
        return None
    return parts[4] if parts[4] and parts[5].startswith("policy/") else None


def _in_scope(call: Call, scope: str) -> tuple[ManagedPolicy, ...]:
    own = stored.all_of(call.tx, call.account_id) if scope != "AWS" else ()
    return own + (aws_policies.ALL if scope != "Local" else ())


def policy_members(policy: ManagedPolicy, attachment_count: int, boundary_count: int) -> dict[str, Any]:
    """A policy as every listing shows it."""
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.unique_id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": f"v{policy.default_version}",
        "AttachmentCount": attachment_count,
        "PermissionsBoundaryUsageCount": boundary_count,
        "IsAttachable": True,
        "CreateDate": policy.create_date,
        "UpdateDate": policy.update_date,
    }
