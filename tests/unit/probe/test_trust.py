"""The system's trust store, wherever OpenSSL or the distribution has it."""

import ssl
from pathlib import Path
from typing import cast

import pytest
from tests.pki import Authority

from sealstone.probe.trust import system_trust

FIRST, SECOND = Authority("First Root"), Authority("Second Root")


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """OpenSSL's default places, empty."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    return tmp_path


def test_one_file(nowhere: Path) -> None:
    text = f"# comment\n{FIRST.certificate_pem}\r\n{SECOND.certificate_pem}{FIRST.certificate_pem}"
    (nowhere / "none.pem").write_text(text + "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n")
    assert system_trust(()) == (FIRST.certificate_der, SECOND.certificate_der)


def test_a_directory(nowhere: Path) -> None:
    (nowhere / "none" / "folder").mkdir(parents=True)
    (nowhere / "none" / "b.0").write_text(SECOND.certificate_pem)
    (nowhere / "none" / "a.0").write_text(FIRST.certificate_pem)
    assert system_trust(()) == (FIRST.certificate_der, SECOND.certificate_der)


def test_where_distributions_keep_it(nowhere: Path) -> None:
    known = nowhere / "known.pem"
    known.write_text(FIRST.certificate_pem)
    assert system_trust((str(nowhere / "absent"), str(known), str(nowhere / "never"))) == (FIRST.certificate_der,)


def test_a_place_that_cannot_be_read_is_empty(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def places() -> ssl.DefaultVerifyPaths:
        return ssl.DefaultVerifyPaths(cast("str", None), str(nowhere / "absent"), "", "", "", "")

    monkeypatch.setattr(ssl, "get_default_verify_paths", places)
    assert system_trust((str(nowhere),)) == ()
