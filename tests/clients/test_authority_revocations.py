"""RevokeCertificate as those see it who trust the authority: openssl, over every version that was exported."""

import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from tests.listening import PATIENCE
from tests.server import Server

from sealstone.server.listen import bound

PHRASE = b"correct horse battery"


@dataclass
class Scene:
    """A server with a plain listener for /ca/, its root's client, and files."""

    acm: Any
    folder: Path
    url: str
    authority: str

    def issued(self, name: str) -> str:
        """The ARN of a new private certificate."""
        sent = {"DomainName": "www.corp.example", "CertificateAuthorityArn": self.authority}
        arn = str(self.acm.request_certificate(**sent, KeyAlgorithm="EC_prime256v1")["CertificateArn"])
        self.until(arn, "")
        self.export(arn, name)
        return arn

    def until(self, arn: str, before: str) -> str:
        """Its serial number, when it is issued and another one."""
        deadline = time.monotonic() + PATIENCE
        while True:
            told = self.acm.describe_certificate(CertificateArn=arn)["Certificate"]
            if told["Status"] == "ISSUED" and told["Serial"] != before:
                return str(told["Serial"])
            assert time.monotonic() < deadline, told

    def renewed(self, arn: str, name: str) -> None:
        """The next version, exported too."""
        before = self.until(arn, "")
        self.acm.renew_certificate(CertificateArn=arn)
        self.until(arn, before)
        self.export(arn, name)

    def export(self, arn: str, name: str) -> None:
        """Into files."""
        found = self.acm.export_certificate(CertificateArn=arn, Passphrase=PHRASE)
        (self.folder / f"{name}.pem").write_text(found["Certificate"])
        (self.folder / "chain.pem").write_text(found["CertificateChain"])

    def serial(self, name: str) -> int:
        """Of what was exported."""
        return x509.load_pem_x509_certificate((self.folder / f"{name}.pem").read_bytes()).serial_number

    def run(self, *command: str) -> str:
        """A command in the folder, and all that it says."""
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=60)
        return done.stdout + done.stderr

    def status(self, name: str) -> str:
        """By OCSP."""
        trusted = ("-CAfile", "root.pem", "-verify_other", "chain.pem", "-no_nonce")
        asked = ("-issuer", "chain.pem", "-cert", f"{name}.pem", "-url", f"{self.url}/ocsp")
        said = self.run("openssl", "ocsp", *asked, *trusted)
        assert "Response verify OK" in said
        return said

    def listed(self, name: str) -> str:
        """By the list that the certificate names, which has all of `revoked` soon."""
        return self.run(
            *("openssl", "verify", "-CAfile", "root.pem", "-untrusted", "chain.pem"),
            *("-crl_check", "-CRLfile", "list.pem", f"{name}.pem"),
        )

    def fetch_list(self, *revoked: str) -> None:
        """Until the server has listed all of these."""
        leaf = x509.load_pem_x509_certificate((self.folder / f"{revoked[0]}.pem").read_bytes())
        points = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        (name,) = points[0].full_name or [x509.UniformResourceIdentifier("")]
        deadline = time.monotonic() + PATIENCE
        while True:
            with urllib.request.urlopen(name.value, timeout=10) as answer:  # noqa: S310 - ours
                data = answer.read()
            found = x509.load_der_x509_crl(data)
            if all(found.get_revoked_certificate_by_serial_number(self.serial(one)) for one in revoked):
                break
            assert time.monotonic() < deadline, "the list lacks what was revoked"
        (self.folder / "list.der").write_bytes(data)
        self.run("openssl", "crl", "-inform", "der", "-in", "list.der", "-out", "list.pem")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with bound("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    with Server(tmp_path / "server", settings={"authority_listen": f"127.0.0.1:{port}"}) as server:
        (tmp_path / "root.pem").write_text(server.done("ca", "export"))
        account = server.credentials()
        authority = next(line.split()[1] for line in server.done("ca", "show").splitlines() if line.startswith("ARN "))
        with server.client("acm", account) as acm:
            yield Scene(acm, tmp_path, f"http://127.0.0.1:{port}/ca", authority)


def test_an_earlier_version_is_revoked_with_the_present_one(scene: Scene) -> None:
    """The key of the first leaked; the present one alone is what the ARN names."""
    arn = scene.issued("first")
    scene.issued("other")
    scene.renewed(arn, "second")
    assert scene.serial("first") != scene.serial("second")
    for name in ("first", "second", "other"):
        assert f"{name}.pem: good" in scene.status(name)
    scene.acm.revoke_certificate(CertificateArn=arn, RevocationReason="KEY_COMPROMISE")
    scene.fetch_list("first", "second")
    for name in ("first", "second"):
        said = scene.status(name)
        assert f"{name}.pem: revoked" in said
        assert "Reason: keyCompromise" in said
        assert "certificate revoked" in scene.listed(name)
    assert "other.pem: good" in scene.status("other")
    assert "other.pem: OK" in scene.listed("other")
