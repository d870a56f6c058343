"""A world with a classic load balancer, for the tests of this folder."""

from collections.abc import Callable
from typing import Any

from tests.house_fixture import ACCOUNT, Answer, World
from tests.pki import NOW
from tests.uploads import Scene

from sealstone.model.load_balancer import Generation, LoadBalancer
from sealstone.store import load_balancers

ARN = f"arn:aws:iam::{ACCOUNT}:server-certificate/"
NAME = {"LoadBalancerName": "web"}
SCENE = Scene.around(NOW)
Ask = Callable[..., Answer]


def upload(world: World, name: str = "site") -> str:
    form = {
        "Action": "UploadServerCertificate",
        "ServerCertificateName": name,
        "CertificateBody": SCENE.leaf.certificate_pem,
        "PrivateKey": SCENE.leaf.private_key_pem,
        "CertificateChain": SCENE.leaf.chain_pem,
    }
    made = world.done("iam", form)["ServerCertificateMetadata"]
    return str(made["ServerCertificateId"])


def listener(number: int, protocol: str, port: int, back: str, instance_port: int = 80) -> dict[str, str]:
    prefix = f"Listeners.member.{number}."
    certificate = {f"{prefix}SSLCertificateId": ARN + "site"} if protocol in {"HTTPS", "SSL"} else {}
    return certificate | {
        f"{prefix}Protocol": protocol,
        f"{prefix}LoadBalancerPort": str(port),
        f"{prefix}InstanceProtocol": back,
        f"{prefix}InstancePort": str(instance_port),
    }


def asking(world: World) -> Ask:
    """`ask("DescribeTags", **form)`: members with `__` for `.member.`."""

    def put(action: str, **form: Any) -> Answer:
        return world.ask("elb", {"Action": action, **{name.replace("__", ".member."): v for name, v in form.items()}})

    return put


def with_load_balancer(world: World) -> Ask:
    """With a load balancer: HTTPS on 443 with a certificate, TCP on 25."""
    ask = asking(world)
    upload(world)
    zone = {"AvailabilityZones.member.1": "us-east-1a"}
    assert ask("CreateLoadBalancer", **NAME, **zone, **web_listeners()).status == 200
    return ask


def web_listeners() -> dict[str, str]:
    return {**listener(1, "HTTPS", 443, "HTTP"), **listener(2, "TCP", 25, "TCP", 2525)}


def stored(world: World) -> LoadBalancer:
    with world.store.reading() as tx:
        found = load_balancers.find(tx, ACCOUNT, "us-east-1", Generation.CLASSIC, "web")
    assert found is not None
    return found


def refused(answer: Answer, status: int, code: str, words: str) -> None:
    assert (answer.status, answer.code) == (status, code), answer
    assert words in answer.message
