"""Settings of the private authority: what its certificates will hold for years."""

from pathlib import Path

import pytest

from sealstone.server.faults import SettingsError
from sealstone.server.settings import read

TLS = {"tls_certificate_file": "c", "tls_private_key_file": "k"}


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "http://127.0.0.1:7420/ca"),
        ({"listen": "[::1]:80"}, "http://[::1]:80/ca"),
        ({"listen": "127.0.0.1:0"}, ""),
        ({"endpoint_url": "http://aws.example.com/"}, "http://aws.example.com/ca"),
        ({"endpoint_url": "https://aws.example.com"}, ""),
        (TLS, ""),
        ({**TLS, "authority_listen": "192.0.2.1:8080"}, "http://192.0.2.1:8080/ca"),
        ({"endpoint_url": "https://aws.example.com", "authority_listen": "192.0.2.1:80"}, "http://192.0.2.1:80/ca"),
        (
            {"authority_url": "http://ca.example.com/pki/", "authority_listen": "0.0.0.0:80"},
            "http://ca.example.com/pki",
        ),
    ],
)
def test_where_the_authority_answers(given: dict[str, object], url: str, tmp_path: Path) -> None:
    assert read({"data": str(tmp_path)} | given, {}).authority_plan.url == url


def test_names_come_from_the_environment_too(tmp_path: Path) -> None:
    environment = {
        "SEALSTONE_AUTHORITY_PERMITTED_NAMES": "example.com, corp.example",
        "SEALSTONE_AUTHORITY_NAME": "Ö & Co.",
        "SEALSTONE_AUTHORITY_ACCOUNTS": "123456789012 210987654321",
    }
    plan = read({"data": str(tmp_path)}, environment).authority_plan
    assert plan.permitted_names == ("example.com", "corp.example")
    assert plan.name == "Ö & Co."
    assert plan.accounts == ("123456789012", "210987654321")
    assert read({"data": str(tmp_path)}, {}).authority_plan.accounts == ()


def test_the_listener_s_address(tmp_path: Path) -> None:
    assert read({"data": str(tmp_path)}, {}).authority_address is None
    assert read({"data": str(tmp_path), "authority_listen": "127.0.0.1:81"}, {}).authority_address == ("127.0.0.1", 81)


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"authority_name": ""}, "authority_name"),
        ({"authority_name": "a" * 31}, "authority_name"),
        ({"authority_name": "CN=x,O=y"}, "authority_name"),
        ({"authority_name": " x"}, "authority_name"),
        ({"authority_permitted_names": ("Example.com",)}, "authority_permitted_names"),
        ({"authority_permitted_names": ("*.example.com",)}, "authority_permitted_names"),
        ({"authority_permitted_names": (".".join(["a" * 60] * 5),)}, "authority_permitted_names"),
        ({"authority_accounts": ("12345678901",)}, "12 digits"),
        ({"authority_accounts": ("٢" * 12,)}, "12 digits"),
        ({"certificate_days": -1}, "certificate_days must be 0 to 398, not -1"),
        ({"certificate_days": 399}, "certificate_days must be 0 to 398, not 399"),
        ({"authority_url": "https://ca.example.com/ca"}, "http://"),
        ({"authority_url": "http://ca.example.com/ca?x"}, "authority_url"),
        ({"authority_url": "http://" + "a" * 200}, "authority_url"),
        ({"authority_listen": "80"}, "HOST:PORT"),
        ({"authority_listen": "0.0.0.0:80"}, "set authority_url"),
        ({"authority_listen": "127.0.0.1:0"}, "set authority_url"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(given: dict[str, object], part: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read({"data": str(tmp_path)} | given, {})
    assert part in str(refused.value)
    assert "\n" not in str(refused.value)


def test_days_of_certificates_are_part_of_the_plan(tmp_path: Path) -> None:
    given = {"data": str(tmp_path), "certificate_days": 47}
    assert read(given, {}).authority_plan.certificate_days == 47
