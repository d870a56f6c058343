"""The private authority as others see it: openssl and curl against a running server, pkilint over all that it signs."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from tests.authority import HOLDER, HOST, order_of, request_for, serial_of
from tests.faults import needles
from tests.server import Server, child_environment

from sealstone.cli.lint import linted
from sealstone.issuers.issuer import Issued
from sealstone.model.authority import RevocationReason, Role
from sealstone.server.clock import system_clock
from sealstone.server.listen import bound
from sealstone.server.settings import Settings
from sealstone.server.vault import Vault, open_vault
from sealstone.store import authorities, issued_certificates
from sealstone.workers.authority import AuthorityKeeper
from sealstone.workers.authority_making import opened
from sealstone.x509 import writing
from sealstone.x509.making import keys

LINT = Path(sys.executable).parent


@dataclass
class Scene:
    """A server with a plain listener for /ca/, and a second process on its store: this one, which issues."""

    server: Server
    vault: Vault
    keeper: AuthorityKeeper
    folder: Path
    url: str

    def issue(self, name: str, **changes: Any) -> Issued:
        """A certificate and its chain, in files."""
        key = keys.new("p256")
        order = order_of(at=system_clock(), order_id=name, request=request_for(HOST, key=key), **changes)
        issued = self.keeper.issuer(HOLDER).issue(order)
        assert isinstance(issued, Issued)
        self.write(f"{name}.pem", issued.certificate)
        self.write(f"{name}-chain.pem", *issued.chain)
        return issued

    def write(self, name: str, *certificates: bytes) -> None:
        """As PEM."""
        (self.folder / name).write_text(writing.certificates_pem(certificates))

    def revoke(self, issued: Issued) -> None:
        """And wait for nothing: the lists are made by whoever looks next."""
        with self.vault.store.writing() as tx:
            serial = serial_of(issued.certificate)
            assert issued_certificates.revoke(tx, serial, system_clock(), RevocationReason.KEY_COMPROMISE)
        self.keeper.revocations(system_clock())

    def run(self, *command: str, fails: bool = False) -> str:
        """A command in the folder, and all that it says."""
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def lists(self) -> str:
        """The file of all lists, fetched by curl from where the certificates say."""
        with self.vault.store.reading() as tx:
            rows = [row for row in authorities.every(tx) if row.role is not Role.CROSS]
        text = b""
        for row in rows:
            name = f"{row.certificate_id}.crl"
            self.run("curl", "-fsS", "-o", name, f"{self.url}/{name}")
            self.run("openssl", "crl", "-inform", "der", "-in", name, "-out", f"{name}.pem")
            text += (self.folder / f"{name}.pem").read_bytes()
        (self.folder / "lists.pem").write_bytes(text)
        return "lists.pem"

    def verify(self, name: str, *options: str, fails: bool = False) -> str:
        """`openssl verify` with the exported root."""
        chain = ("-CAfile", "root.pem", "-untrusted", f"{name}-chain.pem")
        return self.run("openssl", "verify", *chain, *options, f"{name}.pem", fails=fails)

    def ocsp(self, name: str, *options: str) -> str:
        """`openssl ocsp` asks the server."""
        with (self.folder / f"{name}-issuer.pem").open("w") as file:
            text = (self.folder / f"{name}-chain.pem").read_text()
            file.write(text.partition("-----END CERTIFICATE-----\n")[0] + "-----END CERTIFICATE-----\n")
        asked = ("-issuer", f"{name}-issuer.pem", "-cert", f"{name}.pem", "-url", f"{self.url}/ocsp")
        trusted = ("-CAfile", "root.pem", "-verify_other", f"{name}-chain.pem")
        return self.run("openssl", "ocsp", *asked, *trusted, *options)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with bound("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    folder = tmp_path_factory.mktemp("authority")
    (folder / "files").mkdir()
    with Server(folder, settings={"authority_listen": f"127.0.0.1:{port}"}) as server:
        server.done("ca", "export", "--out", str(folder / "files" / "root.pem"))
        settings = Settings(data=str(server.data), authority_listen=f"127.0.0.1:{port}")
        with open_vault(settings, create=False) as vault:
            keeper = AuthorityKeeper(vault.store, vault.keyring, os.urandom, system_clock, settings.authority_plan)
            yield Scene(server, vault, keeper, folder / "files", settings.authority_plan.url)


def test_a_chain_verifies_from_the_exported_root(scene: Scene) -> None:
    scene.issue("plain")
    assert "OK" in scene.verify("plain", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", HOST)
    fetched = scene.run("curl", "-fsS", f"{scene.url}/root.pem")
    assert fetched == (scene.folder / "root.pem").read_text()


def test_commands_with_other_settings_take_the_url_that_the_server_told(scene: Scene) -> None:
    """The server alone was given `authority_listen`; it made the authority, and a rotation beside it names the same."""
    command = [str(LINT / "sealstone"), "ca", "show", "--json", "--data", str(scene.server.data)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, env=child_environment(measured=True)
    )
    shown = json.loads(done.stdout)
    assert shown["Url"] == scene.url
    below = next(one for one in shown["Certificates"] if one["Role"] == "intermediate")
    with scene.vault.store.reading() as tx:
        row = authorities.find(tx, below["CertificateId"])
    assert row is not None
    found = x509.load_der_x509_certificate(row.certificate).extensions
    points = found.get_extension_for_class(x509.CRLDistributionPoints).value
    assert points[0].full_name == [x509.UniformResourceIdentifier(f"{scene.url}/{row.issued_by}.crl")]


def test_revocation_lists_are_gone_by(scene: Scene) -> None:
    good, bad = scene.issue("listed-good"), scene.issue("listed-bad")
    scene.revoke(bad)
    lists = scene.lists()
    checks = ("-crl_check_all", "-CRLfile", lists)
    assert "OK" in scene.verify("listed-good", *checks)
    assert "certificate revoked" in scene.verify("listed-bad", *checks, fails=True)
    assert good.chain == bad.chain


def test_the_server_itself_lists_what_was_revoked(scene: Scene) -> None:
    """Whoever revokes makes no list: the server's own thread sees it in the store."""
    issued = scene.issue("watched")
    with scene.vault.store.writing() as tx:
        serial = serial_of(issued.certificate)
        assert issued_certificates.revoke(tx, serial, system_clock(), RevocationReason.SUPERSEDED)
        issuer_id = authorities.active_id(tx)
    assert issuer_id is not None
    deadline, found = time.monotonic() + 30, False
    while not found and time.monotonic() < deadline:
        with urllib.request.urlopen(f"{scene.url}/{issuer_id}.crl", timeout=10) as answer:  # noqa: S310 - ours
            crl = x509.load_der_x509_crl(answer.read())
        found = crl.get_revoked_certificate_by_serial_number(int(serial, 16)) is not None
    assert found


def test_status_good_revoked_and_unknown(scene: Scene) -> None:
    issued = scene.issue("asked")
    for options in ((), ("-no_nonce",)):
        answer = scene.ocsp("asked", *options)
        assert "Response verify OK" in answer
        assert "asked.pem: good" in answer
    scene.revoke(issued)
    answer = scene.ocsp("asked", "-no_nonce")
    assert "Response verify OK" in answer
    assert "asked.pem: revoked" in answer
    assert "Reason: keyCompromise" in answer
    several = scene.ocsp("asked", "-serial", "0x1234")
    assert "asked.pem: revoked" in several
    assert "0x1234: unknown" in several


def test_a_rotation_leaves_old_certificates_valid_and_revocable(scene: Scene) -> None:
    old = scene.issue("old")
    said = scene.server.done("ca", "rotate", "--root")
    assert "root is now" in said
    new = scene.issue("new")
    assert new.chain != old.chain
    assert len(new.chain) == 2
    checks = ("-crl_check_all", "-CRLfile", scene.lists())
    for name in ("old", "new"):  # by the old root alone: the new chain brings a cross certificate
        assert "OK" in scene.verify(name, *checks)
        assert f"{name}.pem: good" in scene.ocsp(name)
    scene.run("cp", "root.pem", "old-root.pem")
    scene.server.done("ca", "export", "--out", str(scene.folder / "root.pem"), "--force")
    try:
        assert "OK" in scene.verify("new", *checks)
        scene.verify("old", fails=True)
    finally:
        scene.run("cp", "old-root.pem", "root.pem")
    scene.revoke(old)
    assert "certificate revoked" in scene.verify("old", "-crl_check_all", "-CRLfile", scene.lists(), fails=True)
    assert "old.pem: revoked" in scene.ocsp("old")


def test_a_linter_finds_nothing_in_what_it_signs(scene: Scene) -> None:
    issued = scene.issue("linted")
    with scene.vault.store.reading() as tx:
        rows = authorities.every(tx)
    responder = scene.keeper.responder(rows[0].certificate_id)
    for certificate in (issued.certificate, responder.certificate, *(row.certificate for row in rows)):
        assert [one for one in linted(certificate, "rfc5280") if one.severity in ("FATAL", "ERROR", "WARNING")] == []
    scene.revoke(issued)
    scene.lists()
    for row in rows:
        if row.role is not Role.CROSS:
            command = (str(LINT / "lint_crl"), "lint", "-t", "CRL", "-p", "PKIX", "-s", "WARNING")
            assert scene.run(*command, f"{row.certificate_id}.crl").strip() == ""
    scene.ocsp("linted", "-respout", "answer.der")
    assert scene.run(str(LINT / "lint_ocsp_response"), "lint", "-s", "WARNING", "answer.der").strip() == ""


def test_a_list_is_current(scene: Scene) -> None:
    scene.lists()
    with scene.vault.store.reading() as tx:
        active = authorities.active_id(tx)
    text = scene.run("openssl", "crl", "-in", f"{active}.crl.pem", "-noout", "-nextupdate")
    until = datetime.strptime(text.strip().removeprefix("nextUpdate="), "%b %d %H:%M:%S %Y %Z")  # noqa: DTZ007
    assert (until - system_clock().replace(tzinfo=None)).days >= 3


def test_no_byte_of_its_keys_is_anywhere(scene: Scene) -> None:
    """Database, log, files and everything that is answered and shown, for root and intermediates alike."""
    scene.issue("searched")
    answers = {
        "show": scene.server.done("ca", "show").encode(),
        "json": scene.server.done("ca", "show", "--json").encode(),
    }
    wanted: set[bytes] = set()
    with scene.vault.store.reading() as tx:
        for row in authorities.every(tx):
            scene.run("curl", "-fsS", "-o", f"{row.certificate_id}.cer", f"{scene.url}/{row.certificate_id}.cer")
            if row.role is not Role.CROSS:
                key = opened(tx, scene.vault.keyring, row).key
                assert isinstance(key, ec.EllipticCurvePrivateKey)
                wanted |= set(needles.of_key(key))
    places = needles.files_below(scene.folder.parent) | answers
    assert any("sealstone.db" in place for place in places)
    assert needles.found(wanted, places) == []
