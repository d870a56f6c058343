"""Policy vectors enforced: users and roles with these policies, made and asked over HTTP by boto3."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.server import Credentials, Server

VECTORS: Final = Path(__file__).parents[1] / "vectors" / "policy" / "enforced.json"
CASES: Final[list[dict[str, Any]]] = json.loads(VECTORS.read_text())
# What an allowed call may still answer: nobody uploaded the certificate that is asked for.
_ABSENT: Final = "NoSuchEntity"


@pytest.fixture(scope="module")
def account(server: Server) -> Credentials:
    """An account's root; its quotas are those of every account."""
    return server.account()


@pytest.fixture(scope="module")
def root(server: Server, account: Credentials) -> Iterator[Any]:
    with server.client("iam", account) as client:
        yield client


@pytest.fixture(scope="module")
def assumer(server: Server, root: Any) -> Iterator[Any]:
    """The STS client of a user who may assume every role."""
    root.create_user(UserName="assumer")
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}
    root.put_user_policy(UserName="assumer", PolicyName="p", PolicyDocument=json.dumps(document))
    with server.client("sts", key_of(root, "assumer")) as client:
        yield client


def key_of(root: Any, name: str) -> Credentials:
    key = root.create_access_key(UserName=name)["AccessKey"]
    return Credentials("", key["AccessKeyId"], key["SecretAccessKey"])


def managed(root: Any, name: str, document: object) -> str:
    made = root.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    return str(made)


def make_user(root: Any, name: str, case: Mapping[str, Any]) -> None:
    tags = [{"Key": key, "Value": value} for key, value in case.get("tags", {}).items()]
    root.create_user(UserName=name, Tags=tags)
    for number, document in enumerate(case.get("inline", ())):
        root.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(document))
    for number, document in enumerate(case.get("managed", ())):
        root.attach_user_policy(UserName=name, PolicyArn=managed(root, f"{name}-{number}", document))
    for policy in case.get("aws", ()):
        root.attach_user_policy(UserName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    if "boundary" in case:
        edge = managed(root, f"{name}-edge", case["boundary"])
        root.put_user_permissions_boundary(UserName=name, PermissionsBoundary=edge)
    if case.keys() & {"group", "group_managed"}:
        make_group(root, name, case)


def make_group(root: Any, name: str, case: Mapping[str, Any]) -> None:
    root.create_group(GroupName=name)
    root.add_user_to_group(GroupName=name, UserName=name)
    for number, document in enumerate(case.get("group", ())):
        root.put_group_policy(GroupName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(document))
    for number, document in enumerate(case.get("group_managed", ())):
        root.attach_group_policy(GroupName=name, PolicyArn=managed(root, f"{name}-g{number}", document))


def make_role(root: Any, name: str, account_id: str, case: Mapping[str, Any]) -> str:
    trust = {"Effect": "Allow", "Principal": {"AWS": account_id}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    made = root.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for number, policy in enumerate(case.get("inline", ())):
        root.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(policy))
    for number, policy in enumerate(case.get("managed", ())):
        root.attach_role_policy(RoleName=name, PolicyArn=managed(root, f"{name}-{number}", policy))
    if "boundary" in case:
        edge = managed(root, f"{name}-edge", case["boundary"])
        root.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=edge)
    return str(made)


def client_of(server: Server, service: str, credentials: Mapping[str, str]) -> Any:
    return boto3.session.Session().client(
        service,
        region_name="us-east-1",
        endpoint_url=server.endpoint,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials.get("SessionToken"),
    )


def called(client: Any, operation: str, parameters: Mapping[str, Any]) -> str:
    """The sentence of a denial; empty when the call was allowed."""
    method = client.meta.method_to_api_mapping
    name = next(python for python, aws in method.items() if aws == operation)
    try:
        getattr(client, name)(**parameters)
    except ClientError as refusal:
        error = refusal.response["Error"]
        assert error["Code"] in {"AccessDenied", _ABSENT}, error
        return "" if error["Code"] == _ABSENT else str(error["Message"])
    return ""


def test_the_vectors_are_many_and_named_once() -> None:
    assert len(CASES) == len({case["id"] for case in CASES}) >= 50
    assert {case["source"] for case in CASES} <= {"recorded", "documented", "inferred"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_vector(server: Server, account: Credentials, root: Any, assumer: Any, case: dict[str, Any]) -> None:
    name = str(case["id"])
    text = json.dumps(case).replace("{{account}}", account.account_id).replace("{{user}}", name)
    case = json.loads(text)
    if case.get("role"):
        role = make_role(root, name, account.account_id, case)
        narrowed = {"Policy": json.dumps(case["session"])} if "session" in case else {}
        keys = assumer.assume_role(RoleArn=role, RoleSessionName="vector", **narrowed)["Credentials"]
    else:
        make_user(root, name, case)
        keys = root.create_access_key(UserName=name)["AccessKey"]
    service, _, operation = case["operation"].rpartition(":")
    found = called(client_of(server, service or "iam", keys), operation, case["parameters"])
    assert bool(found) is bool(case["denied"]), found
    assert found.endswith(case["denied"])
