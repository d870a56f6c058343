"""`sealstone rotate` that is interrupted, killed, doubled or refused, beside a server that stands still meanwhile.

A stopped server deploys nothing, so that a rotation waits at its first listener for as long as a test needs.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from tests.backend import free_port
from tests.clients.test_rotate import Site, digest
from tests.pki import rsa_key
from tests.server import Server, child_environment
from tests.uploads import Scene

_SEALSTONE: Final = Path(sys.executable).parent / "sealstone"
_POINTED: Final = "SELECT COUNT(*) FROM certificate_uses JOIN rotations ON certificate_id = unique_id"
OWNED: Final = "site-new-20261231120000"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("rotating")) as server:
        try:
            yield server
            server.stop()
        finally:
            server.done("listeners", "stop")


@pytest.fixture
def site(place: Server, scene: Scene, tmp_path: Path) -> Site:
    """With a certificate beside it that only has such a name."""
    made = Site(place, scene.leaf, tmp_path)
    with place.client("iam", made.who) as iam:
        iam.upload_server_certificate(
            ServerCertificateName=OWNED,
            CertificateBody=scene.alone.certificate_pem,
            PrivateKey=scene.alone.private_key_pem,
        )
    return made


@contextmanager
def waiting(site: Site, file: str) -> Iterator["subprocess.Popen[str]"]:
    """A rotation that has given its first listener the new certificate, and the server that stands still."""
    os.kill(site.server.pid, signal.SIGSTOP)
    command = [str(_SEALSTONE), "rotate", "site", "--account", site.who.account_id, "--with", file]
    process = subprocess.Popen(
        [*command, "--data", str(site.server.data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=child_environment(),
        # A job in the background, as CI may be, ignores it, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    try:
        while pointed(site) == 0:
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        yield process
    finally:
        os.kill(site.server.pid, signal.SIGCONT)
        process.kill()
        process.communicate()


def pointed(site: Site) -> int:
    """How many listeners have what a rotation has stored."""
    with sqlite3.connect(site.server.data / "sealstone.db") as store:
        row: tuple[int] = store.execute(_POINTED).fetchone()
    store.close()
    return row[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_one_brings_everything_back(site: Site, scene: Scene, number: signal.Signals) -> None:
    before = site.names()
    with waiting(site, site.written(scene.rsa_leaf)) as process:
        process.send_signal(number)
        os.kill(site.server.pid, signal.SIGCONT)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (1, "Error: interrupted; every listener has the old certificate again\n")
    assert site.names() == before
    assert site.served() == [digest(scene.leaf.certificate_pem)] * 2


def test_a_killed_one_is_ended_by_the_same_command(site: Site, scene: Scene) -> None:
    """And what its owner has named so is neither listed nor deleted."""
    file = site.written(scene.rsa_leaf)
    with waiting(site, file) as process:
        process.kill()
        process.communicate()
    assert pointed(site) == 1
    shown = site.rotate("--with", file, "--dry-run").stdout
    assert "was left by a rotation that did not end; this one goes on with it" in shown
    assert OWNED not in shown
    done = site.rotate("--with", file)
    assert (done.returncode, done.stdout.count(": proven")) == (0, 2), done.stderr
    assert site.served() == [digest(scene.rsa_leaf.certificate_pem)] * 2
    assert sorted(site.names()) == ["site", OWNED]


def test_two_at_once_are_one(site: Site, scene: Scene) -> None:
    file = site.written(scene.rsa_leaf)
    with waiting(site, file) as process:
        second = site.rotate("--with", file)
        assert (second.returncode, second.stderr) == (1, "Error: another rotation goes on; wait for its end\n")
        os.kill(site.server.pid, signal.SIGCONT)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (0, "")
    assert site.served() == [digest(scene.rsa_leaf.certificate_pem)] * 2


def test_what_a_call_refuses_no_rotation_puts_on_a_listener(site: Site, scene: Scene) -> None:
    large = scene.root.leaf("large.example.com", key=rsa_key(4096))
    with site.server.client("iam", site.who) as iam, site.server.client("elbv2", site.who) as elbv2:
        arn = networked(site, elbv2)
        certificate = iam.upload_server_certificate(
            ServerCertificateName="large", CertificateBody=large.certificate_pem, PrivateKey=large.private_key_pem
        )["ServerCertificateMetadata"]
        with pytest.raises(ClientError) as refused:
            elbv2.modify_listener(ListenerArn=arn, Certificates=[{"CertificateArn": certificate["Arn"]}])
        iam.delete_server_certificate(ServerCertificateName="large")
    before = site.names()
    reason = refused.value.response["Error"]["Message"].partition("key size. ")[2]
    assert reason.startswith("Its key is RSA 4096")
    for options in (("--dry-run",), ()):
        done = site.rotate("--with", site.written(large), *options)
        assert done.returncode == 1
        assert "nothing was changed; the new certificate cannot be used by net, port " in done.stderr
        assert done.stderr.endswith(f" {reason}\n")
    assert site.names() == before
    assert site.served() == [digest(scene.leaf.certificate_pem)] * 2


def networked(site: Site, elbv2: Any) -> str:
    """A listener of a network load balancer with the same certificate."""
    balancer = elbv2.create_load_balancer(Name="net", Type="network", Subnets=["subnet-1"])["LoadBalancers"][0]
    group = elbv2.create_target_group(Name="net", Protocol="TCP", Port=9, VpcId="vpc-1", TargetType="ip")
    made = elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="TLS",
        Port=free_port(),
        Certificates=[{"CertificateArn": site.arn}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}],
    )
    return str(made["Listeners"][0]["ListenerArn"])
