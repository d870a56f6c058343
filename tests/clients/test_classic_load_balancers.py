"""Classic load balancers with the `aws elb` CLI, boto3 with its waiters, and the calls of Terraform's aws_elb."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from tests.server import Credentials, Server
from tests.uploads import Scene

from sealstone.server.clock import system_clock
from sealstone.server.serving import data_plane
from sealstone.server.settings import read

LISTENER = {"Protocol": "HTTPS", "LoadBalancerPort": 443, "InstanceProtocol": "HTTP", "InstancePort": 80}


@pytest.fixture(scope="module")
def balancing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: its load balancers get addresses that nothing else here listens at."""
    settings = {"listener_addresses": "127.83.0.0/24", "listener_port_offset": "20000"}
    with Server(tmp_path_factory.mktemp("balancing"), settings=settings) as running:
        yield running
        running.stop()
    # What listens goes on without the server: that is its purpose, and a test's to end.
    data_plane(read({"data": str(running.data)}, {})).stop()


@pytest.fixture(scope="module")
def owner(balancing: Server) -> Credentials:
    return balancing.credentials()


@pytest.fixture(scope="module")
def certificate(balancing: Server, owner: Credentials) -> str:
    """The ARN of an uploaded server certificate."""
    scene = Scene.around(system_clock())
    with balancing.client("iam", owner) as iam:
        made = iam.upload_server_certificate(
            ServerCertificateName="site",
            CertificateBody=scene.leaf.certificate_pem,
            PrivateKey=scene.leaf.private_key_pem,
            CertificateChain=scene.leaf.chain_pem,
        )
    return str(made["ServerCertificateMetadata"]["Arn"])


@pytest.fixture
def elb(balancing: Server, owner: Credentials) -> Iterator[Any]:
    """A client; what a test leaves behind is taken away."""
    with balancing.client("elb", owner) as client:
        yield client
        for left in client.describe_load_balancers()["LoadBalancerDescriptions"]:
            client.delete_load_balancer(LoadBalancerName=left["LoadBalancerName"])


def create(elb: Any, certificate: str, name: str = "web") -> str:
    made = elb.create_load_balancer(
        LoadBalancerName=name,
        Listeners=[LISTENER | {"SSLCertificateId": certificate}],
        AvailabilityZones=["us-east-1a"],
    )
    return str(made["DNSName"])


def test_the_command_line_from_creation_to_deletion(
    balancing: Server, owner: Credentials, certificate: str, tmp_path: Path
) -> None:
    def aws(*arguments: str) -> Any:
        result = balancing.aws("elb", *arguments, who=owner, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout) if result.stdout.strip() else None

    name = ("--load-balancer-name", "cli")
    listener = (
        f"Protocol=HTTPS,LoadBalancerPort=443,InstanceProtocol=HTTP,InstancePort=80,SSLCertificateId={certificate}"
    )
    made = aws("create-load-balancer", *name, "--listeners", listener, "--availability-zones", "us-east-1a")
    assert made["DNSName"].startswith("cli-")
    reference = "AttributeName=Reference-Security-Policy,AttributeValue=ELBSecurityPolicy-TLS-1-2-2017-01"
    kind = ("--policy-type-name", "SSLNegotiationPolicyType", "--policy-attributes", reference)
    aws("create-load-balancer-policy", *name, "--policy-name", "tls12", *kind)
    aws("create-lb-cookie-stickiness-policy", *name, "--policy-name", "sticky", "--cookie-expiration-period", "60")
    port = ("--load-balancer-port", "443")
    aws("set-load-balancer-policies-of-listener", *name, *port, "--policy-names", "tls12", "sticky")
    check = "Target=HTTP:80/ok,Interval=10,UnhealthyThreshold=2,HealthyThreshold=2,Timeout=3"
    aws("configure-health-check", *name, "--health-check", check)
    aws("add-tags", "--load-balancer-names", "cli", "--tags", "Key=Env,Value=prod")
    (found,) = aws("describe-load-balancers", "--load-balancer-names", "cli")["LoadBalancerDescriptions"]
    assert found["ListenerDescriptions"] == [
        {"Listener": LISTENER | {"SSLCertificateId": certificate}, "PolicyNames": ["tls12", "sticky"]}
    ]
    assert found["Policies"]["LBCookieStickinessPolicies"] == [{"PolicyName": "sticky", "CookieExpirationPeriod": 60}]
    assert found["HealthCheck"]["Target"] == "HTTP:80/ok"
    aws("delete-load-balancer", *name)
    assert aws("describe-load-balancers")["LoadBalancerDescriptions"] == []


def test_exceptions_have_their_classes(elb: Any, certificate: str) -> None:
    errors = elb.exceptions
    with pytest.raises(errors.AccessPointNotFoundException, match="There is no ACTIVE Load Balancer named 'nope'"):
        elb.describe_load_balancers(LoadBalancerNames=["nope"])
    with pytest.raises(errors.CertificateNotFoundException, match="Server Certificate not found for the key: arn"):
        create(elb, certificate + "x")
    create(elb, certificate)
    with pytest.raises(errors.PolicyNotFoundException):
        elb.set_load_balancer_policies_of_listener(
            LoadBalancerName="web", LoadBalancerPort=443, PolicyNames=["ELBSecurityPolicy-2015-05"]
        )
    with pytest.raises(errors.InvalidConfigurationRequestException) as conflict:
        elb.delete_load_balancer_policy(LoadBalancerName="web", PolicyName="ELBSecurityPolicy-2016-08")
    assert conflict.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_a_certificate_in_use_stays(balancing: Server, owner: Credentials, elb: Any, certificate: str) -> None:
    create(elb, certificate)
    with balancing.client("iam", owner) as iam, pytest.raises(iam.exceptions.DeleteConflictException) as refused:
        iam.delete_server_certificate(ServerCertificateName="site")
    load_balancer = f"arn:aws:elasticloadbalancing:us-east-1:{owner.account_id}:loadbalancer/web"
    assert f"is currently in use by {load_balancer}." in str(refused.value)


def test_pages(elb: Any, certificate: str) -> None:
    names = [f"page-{number}" for number in range(5)]
    for name in names:
        create(elb, certificate, name)
    pages = list(elb.get_paginator("describe_load_balancers").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["LoadBalancerDescriptions"]) for page in pages] == [2, 2, 1]
    assert [one["LoadBalancerName"] for page in pages for one in page["LoadBalancerDescriptions"]] == names


def test_waiters(balancing: Server, elb: Any, certificate: str) -> None:
    balancing.done("instance", "add", "i-waits", "127.0.0.1")
    create(elb, certificate)
    named = {"LoadBalancerName": "web", "Instances": [{"InstanceId": "i-waits"}]}
    assert elb.register_instances_with_load_balancer(**named)["Instances"] == named["Instances"]
    elb.deregister_instances_from_load_balancer(**named)
    at_once = {"WaiterConfig": {"Delay": 0, "MaxAttempts": 1}}
    elb.get_waiter("instance_deregistered").wait(**named, **at_once)
    with pytest.raises(botocore.exceptions.WaiterError):
        elb.get_waiter("any_instance_in_service").wait(LoadBalancerName="web", **at_once)
    unknown = {"LoadBalancerName": "web", "Instances": [{"InstanceId": "i-gone"}]}
    elb.get_waiter("instance_deregistered").wait(**unknown, **at_once)


def test_terraform_s_aws_elb(elb: Any, certificate: str) -> None:
    """Create, attributes in three calls, read; VPCId stays away, or the provider would ask EC2."""
    create(elb, certificate, "tf")
    attributes: tuple[dict[str, Any], ...] = (
        {
            "AdditionalAttributes": [{"Key": "elb.http.desyncmitigationmode", "Value": "defensive"}],
            "CrossZoneLoadBalancing": {"Enabled": True},
            "ConnectionSettings": {"IdleTimeout": 60},
            "AccessLog": {"Enabled": False},
        },
        {"ConnectionDraining": {"Enabled": True, "Timeout": 300}},
        {"ConnectionDraining": {"Enabled": False}},
    )
    for sent in attributes:
        elb.modify_load_balancer_attributes(LoadBalancerName="tf", LoadBalancerAttributes=sent)
    told = elb.describe_load_balancer_attributes(LoadBalancerName="tf")["LoadBalancerAttributes"]
    assert told["ConnectionDraining"] == {"Enabled": False, "Timeout": 300}
    assert told["CrossZoneLoadBalancing"] == {"Enabled": True}
    (found,) = elb.describe_load_balancers(LoadBalancerNames=["tf"])["LoadBalancerDescriptions"]
    assert "VPCId" not in found
    assert elb.describe_tags(LoadBalancerNames=["tf"])["TagDescriptions"] == [{"LoadBalancerName": "tf", "Tags": []}]
