"""Security policies on the wire: protocols and ciphers that listeners offer are the policy's, no more, in its order.

What the linked OpenSSL cannot offer is in a table of docs/load-balancers.md, and is held against the wire here.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests import hellos
from tests.backend import free_port
from tests.handshaking import LOOPBACK
from tests.listening import Site, stopped_after, wait_for
from tests.pki import Leaf, ec_key, rsa_key, self_signed
from tests.server import Server

from sealstone.model import elb_policies, ssl_policies
from sealstone.model.elb_policies import NEGOTIATION, PREDEFINED, REFERENCE
from sealstone.server.clock import system_clock

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
_DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "load-balancers.md"
_ROW: Final = re.compile(r"^\| `([A-Z0-9-]+)` +\| ([A-Z0-9, -]+?) +\| [^|]+ \|$", re.MULTILINE)
_FROM_TLS12: Final = re.compile(r".*-(SHA256|SHA384)")
_CLIENT: Final = {"TLSv1.0": "-tls1", "TLSv1.1": "-tls1_1", "TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}


@dataclass(frozen=True)
class Ports:
    """Two listeners of one load balancer each: with an ECDSA and with an RSA certificate."""

    site: Site
    ecdsa: int
    rsa: int

    def __iter__(self) -> Iterator[int]:
        return iter((self.ecdsa, self.rsa))

    def negotiate_by(self, attributes: Mapping[str, str], name: str) -> dict[int, str]:
        """A classic policy of these attributes in force on both; which of them cannot serve, and why."""
        listed = [{"AttributeName": key, "AttributeValue": value} for key, value in attributes.items()]
        for port in self:
            which: dict[str, Any] = {"LoadBalancerName": f"lb-{port}"}
            self.site.elb.create_load_balancer_policy(
                **which, PolicyName=name, PolicyTypeName=NEGOTIATION, PolicyAttributes=listed
            )
            self.site.elb.set_load_balancer_policies_of_listener(**which, LoadBalancerPort=port, PolicyNames=[name])
        return self.site.deployed()

    def offered(self, version: str, *, reverse: bool = False) -> tuple[list[str], list[str]]:
        """Names of what each of them offers, in its order of preference."""
        number, names = hellos.VERSIONS[version], hellos.names()
        ecdsa, rsa = (
            [names.get(suite, hex(suite)) for suite in hellos.offered(port, number, reverse=reverse)] for port in self
        )
        return ecdsa, rsa


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    with Server(tmp_path_factory.mktemp("policies")) as server, stopped_after(server):
        site = Site(server)
        now = system_clock()
        leaves: list[Leaf] = [
            # The strict ones of RFC 9151 sign by no other curve.
            self_signed("ecdsa.example.com", valid_at=now, key=ec_key(ec.SECP384R1())),
            self_signed("rsa.example.com", valid_at=now, key=rsa_key()),
        ]
        made = Ports(site, free_port(), free_port())
        for port, leaf in zip(made, leaves, strict=True):
            site.balance(port, site.upload(leaf.name, leaf))
            wait_for(port, leaf)
        yield made
        site.close()
        server.stop()


def not_served(policy: str) -> set[str]:
    """What the document says that this policy has and nobody is offered here."""
    text = _DOCUMENT.read_text(encoding="utf-8")
    rows = [(cipher, policies.split(", ")) for cipher, policies in _ROW.findall(text)]
    return {cipher for cipher, policies in rows if policy.removeprefix(ssl_policies.PREFIX) in policies}


def in_version(ciphers: Sequence[str], version: str) -> set[str]:
    """RFC 5246 7.4.1.2: suites with GCM or with SHA-2 exist from TLS 1.2 on; RFC 8446 4.1.2: TLS 1.3 has its own."""
    if version == "TLSv1.3":
        return {name for name in ciphers if name.startswith("TLS_")}
    return {
        name
        for name in ciphers
        if not name.startswith("TLS_") and (version == "TLSv1.2" or not _FROM_TLS12.fullmatch(name))
    }


def offers(
    ports: Ports, name: str, versions: Sequence[str], ciphers: Sequence[str], *, ordered: bool = True
) -> set[str]:
    """Every protocol and every suite, asked for one by one: those of the policy and no others; which they are."""
    served: set[str] = set()
    # One name may stand for two policies: 2015-05 is another one for application load balancers.
    lacking = not_served(name) & {*ciphers}
    for version in hellos.VERSIONS:
        found = ports.offered(version)
        wanted = in_version(ciphers, version) - lacking if version in versions else set()
        assert {*found[0], *found[1]} == wanted, version
        # Asked in the order of their numbers: this one is the server's own.
        for suites in found if ordered else ():
            assert suites == [cipher for cipher in ciphers if cipher in suites], version
        served |= wanted
    assert {*ciphers} - served == lacking
    return served


@pytest.mark.parametrize("name", list(PREDEFINED))
def test_a_predefined_classic_policy(ports: Ports, name: str) -> None:
    policy = PREDEFINED[name]
    failing = ports.negotiate_by({REFERENCE: name}, f"as-{name}")
    served = offers(ports, name, policy.versions, policy.ciphers, ordered=policy.server_order)
    # A policy without a suite for the certificate's kind of key is told, not passed over.
    if any("ECDSA" in cipher for cipher in served):
        assert not failing
    else:
        assert failing.keys() == {ports.ecdsa}
        assert "handshake_failure" in failing[ports.ecdsa]


@pytest.fixture(scope="module")
def application(ports: Ports) -> Iterator[Callable[[str], Ports]]:
    """An application load balancer for each certificate, since one cannot mix policies; puts a policy in force."""
    site = ports.site
    mine = Ports(site, free_port(), free_port())
    with site.server.client("elbv2", site.who) as elbv2:
        balancers = [
            elbv2.create_load_balancer(Name=f"policies-{kind}", Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
            for kind in ("ecdsa", "rsa")
        ]
        answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
        arns = [
            elbv2.create_listener(
                LoadBalancerArn=balancer["LoadBalancerArn"],
                Protocol="HTTPS",
                Port=port,
                Certificates=[{"CertificateArn": site.arns[name]}],
                DefaultActions=[answer],
            )["Listeners"][0]["ListenerArn"]
            for balancer, port, name in zip(balancers, mine, ("ecdsa.example.com", "rsa.example.com"), strict=True)
        ]

        def choose(name: str) -> Ports:
            for arn in arns:
                elbv2.modify_listener(ListenerArn=arn, SslPolicy=name)
            assert not {*site.deployed()} & {*mine}
            return mine

        yield choose


@pytest.mark.parametrize("name", list(ssl_policies.POLICIES))
def test_a_policy_of_v2(application: Callable[[str], Ports], name: str) -> None:
    policy = ssl_policies.POLICIES[name]
    versions = [version.replace("TLSv1", "TLSv1.0") if version == "TLSv1" else version for version in policy.protocols]
    offers(application(name), name, versions, policy.ciphers)


def test_openssl_agrees(ports: Ports) -> None:
    """Whole handshakes by its own client, one for each protocol and cipher of the default policy."""
    assert not ports.negotiate_by({REFERENCE: elb_policies.DEFAULT}, "default")
    policy = PREDEFINED[elb_policies.DEFAULT]
    for version in policy.versions:
        for cipher in in_version(policy.ciphers, version):
            port = ports.ecdsa if "ECDSA" in cipher else ports.rsa
            shown = openssl(port, _CLIENT[version], "-cipher", f"{cipher}:@SECLEVEL=0")
            assert re.search(rf"Cipher is {cipher}$", shown, re.MULTILINE), (version, cipher)
    assert "Cipher is (NONE)" in openssl(ports.rsa, "-tls1_3")
    assert "Cipher is (NONE)" in openssl(ports.rsa, "-tls1_2", "-cipher", "CAMELLIA128-SHA:@SECLEVEL=0")


def openssl(port: int, *options: str) -> str:
    """What its client prints of a handshake."""
    command = ["openssl", "s_client", "-connect", f"{LOOPBACK}:{port}", *options]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False, timeout=30)
    return done.stdout


@pytest.mark.parametrize(
    ("protocols", "ciphers", "server_order"),
    [
        (["TLSv1.1"], ["ECDHE-RSA-AES128-SHA"], True),
        (["TLSv1.2"], ["AES256-GCM-SHA384", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"], True),
        (["TLSv1.2"], ["AES256-GCM-SHA384", "AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"], False),
        (["TLSv1", "TLSv1.1"], ["CAMELLIA128-SHA", "DHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA"], True),
    ],
)
def test_a_policy_of_ones_own(ports: Ports, protocols: list[str], ciphers: list[str], server_order: bool) -> None:
    on = [*(f"Protocol-{one}" for one in protocols), *ciphers]
    on += ["Server-Defined-Cipher-Order"] if server_order else []
    ports.negotiate_by(dict.fromkeys(on, "true"), f"own-{abs(hash((*on,)))}")
    for version in hellos.VERSIONS:
        spoken = version.replace("TLSv1.0", "TLSv1") in protocols
        found, turned = ports.offered(version), ports.offered(version, reverse=True)
        wanted = in_version(ciphers, version) if spoken else set()
        assert {*found[0], *found[1]} == wanted, version
        assert all(sorted(one) == sorted(other) for one, other in zip(found, turned, strict=True))
        if spoken and len(found[1]) > 1:
            assert (found == turned) is server_order


def test_a_policy_with_a_gap_is_refused(ports: Ports) -> None:
    """OpenSSL speaks all versions between two."""
    on = ["Protocol-TLSv1", "Protocol-TLSv1.2", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA"]
    with pytest.raises(ports.site.elb.exceptions.InvalidConfigurationRequestException, match=r"TLSv1\.1 to true"):
        ports.negotiate_by(dict.fromkeys(on, "true"), "gap")
