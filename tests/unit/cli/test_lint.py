"""`sealstone lint`: what pkilint finds, and how it is told when pkilint is not there."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import click
import pytest
from cryptography import x509
from tests.pki import Authority, ec_key

from sealstone.cli import main
from sealstone.cli.lint import linted

ROOT = Authority("Root")
LEAF = ROOT.leaf("build.example.com")
KEY = ec_key()
GOOD = ROOT.leaf(
    "build.example.com",
    key=KEY,
    extensions=[
        x509.SubjectKeyIdentifier.from_public_key(KEY.public_key()),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(ROOT.key.public_key()),
    ],
)

Lint = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lint(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Lint:
    """`sealstone lint` on a text."""

    def run(text: str, *options: str) -> tuple[int, str, str]:
        (tmp_path / "file.pem").write_text(text)
        status = int(main(["lint", str(tmp_path / "file.pem"), *options]))
        return status, *capsys.readouterr()

    return run


def test_findings(lint: Lint) -> None:
    status, out, err = lint(LEAF.certificate_pem)
    assert (status, err) == (1, "")
    assert out.splitlines()[:3] == [
        "CN=build.example.com,O=Example: 2 findings",
        "  ERROR         pkix.authority_key_identifier_extension_absent",
        "                at certificate",
    ]


def test_more_rules_find_more(lint: Lint) -> None:
    status, out, _ = lint(LEAF.certificate_pem, "--rules", "cabf")
    assert status == 1
    assert "cabf.serverauth.subscriber.extended_key_usage_extension_absent" in out
    assert (
        "                at certificate.tbsCertificate.validity.notBefore\n                Validity period of 395"
        in out
    )


def test_a_certificate_without_fault(lint: Lint) -> None:
    assert lint(GOOD.certificate_pem) == (0, "CN=build.example.com,O=Example: nothing to find fault with\n", "")


def test_informative_findings_are_asked_for(lint: Lint) -> None:
    quiet, everything = lint(GOOD.certificate_pem), lint(GOOD.certificate_pem, "--all")
    assert everything[0] == 0
    assert len(everything[1]) >= len(quiet[1])


def test_json_and_several_certificates(lint: Lint) -> None:
    status, out, _ = lint(GOOD.certificate_pem + LEAF.certificate_pem, "--json")
    document = json.loads(out)
    assert status == 1
    assert document["rules"] == "rfc5280"
    assert [len(one["findings"]) for one in document["certificates"]] == [0, 2]
    assert list(document["certificates"][1]) == ["subject", "fingerprint", "findings"]
    assert document["certificates"][1]["findings"][0] == {
        "severity": "ERROR",
        "code": "pkix.authority_key_identifier_extension_absent",
        "path": "certificate",
        "message": "",
    }


def test_one_finding_is_one(lint: Lint) -> None:
    with_key_identifier = ROOT.leaf(
        "build.example.com", extensions=[x509.SubjectKeyIdentifier.from_public_key(KEY.public_key())], key=KEY
    )
    assert "CN=build.example.com,O=Example: 1 finding\n" in lint(with_key_identifier.certificate_pem)[1]


def test_a_file_without_certificates(lint: Lint) -> None:
    status, out, err = lint(LEAF.private_key_pem)
    assert (status, out) == (1, "")
    assert "there is no certificate in" in err


def test_without_pkilint_it_is_said_how_to_get_it(lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = importlib.import_module

    def import_module(name: str) -> ModuleType:
        if name.startswith("pkilint"):
            raise ModuleNotFoundError(name)
        return imported(name)

    monkeypatch.setattr(importlib, "import_module", import_module)
    status, out, err = lint(LEAF.certificate_pem)
    assert (status, out) == (1, "")
    assert err == "Error: pkilint is not installed; get it with: pip install 'sealstone[lint]'\n"


@pytest.mark.parametrize("data", [b"nonsense", b"\x30\x03\x02\x01\x01", b"\x30\x80" * 5000, b"\x30\x00"])
def test_what_pkilint_cannot_read(data: bytes) -> None:
    with pytest.raises(click.ClickException, match="pkilint cannot read the certificate"):
        linted(data, "rfc5280")
