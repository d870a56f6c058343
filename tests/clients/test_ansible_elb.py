"""Ansible's module for classic load balancers: run twice, and the second run changes nothing.

It changes a certificate by deleting the listener and creating it anew.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clients.ansible import play
from tests.server import Credentials, Server


@pytest.fixture
def balancing(tmp_path: Path) -> Iterator[Server]:
    """A server of its own: its load balancers get addresses that nothing else here listens at."""
    settings = {"listener_addresses": "127.87.0.0/24", "listener_port_offset": "20000"}
    with Server(tmp_path / "own", settings=settings) as server:
        try:
            yield server
            server.stop()
        finally:
            server.done("listeners", "stop")


def _uploaded(server: Server, who: Credentials, files: Path) -> list[str]:
    """The ARNs of two certificates."""
    arns = []
    with server.client("iam", who) as iam:
        for body, key in (
            ("Certificate.pem", "PrivateKey.pem"),
            ("public_key_certificate_file", "privatekey.pem"),
        ):
            made: Any = iam.upload_server_certificate(
                ServerCertificateName=body,
                CertificateBody=(files / body).read_text(),
                PrivateKey=(files / key).read_text(),
            )
            arns.append(str(made["ServerCertificateMetadata"]["Arn"]))
    return arns


def _told(server: Server, who: Credentials) -> tuple[set[str], list[int]]:
    """Which certificates the listeners have, and the instance ports where a policy is in force."""
    with server.client("elb", who) as elb:
        (site,) = elb.describe_load_balancers(LoadBalancerNames=["site"])["LoadBalancerDescriptions"]
    used = {one["Listener"]["SSLCertificateId"] for one in site["ListenerDescriptions"]}
    return used, [one["InstancePort"] for one in site["BackendServerDescriptions"]]


def test_a_load_balancer_is_as_wanted_after_one_run(balancing: Server, files: Path) -> None:
    who = balancing.account()
    door = {"AWS_ENDPOINT_URL": balancing.endpoint}
    for arn in _uploaded(balancing, who, files):
        assert play("classic_lb.yml", who, files, {"certificate": arn}, door) == 1
        assert _told(balancing, who) == ({arn}, [8853])
        assert play("classic_lb.yml", who, files, {"certificate": arn}, door) == 0
    for changed in (1, 0):
        assert play("classic_lb_gone.yml", who, files, {}, door) == changed
