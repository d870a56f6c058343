"""A world with application and network load balancers, for the tests of this folder."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.house_fixture import ACCOUNT, Answer, Key, World
from tests.pki import NOW, Authority, self_signed

CERTIFICATE = f"arn:aws:iam::{ACCOUNT}:server-certificate/"
ROOT = Authority("Root")


def flat(value: object, prefix: str = "") -> dict[str, str]:
    """Members of the query protocol: mappings by dots, lists by `member` and their number."""
    if isinstance(value, Mapping):
        pairs: Iterable[tuple[str, object]] = value.items()
    elif isinstance(value, list | tuple):
        pairs = ((f"member.{number}", item) for number, item in enumerate(value, start=1))
    else:
        return {prefix: str(value).lower() if isinstance(value, bool) else str(value)}
    found: dict[str, str] = {}
    for name, item in pairs:
        found |= flat(item, f"{prefix}.{name}" if prefix else name)
    return found


class Balanced:
    """One world, asked in the words of the operations."""

    def __init__(self, world: World) -> None:
        self.world = world

    def ask(self, action: str, *, key: Key | None = None, **members: Any) -> Answer:
        """The answer, whatever it is."""
        return self.world.ask("elbv2", {"Action": action, **flat(members)}, key=key)

    def done(self, action: str, **members: Any) -> Mapping[str, Any]:
        """The answer's members; it must succeed."""
        answer = self.ask(action, **members)
        assert answer.status == 200, answer
        return answer.parsed

    def refused(self, code: str, words: str, action: str, **members: Any) -> None:
        """It must be refused so."""
        answer = self.ask(action, **members)
        assert (answer.status, answer.code) == (400, code), answer
        assert words in answer.message

    def upload(self, name: str, host: str = "www.example.com", **how: Any) -> str:
        """The ARN of a new server certificate."""
        leaf = self_signed(host, valid_at=NOW, **how)
        form = {
            "Action": "UploadServerCertificate",
            "ServerCertificateName": name,
            "CertificateBody": leaf.certificate_pem,
            "PrivateKey": leaf.private_key_pem,
        }
        return str(self.world.done("iam", form)["ServerCertificateMetadata"]["Arn"])

    def balancer(self, name: str = "site", kind: str = "application") -> str:
        """The ARN of a new load balancer."""
        made = self.done("CreateLoadBalancer", Name=name, Type=kind, Subnets=["subnet-1"])
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def listener(self, balancer: str, protocol: str = "HTTP", port: int = 80, **members: Any) -> str:
        """The ARN of a new listener, which answers by itself unless told otherwise."""
        members.setdefault("DefaultActions", [answering()])
        made = self.done("CreateListener", LoadBalancerArn=balancer, Protocol=protocol, Port=port, **members)
        return str(made["Listeners"][0]["ListenerArn"])

    def group(self, name: str = "group", protocol: str = "HTTP") -> str:
        """The ARN of a new target group."""
        made = self.done("CreateTargetGroup", Name=name, Protocol=protocol, Port=80, VpcId="vpc-1")
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def rule(self, listener: str, priority: int = 10, **members: Any) -> str:
        """The ARN of a new rule."""
        given = {"Conditions": [{"Field": "path-pattern", "Values": ["/a"]}], "Actions": [answering()]} | members
        made = self.done("CreateRule", ListenerArn=listener, Priority=priority, **given)
        return str(made["Rules"][0]["RuleArn"])


def answering(status: str = "200") -> dict[str, Any]:
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status}}


def forwarding(*groups: str, **configuration: Any) -> dict[str, Any]:
    tuples = [{"TargetGroupArn": group} for group in groups]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": tuples, **configuration}}
