"""Certificates that are really issued, with the `aws` CLI: requested, exported, served, renewed, revoked, deleted."""

import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tests.backend import free_port
from tests.handshaking import shaken
from tests.listening import PATIENCE, Site, stopped_after
from tests.server import Server

NAME: Final = "www.corp.example"
PHRASE: Final = "correct horse battery"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """One of its own, with a data plane."""
    with Server(tmp_path / "server") as running, stopped_after(running):
        yield running


class Acm:
    """`aws acm` as one account's root."""

    def __init__(self, server: Server, site: Site, directory: Path) -> None:
        self._server, self._site, self._directory = server, site, directory

    def __call__(self, *arguments: str) -> Any:
        """The answer of a command that succeeds."""
        result = self._server.aws("acm", *arguments, who=self._site.who, cwd=self._directory)
        assert result.returncode == 0, result.stdout + result.stderr
        return json.loads(result.stdout or "null")

    def refused(self, *arguments: str) -> str:
        """What a command that fails says."""
        result = self._server.aws("acm", *arguments, who=self._site.who, cwd=self._directory)
        assert result.returncode != 0, result.stdout
        return result.stderr

    def described(self, arn: str) -> dict[str, Any]:
        """Of one certificate."""
        return dict(self("describe-certificate", "--certificate-arn", arn)["Certificate"])

    def until(self, arn: str, **members: Any) -> dict[str, Any]:
        """Describe until these members have these values."""
        deadline = time.monotonic() + PATIENCE
        while True:
            told = self.described(arn)
            if all(told.get(name) == value for name, value in members.items()):
                return told
            assert time.monotonic() < deadline, told


def served(port: int, context: ssl.SSLContext, serial: str) -> None:
    """Until the listener presents the certificate of that serial number."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            found = x509.load_der_x509_certificate(shaken(context, port, NAME)).serial_number
        except OSError:
            found = -1
        if found == int(serial.replace(":", ""), 16):
            return
        assert time.monotonic() < deadline, f"port {port} does not serve {serial}"


def test_from_the_request_to_the_revocation(server: Server, tmp_path: Path) -> None:
    site, port = Site(server), free_port()
    acm = Acm(server, site, tmp_path)
    shown = json.loads(server.done("ca", "show", "--json"))
    authority = next(arn for arn in shown["Arns"] if site.who.account_id in arn)
    asked = ("request-certificate", "--domain-name", NAME, "--certificate-authority-arn", authority)
    arn = acm(*asked, "--idempotency-token", "once", "--tags", "Key=team,Value=web")["CertificateArn"]
    assert acm(*asked, "--idempotency-token", "once")["CertificateArn"] == arn
    named = ("--certificate-arn", arn)
    told = acm.until(arn, Status="ISSUED")
    acm("wait", "certificate-validated", *named)
    assert (told["Type"], told["CertificateAuthorityArn"], told["KeyAlgorithm"]) == ("PRIVATE", authority, "RSA-2048")
    assert told["DomainValidationOptions"] == [{"DomainName": NAME, "ValidationStatus": "SUCCESS"}]
    (listed,) = acm("list-certificates", "--includes", "exportOption=ENABLED")["CertificateSummaryList"]
    assert (listed["CertificateArn"], listed["Exported"]) == (arn, False)

    (tmp_path / "phrase").write_text(PHRASE)
    exported = acm("export-certificate", *named, "--passphrase", "fileb://phrase")
    key = load_pem_private_key(exported["PrivateKey"].encode(), PHRASE.encode())
    leaf = x509.load_pem_x509_certificate(exported["Certificate"].encode())
    assert key.public_key() == leaf.public_key()

    (tmp_path / "root.pem").write_text(server.done("ca", "export"))
    strict = ssl.create_default_context(cafile=str(tmp_path / "root.pem"))
    site.balance(port, arn)
    served(port, strict, told["Serial"])
    assert acm.described(arn)["RenewalEligibility"] == "ELIGIBLE"
    acm("renew-certificate", *named)
    renewed = _another(acm, arn, told["Serial"])
    served(port, strict, renewed["Serial"])
    assert acm.until(arn, Serial=renewed["Serial"])["Status"] == "ISSUED"
    acm("export-certificate", *named, "--passphrase", "fileb://phrase")

    revoked = ("revoke-certificate", *named, "--revocation-reason", "SUPERSEDED")
    assert "ResourceInUseException" in acm.refused(*revoked)
    assert "ResourceInUseException" in acm.refused("delete-certificate", *named)
    site.remove(port)
    assert acm(*revoked)["CertificateArn"] == arn
    assert acm.described(arn)["RevocationReason"] == "SUPERSEDED"
    acm("delete-certificate", *named)
    assert "ResourceNotFoundException" in acm.refused("describe-certificate", *named)
    site.close()


def _another(acm: Acm, arn: str, serial: str) -> dict[str, Any]:
    """Describe until it has another serial number."""
    deadline = time.monotonic() + PATIENCE
    while True:
        told = acm.described(arn)
        if told["Serial"] != serial:
            return told
        assert time.monotonic() < deadline, told


def test_what_waits_for_its_owner(server: Server, tmp_path: Path) -> None:
    site = Site(server)
    acm = Acm(server, site, tmp_path)
    asked = ("request-certificate", "--domain-name", NAME, "--subject-alternative-names", f"*.{NAME}")
    arn = acm(*asked, "--validation-method", "DNS", "--options", "Export=ENABLED")["CertificateArn"]
    named = ("--certificate-arn", arn)
    first, second = acm.described(arn)["DomainValidationOptions"]
    assert first["ResourceRecord"] == second["ResourceRecord"]
    assert "RequestInProgressException" in acm.refused("get-certificate", *named)
    with server.client("acm", site.who) as boto:  # a newer operation than this aws CLI knows
        pages = boto.get_paginator("list_certificate_domain_validations").paginate(CertificateArn=arn)
        validations = [one["DomainName"] for page in pages for one in page["DomainValidationSummaryList"]]
    assert validations == [NAME, f"*.{NAME}"]
    statement = {"Filter": {"AcmCertificateMetadataFilter": {"Status": "PENDING_VALIDATION"}}}
    found = acm("search-certificates", "--filter-statement", json.dumps(statement))["Results"]
    assert [one["CertificateArn"] for one in found] == [arn]
    acm("delete-certificate", *named)
    site.close()
