"""`sealstone rotate` against a running server: every listener gets the new certificate, or all keep the old one."""

import hashlib
import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.backend import free_port
from tests.pki import Leaf
from tests.server import Credentials, Server
from tests.uploads import Scene


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, whose listeners end with it."""
    with Server(tmp_path_factory.mktemp("rotating")) as server:
        try:
            yield server
            server.stop()
        finally:
            server.done("listeners", "stop")


class Site:
    """A certificate on two listeners."""

    def __init__(self, server: Server, leaf: Leaf, directory: Path) -> None:
        self.server = server
        self.directory = directory
        self.who: Credentials = server.account()
        self.ports = (free_port(), free_port())
        with server.client("iam", self.who) as iam, server.client("elb", self.who) as elb:
            made = iam.upload_server_certificate(
                ServerCertificateName="site",
                Path="/web/",
                CertificateBody=leaf.certificate_pem,
                PrivateKey=leaf.private_key_pem,
                CertificateChain=leaf.chain_pem,
                Tags=[{"Key": "team", "Value": "web"}],
            )["ServerCertificateMetadata"]
            self.arn: str = made["Arn"]
            for port in self.ports:
                elb.create_load_balancer(
                    LoadBalancerName=f"lb-{port}",
                    AvailabilityZones=["us-east-1a"],
                    Listeners=[
                        {
                            "Protocol": "HTTPS",
                            "LoadBalancerPort": port,
                            "InstanceProtocol": "HTTP",
                            "InstancePort": 80,
                            "SSLCertificateId": self.arn,
                        }
                    ],
                )

        self.deployed()

    def deployed(self) -> None:
        """Wait until every listener of this account serves."""
        mine = {f"lb-{port}" for port in self.ports}
        for _ in range(200):
            lines = json.loads(self.server.command("listeners", "--json").stdout)
            states = {line["load_balancer"]: line["state"] for line in lines if line["load_balancer"] in mine}
            if set(states.values()) == {"serving"} and states.keys() == mine:
                return
            time.sleep(0.05)
        raise AssertionError(f"not serving: {sorted(mine)}")

    def rotate(self, *options: str) -> Any:
        return self.server.command("rotate", "site", "--account", self.who.account_id, *options)

    def written(self, leaf: Leaf) -> str:
        file = self.directory / "new.pem"
        file.write_text(leaf.private_key_pem + leaf.certificate_pem + leaf.chain_pem)
        return str(file)

    def served(self) -> list[str]:
        return [digest(ssl.get_server_certificate(("127.0.0.1", port))) for port in self.ports]

    def names(self) -> dict[str, str]:
        with self.server.client("iam", self.who) as iam:
            found = iam.list_server_certificates()["ServerCertificateMetadataList"]
        return {one["ServerCertificateName"]: one["ServerCertificateId"] for one in found}


def digest(pem: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


@pytest.fixture
def site(place: Server, scene: Scene, tmp_path: Path) -> Site:
    return Site(place, scene.leaf, tmp_path)


def test_every_listener_has_the_new_certificate(site: Site, scene: Scene) -> None:
    before = site.names()
    done = site.rotate("--with", site.written(scene.rsa_leaf))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": proven") == 2
    assert site.served() == [digest(scene.rsa_leaf.certificate_pem)] * 2
    after = site.names()
    assert list(after) == ["site"]
    assert after != before
    with site.server.client("iam", site.who) as iam, site.server.client("elb", site.who) as elb:
        found = iam.get_server_certificate(ServerCertificateName="site")["ServerCertificate"]
        assert found["ServerCertificateMetadata"]["Arn"] == site.arn
        assert found["Tags"] == [{"Key": "team", "Value": "web"}]
        shown = elb.describe_load_balancers(LoadBalancerNames=[f"lb-{site.ports[0]}"])["LoadBalancerDescriptions"][0]
        assert shown["ListenerDescriptions"][0]["Listener"]["SSLCertificateId"] == site.arn


def test_the_old_one_may_be_kept(site: Site, scene: Scene) -> None:
    done = site.rotate("--with", site.written(scene.rsa_leaf), "--keep-old")
    assert done.returncode == 0, done.stderr
    names = sorted(site.names())
    assert names[0] == "site"
    assert names[1].startswith("site-until-20")


def test_a_dry_run_touches_nothing(site: Site, scene: Scene) -> None:
    before = site.names()
    done = site.rotate("--with", site.written(scene.rsa_leaf), "--dry-run")
    assert done.returncode == 0, done.stderr
    for port in site.ports:
        assert f"lb-{port}, port {port}" in done.stdout
    assert site.names() == before
    assert site.served() == [digest(scene.leaf.certificate_pem)] * 2


def test_bad_files_are_refused_before_anything_is_touched(site: Site, scene: Scene) -> None:
    file = site.directory / "bad.pem"
    file.write_text(scene.rsa_leaf.certificate_pem + scene.leaf.private_key_pem)
    before = site.names()
    done = site.rotate("--with", str(file))
    assert done.returncode == 1
    assert site.names() == before


def test_the_same_certificate_is_no_rotation(site: Site, scene: Scene) -> None:
    done = site.rotate("--with", site.written(scene.leaf))
    assert (done.returncode, "this very certificate" in done.stderr) == (1, True)


def test_without_a_server_nothing_is_touched(tmp_path: Path, scene: Scene) -> None:
    with Server(tmp_path / "alone") as server:
        try:
            site = Site(server, scene.leaf, tmp_path)
            server.stop()
            done = site.rotate("--with", site.written(scene.rsa_leaf))
            assert (done.returncode, "sealstone up" in done.stderr) == (1, True)
            server.start()
            assert list(site.names()) == ["site"]
            server.stop()
        finally:
            server.done("listeners", "stop")


def test_the_audit_log_tells_each_step(site: Site, scene: Scene) -> None:
    site.rotate("--with", site.written(scene.rsa_leaf))
    told = site.server.done("audit", "tail", "--account", site.who.account_id, "--json")
    rows = [json.loads(line) for line in told.splitlines()]
    steps = [row["parameters"]["Step"] for row in rows if row["operation"] == "RotateServerCertificate"]
    assert steps == ["stored", "listener", "listener", "named"]
    assert "PRIVATE KEY" not in told
