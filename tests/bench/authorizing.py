"""What authorization costs: a caller with many groups and policies, and temporary credentials, beside a plain one."""

import json
from collections.abc import Sequence
from typing import Any, Final

from tests.bench import house
from tests.bench.figures import Row, times
from tests.bench.processes import window
from tests.bench.signed import Signer
from tests.server import Server

_CONNECTIONS: Final = 16
_DIFFERENT: Final = 500
_GROUPS: Final = 10
_ATTACHED: Final = 20
_AT_MOST: Final = 1.3
_OPERATION: Final = "GetServerCertificate"
# What the policies that do not decide speak of: three statements each, with wildcards and a condition.
_OTHER: Final = (
    ("iam:*AccessKey*", "arn:aws:iam::*:user/${aws:username}"),
    ("acm:*", "arn:aws:acm:*:*:certificate/*"),
    ("iam:GetServerCertificate", "arn:aws:iam::*:server-certificate/department-%d/*"),
)


def measure(server: Server, stored: int, *, rounds: int, seconds: float) -> list[Row]:
    """Three callers in turn, the same requests of the same server, `rounds` times."""
    with server.client("iam", server.credentials()) as iam, server.client("sts", server.credentials()) as sts:
        plain, many, session = _plain(iam), _many(iam), _session(iam, sts)
    port = house.peer(server).port
    sides = [_requests(Signer(port, *keys), stored) for keys in (plain, many, session)]
    used: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for figures, requests in zip(used, sides, strict=True):
            done = window(house.peer(server), requests, connections=_CONNECTIONS, seconds=seconds)
            figures.append(done.cpu_per_request)
    what = f"{_OPERATION}, server CPU by a caller with"
    return [
        times(f"{what} {_GROUPS} groups, {_ATTACHED} policies", used[1], used[0], "one", unit="us", at_most=_AT_MOST),
        times(f"{what} temporary credentials", used[2], used[0], "a key", unit="us", at_most=_AT_MOST),
    ]


def _requests(signer: Signer, stored: int) -> Sequence[bytes]:
    names = [house.name_of(number) for number in range(0, stored, max(1, stored // _DIFFERENT))]
    return [signer.request(_OPERATION, {"ServerCertificateName": name}) for name in names]


def _plain(iam: Any) -> tuple[str, str]:
    """A user with one inline policy, which decides."""
    iam.create_user(UserName="plain")
    iam.put_user_policy(UserName="plain", PolicyName="bench", PolicyDocument=_deciding())
    return _key(iam, "plain")


def _many(iam: Any) -> tuple[str, str]:
    """A user in ten groups with two policies attached to each; one of the last that are read decides."""
    iam.create_user(UserName="many")
    for number in range(_ATTACHED):
        last = number == _ATTACHED - 1
        document = _deciding() if last else _beside(number)
        policy = iam.create_policy(PolicyName=f"bench-{number:02}", PolicyDocument=document)["Policy"]["Arn"]
        group = f"bench-{number // 2:02}"
        if number % 2 == 0:
            iam.create_group(GroupName=group)
            iam.add_user_to_group(GroupName=group, UserName="many")
        iam.attach_group_policy(GroupName=group, PolicyArn=policy)
    return _key(iam, "many")


def _session(iam: Any, sts: Any) -> tuple[str, str, str]:
    """A session of a role with one inline policy."""
    account = sts.get_caller_identity()["Account"]
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=_document(statement))["Role"]["Arn"]
    iam.put_role_policy(RoleName="bench", PolicyName="bench", PolicyDocument=_deciding())
    given = sts.assume_role(RoleArn=role, RoleSessionName="bench")["Credentials"]
    return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]


def _key(iam: Any, name: str) -> tuple[str, str]:
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def _deciding() -> str:
    resource = f"arn:aws:iam::*:server-certificate{house.PATH}*"
    return _document({"Effect": "Allow", "Action": f"iam:{_OPERATION}", "Resource": resource})


def _beside(number: int) -> str:
    resources = [(action, resource.replace("%d", str(number))) for action, resource in _OTHER]
    condition = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    return _document(
        *({"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in resources[:2]),
        {"Effect": "Deny", "Action": resources[2][0], "Resource": resources[2][1], "Condition": condition},
    )


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
