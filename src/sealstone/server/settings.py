"""Settings: one frozen value, read once, from defaults, `sealstone.toml`, the environment and the command line.

The only module that reads the environment. Each field is a line in docs/configuration.md; a test compares them.
"""

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from sealstone.model.balancing import Balancing
from sealstone.server.faults import SettingsError

CONFIG_NAME: Final = "sealstone.toml"
_PREFIX: Final = "SEALSTONE_"
# Settings that are lists; in the environment their parts are separated by commas or blanks.
_LISTS: Final = frozenset({"trusted_proxies", "listener_addresses"})
_LAST_PORT: Final = 65535
_DOMAIN: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be set. Paths may begin with `~`."""

    data: str = "~/.local/share/sealstone"
    """Directory of the store. Created on first start, mode 0700."""
    listen: str = "127.0.0.1:7420"
    """Address and port of the AWS endpoint. Anything but loopback needs TLS."""
    master_key_file: str = ""
    """File of the master key. Default: `<data>.private/master.key`, beside the data directory, never in it."""
    credentials_file: str = ""
    """Where first start writes access keys. Default: `<data>.private/credentials`."""
    tls_certificate_file: str = ""
    """PEM certificate and chain of the endpoint itself; with `tls_private_key_file`."""
    tls_private_key_file: str = ""
    """PEM private key of the endpoint itself."""
    endpoint_url: str = ""
    """URL that clients reach the endpoint by, when it is not `listen`; `sealstone env` prints it."""
    ca_bundle_file: str = ""
    """PEM certificates that clients verify the endpoint by; `sealstone env` prints it as AWS_CA_BUNDLE."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    threads: int = 4
    """Threads that perform calls which may wait: all that write."""
    body_limit: int = 8 * 1024 * 1024
    """Longest request body, in bytes."""
    header_timeout: float = 15.0
    """Seconds for a request's headers to arrive."""
    body_timeout: float = 20.0
    """Seconds for a request's body to arrive."""
    stop_timeout: int = 8
    """Seconds that requests in flight have when the server is told to stop."""
    clock_window: int = 900
    """Seconds that a signature's time may differ from this machine's."""
    listener_addresses: tuple[str, ...] = ("127.0.0.1",)
    """Addresses, or networks such as 127.80.0.0/24, from which each load balancer gets one to listen on."""
    listener_port_offset: int = 0
    """Added to every listener's port when it is bound: with 20000, port 443 is 20443."""
    listener_domain: str = "sealstone.internal"
    """What the DNS names of load balancers end with."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is logged: refusals at info, failures at error, every request at debug."""
    log_format: Literal["auto", "text", "json"] = "auto"
    """`auto`: text on a terminal, JSON otherwise."""

    @property
    def data_directory(self) -> Path:
        """The data directory as an absolute path."""
        return Path(self.data).expanduser().absolute()

    @property
    def private_directory(self) -> Path:
        """Beside the data directory, so that a copy of the data holds no key that opens it."""
        return self.data_directory.with_name(self.data_directory.name + ".private")

    @property
    def master_key_path(self) -> Path:
        """Where the master key is read from."""
        return _path(self.master_key_file) or self.private_directory / "master.key"

    @property
    def credentials_path(self) -> Path:
        """Where first start writes access keys, in the form of an AWS credentials file."""
        return _path(self.credentials_file) or self.private_directory / "credentials"

    @property
    def database(self) -> Path:
        """The SQLite database."""
        return self.data_directory / "sealstone.db"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `listen`. Raises SettingsError when it is not HOST:PORT."""
        host, colon, port = self.listen.rpartition(":")
        if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise SettingsError(f"listen must be HOST:PORT, such as 127.0.0.1:7420, not {self.listen!r}")
        return host.strip("[]"), int(port)

    @property
    def balancing(self) -> Balancing:
        """Where and under which names load balancers listen."""
        return Balancing(self.listener_addresses, self.listener_port_offset, self.listener_domain)

    @property
    def secure(self) -> bool:
        """True when the endpoint speaks TLS."""
        return bool(self.tls_certificate_file)


def read(given: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """Settings with the command line over the environment over the file over the defaults.

    `given` holds what the command line said; None means not said. Raises SettingsError, in one line.
    """
    environment = os.environ if environment is None else environment
    said = {name: value for name, value in given.items() if value is not None}
    named: dict[str, Any] = {
        field: environment[_PREFIX + field.upper()]
        for field in Settings.__struct_fields__
        if environment.get(_PREFIX + field.upper())
    }
    for field in _LISTS & named.keys():
        named[field] = named[field].replace(",", " ").split()
    data = said.get("data") or named.get("data") or Settings.__struct_defaults__[0]
    config = _path(environment.get(_PREFIX + "CONFIG", ""))
    file = _from_file(config or Path(str(data)).expanduser() / CONFIG_NAME)
    if "data" in file and config is None:
        raise SettingsError(
            f"data cannot be set in {CONFIG_NAME} inside the data directory; use SEALSTONE_DATA or --data"
        )
    try:
        settings = msgspec.convert({**file, **named, **said}, Settings, strict=False)
    except msgspec.ValidationError as fault:
        raise SettingsError(f"a setting cannot be used: {fault}") from fault
    return _checked(settings)


def aws_credentials_file(environment: Mapping[str, str] | None = None) -> Path:
    """The AWS credentials file that `sealstone env --profile` writes to."""
    environment = os.environ if environment is None else environment
    named = environment.get("AWS_SHARED_CREDENTIALS_FILE")
    return Path(named).expanduser() if named else Path("~/.aws/credentials").expanduser()


def aws_config_file(environment: Mapping[str, str] | None = None) -> Path:
    """The AWS configuration file that `sealstone env --profile` writes to."""
    environment = os.environ if environment is None else environment
    named = environment.get("AWS_CONFIG_FILE")
    return Path(named).expanduser() if named else Path("~/.aws/config").expanduser()


def variable(name: str) -> str | None:
    """An environment variable that the user named, such as one that holds a password; None when it is not set."""
    return os.environ.get(name)


def _path(text: str) -> Path | None:
    return Path(text).expanduser().absolute() if text else None


def _from_file(path: Path) -> dict[str, Any]:
    """The settings file, when there is one."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as fault:
        raise SettingsError(f"cannot read settings from {path}: {fault}") from fault


def _checked(settings: Settings) -> Settings:
    """What single fields cannot say: loopback or TLS, both halves of TLS, networks that are networks."""
    if bool(settings.tls_certificate_file) != bool(settings.tls_private_key_file):
        raise SettingsError("tls_certificate_file and tls_private_key_file go together; one of them is missing")
    host, _ = settings.address
    if not settings.secure and not _is_loopback(host):
        raise SettingsError(
            f"listening on {host} without TLS is refused: signatures do not hide what is sent; set "
            "tls_certificate_file and tls_private_key_file, or listen on 127.0.0.1"
        )
    for network in settings.trusted_proxies:
        try:
            ipaddress.ip_network(network)
        except ValueError as fault:
            raise SettingsError(f"trusted_proxies: {fault}") from fault
    if settings.threads < 1:
        raise SettingsError("threads must be at least 1")
    _check_listeners(settings)
    return settings


def _check_listeners(settings: Settings) -> None:
    """What load balancers are bound to and called. Raises SettingsError."""
    if not settings.listener_addresses:
        raise SettingsError("listener_addresses must name at least one address or network")
    for address in settings.listener_addresses:
        try:
            ipaddress.ip_network(address)
        except ValueError as fault:
            raise SettingsError(f"listener_addresses: {fault}") from fault
    if not -_LAST_PORT < settings.listener_port_offset < _LAST_PORT:
        raise SettingsError(f"listener_port_offset must be between -{_LAST_PORT} and {_LAST_PORT}")
    if not _DOMAIN.fullmatch(settings.listener_domain):
        raise SettingsError(f"listener_domain must be a DNS name in small letters, not {settings.listener_domain!r}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
