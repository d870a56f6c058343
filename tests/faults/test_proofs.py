"""What one listener's names, a clock set back and a stopped server do to the proofs of the others."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.x509.oid import ExtensionOID
from tests.handshaking import shaken, trusting
from tests.listening import PATIENCE, Site, free_ports, kill_haproxy, stopped_after, wait_for
from tests.pki import Leaf, PrivateKey, ec_key, rsa_key, self_signed
from tests.server import Server

from sealstone.server.clock import system_clock

PROMPT = 3.0
"""Seconds within which a change is served and proven, whatever others do; a handshake that stalls takes 5."""
TOGETHER = 15
"""Certificates on one listener."""
NAMES = 100
"""Of each of them."""
KEY = ec_key()


class Apps(Site):
    """Classic load balancers, and application load balancers whose listeners choose by server name."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.leaf = self_signed("first.example.com", valid_at=system_clock())
        self.arn = self.upload("first", self.leaf)

    def application(self, port: int) -> str:
        """An HTTPS listener with the first certificate; its ARN."""
        with self.server.client("elbv2", self.who) as elbv2:
            made = elbv2.create_load_balancer(Name=f"app-{port}", Subnets=["subnet-1", "subnet-2"])
            answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
            listeners = elbv2.create_listener(
                LoadBalancerArn=made["LoadBalancers"][0]["LoadBalancerArn"],
                Protocol="HTTPS",
                Port=port,
                Certificates=[{"CertificateArn": self.arn}],
                DefaultActions=answer,
            )
        return str(listeners["Listeners"][0]["ListenerArn"])

    def add(self, listener: str, *arns: str) -> None:
        """Certificates that the listener chooses by name."""
        with self.server.client("elbv2", self.who) as elbv2:
            chosen = [{"CertificateArn": arn} for arn in arns]
            elbv2.add_listener_certificates(ListenerArn=listener, Certificates=chosen)

    def lines(self) -> dict[int, dict[str, Any]]:
        """What `sealstone listeners` says, by port."""
        return {line["port"]: line for line in json.loads(self.server.command("listeners", "--json").stdout)}


@pytest.fixture
def apps(server: Server) -> Iterator[Apps]:
    with stopped_after(server):
        made = Apps(server)
        yield made
        made.close()


def fresh(*names: str) -> Leaf:
    return self_signed(names[0], alternative_names=names, key=KEY, valid_at=system_clock())


def test_names_that_nobody_can_ask_for_keep_nobody_from_being_proven(apps: Apps) -> None:
    """Empty labels, labels that are too long, and addresses written as names (a client sends no name for one)."""
    odd, plain = free_ports(2)
    leaf = fresh("good.example.com", "x..example.com", ".example.com", f"{'a' * 64}.example.com", "*.192.0.2.1")
    listener = apps.application(odd)
    apps.balance(plain, apps.arn)
    wait_for(plain, apps.leaf)
    apps.add(listener, apps.upload("odd", leaf))
    assert apps.deployed() == {}
    apps.swap(plain, apps.upload("second", second := fresh("second.example.com")))
    wait_for(plain, second)
    assert apps.deployed() == {}
    assert "fault of ours" not in apps.server.log_text()
    assert {line["state"] for line in apps.lines().values()} == {"serving"}
    assert shaken(trusting(), odd, "good.example.com") == leaf.certificate_der


def test_a_change_is_proven_while_others_have_many_names(apps: Apps) -> None:
    """1500 handshakes for one listener: a change of another one is served before, and proven."""
    many, plain = free_ports(2)
    listener = apps.application(many)
    apps.balance(plain, apps.arn)
    wait_for(plain, apps.leaf)
    arns = [
        apps.upload(f"many-{each}", fresh(*(f"n{number}.c{each}.example.com" for number in range(NAMES))))
        for each in range(TOGETHER)
    ]
    arn = apps.upload("second", second := fresh("second.example.com"))
    apps.add(listener, *arns)
    began = time.monotonic()
    apps.swap(plain, arn)
    assert wait_for(plain, second) < PROMPT / 3
    while apps.lines()[plain]["state"] != "serving":
        assert time.monotonic() - began < PROMPT, apps.lines()
    assert apps.deployed() == {}


def test_a_killed_haproxy_is_started_again_though_the_clock_was_set_back(tmp_path: Path) -> None:
    server = Server(tmp_path, options=["--test-clock"], measured=False)
    with server, stopped_after(server):
        apps, (port,) = Apps(server), free_ports(1)
        apps.balance(port, apps.arn)
        wait_for(port, apps.leaf)
        server.done("clock", "advance", "--back", "2d")
        kill_haproxy(server)
        wait_for(port, apps.leaf)
        apps.swap(port, apps.upload("second", second := fresh("second.example.com")))
        wait_for(port, second)
        assert apps.deployed() == {}
        line = apps.lines()[port]
        assert (line["state"], line["seconds_since"] < PATIENCE) == ("serving", True), line
        apps.close()


def test_what_nobody_looks_at_any_more_is_stale(apps: Apps) -> None:
    (port,) = free_ports(1)
    apps.balance(port, apps.arn)
    wait_for(port, apps.leaf)
    assert apps.deployed() == {}
    assert apps.server.command("listeners").returncode == 0
    apps.server.stop()
    told = apps.server.command("listeners")
    assert told.returncode == 1
    assert " stale " in told.stdout
    assert "no server runs on this data directory; it was last seen serving" in told.stdout
    assert shaken(trusting(), port) == apps.leaf.certificate_der


def odd(value: bytes, key: PrivateKey) -> Leaf:
    """With this in the place of its alternative names."""
    names = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, value)
    made: dict[str, Any] = {"alternative_names": (), "extensions": [names], "key": key, "valid_at": system_clock()}
    return self_signed("odd.example.com", **made)


LONG_LENGTH = b"\x30\x81\x11\x82\x0fodd.example.com"
"""BER, which OpenSSL reads, and not DER."""


def test_alternative_names_that_cannot_be_read_are_served(apps: Apps) -> None:
    """What OpenSSL cannot read keeps an EC key out of TLS 1.2, which classic listeners speak: the proof tells that."""
    served = [odd(LONG_LENGTH, KEY), odd(b"garbage", rsa_key()), odd(b"garbage", KEY)]
    ports = free_ports(len(served))
    for port, leaf in zip(ports, served, strict=True):
        apps.balance(port, apps.upload(f"odd-{port}", leaf))
    for port, leaf in zip(ports[:2], served[:2], strict=True):
        wait_for(port, leaf)
    faults = apps.deployed()
    assert faults.keys() == {ports[2]}
    assert faults[ports[2]].startswith("no handshake with ")
    with pytest.raises(ClientError, match="UnsupportedCertificate"):
        apps.add(apps.application(free_ports(1)[0]), apps.arns[f"odd-{ports[0]}"])
