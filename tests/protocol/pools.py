"""Target groups, targets and trust stores asked for, for the tests of this folder."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.house_fixture import ACCOUNT, Answer, Key, World

from sealstone.model.quota import Quota
from sealstone.store import quotas

Ask = Callable[..., Answer]
Done = Callable[..., Mapping[str, Any]]

GROUP = {"Name": "web", "Protocol": "HTTP", "Port": "80", "VpcId": "vpc-0"}
ADDRESSES = GROUP | {"TargetType": "ip"}


def asking(world: World) -> Ask:
    """`ask("DescribeTags", **form)`: members with `__` for `.member.` and `_` for a dot behind a number."""

    def put(action: str, **form: Any) -> Answer:
        return world.ask("elbv2", {"Action": action, **{spelled(name): str(value) for name, value in form.items()}})

    return put


def doing(world: World, key: Key | None = None) -> Done:
    """The same, which must succeed."""

    def put(action: str, **form: Any) -> Mapping[str, Any]:
        sent = {"Action": action, **{spelled(name): str(value) for name, value in form.items()}}
        return world.done("elbv2", sent, key=key)

    return put


def spelled(name: str) -> str:
    """`Targets__1_Id` is `Targets.member.1.Id`."""
    return name.replace("__", ".member.").replace("_", ".")


def group(done: Done, **form: Any) -> Mapping[str, Any]:
    """A new target group, as it is told."""
    (made,) = done("CreateTargetGroup", **(GROUP | form))["TargetGroups"]
    found: Mapping[str, Any] = made
    return found


def load_balancer(done: Done, kind: str = "application", name: str = "front") -> str:
    """The ARN of a new one."""
    places = {"Subnets__1": "subnet-1", "Subnets__2": "subnet-2"}
    (made,) = done("CreateLoadBalancer", Name=name, Type=kind, **places)["LoadBalancers"]
    return str(made["LoadBalancerArn"])


def forward(target_group_arn: str) -> dict[str, str]:
    """A listener's default action."""
    return {"DefaultActions__1_Type": "forward", "DefaultActions__1_TargetGroupArn": target_group_arn}


def listen(done: Done, target_group_arn: str, *, protocol: str = "HTTP", port: int = 80) -> str:
    """A load balancer with a listener that sends to the target group; the load balancer's ARN."""
    arn = load_balancer(done, "network" if protocol in {"TCP", "TLS"} else "application")
    done("CreateListener", LoadBalancerArn=arn, Protocol=protocol, Port=port, **forward(target_group_arn))
    return arn


def quota(world: World, which: Quota, value: int) -> None:
    """Give the account a quota of its own."""
    with world.store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, which, value)


def put(world: World, name: str, content: str | bytes) -> dict[str, str]:
    """A file where the operator puts it, as CreateTrustStore names it."""
    place = Path(world.path).parent / "trust" / "ca" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content.encode() if isinstance(content, str) else content)
    return {"CaCertificatesBundleS3Bucket": "ca", "CaCertificatesBundleS3Key": name}


def refused(answer: Answer, code: str, words: str) -> None:
    """400 with this code, these words in its message."""
    assert (answer.status, answer.code) == (400, code), answer
    assert words in answer.message
