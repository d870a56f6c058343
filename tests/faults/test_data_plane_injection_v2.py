"""Configuration injection by the fields of application load balancers: patterns, redirects, bodies, headers, targets.

What is accepted is a word of the configuration at most: the configuration has the lines that harmless text gives it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from tests.backend import free_port
from tests.faults.test_data_plane_injection import HOSTILE, MARK
from tests.handshaking import shaken, trusting
from tests.listening import Site, directory_of, stopped_after, wait_for
from tests.pki import self_signed
from tests.server import Server

from sealstone.server.clock import system_clock

DANGEROUS: Final = ("\n", "\r", "\t", "'", '"', "#", "%[env(PATH)]", "${HOME}", "\u2028", "й")
_ANSWER: Final = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
_GROUP: Final = {"Protocol": "HTTP", "Port": 80, "VpcId": "vpc-0", "TargetType": "ip"}


class Target(Site):
    """An application load balancer with an HTTPS listener in force."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.port = free_port()
        self.leaf = self_signed("www.example.com", valid_at=system_clock())
        self.elbv2 = self._clients.enter_context(server.client("elbv2", self.who))
        made = self.elbv2.create_load_balancer(Name="target", Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
        self.balancer: str = made["LoadBalancerArn"]
        created = self.elbv2.create_listener(
            LoadBalancerArn=self.balancer,
            Protocol="HTTPS",
            Port=self.port,
            Certificates=[{"CertificateArn": self.upload("steady", self.leaf)}],
            DefaultActions=[_ANSWER],
        )
        self.listener: str = created["Listeners"][0]["ListenerArn"]
        wait_for(self.port, self.leaf)

    def configuration(self) -> str:
        """What HAProxy reads, as soon as it is the latest; every listener must serve it."""
        assert not self.deployed()
        return (directory_of(self.server) / "haproxy.cfg").read_text()

    def rule(self, conditions: list[dict[str, Any]], action: Mapping[str, Any] = _ANSWER) -> str:
        """The configuration with such a rule, which is gone afterwards."""
        arn = self.elbv2.create_rule(ListenerArn=self.listener, Priority=1, Conditions=conditions, Actions=[action])[
            "Rules"
        ][0]["RuleArn"]
        try:
            return self.configuration()
        finally:
            self.elbv2.delete_rule(RuleArn=arn)

    def action(self, kind: str, **config: Any) -> str:
        """The same with an action."""
        member = {"redirect": "RedirectConfig", "fixed-response": "FixedResponseConfig"}[kind]
        return self.rule([{"Field": "path-pattern", "Values": ["/x"]}], {"Type": kind, member: config})

    def group(self, target: str = "", attributes: Mapping[str, str] | None = None, **more: Any) -> str:
        """The same with a target group in use."""
        made = self.elbv2.create_target_group(**({"Name": "spare", **_GROUP} | more))["TargetGroups"][0]
        arn = made["TargetGroupArn"]
        try:
            if attributes:
                listed = [{"Key": key, "Value": value} for key, value in attributes.items()]
                self.elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=listed)
            if target:
                self.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": target}])
            return self.rule([{"Field": "path-pattern", "Values": ["/x"]}], {"Type": "forward", "TargetGroupArn": arn})
        finally:
            self.elbv2.delete_target_group(TargetGroupArn=arn)

    def attribute(self, key: str, value: str, usual: str) -> str:
        """The same with an attribute of the listener."""
        self.elbv2.modify_listener_attributes(ListenerArn=self.listener, Attributes=[{"Key": key, "Value": value}])
        try:
            return self.configuration()
        finally:
            self.elbv2.modify_listener_attributes(ListenerArn=self.listener, Attributes=[{"Key": key, "Value": usual}])


def _header(name: str, value: str) -> list[dict[str, Any]]:
    return [{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": [value]}}]


def _query(**pair: str) -> list[dict[str, Any]]:
    return [{"Field": "query-string", "QueryStringConfig": {"Values": [pair]}}]


_RENAMED: Final = "routing.http.request.x_amzn_tls_version.header_name"
_SET: Final = "routing.http.response.strict_transport_security.header_value"
_ALLOW: Final = "routing.http.response.content_security_policy.header_value"
FIELDS: Final[dict[str, Callable[[Target, str], str]]] = {
    "host-header": lambda to, text: to.rule([{"Field": "host-header", "Values": [f"a{text}.example.com"]}]),
    "path-pattern": lambda to, text: to.rule([{"Field": "path-pattern", "Values": [f"/a{text}*"]}]),
    "name of http-header": lambda to, text: to.rule(_header(f"a{text}", "b")),
    "value of http-header": lambda to, text: to.rule(_header("a", f"b{text}*")),
    "http-request-method": lambda to, text: to.rule(
        [{"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": [f"A{text.upper()}"]}}]
    ),
    "key of query-string": lambda to, text: to.rule(_query(Key=f"a{text}", Value="b")),
    "value of query-string": lambda to, text: to.rule(_query(Key="a", Value=f"b{text}")),
    "source-ip": lambda to, text: to.rule(
        [{"Field": "source-ip", "SourceIpConfig": {"Values": [f"192.0.2.0/24{text}"]}}]
    ),
    "host of a redirect": lambda to, text: to.action("redirect", StatusCode="HTTP_302", Host=f"a{text}"),
    "path of a redirect": lambda to, text: to.action("redirect", StatusCode="HTTP_302", Path=f"/a{text}"),
    "query of a redirect": lambda to, text: to.action("redirect", StatusCode="HTTP_302", Query=f"a{text}"),
    "port of a redirect": lambda to, text: to.action("redirect", StatusCode="HTTP_302", Host="a", Port=f"80{text}"),
    "body": lambda to, text: to.action(
        "fixed-response", StatusCode="200", ContentType="text/plain", MessageBody=f"a{text}"
    ),
    "content type": lambda to, text: to.action("fixed-response", StatusCode="200", ContentType=f"text/plain{text}"),
    "status": lambda to, text: to.action("fixed-response", StatusCode=f"200{text}"),
    "name of a target group": lambda to, text: to.group(Name=f"a{text}"),
    "path of a health check": lambda to, text: to.group(HealthCheckPath=f"/a{text}"),
    "matcher": lambda to, text: to.group(Matcher={"HttpCode": f"200{text}"}),
    "target": lambda to, text: to.group(f"192.0.2.1{text}"),
    "cookie": lambda to, text: to.group(
        attributes={
            "stickiness.enabled": "true",
            "stickiness.type": "app_cookie",
            "stickiness.app_cookie.cookie_name": f"a{text}",
        }
    ),
    "name of a header": lambda to, text: to.attribute(_RENAMED, f"a{text}", "X-Amzn-Tls-Version"),
    "value of a header": lambda to, text: to.attribute(_SET, f"max-age=1{text}", ""),
    "another value of a header": lambda to, text: to.attribute(_ALLOW, f"default-src{text}", ""),
}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with Server(tmp_path_factory.mktemp("injection"), measured=False) as server, stopped_after(server):
        made = Target(server)
        yield made
        made.close()


def directives(configuration: str) -> list[str]:
    """The first words of its lines."""
    return [line.split()[0] if line.split() else "" for line in configuration.split("\n")]


def bare(line: str) -> str:
    """Without what stands in single quotes, where HAProxy gives no character a meaning but the closing one."""
    return re.sub(r"'[^']*'", "''", line)


def meant(line: str, bad: str) -> bool:
    """Whether hostile text stands there as it was sent; `%%` is a percent sign in HAProxy's formats."""
    formats = line.replace("%%", "")
    return any(f"{one}{MARK}" in bare(formats) or f"%[env(PATH)]{MARK}" in formats for one in DANGEROUS if one in bad)


@pytest.mark.parametrize("field", list(FIELDS))
def test_hostile_text_is_one_word_at_most(target: Target, field: str) -> None:
    before, harmless = target.configuration(), []
    with suppress(ClientError):
        harmless = directives(FIELDS[field](target, MARK))
    for bad in HOSTILE.values():
        try:
            found = FIELDS[field](target, f"{bad}{MARK}")
        except ParamValidationError:
            continue
        except ClientError as refused:
            if refused.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                raise
        else:
            assert directives(found) == (harmless or directives(before)), bad
            assert not [line for line in found.splitlines() if meant(line, bad)], bad
        assert target.configuration() == before, bad
    assert shaken(trusting(), target.port) == target.leaf.certificate_der
