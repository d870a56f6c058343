"""The settings of mail and metrics: where their files are, and what is refused."""

from pathlib import Path

import pytest

from sealstone.probe.mail import Mailer
from sealstone.server.faults import SettingsError
from sealstone.server.mailing import approval_page, mailer
from sealstone.server.settings import Settings, read

MAIL = {"smtp_server": "mail.example.com:587", "smtp_sender": "seal@example.com"}


def made(tmp_path: Path, **given: object) -> Settings:
    return read({"data": str(tmp_path / "data"), **given}, {})


def test_the_token_lies_beside_the_data(tmp_path: Path) -> None:
    assert made(tmp_path).metrics_token_path == tmp_path / "data.private" / "metrics-token"
    named = made(tmp_path, metrics_token_file=str(tmp_path / "token"))
    assert named.metrics_token_path == tmp_path / "token"


def test_without_a_mail_server_there_is_no_mailer(tmp_path: Path) -> None:
    assert mailer(made(tmp_path)) is None


@pytest.mark.parametrize(
    ("server", "expected"),
    [("mail.example.com:587", ("mail.example.com", 587)), ("[2001:db8::1]:25", ("2001:db8::1", 25))],
)
def test_a_mail_server_is_a_host_and_a_port(tmp_path: Path, server: str, expected: tuple[str, int]) -> None:
    settings = made(tmp_path, **MAIL | {"smtp_server": server})
    assert settings.mail_server == expected
    assert isinstance(mailer(settings), Mailer)


def test_a_login_has_a_password_file(tmp_path: Path) -> None:
    found = mailer(made(tmp_path, **MAIL, smtp_username="seal", smtp_password_file=str(tmp_path / "p")))
    assert found is not None
    assert found._login is not None
    assert (found._login.username, found._login.password_file) == ("seal", tmp_path / "p")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_only_this_machine_needs_no_tls(tmp_path: Path, host: str) -> None:
    assert made(tmp_path, **MAIL | {"smtp_server": f"{host}:25"}, smtp_tls="none").smtp_tls == "none"
    with pytest.raises(SettingsError, match="without TLS is refused"):
        made(tmp_path, **MAIL, smtp_tls="none")


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"smtp_server": "mail.example.com"}, "HOST:PORT"),
        ({"smtp_server": ":25"}, "HOST:PORT"),
        ({"smtp_server": "mail.example.com:0"}, "HOST:PORT"),
        ({"smtp_server": "mail.example.com:65536"}, "HOST:PORT"),
        ({"smtp_server": "mail.example.com:٢٥"}, "HOST:PORT"),
        ({"smtp_server": "mail.example.com:smtp"}, "HOST:PORT"),
        ({"smtp_sender": ""}, "must be a mail address"),
        ({"smtp_sender": "seal"}, "must be a mail address"),
        ({"smtp_sender": "seal@example.com\r\nBcc: x@example.com"}, "must be a mail address"),
        ({"smtp_username": "seal"}, "go together"),
        ({"smtp_password_file": "p"}, "go together"),
        ({"smtp_server": ""}, "need smtp_server"),
        ({"smtp_server": "", "smtp_sender": "", "smtp_username": "a", "smtp_password_file": "p"}, "need smtp_server"),
        ({"smtp_tls": "ssl"}, "smtp_tls"),
        ({"approval_url": "seal.example.com"}, "approval_url"),
        ({"approval_url": "https://seal.example.com/?a=b"}, "approval_url"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, given: dict[str, object], part: str) -> None:
    with pytest.raises(SettingsError, match=part) as refused:
        made(tmp_path, **MAIL | given)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "http://127.0.0.1:7420/approve"),
        ({"listen": "[::1]:7420"}, "http://[::1]:7420/approve"),
        ({"endpoint_url": "https://seal.example.com/"}, "https://seal.example.com/approve"),
        (
            {"endpoint_url": "https://a.example", "approval_url": "https://b.example/seal/"},
            "https://b.example/seal/approve",
        ),
        ({"tls_certificate_file": "c", "tls_private_key_file": "k"}, "https://127.0.0.1:7420/approve"),
    ],
)
def test_mails_lead_to_the_page(tmp_path: Path, given: dict[str, object], expected: str) -> None:
    assert approval_page(made(tmp_path, **given)) == expected
