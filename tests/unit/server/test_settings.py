"""Settings: precedence, strictness, and what is refused before anything is opened."""

from pathlib import Path

import pytest

from sealstone.model.balancing import Balancing
from sealstone.server.faults import SettingsError
from sealstone.server.settings import aws_config_file, aws_credentials_file, read


def test_command_line_over_environment_over_file(tmp_path: Path) -> None:
    (tmp_path / "sealstone.toml").write_text('listen = "127.0.0.1:1"\nthreads = 2\nclock_window = 60\n')
    environment = {"SEALSTONE_LISTEN": "127.0.0.1:2", "SEALSTONE_THREADS": "3"}
    settings = read({"data": str(tmp_path), "listen": "127.0.0.1:3", "master_key_file": None}, environment)
    assert (settings.listen, settings.threads, settings.clock_window) == ("127.0.0.1:3", 3, 60)


def test_the_file_can_be_named_by_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text('listen = "[::1]:9"\n')
    settings = read({}, {"SEALSTONE_CONFIG": str(file)})
    assert settings.address == ("::1", 9)


def test_keys_lie_beside_the_data_never_in_it(tmp_path: Path) -> None:
    settings = read({"data": str(tmp_path / "data")}, {})
    assert settings.master_key_path == tmp_path / "data.private" / "master.key"
    assert settings.credentials_path.parent == settings.master_key_path.parent
    assert settings.database == tmp_path / "data" / "sealstone.db"
    named = read({"data": str(tmp_path), "master_key_file": str(tmp_path / "k")}, {})
    assert named.master_key_path == tmp_path / "k"


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"listen": "7420"}, "HOST:PORT"),
        ({"listen": "127.0.0.1:99999"}, "HOST:PORT"),
        ({"listen": "0.0.0.0:7420"}, "without TLS is refused"),
        ({"listen": "sealstone.example:7420"}, "without TLS is refused"),
        ({"tls_certificate_file": "x"}, "go together"),
        ({"threads": 0}, "at least 1"),
        ({"threads": "many"}, "threads"),
        ({"log_format": "xml"}, "log_format"),
        ({"trusted_proxies": ("10.0.0.300",)}, "trusted_proxies"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(given: dict[str, object], part: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read({"data": str(tmp_path)} | given, {})
    assert part in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "sealstone.toml").write_text("listen = \n")
    with pytest.raises(SettingsError, match=r"sealstone\.toml"):
        read({"data": str(tmp_path)}, {})


def test_lists_come_from_the_environment_too(tmp_path: Path) -> None:
    settings = read({"data": str(tmp_path)}, {"SEALSTONE_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1"})
    assert settings.trusted_proxies == ("10.0.0.0/8", "192.0.2.1")


def test_tls_allows_other_addresses_and_localhost_needs_none(tmp_path: Path) -> None:
    secure = read(
        {"data": str(tmp_path), "listen": "0.0.0.0:1", "tls_certificate_file": "c", "tls_private_key_file": "k"}, {}
    )
    assert secure.secure
    assert read({"data": str(tmp_path), "listen": "localhost:1"}, {}).address == ("localhost", 1)


def test_the_process_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEALSTONE_DATA", str(tmp_path / "d"))
    assert read({}).data_directory == tmp_path / "d"


def test_where_aws_files_are() -> None:
    assert aws_config_file({"AWS_CONFIG_FILE": "/x/config"}) == Path("/x/config")
    assert aws_credentials_file({"AWS_SHARED_CREDENTIALS_FILE": "/x/c"}) == Path("/x/c")
    assert aws_config_file({}).parts[-2:] == (".aws", "config")
    assert aws_credentials_file({}).parts[-2:] == (".aws", "credentials")


def test_listeners_are_lists_numbers_and_names(tmp_path: Path) -> None:
    assert read({"data": str(tmp_path)}, {}).balancing == Balancing()
    environment = {
        "SEALSTONE_LISTENER_ADDRESSES": "127.80.0.0/24, ::1",
        "SEALSTONE_LISTENER_PORT_OFFSET": "20000",
        "SEALSTONE_LISTENER_DOMAIN": "lb.example",
    }
    found = read({"data": str(tmp_path)}, environment).balancing
    assert found == Balancing(("127.80.0.0/24", "::1"), 20000, "lb.example")


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"listener_addresses": ()}, "at least one"),
        ({"listener_addresses": ("127.80.0.1/24",)}, "listener_addresses: 127.80.0.1/24 has host bits set"),
        ({"listener_addresses": ("localhost",)}, "listener_addresses"),
        ({"listener_port_offset": 65535}, "listener_port_offset"),
        ({"listener_port_offset": -65535}, "listener_port_offset"),
        ({"listener_domain": "Sealstone"}, "listener_domain"),
        ({"listener_domain": "a..b"}, "listener_domain"),
        ({"listener_domain": ""}, "listener_domain"),
    ],
)
def test_listeners_that_cannot_be_are_refused(tmp_path: Path, given: dict[str, object], part: str) -> None:
    with pytest.raises(SettingsError, match=part):
        read({"data": str(tmp_path), **given}, {})


def test_webhooks_have_urls_a_secret_and_authorities(tmp_path: Path) -> None:
    none = read({"data": str(tmp_path / "data")}, {})
    assert (none.webhook_urls, none.webhook_ca_path) == ((), None)
    assert none.webhook_secret_path == tmp_path / "data.private" / "webhook-secret"
    environment = {
        "SEALSTONE_WEBHOOK_URLS": "https://a.example/x, http://127.0.0.1:9/",
        "SEALSTONE_WEBHOOK_SECRET_FILE": "/s",
        "SEALSTONE_WEBHOOK_CA_FILE": "/c",
    }
    found = read({"data": str(tmp_path)}, environment)
    assert found.webhook_urls == ("https://a.example/x", "http://127.0.0.1:9/")
    assert (found.webhook_secret_path, found.webhook_ca_path) == (Path("/s"), Path("/c"))


@pytest.mark.parametrize(
    ("urls", "part"),
    [
        (("https://a.example/", "http://token.example/"), "plain http to another machine"),
        (("token",), "no https URL"),
        (tuple(f"https://a.example/{number}" for number in range(9)), "at most 8"),
        (("https://a.example/token", "https://a.example/token"), "twice"),
    ],
)
def test_webhooks_that_cannot_be_are_refused_and_not_shown(tmp_path: Path, urls: tuple[str, ...], part: str) -> None:
    with pytest.raises(SettingsError, match=part) as refused:
        read({"data": str(tmp_path), "webhook_urls": urls}, {})
    assert "token" not in str(refused.value)
