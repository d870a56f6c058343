"""Configuration injection: hostile text in every field that a caller controls never reaches HAProxy's configuration.

It is refused, or kept where only the API shows it; what is served goes on being served, and nothing fails to deploy.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from tests.backend import free_port
from tests.handshaking import shaken, trusting
from tests.listening import Site, directory_of, stopped_after, wait_for
from tests.pki import Leaf, self_signed
from tests.server import Server

from sealstone.server.clock import system_clock

MARK: Final = "zqinjected"
HOSTILE: Final = {
    "line feed": "\n",
    "line feed and a directive": "\n  server evil 127.0.0.1:1 #",
    "carriage return": "\r\n",
    "single quote": "'",
    "double quote": '"',
    "comment": "#",
    "backslash": "\\",
    "escaped line feed": "\\n",
    "blank": " ",
    "tab": "\t",
    "sample": "%[env(PATH)]",
    "environment": "${HOME}",
    "shell": "$(id)",
    "comma": ",",
    "braces": "{ }",
    "two dots": "/../../",
    "line separator": "\u2028",
    "another script": "\u202eй",
}


class Target(Site):
    """One sticky HTTPS listener in force, whose settings hostile callers change."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.leaf: Leaf = self_signed("www.example.com", valid_at=system_clock())
        self.port = free_port()
        self.spare = free_port()
        self.arn = self.upload("steady", self.leaf)
        self.name = self.balance(self.port, self.arn)
        self._check("TCP:80")
        wait_for(self.port, self.leaf)

    def configuration(self) -> str:
        """What HAProxy reads, as soon as it is the latest; every listener must serve it."""
        assert not self.deployed()
        return (directory_of(self.server) / "haproxy.cfg").read_text()

    def created(self, *listener: Mapping[str, Any], **parameters: Any) -> None:
        """Another load balancer, gone again at once when it was made."""
        given = {
            "LoadBalancerName": "spare",
            "AvailabilityZones": ["us-east-1a"],
            "Listeners": [
                {"Protocol": "HTTP", "LoadBalancerPort": self.spare, "InstancePort": 80}
                | {name: value for part in listener for name, value in part.items()}
            ],
        } | parameters
        self.elb.create_load_balancer(**given)
        try:
            assert MARK not in self.configuration()
        finally:
            self.elb.delete_load_balancer(LoadBalancerName=given["LoadBalancerName"])

    def policy(self, type_name: str, *attributes: tuple[str, str], name: str = "spare") -> None:
        """A policy put in force on the listener, and taken away again."""
        listed = [{"AttributeName": key, "AttributeValue": value} for key, value in attributes]
        which = {"LoadBalancerName": self.name}
        self.elb.create_load_balancer_policy(
            **which, PolicyName=name, PolicyTypeName=type_name, PolicyAttributes=listed
        )
        port = which | {"LoadBalancerPort": self.port}
        try:
            self.elb.set_load_balancer_policies_of_listener(**port, PolicyNames=[name])
            assert MARK not in self.configuration()
        finally:
            self.elb.set_load_balancer_policies_of_listener(**port, PolicyNames=[])
            self.elb.delete_load_balancer_policy(**which, PolicyName=name)

    def attributes(self, **attributes: Any) -> None:
        self.elb.modify_load_balancer_attributes(LoadBalancerName=self.name, LoadBalancerAttributes=attributes)

    def health(self, target: str) -> None:
        """In force, and taken back. A path is the one text that may be in the configuration: as one harmless word."""
        self._check(target)
        try:
            words = [word for word in self.configuration().split() if MARK in word]
            assert words == [target.partition(":80")[2]]
            assert not set("".join(words)) & set("'\"#\\[]{}`")
        finally:
            self._check("TCP:80")

    def _check(self, target: str) -> None:
        check = {"Target": target, "Interval": 30, "Timeout": 5, "UnhealthyThreshold": 2, "HealthyThreshold": 2}
        self.elb.configure_health_check(LoadBalancerName=self.name, HealthCheck=check)

    def tag(self, **tag: str) -> None:
        self.elb.add_tags(LoadBalancerNames=[self.name], Tags=[tag])

    def certificate(self, **names: str) -> None:
        """Stored under that name and path, and put on the listener."""
        given = {"ServerCertificateName": "spare"} | names
        made = self.iam.upload_server_certificate(
            **given, CertificateBody=self.leaf.certificate_pem, PrivateKey=self.leaf.private_key_pem
        )
        try:
            self.swap(self.port, made["ServerCertificateMetadata"]["Arn"])
            assert MARK not in self.configuration()
        finally:
            self.swap(self.port, self.arn)
            self.iam.delete_server_certificate(ServerCertificateName=given["ServerCertificateName"])


NEGOTIATION: Final = "SSLNegotiationPolicyType"
FIELDS: Final[dict[str, Callable[[Target, str], None]]] = {
    "LoadBalancerName": lambda to, text: to.created(LoadBalancerName=f"a{text}"),
    "AvailabilityZones": lambda to, text: to.created(AvailabilityZones=[f"us-east-1a{text}"]),
    "Subnets": lambda to, text: to.created(AvailabilityZones=[], Subnets=[f"subnet-1{text}"]),
    "SecurityGroups": lambda to, text: to.created(SecurityGroups=[f"sg-1{text}"]),
    "Scheme": lambda to, text: to.created(Scheme=f"internal{text}"),
    "Tags of a new one": lambda to, text: to.created(Tags=[{"Key": f"a{text}", "Value": text}]),
    "Protocol": lambda to, text: to.created({"Protocol": f"HTTP{text}"}),
    "InstanceProtocol": lambda to, text: to.created({"InstanceProtocol": f"HTTP{text}"}),
    "SSLCertificateId": lambda to, text: to.created({"Protocol": "HTTPS", "SSLCertificateId": to.arn + text}),
    "tag": lambda to, text: to.tag(Key=f"a{text}", Value=text),
    "health check, path": lambda to, text: to.health(f"HTTP:80/a{text}"),
    "health check, port": lambda to, text: to.health(f"TCP:80{text}"),
    "health check, protocol": lambda to, text: to.health(f"HTTP{text}:80/"),
    "PolicyName": lambda to, text: to.policy("LBCookieStickinessPolicyType", name=f"a{text}"),
    "CookieName": lambda to, text: to.policy("AppCookieStickinessPolicyType", ("CookieName", f"a{text}")),
    "CookieExpirationPeriod": lambda to, text: to.policy(
        "LBCookieStickinessPolicyType", ("CookieExpirationPeriod", f"60{text}")
    ),
    "PolicyTypeName": lambda to, text: to.policy(f"LBCookieStickinessPolicyType{text}"),
    "cipher": lambda to, text: to.policy(NEGOTIATION, ("Protocol-TLSv1.2", "true"), (f"AES128-SHA{text}", "true")),
    "value of a cipher": lambda to, text: to.policy(
        NEGOTIATION, ("Protocol-TLSv1.2", "true"), ("AES128-SHA", f"true{text}")
    ),
    "Reference-Security-Policy": lambda to, text: to.policy(
        NEGOTIATION, ("Reference-Security-Policy", f"ELBSecurityPolicy-2016-08{text}")
    ),
    "S3BucketName": lambda to, text: to.attributes(
        AccessLog={"Enabled": True, "S3BucketName": f"a{text}", "S3BucketPrefix": text, "EmitInterval": 5}
    ),
    "AdditionalAttributes": lambda to, text: to.attributes(
        AdditionalAttributes=[{"Key": "elb.http.desyncmitigationmode", "Value": f"defensive{text}"}]
    ),
    "key of AdditionalAttributes": lambda to, text: to.attributes(
        AdditionalAttributes=[{"Key": f"elb.http{text}", "Value": "defensive"}]
    ),
    "InstanceId": lambda to, text: to.elb.register_instances_with_load_balancer(
        LoadBalancerName=to.name, Instances=[{"InstanceId": f"i-0abc{text}"}]
    ),
    "ServerCertificateName": lambda to, text: to.certificate(ServerCertificateName=f"a{text}"),
    "Path": lambda to, text: to.certificate(Path=f"/a{text}/"),
}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with Server(tmp_path_factory.mktemp("injection"), measured=False) as server, stopped_after(server):
        made = Target(server)
        yield made
        made.close()


@pytest.mark.parametrize("field", list(FIELDS))
def test_hostile_text_is_not_configuration(target: Target, field: str) -> None:
    before = target.configuration()
    for bad in HOSTILE.values():
        try:
            FIELDS[field](target, f"{bad}{MARK}")
        except ClientError as refused:
            if refused.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                raise
        assert target.configuration() == before, bad
    assert shaken(trusting(), target.port) == target.leaf.certificate_der


@pytest.mark.parametrize("text", list(HOSTILE.values()), ids=list(HOSTILE))
def test_hostile_instances(target: Target, text: str, tmp_path: Path) -> None:
    """The operator's own command judges ids and addresses as the API would."""
    before = target.configuration()
    for name, address in ((f"i-0abc{text}{MARK}", "192.0.2.1"), ("i-0abc", f"192.0.2.1{text}{MARK}")):
        done = target.server.command("instance", "add", name, address, "--account", target.who.account_id)
        assert done.returncode in {1, 2}, done.stdout
        assert "Traceback" not in done.stderr
    assert target.configuration() == before
