"""boto3 with roles, instance profiles and boundaries: documents as dictionaries, waiters, paginators, exceptions."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.server import Server

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:Get*", "Resource": "*"}]}
AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"


@pytest.fixture
def iam(server: Server) -> Iterator[Any]:
    with server.client("iam", server.account(certificates=1)) as client:
        yield client


def test_a_role_lives_and_is_gone(iam: Any) -> None:
    made = iam.create_role(
        RoleName="ops",
        Path="/team/",
        AssumeRolePolicyDocument=json.dumps(TRUST, indent=2),
        Description="Ünicode",
        MaxSessionDuration=7200,
        PermissionsBoundary=AUDIT,
        Tags=[{"Key": "a", "Value": ""}],
    )["Role"]
    iam.get_waiter("role_exists").wait(RoleName="ops")
    role = iam.get_role(RoleName="ops")["Role"]
    assert role == made | {"RoleLastUsed": {}}
    assert role["AssumeRolePolicyDocument"] == TRUST
    assert role["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": AUDIT,
    }
    iam.update_assume_role_policy(RoleName="ops", PolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="ops", PolicyName="in", PolicyDocument=json.dumps(ALLOW))
    assert iam.get_role_policy(RoleName="ops", PolicyName="in")["PolicyDocument"] == ALLOW
    iam.attach_role_policy(RoleName="ops", PolicyArn=AUDIT)
    iam.create_instance_profile(InstanceProfileName="web")
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="ops")
    held = iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]["Roles"]
    assert [(one["Arn"], one["AssumeRolePolicyDocument"]) for one in held] == [(role["Arn"], TRUST)]
    for wrong in ("instance profile", "detach all policies", "delete policies"):
        with pytest.raises(iam.exceptions.DeleteConflictException, match=wrong):
            iam.delete_role(RoleName="ops")
        if wrong == "instance profile":
            iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="ops")
        elif wrong == "detach all policies":
            iam.detach_role_policy(RoleName="ops", PolicyArn=AUDIT)
    iam.delete_role_policy(RoleName="ops", PolicyName="in")
    iam.delete_role(RoleName="ops")
    iam.delete_instance_profile(InstanceProfileName="web")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="ops")


def test_the_details_of_an_account_by_the_paginator(iam: Any) -> None:
    iam.create_user(UserName="bob", PermissionsBoundary=AUDIT)
    for number in range(5):
        iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.create_group(GroupName=f"group-{number}")
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 3}))
    roles = [role["RoleName"] for page in pages for role in page["RoleDetailList"]]
    assert roles == [f"role-{number}" for number in range(5)]
    assert pages[0]["UserDetailList"][-1]["PermissionsBoundary"]["PermissionsBoundaryArn"] == AUDIT
    assert [policy["Arn"] for policy in pages[-1]["Policies"]] == [AUDIT]
    documents = [role["AssumeRolePolicyDocument"] for page in pages for role in page["RoleDetailList"]]
    assert documents == [TRUST] * 5
    assert pages[-1]["Policies"][0]["PolicyVersionList"][0]["Document"]["Version"] == "2012-10-17"


def test_refusals_have_their_classes(iam: Any) -> None:
    errors = iam.exceptions
    with pytest.raises(errors.MalformedPolicyDocumentException, match="This policy contains invalid Json"):
        iam.create_role(RoleName="bad", AssumeRolePolicyDocument="{")
    with pytest.raises(errors.NoSuchEntityException, match="The role with name none cannot be found"):
        iam.update_role(RoleName="none")
    iam.create_role(RoleName="twice", AssumeRolePolicyDocument=json.dumps(TRUST))
    with pytest.raises(errors.EntityAlreadyExistsException, match="Role with name TWICE already exists"):
        iam.create_role(RoleName="TWICE", AssumeRolePolicyDocument=json.dumps(TRUST))
