"""Application and network load balancers with boto3, its waiters and the `aws elbv2` CLI, served by a real HAProxy."""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from tests.backend import backend
from tests.pki import Authority, Leaf
from tests.server import Credentials, Server

from sealstone.model.ssl_policies import POLICIES
from sealstone.server.clock import system_clock

OFFSET = 20000
INSTANCE = "i-0abc1234"
SUBNETS = ["subnet-1", "subnet-2"]
ROOT = Authority("Balanced Root", valid_at=system_clock())


@pytest.fixture(scope="module")
def balancing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: its load balancers get addresses that nothing else here listens at."""
    settings = {"listener_addresses": "127.84.0.0/24", "listener_port_offset": str(OFFSET)}
    with Server(tmp_path_factory.mktemp("application"), settings=settings) as running:
        running.done("instance", "add", INSTANCE, "127.0.0.1", "--account", running.credentials().account_id)
        try:
            yield running
            running.stop()
        finally:
            # What listens goes on without the server: that is its purpose, and a test's to end.
            running.done("listeners", "stop")


@pytest.fixture(scope="module")
def owner(balancing: Server) -> Credentials:
    return balancing.credentials()


@pytest.fixture(scope="module")
def upload(balancing: Server, owner: Credentials) -> Callable[[str], str]:
    """Upload a certificate for a name; its ARN, the same one for the same name."""
    arns: dict[str, str] = {}

    def put(host: str) -> str:
        if host not in arns:
            leaf: Leaf = ROOT.leaf(host)
            with balancing.client("iam", owner) as iam:
                made = iam.upload_server_certificate(
                    ServerCertificateName=host.replace("*", "any"),
                    CertificateBody=leaf.certificate_pem,
                    PrivateKey=leaf.private_key_pem,
                )
            arns[host] = made["ServerCertificateMetadata"]["Arn"]
        return arns[host]

    return put


@pytest.fixture
def elbv2(balancing: Server, owner: Credentials) -> Iterator[Any]:
    """A client; what a test leaves behind is taken away."""
    with balancing.client("elbv2", owner) as client:
        yield client
        for left in client.describe_load_balancers()["LoadBalancers"]:
            client.delete_load_balancer(LoadBalancerArn=left["LoadBalancerArn"])
        for group in client.describe_target_groups()["TargetGroups"]:
            client.delete_target_group(TargetGroupArn=group["TargetGroupArn"])


def load_balancer(elbv2: Any, name: str, **more: Any) -> str:
    made = elbv2.create_load_balancer(Name=name, Subnets=SUBNETS, **more)["LoadBalancers"][0]
    assert made["State"]["Code"] == "provisioning"
    arn = str(made["LoadBalancerArn"])
    elbv2.get_waiter("load_balancer_available").wait(LoadBalancerArns=[arn])
    return arn


def line(server: Server, name: str, port: int) -> str:
    """The address that `sealstone listeners` tells of a listener, once it serves."""
    told: list[Mapping[str, Any]] = []
    for _ in range(400):
        told = json.loads(server.command("listeners", "--json").stdout)
        found = [one for one in told if one["load_balancer"] == name and one["port"] == port]
        if found and found[0]["state"] == "serving":
            return str(found[0]["address"]).rpartition(":")[0]
        time.sleep(0.05)
    raise AssertionError(f"{name}:{port} does not serve: {told}")


def answered(address: str, port: int, host: str, path: str = "/", *, tls: bool = False, **headers: str) -> Any:
    """Status, headers and body of one GET."""
    connection = (
        http.client.HTTPSConnection(address, port, timeout=10, context=trusting())
        if tls
        else http.client.HTTPConnection(address, port, timeout=10)
    )
    if tls:
        plain = socket.create_connection((address, port), timeout=10)
        connection.sock = trusting().wrap_socket(plain, server_hostname=host)
    try:
        connection.request("GET", path, headers={"Host": host, **headers})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=ROOT.certificate_pem)


def fixed(body: str, status: str = "200") -> list[dict[str, Any]]:
    response = {"StatusCode": status, "ContentType": "text/plain", "MessageBody": body}
    return [{"Type": "fixed-response", "FixedResponseConfig": response}]


def settled(wanted: Callable[[], bool]) -> None:
    """Until it is so."""
    for _ in range(400):
        if wanted():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to be")


def test_names_choose_certificates_and_rules_choose_answers(
    balancing: Server, elbv2: Any, upload: Callable[[str], str]
) -> None:
    balancer = load_balancer(elbv2, "web")
    listener = elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[{"CertificateArn": upload("www.example.com")}],
        DefaultActions=fixed("default"),
    )["Listeners"][0]["ListenerArn"]
    elbv2.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": upload("*.example.org")}])
    elbv2.create_rule(
        ListenerArn=listener,
        Priority=10,
        Conditions=[{"Field": "host-header", "Values": ["*.example.org"]}],
        Actions=fixed("by host"),
    )
    elbv2.create_rule(
        ListenerArn=listener,
        Priority=5,
        Conditions=[
            {"Field": "path-pattern", "Values": ["/old/*"]},
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "1"}, {"Value": "a=b"}]}},
        ],
        Actions=[
            {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Host": "new.example.com", "Port": "443"}}
        ],
    )
    elbv2.create_rule(
        ListenerArn=listener,
        Priority=6,
        Conditions=[
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Team", "Values": ["blue*"]}},
            {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}},
            {"Field": "source-ip", "SourceIpConfig": {"Values": ["127.0.0.0/8"]}},
        ],
        Actions=fixed("blue", "202"),
    )
    address = line(balancing, "web", 443)

    def get(host: str, path: str = "/", **headers: str) -> Any:
        return answered(address, 443 + OFFSET, host, path, tls=True, **headers)

    settled(lambda: get("www.example.com", **{"X-Team": "blue-1"})[0] == 202)
    assert get("www.example.com")[::2] == (200, "default")
    assert get("shop.example.org")[::2] == (200, "by host")
    for path in ("/old/a?v=1", "/old/a?x=1&k=a=b"):
        status, headers, _ = get("www.example.com", path)
        assert (status, headers["location"]) == (301, f"https://new.example.com:443{path}")
    assert get("www.example.com", "/old/a?v=2")[0] == 200
    listed = elbv2.describe_listener_certificates(ListenerArn=listener)["Certificates"]
    assert [one["IsDefault"] for one in listed] == [True, False]


def test_a_target_group_gets_requests_with_the_headers(
    balancing: Server, elbv2: Any, upload: Callable[[str], str]
) -> None:
    with backend() as port:
        balancer = load_balancer(elbv2, "app")
        elbv2.modify_load_balancer_attributes(
            LoadBalancerArn=balancer,
            Attributes=[{"Key": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "Value": "true"}],
        )
        group = elbv2.create_target_group(
            Name="app", Protocol="HTTP", Port=port, VpcId="vpc-1", HealthCheckIntervalSeconds=10
        )["TargetGroups"][0]["TargetGroupArn"]
        elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": INSTANCE, "Port": port}])
        listener = elbv2.create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTPS",
            Port=443,
            Certificates=[{"CertificateArn": upload("www.example.com")}],
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )["Listeners"][0]
        assert listener["DefaultActions"][0]["ForwardConfig"]["TargetGroups"] == [
            {"TargetGroupArn": group, "Weight": 1}
        ]
        elbv2.modify_listener_attributes(
            ListenerArn=listener["ListenerArn"],
            Attributes=[
                {"Key": "routing.http.request.x_amzn_tls_version.header_name", "Value": "X-TLS"},
                {"Key": "routing.http.response.x_frame_options.header_value", "Value": "DENY"},
            ],
        )
        address = line(balancing, "app", 443)

        def get() -> Any:
            return answered(address, 443 + OFFSET, "www.example.com", "/a", tls=True)

        settled(lambda: get()[0] == 200 and "x-frame-options" in {name.lower() for name in get()[1]})
        received = json.loads(get()[2])["headers"]
        # ELBSecurityPolicy-2016-08, the default, ends with TLS 1.2.
        assert (received["x-tls"], received["x-forwarded-proto"]) == (["TLSv1.2"], ["https"])
        assert received["x-amzn-trace-id"][0].startswith("Root=1-")


def test_a_network_load_balancer_ends_tls(balancing: Server, elbv2: Any, upload: Callable[[str], str]) -> None:
    with backend() as port:
        balancer = load_balancer(elbv2, "wire", Type="network")
        group = elbv2.create_target_group(Name="wire", Protocol="TCP", Port=port, VpcId="vpc-1")
        arn = group["TargetGroups"][0]["TargetGroupArn"]
        elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": INSTANCE, "Port": port}])
        forward = [{"Type": "forward", "TargetGroupArn": arn}]
        made = elbv2.create_listener(
            LoadBalancerArn=balancer,
            Protocol="TLS",
            Port=853,
            Certificates=[{"CertificateArn": upload("wire.example.com")}],
            AlpnPolicy=["HTTP1Only"],
            SslPolicy="ELBSecurityPolicy-TLS13-1-3-2021-06",
            DefaultActions=forward,
        )["Listeners"][0]
        assert made["AlpnPolicy"] == ["HTTP1Only"]
        elbv2.create_listener(LoadBalancerArn=balancer, Protocol="TCP", Port=80, DefaultActions=forward)
        address = line(balancing, "wire", 853)
        line(balancing, "wire", 80)
        settled(lambda: answered(address, 853 + OFFSET, "wire.example.com", tls=True)[0] == 200)
        assert answered(address, 80 + OFFSET, "wire.example.com")[0] == 200
        context = trusting()
        context.set_alpn_protocols(["h2", "http/1.1"])
        with context.wrap_socket(
            socket.create_connection((address, 853 + OFFSET), timeout=10), server_hostname="wire.example.com"
        ) as secured:
            assert (secured.version(), secured.selected_alpn_protocol()) == ("TLSv1.3", "http/1.1")


def test_a_listener_changes_its_certificate_while_it_serves(
    balancing: Server, elbv2: Any, upload: Callable[[str], str]
) -> None:
    balancer = load_balancer(elbv2, "turning")
    listener = elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": upload("www.example.com")}],
        DefaultActions=fixed("here"),
    )["Listeners"][0]["ListenerArn"]
    address = line(balancing, "turning", 443)
    assert answered(address, 443 + OFFSET, "www.example.com", tls=True)[0] == 200
    elbv2.modify_listener(ListenerArn=listener, Certificates=[{"CertificateArn": upload("next.example.com")}])

    def turned() -> bool:
        try:
            return bool(answered(address, 443 + OFFSET, "next.example.com", tls=True)[0] == 200)
        except ssl.SSLCertVerificationError:
            return False

    settled(turned)
    elbv2.modify_listener(ListenerArn=listener, Protocol="HTTP", Port=80)
    line(balancing, "turning", 80)
    assert answered(address, 80 + OFFSET, "www.example.com")[0] == 200
    elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    elbv2.get_waiter("load_balancers_deleted").wait(LoadBalancerArns=[balancer])


def test_paginators_walk_over_policies_and_load_balancers(elbv2: Any) -> None:
    names = [f"lb-{number}" for number in range(3)]
    for name in names:
        elbv2.create_load_balancer(Name=name, Subnets=SUBNETS)
    pages = elbv2.get_paginator("describe_load_balancers").paginate(PaginationConfig={"PageSize": 2})
    assert [one["LoadBalancerName"] for page in pages for one in page["LoadBalancers"]] == names
    policies = elbv2.describe_ssl_policies()["SslPolicies"]
    assert len(policies) == len(POLICIES)
    assert policies[0]["Name"] == "ELBSecurityPolicy-2016-08"


def test_the_command_line(balancing: Server, owner: Credentials, upload: Callable[[str], str], tmp_path: Path) -> None:
    def aws(*arguments: str, fails: bool = False) -> Any:
        done = balancing.aws("elbv2", *arguments, who=owner, cwd=tmp_path)
        assert bool(done.returncode) is fails, done.stderr
        return done.stderr if fails else json.loads(done.stdout) if done.stdout.strip() else None

    made = aws("create-load-balancer", "--name", "typed", "--subnets", *SUBNETS, "--tags", "Key=team,Value=web")
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    aws("wait", "load-balancer-available", "--load-balancer-arns", arn)
    certificate = f"CertificateArn={upload('www.example.com')}"
    action = "Type=fixed-response,FixedResponseConfig={StatusCode=200,ContentType=text/plain,MessageBody=typed}"
    listener = aws(
        *("create-listener", "--load-balancer-arn", arn, "--protocol", "HTTPS", "--port", "8443"),
        *("--certificates", certificate, "--default-actions", action),
    )["Listeners"][0]["ListenerArn"]
    rule = aws(
        *("create-rule", "--listener-arn", listener, "--priority", "10"),
        *("--conditions", "Field=path-pattern,Values='/img/*'", "--actions", action),
    )["Rules"][0]["RuleArn"]
    aws("set-rule-priorities", "--rule-priorities", f"RuleArn={rule},Priority=20")
    told = aws("describe-rules", "--listener-arn", listener)["Rules"]
    assert [one["Priority"] for one in told] == ["20", "default"]
    assert "PriorityInUse" in aws(
        *("create-rule", "--listener-arn", listener, "--priority", "20"),
        *("--conditions", "Field=path-pattern,Values='/b'", "--actions", action),
        fails=True,
    )
    assert aws("describe-tags", "--resource-arns", arn)["TagDescriptions"][0]["Tags"] == [
        {"Key": "team", "Value": "web"}
    ]
    aws("delete-rule", "--rule-arn", rule)
    aws("delete-listener", "--listener-arn", listener)
    aws("delete-load-balancer", "--load-balancer-arn", arn)
    aws("wait", "load-balancers-deleted", "--load-balancer-arns", arn)


def test_refusals_have_classes_of_the_sdk(elbv2: Any, upload: Callable[[str], str]) -> None:
    balancer = load_balancer(elbv2, "refusing")
    missing = upload("www.example.com") + "-not"
    with pytest.raises(elbv2.exceptions.CertificateNotFoundException, match=f"Certificate '{missing}' not found"):
        elbv2.create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTPS",
            Port=443,
            Certificates=[{"CertificateArn": missing}],
            DefaultActions=fixed("a"),
        )
    with pytest.raises(elbv2.exceptions.ListenerNotFoundException):
        elbv2.describe_listeners(ListenerArns=[balancer])
    with pytest.raises(botocore.exceptions.ClientError, match="A certificate must be specified for HTTPS listeners"):
        elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTPS", Port=443, DefaultActions=fixed("a"))
