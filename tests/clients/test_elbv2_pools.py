"""Target groups and trust stores with boto3, its waiters and the `aws elbv2` CLI, served by a real HAProxy."""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.backend import backend
from tests.pki import Authority, Leaf
from tests.rest_json import revocation_list
from tests.server import Credentials, Server

from sealstone.server.clock import system_clock
from sealstone.server.serving import data_plane
from sealstone.server.settings import read

OFFSET = 20000
INSTANCE = "i-0abc1234"
SUBNETS = ["subnet-1", "subnet-2"]
NOW = system_clock()
SERVERS = Authority("Balanced Root", valid_at=NOW)
CLIENTS = Authority("Clients", valid_at=NOW)
OTHERS = Authority("Other Clients", valid_at=NOW)
GROUP = {"Protocol": "HTTP", "VpcId": "vpc-0", "HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 2}
Answered = tuple[int, dict[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def balancing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: its load balancers get addresses that nothing else here listens at."""
    settings = {"listener_addresses": "127.93.0.0/24", "listener_port_offset": str(OFFSET)}
    with Server(tmp_path_factory.mktemp("pools"), settings=settings) as running:
        running.done("instance", "add", INSTANCE, "127.0.0.1", "--account", running.credentials().account_id)
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
    leaf = SERVERS.leaf("www.example.com")
    with balancing.client("iam", owner) as iam:
        made = iam.upload_server_certificate(
            ServerCertificateName="site", CertificateBody=leaf.certificate_pem, PrivateKey=leaf.private_key_pem
        )
    return str(made["ServerCertificateMetadata"]["Arn"])


@pytest.fixture
def elbv2(balancing: Server, owner: Credentials) -> Iterator[Any]:
    """A client; what a test leaves behind is taken away."""
    with balancing.client("elbv2", owner) as client:
        yield client
        for balancer in client.describe_load_balancers()["LoadBalancers"]:
            client.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
        for group in client.describe_target_groups()["TargetGroups"]:
            client.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
        for store in client.describe_trust_stores()["TrustStores"]:
            client.delete_trust_store(TrustStoreArn=store["TrustStoreArn"])


def target_group(elbv2: Any, port: int, name: str = "web", **more: Any) -> str:
    made = elbv2.create_target_group(Name=name, Port=port, **(GROUP | more))["TargetGroups"][0]
    elbv2.register_targets(TargetGroupArn=made["TargetGroupArn"], Targets=[{"Id": INSTANCE}])
    return str(made["TargetGroupArn"])


def listen(elbv2: Any, group: str, **more: Any) -> str:
    """The ARN of a listener of a new load balancer."""
    balancer = elbv2.create_load_balancer(Name="front", Subnets=SUBNETS)["LoadBalancers"][0]["LoadBalancerArn"]
    port = {"Protocol": "HTTP", "Port": 80} | more
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    made = elbv2.create_listener(LoadBalancerArn=balancer, DefaultActions=forward, **port)["Listeners"][0]
    return str(made["ListenerArn"])


def address(server: Server) -> str:
    """Where the load balancer listens, once it serves."""
    told: list[dict[str, Any]] = []
    for _ in range(400):
        told = json.loads(server.command("listeners", "--json").stdout)
        if told and told[0]["state"] == "serving":
            return str(told[0]["address"]).rpartition(":")[0]
        time.sleep(0.05)
    raise AssertionError(f"it does not serve: {told}")


def settled(wanted: Callable[[], bool]) -> None:
    """Until it is so."""
    for _ in range(600):
        if wanted():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to be")


def get(at: str, port: int, context: ssl.SSLContext | None = None, **headers: str) -> Answered:
    """Status, headers, and what reached the server. A client that is not let in raises OSError."""
    connection = http.client.HTTPConnection(at, port, timeout=10)
    if context:
        plain = socket.create_connection((at, port), timeout=10)
        connection.sock = context.wrap_socket(plain, server_hostname="www.example.com")
    try:
        connection.request("GET", "/", headers={"Host": "www.example.com", **headers})
        answer = connection.getresponse()
        body = answer.read()
        received = json.loads(body)["headers"] if answer.status == 200 else {}
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, received
    finally:
        connection.close()


def health(elbv2: Any, group: str) -> dict[str, str]:
    (told,) = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    found: dict[str, str] = told["TargetHealth"]
    return found


# --- target groups ---


def test_a_target_s_life(balancing: Server, elbv2: Any) -> None:
    with backend() as port:
        group = target_group(elbv2, port)
        assert health(elbv2, group)["Reason"] == "Target.NotInUse"
        listen(elbv2, group)
        elbv2.get_waiter("target_in_service").wait(TargetGroupArn=group, WaiterConfig={"Delay": 1, "MaxAttempts": 40})
        assert health(elbv2, group) == {"State": "healthy"}
        at = address(balancing)
        assert get(at, 80 + OFFSET)[0] == 200

        elbv2.modify_target_group_attributes(
            TargetGroupArn=group,
            Attributes=[
                {"Key": "stickiness.enabled", "Value": "true"},
                {"Key": "stickiness.lb_cookie.duration_seconds", "Value": "60"},
                {"Key": "deregistration_delay.timeout_seconds", "Value": "1"},
            ],
        )
        settled(lambda: "set-cookie" in get(at, 80 + OFFSET)[1])
        assert get(at, 80 + OFFSET)[1]["set-cookie"].startswith(("AWSALB=", "AWSALBCORS="))

        elbv2.modify_target_group(TargetGroupArn=group, Matcher={"HttpCode": "404"})
        settled(lambda: health(elbv2, group)["State"] == "unhealthy")
        assert health(elbv2, group) == {
            "State": "unhealthy",
            "Reason": "Target.ResponseCodeMismatch",
            "Description": "Health checks failed with these codes: [200]",
        }
        assert get(at, 80 + OFFSET)[0] == 503

        elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": INSTANCE}])
        told = elbv2.describe_target_health(TargetGroupArn=group, Targets=[{"Id": INSTANCE}])
        assert told["TargetHealthDescriptions"][0]["TargetHealth"]["State"] in {"draining", "unused"}
        waiter = elbv2.get_waiter("target_deregistered")
        waiter.wait(TargetGroupArn=group, Targets=[{"Id": INSTANCE}], WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        assert elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"] == []


def test_a_target_group_in_use_stays(elbv2: Any) -> None:
    group = target_group(elbv2, 80)
    listen(elbv2, group)
    with pytest.raises(elbv2.exceptions.ResourceInUseException, match="is currently in use by a listener or a rule"):
        elbv2.delete_target_group(TargetGroupArn=group)
    with pytest.raises(elbv2.exceptions.DuplicateTargetGroupNameException, match="but with different settings"):
        elbv2.create_target_group(Name="web", Port=81, **GROUP)
    with pytest.raises(elbv2.exceptions.InvalidTargetException, match="cannot be registered: 'i-0'"):
        elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": "i-0"}])


def test_paginators_walk_over_target_groups(elbv2: Any) -> None:
    names = [f"tg-{number}" for number in range(5)]
    for name in names:
        elbv2.create_target_group(Name=name, Port=80, **GROUP)
    pages = elbv2.get_paginator("describe_target_groups").paginate(PaginationConfig={"PageSize": 2})
    assert [one["TargetGroupName"] for page in pages for one in page["TargetGroups"]] == names


def test_target_groups_on_the_command_line(balancing: Server, owner: Credentials, elbv2: Any, tmp_path: Path) -> None:
    def aws(*arguments: str) -> Any:
        done = balancing.aws("elbv2", *arguments, who=owner, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    kind = ("--target-type", "ip", "--protocol", "HTTPS", "--port", "8443", "--vpc-id", "vpc-0")
    check = ("--health-check-protocol", "HTTPS", "--health-check-path", "/ok", "--matcher", "HttpCode=200-299")
    made = aws("create-target-group", "--name", "cli", *kind, *check, "--tags", "Key=team,Value=web")
    arn = ("--target-group-arn", made["TargetGroups"][0]["TargetGroupArn"])
    aws("register-targets", *arn, "--targets", "Id=10.9.8.7", "Id=10.9.8.6,Port=443,AvailabilityZone=all")
    told = aws("describe-target-health", *arn)["TargetHealthDescriptions"]
    assert [(one["Target"]["Port"], one["TargetHealth"]["State"]) for one in told] == [
        (8443, "unused"),
        (443, "unused"),
    ]
    aws("modify-target-group-attributes", *arn, "--attributes", "Key=slow_start.duration_seconds,Value=30")
    told = aws("describe-target-group-attributes", *arn)["Attributes"]
    assert {"Key": "slow_start.duration_seconds", "Value": "30"} in told
    aws("deregister-targets", *arn, "--targets", "Id=10.9.8.6,Port=443")
    aws("wait", "target-deregistered", *arn, "--targets", "Id=10.9.8.6,Port=443")
    assert len(aws("describe-target-health", *arn)["TargetHealthDescriptions"]) == 1
    aws("delete-target-group", *arn)
    refused = balancing.aws("elbv2", "describe-target-groups", "--names", "cli", who=owner, cwd=tmp_path)
    assert "(TargetGroupNotFound)" in refused.stderr


# --- trust stores ---


def put(server: Server, name: str, content: str | bytes) -> dict[str, str]:
    """A file where the operator puts it."""
    place = server.data / "trust" / "clients" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content.encode() if isinstance(content, str) else content)
    return {"CaCertificatesBundleS3Bucket": "clients", "CaCertificatesBundleS3Key": name}


def client_of(directory: Path, leaf: Leaf | None) -> ssl.SSLContext:
    """A client that trusts the load balancer, with a certificate of its own if there is one."""
    context = ssl.create_default_context(cadata=SERVERS.certificate_pem)
    if leaf:
        file = directory / f"{leaf.certificate.serial_number}.pem"
        file.write_text(leaf.certificate_pem + leaf.private_key_pem, encoding="ascii")
        context.load_cert_chain(file)
    return context


def test_clients_are_verified_by_a_trust_store(balancing: Server, elbv2: Any, certificate: str, tmp_path: Path) -> None:
    alice, mallory = CLIENTS.leaf("alice"), OTHERS.leaf("mallory")
    trust = elbv2.create_trust_store(Name="clients", **put(balancing, "root.pem", CLIENTS.certificate_pem))
    arn = trust["TrustStores"][0]["TrustStoreArn"]
    with backend() as port:
        verify = {"Mode": "verify", "TrustStoreArn": arn}
        https = {"Protocol": "HTTPS", "Port": 443, "Certificates": [{"CertificateArn": certificate}]}
        listener = listen(elbv2, target_group(elbv2, port), MutualAuthentication=verify, **https)
        at = address(balancing)

        def passes(leaf: Leaf | None) -> bool:
            try:
                return get(at, 443 + OFFSET, client_of(tmp_path, leaf))[0] == 200
            except (OSError, http.client.HTTPException):
                return False

        settled(lambda: passes(alice))
        assert (passes(None), passes(mallory)) == (False, False)
        forged = {"X-Amzn-Mtls-Clientcert-Subject": "CN=root"}
        received = get(at, 443 + OFFSET, client_of(tmp_path, alice), **forged)[2]
        assert received["x-amzn-mtls-clientcert-subject"] == ["CN=alice,O=Example"]

        content = revocation_list(CLIENTS, alice.certificate.serial_number, encoding=Encoding.DER)
        put(balancing, "revoked.crl", content)
        sent = [{"S3Bucket": "clients", "S3Key": "revoked.crl", "RevocationType": "CRL"}]
        added = elbv2.add_trust_store_revocations(TrustStoreArn=arn, RevocationContents=sent)
        number = added["TrustStoreRevocations"][0]["RevocationId"]
        settled(lambda: not passes(alice))
        assert passes(CLIENTS.leaf("carol"))
        elbv2.remove_trust_store_revocations(TrustStoreArn=arn, RevocationIds=[number])
        settled(lambda: passes(alice))

        elbv2.modify_trust_store(TrustStoreArn=arn, **put(balancing, "other.pem", OTHERS.certificate_pem))
        settled(lambda: passes(mallory) and not passes(alice))
        with pytest.raises(elbv2.exceptions.TrustStoreInUseException):
            elbv2.delete_trust_store(TrustStoreArn=arn)
        used = elbv2.describe_trust_store_associations(TrustStoreArn=arn)["TrustStoreAssociations"]
        assert used == [{"ResourceArn": listener}]

        elbv2.modify_listener(ListenerArn=listener, MutualAuthentication={"Mode": "passthrough"})
        settled(lambda: passes(alice) and passes(None))
        received = get(at, 443 + OFFSET, client_of(tmp_path, alice))[2]
        assert received["x-amzn-mtls-clientcert"][0].startswith("-----BEGIN%20CERTIFICATE-----%0A")
        elbv2.delete_trust_store(TrustStoreArn=arn)


def test_trust_stores_on_the_command_line(balancing: Server, owner: Credentials, elbv2: Any, tmp_path: Path) -> None:
    def aws(*arguments: str, fails: bool = False) -> Any:
        done = balancing.aws("elbv2", *arguments, who=owner, cwd=tmp_path)
        assert bool(done.returncode) is fails, done.stderr
        return done.stderr if fails else json.loads(done.stdout) if done.stdout.strip() else None

    put(balancing, "sub/root.pem", CLIENTS.certificate_pem)
    put(balancing, "list.pem", revocation_list(CLIENTS, 5, 6))
    named = ("--ca-certificates-bundle-s3-bucket", "clients", "--ca-certificates-bundle-s3-key")
    made = aws("create-trust-store", "--name", "cli", *named, "sub/root.pem")["TrustStores"][0]
    assert (made["Status"], made["NumberOfCaCertificates"], made["TotalRevokedEntries"]) == ("ACTIVE", 1, 0)
    arn = ("--trust-store-arn", made["TrustStoreArn"])
    content = ("--revocation-contents", "S3Bucket=clients,S3Key=list.pem,RevocationType=CRL")
    added = aws("add-trust-store-revocations", *arn, *content)["TrustStoreRevocations"]
    assert added == aws("describe-trust-store-revocations", *arn)["TrustStoreRevocations"]
    number = ("--revocation-id", str(added[0]["RevocationId"]))
    assert aws("get-trust-store-revocation-content", *arn, *number)["Location"].startswith("data:application/pkix-crl")
    location = aws("get-trust-store-ca-certificates-bundle", *arn)["Location"]
    assert location.startswith("data:")
    with urlopen(location) as opened:  # noqa: S310 - of the scheme data, as just asserted
        assert opened.read().decode() == CLIENTS.certificate_pem
    assert aws("describe-trust-stores", "--names", "cli")["TrustStores"][0]["TotalRevokedEntries"] == 2
    assert "(CaCertificatesBundleNotFound)" in aws("modify-trust-store", *arn, *named, "../x", fails=True)
    aws("remove-trust-store-revocations", *arn, "--revocation-ids", number[1])
    aws("delete-trust-store", *arn)
    assert "(TrustStoreNotFound)" in aws("delete-trust-store", *arn, fails=True)
