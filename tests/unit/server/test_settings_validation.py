"""The settings of validations and imports: where they are read from, and what is refused."""

from pathlib import Path

import pytest

from sealstone.server.faults import SettingsError
from sealstone.server.settings import Settings, read


def made(tmp_path: Path, **given: object) -> Settings:
    return read({"data": str(tmp_path / "data"), **given}, {})


def test_without_settings_the_systems_servers_and_port_80_are_asked(tmp_path: Path) -> None:
    found = made(tmp_path)
    assert (found.dns_servers, found.validation_http_port, found.import_needs_chain) == ((), 80, False)


def test_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "SEALSTONE_DNS_SERVERS": "192.0.2.53, [2001:db8::53]:5353 127.0.0.1:53",
        "SEALSTONE_VALIDATION_HTTP_PORT": "20080",
        "SEALSTONE_IMPORT_NEEDS_CHAIN": "true",
    }
    found = read({"data": str(tmp_path)}, environment)
    assert found.dns_servers == ("192.0.2.53", "[2001:db8::53]:5353", "127.0.0.1:53")
    assert (found.validation_http_port, found.import_needs_chain) == (20080, True)


def test_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "sealstone.toml").write_text('dns_servers = ["::1"]\nvalidation_http_port = 1\n')
    found = read({"data": str(tmp_path)}, {})
    assert (found.dns_servers, found.validation_http_port) == (("::1",), 1)


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"dns_servers": ("dns.example",)}, "dns_servers must be ADDRESS or ADDRESS:PORT: "),
        ({"dns_servers": ("127.0.0.1", "127.0.0.1:0")}, "dns_servers must be ADDRESS or ADDRESS:PORT: "),
        ({"dns_servers": ("[::1]:99999",)}, "dns_servers must be ADDRESS or ADDRESS:PORT: "),
        ({"dns_servers": ("",)}, "dns_servers must be ADDRESS or ADDRESS:PORT: "),
        ({"validation_http_port": 0}, "validation_http_port must be a port, not 0"),
        ({"validation_http_port": -80}, "validation_http_port must be a port, not -80"),
        ({"validation_http_port": 65536}, "validation_http_port must be a port, not 65536"),
        ({"validation_http_port": "http"}, "validation_http_port"),
        ({"import_needs_chain": "perhaps"}, "import_needs_chain"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(tmp_path: Path, given: dict[str, object], part: str) -> None:
    with pytest.raises(SettingsError, match=part) as refused:
        made(tmp_path, **given)
    assert "\n" not in str(refused.value)
