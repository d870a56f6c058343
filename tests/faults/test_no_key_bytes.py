"""No byte of a private key, and no secret access key, in anything that is stored, logged, listed or answered.

A scenario with everything in it: good uploads and bad ones, keys in the wrong fields, refusals, accounts, a crash in
the middle of uploads, a restart. Then a search for the canary keys in every form of `needles`.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.clients.wire import Answer, Line, headers_for
from tests.faults import needles
from tests.faults.load import Load
from tests.pki import Leaf, key_pem, rsa_key
from tests.server import SERVICE_QUOTA, Credentials, Server
from tests.uploads import Scene

UPLOAD: Final = "UploadServerCertificate"


@dataclass
class Scenario:
    """What was done, and everything that came out of it."""

    server: Server
    scene: Scene
    line: Line
    answers: dict[str, bytes] = field(default_factory=dict)
    needles: set[bytes] = field(default_factory=set)
    secrets: set[bytes] = field(default_factory=set)

    def canary(self, number: int) -> Leaf:
        """A certificate with a key that is looked for: EC and RSA in turn."""
        key = rsa_key(2048, 900 + number) if number % 4 == 3 else ec.generate_private_key(ec.SECP256R1())
        leaf = self.scene.lower.leaf(f"canary-{number}.example.com", key=key)
        self.needles |= set(needles.of_key(leaf.key, leaf.private_key_pem, leaf.traditional_private_key_pem))
        return leaf

    def upload(self, name: str, **parameters: str) -> Answer:
        """One upload, its answer kept."""
        answer = self.line.call(UPLOAD, ServerCertificateName=name, **parameters)
        self.answers[name] = answer.body
        return answer


def good(scenario: Scenario) -> None:
    """Stored, read, listed, renamed, tagged; some deleted again."""
    for number in range(8):
        leaf = scenario.canary(number)
        key = leaf.private_key_pem if number % 2 else leaf.traditional_private_key_pem
        pair = {"CertificateBody": leaf.certificate_pem, "PrivateKey": key, "CertificateChain": leaf.chain_pem}
        assert scenario.upload(f"good-{number}", **pair).status == 200
        name = {"ServerCertificateName": f"good-{number}"}
        for action in ("GetServerCertificate", "ListServerCertificateTags"):
            scenario.answers[f"{action} {number}"] = scenario.line.call(action, **name).body
        if number % 3 == 0:
            assert scenario.line.call("DeleteServerCertificate", **name).status == 200
    scenario.answers["list"] = scenario.line.call("ListServerCertificates").body


def bad(scenario: Scenario) -> None:
    """The key where it belongs and something else wrong; the key in the other two files' places."""
    for number, leaf in enumerate(scenario.canary(100 + number) for number in range(8)):
        other = scenario.scene.alone.certificate_pem
        keys = [
            leaf.private_key_pem,
            leaf.traditional_private_key_pem,
            leaf.private_key_pem.replace("\n", " "),
            leaf.private_key_pem.replace("-----", "----"),
            "".join(leaf.private_key_pem.splitlines()[1:-1]),
            leaf.private_key_der.hex(),
            leaf.private_key_pem + key_pem(ec.generate_private_key(ec.SECP256R1())),
            leaf.private_key_pem[:-40],
        ]
        for form, key in enumerate(keys):
            row = f"bad-{number}-{form}"
            places = {
                "mismatch": {"CertificateBody": other, "PrivateKey": key},
                "in-body": {"CertificateBody": key, "PrivateKey": key},
                "swapped": {"CertificateBody": key, "PrivateKey": leaf.certificate_pem},
                "in-chain": {"CertificateBody": other, "PrivateKey": leaf.private_key_pem, "CertificateChain": key},
                "with-certificate": {"CertificateBody": leaf.certificate_pem + key, "PrivateKey": key},
            }
            for place, parameters in places.items():
                answer = scenario.upload(f"{row}-{place}", **parameters)
                assert answer.status in {400, 200}


def short(scenario: Scenario) -> None:
    """The shortest keys there are, bare and whole, in every place that takes a text; a secret access key too."""
    who = scenario.line.who
    for number, leaf in enumerate(scenario.canary(300 + number) for number in (0, 1, 2, 4)):
        bare = base64.b64encode(
            leaf.key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        ).decode()
        seed = base64.b64encode(needles.secret_numbers(leaf.key)[0].to_bytes(32)).decode()
        for form, text in enumerate(
            (bare[:128], bare[:100], f"{seed}{seed}", bare.replace("/", "_").replace("+", "-")[:120])
        ):
            row = f"short-{number}-{form}"
            pem = {"CertificateBody": leaf.certificate_pem, "PrivateKey": leaf.private_key_pem}
            broken = {
                "body": pem | {"CertificateBody": text},
                "chain": pem | {"CertificateChain": text},
                "around": pem | {"CertificateBody": f"{text}\n{leaf.certificate_pem}"},
                "label": pem | {"CertificateBody": f"-----BEGIN {text[:60]}-----\nAA\n-----END {text[:60]}-----"},
                "end": pem | {"CertificateBody": f"-----BEGIN CERTIFICATE-----\nAA\n-----END {text[:60]}-----"},
                "path": pem | {"Path": f"/{text.replace('/', '_')}"},
                "tag": pem | {"Tags.member.1.Key": text, "Tags.member.1.Value": "x" * 300},
            }
            for place, parameters in broken.items():
                assert scenario.upload(f"{row}-{place}", **parameters).status == 400, place
            name = {"ServerCertificateName": text.replace("/", "_").replace("+", "-").replace("=", "")}
            # The caller is told the name that it sent; nothing else is to show it.
            assert scenario.line.call("GetServerCertificate", **name).status == 404
            assert (
                scenario.line.call(
                    "PutUserPolicy", UserName="administrator", PolicyName="p", PolicyDocument=text
                ).status
                == 400
            )
    for action in ("UpdateAccessKey", "DeleteAccessKey", "GetAccessKeyLastUsed"):
        more = {"Status": "Inactive"} if action == "UpdateAccessKey" else {}
        scenario.line.call(action, AccessKeyId=who.secret_access_key, **more)


def strange(scenario: Scenario) -> None:
    """Uploads that come to nothing before they are understood: unsigned, wrongly signed, of another kind, in a URL."""
    leaf = scenario.canary(200)
    body = f"Action={UPLOAD}&Version=2010-05-08&PrivateKey={leaf.private_key_der.hex()}"
    endpoint, who = scenario.server.endpoint, scenario.line.who
    wrong = Credentials(who.account_id, who.access_key_id, "x" * 40)
    for name, headers in (
        ("unsigned", {"Content-Type": "application/x-www-form-urlencoded"}),
        ("wrongly signed", headers_for(wrong, endpoint, body)),
        ("json", headers_for(who, endpoint, body, content_type="application/json")),
        ("agent", headers_for(who, endpoint, body, user_agent="curl")),
    ):
        scenario.answers[name] = scenario.line.send(body, headers).body
    scenario.answers["in the URL"] = scenario.line.send(b"", {}, method="GET", path=f"/?{body}").body


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory, scene: Scene) -> Iterator[Scenario]:
    """All of it, with a kill -9 in the middle of uploads and a restart; stopped in the end."""
    with Server(tmp_path_factory.mktemp("canaries"), settings={"log_level": "debug"}) as server:
        who = server.credentials()
        server.done("account", "quota", "set", who.account_id, SERVICE_QUOTA, "1000")
        with Line(server.endpoint, who) as line:
            whole = Scenario(server, scene, line)
            for stage in (good, bad, short, strange):
                stage(whole)
        made = server.account()
        load = Load(server, who, scene)
        with load.running(after=12):
            server.kill()
        server.start()
        load.settle()
        for writer in load.writers:
            for item in writer.ledger.there.values():
                whole.needles |= set(needles.of_key(item.leaf.key, item.leaf.private_key_pem))
        with Line(server.endpoint, made) as line:
            assert line.call("ListServerCertificates").status == 200
        for holder in (who, made, server.credentials(root=True)):
            whole.secrets |= set(needles.of_text(holder.secret_access_key))
        whole.answers |= files_of_process(server.pid)
        yield whole


def files_of_process(pid: int) -> dict[str, bytes]:
    """What other programs of the same user see of it."""
    return {name: Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ")}


def outputs(server: Server) -> dict[str, bytes]:
    """What the commands print, but for `env`, whose task is to print a secret access key."""
    commands = (
        ("audit", "tail", "--json", "-n", "100000"),
        ("audit", "tail", "-n", "1000"),
        ("audit", "verify"),
        ("account", "list"),
    )
    return {" ".join(command): server.done(*command).encode() for command in commands}


def test_the_search_finds_what_is_there(scenario: Scenario) -> None:
    """Otherwise nothing below means anything."""
    leaf = scenario.canary(300)
    for form in (
        leaf.private_key_pem.encode(),
        leaf.private_key_der,
        leaf.private_key_der.hex().encode(),
        repr(leaf.private_key_der).encode(),
        b"x" + leaf.traditional_private_key_pem.replace("\n", "\\n").encode(),
        str(needles.secret_numbers(leaf.key)[0]).encode(),
    ):
        assert needles.found(scenario.needles, {"form": form})
    assert not needles.found(scenario.needles, {"form": leaf.certificate_pem.encode() + leaf.certificate_der})


def test_no_private_key_anywhere(scenario: Scenario) -> None:
    server = scenario.server
    places = scenario.answers | outputs(server) | {"env": server.done("env").encode()}
    before = files_below(server)
    server.stop()
    places |= before | {f"stopped {name}": content for name, content in files_below(server).items()}
    leaks = needles.found(scenario.needles, places)
    assert not leaks, sorted({place for place, _ in leaks})
    marked = [place for place, content in places.items() if b"PRIVATE KEY-----\\n" in content]
    assert not marked
    server.start()


def test_no_secret_access_key_but_where_it_is_given_out(scenario: Scenario) -> None:
    """`data.private/credentials` and the output of `env` and `account create` are where they are meant to be."""
    server = scenario.server
    stored = {name: content for name, content in files_below(server).items() if "data.private" not in name}
    leaks = needles.found(scenario.secrets, scenario.answers | outputs(server) | stored)
    assert not leaks, sorted({place for place, _ in leaks})


def files_below(server: Server) -> dict[str, bytes]:
    """Data, logs and everything else of this server."""
    return needles.files_below(server.directory)
