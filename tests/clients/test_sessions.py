"""Temporary credentials by unmodified clients: boto3, its AssumeRole provider, the `aws` CLI, and bytes by hand."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import boto3
import botocore.config
import botocore.exceptions
import pytest
from tests.clients.wire import WHO_AM_I, Line, headers_for
from tests.server import Credentials, Server

Aws = Callable[..., "CompletedProcess[str]"]

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "ACCOUNT"},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        }
    ],
}
READING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}]}


@pytest.fixture
def company(server: Server) -> Credentials:
    """An account of its own: its root's key."""
    return server.account()


@pytest.fixture
def deployer(server: Server, company: Credentials) -> str:
    """A role of that account which may list, trusted by whoever of the account may assume it."""
    trust = json.dumps(TRUST).replace("ACCOUNT", company.account_id)
    with server.client("iam", company) as iam:
        role = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust, MaxSessionDuration=43200)["Role"]
        iam.put_role_policy(RoleName="deployer", PolicyName="reading", PolicyDocument=json.dumps(READING))
    return str(role["Arn"])


@pytest.fixture
def bob(server: Server, company: Credentials) -> Credentials:
    """A user who may do nothing but call STS."""
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}
    with server.client("iam", company) as iam:
        iam.create_user(UserName="bob")
        iam.put_user_policy(UserName="bob", PolicyName="sts", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName="bob")["AccessKey"]
    return Credentials(company.account_id, key["AccessKeyId"], key["SecretAccessKey"])


def client(server: Server, service: str, given: dict[str, Any]) -> Any:
    """A boto3 client of temporary credentials."""
    return boto3.session.Session().client(
        service,
        region_name="eu-west-1",
        endpoint_url=server.endpoint,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        config=botocore.config.Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def sts(server: Server, bob: Credentials) -> Iterator[Any]:
    with server.client("sts", bob) as made:
        yield made


def test_boto3(server: Server, sts: Any, deployer: str) -> None:
    answer = sts.assume_role(
        RoleArn=deployer,
        RoleSessionName="night",
        Tags=[{"Key": "team", "Value": "web"}],
        SourceIdentity="bob@example.com",
        PolicyArns=[{"arn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}],
    )
    assert answer["SourceIdentity"] == "bob@example.com"
    assert answer["PackedPolicySize"] > 0
    iam = client(server, "iam", answer["Credentials"])
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["bob"]
    with pytest.raises(botocore.exceptions.ClientError, match="assumed-role/deployer/night is not authorized"):
        iam.create_user(UserName="eve")
    with pytest.raises(sts.exceptions.MalformedPolicyDocumentException):
        sts.assume_role(RoleArn=deployer, RoleSessionName="night", Policy="{")
    with pytest.raises(sts.exceptions.InvalidAuthorizationMessageException):
        sts.decode_authorization_message(EncodedMessage="x")


def test_the_longest_token_goes_through_http(server: Server, sts: Any, bob: Credentials, deployer: str) -> None:
    answer = sts.assume_role(RoleArn=deployer, RoleSessionName="night", MinimumSessionTokenSize=4096)
    given = answer["Credentials"]
    assert len(given["SessionToken"]) == answer["SessionTokenSize"] == 4096
    who = client(server, "sts", given).get_caller_identity()
    assert who["Arn"].endswith(":assumed-role/deployer/night")
    url = client(server, "sts", given).generate_presigned_url("get_caller_identity", HttpMethod="GET")
    with Line(server.endpoint, bob) as line:
        assert line.send("", {}, "GET", url.removeprefix(server.endpoint)).status == 200


def test_a_profile_that_assumes_a_role(
    server: Server, bob: Credentials, deployer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The standard way: a role in the configuration file, and the SDK fetches the credentials itself."""
    config = tmp_path / "config"
    config.write_text(
        f"[profile bob]\naws_access_key_id={bob.access_key_id}\naws_secret_access_key={bob.secret_access_key}\n"
        f"[profile deployer]\nrole_arn={deployer}\nsource_profile=bob\nrole_session_name=from-profile\n"
        f"region=us-east-1\nendpoint_url={server.endpoint}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
    session = boto3.session.Session(profile_name="deployer")
    arn = session.client("sts").get_caller_identity()["Arn"]
    assert arn.endswith(":assumed-role/deployer/from-profile")
    assert session.client("iam").list_roles()["Roles"]


def test_the_aws_cli(aws: Aws, server: Server, bob: Credentials, deployer: str) -> None:
    result = aws("sts", "assume-role", "--role-arn", deployer, "--role-session-name", "cli", who=bob)
    given = json.loads(result.stdout)["Credentials"]
    assert client(server, "iam", given).list_users()["Users"]
    token = json.loads(aws("sts", "get-session-token", "--duration-seconds", "900", who=bob).stdout)["Credentials"]
    assert client(server, "sts", token).get_caller_identity()["Arn"].endswith(":user/bob")
    guest = ("--name", "guest", "--policy", json.dumps(READING))
    federated = json.loads(aws("sts", "get-federation-token", *guest, who=bob).stdout)
    assert federated["FederatedUser"]["Arn"].endswith(":federated-user/guest")
    key = ("--access-key-id", given["AccessKeyId"])
    assert json.loads(aws("sts", "get-access-key-info", *key, who=bob).stdout) == {"Account": bob.account_id}


def test_forgeries_over_http(server: Server, sts: Any, bob: Credentials, deployer: str) -> None:
    """Each refused in AWS's form, none with a fault of ours."""
    given = sts.assume_role(RoleArn=deployer, RoleSessionName="night")["Credentials"]
    theirs = Credentials(bob.account_id, given["AccessKeyId"], given["SecretAccessKey"])
    other = sts.get_session_token()["Credentials"]["SessionToken"]
    token = given["SessionToken"]
    forgeries = [other, token[:-8], token + "A" * 8, token.lower(), "x", "A" * 8000, "%00", "SealstoneST1"]
    with Line(server.endpoint, theirs) as line:
        for forged in forgeries:
            headers = headers_for(theirs, server.endpoint, WHO_AM_I, service="sts", x_amz_security_token=forged)
            answer = line.send(WHO_AM_I, headers)
            assert (answer.status, answer.code) == (403, "InvalidClientTokenId"), forged[:60]
        bare = headers_for(theirs, server.endpoint, WHO_AM_I, service="sts")
        answer = line.send(WHO_AM_I, bare | {"X-Amz-Security-Token": token})
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch"), "a token that was not signed"
    assert "Traceback" not in server.log_text()
    assert token[12:60] not in server.log_text()
