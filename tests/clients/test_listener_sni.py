"""Certificates chosen by server name: 200 of them, RSA and ECDSA for one name side by side, the default for others."""

import subprocess
from collections.abc import Iterator
from typing import Any, Final

import pytest
from tests.backend import free_port
from tests.handshaking import LOOPBACK, shaken, trusting
from tests.listening import Site, stopped_after, wait_for
from tests.pki import Leaf, rsa_key, self_signed
from tests.server import Server

from sealstone.server.clock import system_clock

MANY: Final = 200
_BOTH: Final = "both.example.com"


def leaf(name: str, **options: Any) -> Leaf:
    """A certificate of its own, valid now."""
    return self_signed(name, valid_at=system_clock(), **options)


class Listener(Site):
    """An application load balancer with one HTTPS listener that answers by itself."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.port = free_port()
        self.default = leaf("default.example.com")
        self.elbv2 = self._clients.enter_context(server.client("elbv2", self.who))
        made = self.elbv2.create_load_balancer(Name="names", Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
        answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
        created = self.elbv2.create_listener(
            LoadBalancerArn=made["LoadBalancerArn"],
            Protocol="HTTPS",
            Port=self.port,
            Certificates=[{"CertificateArn": self.upload("default", self.default)}],
            DefaultActions=[answer],
        )
        self.arn: str = created["Listeners"][0]["ListenerArn"]
        wait_for(self.port, self.default)

    def add(self, *leaves: Leaf, prefix: str) -> list[str]:
        """All of them chosen by their names from now on; their ARNs."""
        arns = [self.upload(f"{prefix}-{number}", one) for number, one in enumerate(leaves)]
        for arn in arns:
            self.elbv2.add_listener_certificates(ListenerArn=self.arn, Certificates=[{"CertificateArn": arn}])
        assert not self.deployed()
        return arns

    def remove_certificates(self, arns: list[str]) -> None:
        for arn in arns:
            self.elbv2.remove_listener_certificates(ListenerArn=self.arn, Certificates=[{"CertificateArn": arn}])
        assert not self.deployed()

    def served(self, name: str | None) -> bytes:
        """What a client gets that asks for a name."""
        return shaken(trusting(), self.port, name)


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listener]:
    with Server(tmp_path_factory.mktemp("names")) as server, stopped_after(server):
        # Here, 200 for each listener: at AWS, 25 until one asks for more.
        made = Listener(server)
        server.done("account", "quota", "set", made.who.account_id, "CertificatesPerListener", "1000")
        yield made
        made.close()
        server.stop()


def test_two_hundred_names(listener: Listener) -> None:
    leaves = [leaf(f"site-{number}.example.com") for number in range(MANY)]
    arns = listener.add(*leaves, prefix="site")
    for one in leaves:
        assert listener.served(one.name) == one.certificate_der
    assert listener.served(leaves[7].name.upper()) == leaves[7].certificate_der
    for name in (None, "nobody.example.com", "deeper.site-1.example.com"):
        assert listener.served(name) == listener.default.certificate_der
    listener.remove_certificates(arns[:100])
    assert listener.served(leaves[0].name) == listener.default.certificate_der
    assert listener.served(leaves[100].name) == leaves[100].certificate_der
    listener.remove_certificates(arns[100:])


def test_an_exact_name_before_a_wildcard(listener: Listener) -> None:
    wild, exact = leaf("*.wild.example.com"), leaf("www.wild.example.com")
    arns = listener.add(wild, exact, prefix="wild")
    assert listener.served("www.wild.example.com") == exact.certificate_der
    assert listener.served("other.wild.example.com") == wild.certificate_der
    assert listener.served("a.b.wild.example.com") == listener.default.certificate_der
    listener.remove_certificates(arns)


@pytest.mark.parametrize("first", ["rsa", "ecdsa"])
def test_rsa_and_ecdsa_side_by_side(listener: Listener, first: str) -> None:
    """Each client gets what it can verify; who can do both gets ECDSA."""
    kinds = {"rsa": leaf(_BOTH, key=rsa_key(2048, 40)), "ecdsa": leaf(_BOTH)}
    ordered = sorted(kinds, key=lambda kind: kind != first)
    arns = listener.add(*(kinds[kind] for kind in ordered), prefix=f"both-{first}")
    assert listener.served(_BOTH) == kinds["ecdsa"].certificate_der
    assert subject_key(listener.port, "-sigalgs", "rsa_pkcs1_sha256:rsa_pss_rsae_sha256") == "rsaEncryption"
    assert subject_key(listener.port, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256") == "rsaEncryption"
    assert subject_key(listener.port, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256") == "id-ecPublicKey"
    listener.remove_certificates(arns)


def subject_key(port: int, *options: str) -> str:
    """The kind of key of the certificate that openssl's client gets for the name of both."""
    command = ["openssl", "s_client", "-connect", f"{LOOPBACK}:{port}", "-servername", _BOTH, *options]
    shown = subprocess.run(command, input=b"", capture_output=True, check=False, timeout=30).stdout
    read = ["openssl", "x509", "-noout", "-text"]
    text = subprocess.run(read, input=shown, capture_output=True, check=True, timeout=30).stdout.decode()
    return text.partition("Public Key Algorithm: ")[2].split("\n")[0]
