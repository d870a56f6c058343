"""boto3's paginators over every list of the identity core: 250 entities each, or as many as the quota allows.

Nothing is told twice, nothing is left out, no page is longer than was asked for.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from tests.server import Server
from tests.uploads import Scene

_MANY: Final = 250
_DOCUMENT: Final = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}}'
# (operation, arguments, list of the answer, what names an item, how many there are, page size)
_LISTS: Final[tuple[tuple[str, Mapping[str, str], str, str, int, int], ...]] = (
    ("list_users", {"PathPrefix": "/many/"}, "Users", "UserName", _MANY, 60),
    ("get_group", {"GroupName": "g-000"}, "Users", "UserName", _MANY, 100),
    ("list_groups", {"PathPrefix": "/many/"}, "Groups", "GroupName", _MANY, 60),
    ("list_groups_for_user", {"UserName": "u-000"}, "Groups", "GroupName", 10, 3),
    ("list_policies", {"Scope": "Local"}, "Policies", "PolicyName", _MANY, 60),
    ("list_attached_user_policies", {"UserName": "u-000"}, "AttachedPolicies", "PolicyName", 20, 7),
    ("list_attached_group_policies", {"GroupName": "g-000"}, "AttachedPolicies", "PolicyName", 20, 7),
    ("list_attached_role_policies", {"RoleName": "r-000"}, "AttachedPolicies", "PolicyName", 20, 7),
    ("list_user_policies", {"UserName": "u-000"}, "PolicyNames", "", _MANY, 60),
    ("list_group_policies", {"GroupName": "g-000"}, "PolicyNames", "", _MANY, 60),
    ("list_role_policies", {"RoleName": "r-000"}, "PolicyNames", "", _MANY, 60),
    ("list_policy_versions", {"PolicyArn": "p-000"}, "Versions", "VersionId", 5, 2),
    ("list_roles", {"PathPrefix": "/many/"}, "Roles", "RoleName", _MANY, 60),
    ("list_instance_profiles", {"PathPrefix": "/many/"}, "InstanceProfiles", "InstanceProfileName", _MANY, 60),
    ("list_instance_profiles_for_role", {"RoleName": "r-000"}, "InstanceProfiles", "InstanceProfileName", _MANY, 60),
    ("list_server_certificates", {}, "ServerCertificateMetadataList", "ServerCertificateName", _MANY, 60),
    ("list_server_certificate_tags", {"ServerCertificateName": "c-000"}, "Tags", "Key", 50, 7),
    ("list_user_tags", {"UserName": "u-000"}, "Tags", "Key", 50, 7),
    ("list_role_tags", {"RoleName": "r-000"}, "Tags", "Key", 50, 7),
    ("list_policy_tags", {"PolicyArn": "p-000"}, "Tags", "Key", 50, 7),
    ("list_instance_profile_tags", {"InstanceProfileName": "i-000"}, "Tags", "Key", 50, 7),
    ("list_access_keys", {"UserName": "u-000"}, "AccessKeyMetadata", "AccessKeyId", 2, 1),
    ("list_signing_certificates", {"UserName": "u-000"}, "Certificates", "CertificateId", 2, 1),
    ("list_account_aliases", {}, "AccountAliases", "", 1, 1),
)
_QUOTAS: Final = {
    "ServerCertificatesPerAccount": 1000,
    "PoliciesPerUser": 20,
    "PoliciesPerGroup": 20,
    "PoliciesPerRole": 20,
    "UserPolicySize": 131_072,
    "GroupPolicySize": 131_072,
    "RolePolicySize": 131_072,
}


@pytest.fixture(scope="module")
def crowd(server: Server, scene: Scene) -> Iterator[Any]:
    """The client of an account where there is much of everything."""
    owner = server.account()
    for quota, value in _QUOTAS.items():
        server.done("account", "quota", "set", owner.account_id, quota, str(value))
    with server.client("iam", owner) as iam:
        _fill(iam, owner.account_id, scene)
        yield iam


def _fill(iam: Any, account_id: str, scene: Scene) -> None:
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
                "Action": "sts:AssumeRole",
            },
        }
    )
    tags = [{"Key": f"key-{number}", "Value": "x"} for number in range(50)]
    certificate = {"CertificateBody": scene.leaf.certificate_pem, "PrivateKey": scene.leaf.private_key_pem}
    arns = []
    for number in range(_MANY):
        end = f"{number:03d}"
        more: dict[str, Any] = {} if number else {"Tags": tags}
        iam.create_user(UserName=f"u-{end}", Path="/many/", **more)
        iam.create_group(GroupName=f"g-{end}", Path="/many/")
        arns.append(iam.create_policy(PolicyName=f"p-{end}", PolicyDocument=_DOCUMENT, **more)["Policy"]["Arn"])
        iam.create_role(RoleName=f"r-{end}", Path="/many/", AssumeRolePolicyDocument=trust, **more)
        iam.create_instance_profile(InstanceProfileName=f"i-{end}", Path="/many/", **more)
        iam.add_role_to_instance_profile(InstanceProfileName=f"i-{end}", RoleName="r-000")
        iam.upload_server_certificate(ServerCertificateName=f"c-{end}", **certificate, **more)
        iam.add_user_to_group(GroupName="g-000", UserName=f"u-{end}")
        for kind, name in (("user", "u-000"), ("group", "g-000"), ("role", "r-000")):
            put = getattr(iam, f"put_{kind}_policy")
            put(**{f"{kind.title()}Name": name}, PolicyName=f"inline-{end}", PolicyDocument=_DOCUMENT)
        iam.attach_user_policy(UserName=f"u-{end}", PolicyArn=arns[0])
        iam.attach_group_policy(GroupName=f"g-{end}", PolicyArn=arns[0])
        iam.attach_role_policy(RoleName=f"r-{end}", PolicyArn=arns[0])
    for number in range(1, 20):
        iam.attach_user_policy(UserName="u-000", PolicyArn=arns[number])
        iam.attach_group_policy(GroupName="g-000", PolicyArn=arns[number])
        iam.attach_role_policy(RoleName="r-000", PolicyArn=arns[number])
    for number in range(1, 10):
        iam.add_user_to_group(GroupName=f"g-{number:03d}", UserName="u-000")
    iam.create_account_alias(AccountAlias=f"many-{account_id}")
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arns[0], PolicyDocument=_DOCUMENT)
    for one in (scene.leaf, scene.rsa_leaf):
        iam.create_access_key(UserName="u-000")
        iam.upload_signing_certificate(UserName="u-000", CertificateBody=one.certificate_pem)


def _arguments(iam: Any, arguments: Mapping[str, str]) -> dict[str, str]:
    """With the ARN in the place of a policy's name."""
    if "PolicyArn" not in arguments:
        return dict(arguments)
    named = {policy["PolicyName"]: policy["Arn"] for policy in iam.list_policies(Scope="Local")["Policies"]}
    return {"PolicyArn": named[arguments["PolicyArn"]]}


@pytest.mark.parametrize(
    ("operation", "arguments", "member", "name", "count", "size"), _LISTS, ids=[x[0] for x in _LISTS]
)
def test_every_item_once(
    crowd: Any, operation: str, arguments: Mapping[str, str], member: str, name: str, count: int, size: int
) -> None:
    pages = crowd.get_paginator(operation).paginate(**_arguments(crowd, arguments), PaginationConfig={"PageSize": size})
    found = [page[member] for page in pages]
    items = [item[name] if name else item for page in found for item in page]
    assert len(items) == len(set(items)) == count
    assert all(len(page) == size for page in found[:-1])


@pytest.mark.parametrize("operation", ["simulate_principal_policy", "simulate_custom_policy"])
def test_every_action_simulated_once(crowd: Any, operation: str) -> None:
    names = [f"iam:Get{number:03d}" for number in range(_MANY)]
    about: dict[str, Any] = {"PolicyInputList": [_DOCUMENT]}
    if operation == "simulate_principal_policy":
        about |= {"PolicySourceArn": crowd.get_user(UserName="u-000")["User"]["Arn"]}
    pages = crowd.get_paginator(operation).paginate(**about, ActionNames=names, PaginationConfig={"PageSize": 60})
    found = [[result["EvalActionName"] for result in page["EvaluationResults"]] for page in pages]
    assert [name for page in found for name in page] == names
    assert [len(page) for page in found] == [60, 60, 60, 60, 10]


def test_who_has_a_policy(crowd: Any) -> None:
    """Groups, users and roles are listed one after the other: a page may hold two kinds."""
    arguments = _arguments(crowd, {"PolicyArn": "p-000"})
    pages = list(
        crowd.get_paginator("list_entities_for_policy").paginate(**arguments, PaginationConfig={"PageSize": 90})
    )
    for kind in ("Group", "User", "Role"):
        names = [entity[f"{kind}Name"] for page in pages for entity in page[f"Policy{kind}s"]]
        assert len(names) == len(set(names)) == _MANY


def test_the_whole_account(crowd: Any) -> None:
    """Every user, group, role and local policy with what it has, in pages."""
    pages = list(crowd.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 300}))
    for member, name in (
        ("UserDetailList", "UserName"),
        ("GroupDetailList", "GroupName"),
        ("RoleDetailList", "RoleName"),
    ):
        names = [item[name] for page in pages for item in page[member] if item["Path"] == "/many/"]
        assert len(names) == len(set(names)) == _MANY
    local = [item["PolicyName"] for page in pages for item in page["Policies"] if item["Arn"].split(":")[4] != "aws"]
    assert len(local) == len(set(local)) == _MANY
