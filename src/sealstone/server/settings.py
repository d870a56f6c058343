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

from sealstone.model.authority import AuthorityPlan
from sealstone.model.balancing import Balancing
from sealstone.model.webhook import Webhook, WebhookRefused
from sealstone.probe.guard import server_address
from sealstone.server.faults import SettingsError

CONFIG_NAME: Final = "sealstone.toml"
_PREFIX: Final = "SEALSTONE_"
# Settings that are lists; in the environment their parts are separated by commas or blanks.
_LISTS: Final = frozenset(
    {
        *("trusted_proxies", "listener_addresses", "webhook_urls", "dns_servers"),
        *("authority_accounts", "authority_permitted_names"),
    }
)
_MOST_WEBHOOKS: Final = 8
_LAST_PORT: Final = 65535
# RFC 5321, 4.1.2, without quoted local parts and address literals.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_URL: Final = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")
_DOMAIN: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_LONGEST_DOMAIN: Final = 253
_ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")
_NAME: Final = re.compile(r"[^\W_][\w .&'()-]{0,28}[\w.)]|[^\W_]")
# It goes into every certificate, so it is no longer than need be.
_PLAIN_URL: Final = re.compile(r"(?=.{1,200}\Z)http://[A-Za-z0-9.\[\]:_-]+(/[A-Za-z0-9._~%-]+)*/?")
_EVERY_ADDRESS: Final = ("", "0.0.0.0", "::")  # noqa: S104 - to tell it, not to bind it


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
    webhook_urls: tuple[str, ...] = ()
    """URLs that events are posted to, 8 at most; https, or http to this machine."""
    webhook_secret_file: str = ""
    """Secret that signs what is posted. Default: `<data>.private/webhook-secret`, made when there are URLs."""
    webhook_ca_file: str = ""
    """PEM certificates that receivers of events are verified by, instead of those that this machine trusts."""
    metrics_token_file: str = ""
    """File of the token for `GET /metrics`, made when it is not there. Default: `<data>.private/metrics-token`."""
    smtp_server: str = ""
    """HOST:PORT of the mail server that takes mails about validations. Empty: no mail is sent."""
    smtp_sender: str = ""
    """Address that mails are from; with `smtp_server`."""
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    """How mails are protected on the way to `smtp_server`; `none` only on a loopback address."""
    smtp_username: str = ""
    """User name at the mail server; with `smtp_password_file`."""
    smtp_password_file: str = ""
    """File that holds the password at the mail server, and nothing else."""
    approval_url: str = ""
    """URL that mails lead to, when people reach this server by another one than clients. Default: the endpoint's."""
    authority_name: str = "Sealstone"
    """Organization and beginning of the common names of the private authority."""
    authority_permitted_names: tuple[str, ...] = ()
    """Domains below which the private authority may issue, written into its certificates. Default: any."""
    authority_accounts: tuple[str, ...] = ()
    """Account ids that may name the authority, and so have names certified without validation. Default: all."""
    authority_url: str = ""
    """URL that new certificates name for what is served below `/ca/`. Default: of a plain HTTP listener, plus `/ca`."""
    authority_listen: str = ""
    """Address and port of a further listener, plain HTTP, for nothing but `/ca/`."""
    dns_servers: tuple[str, ...] = ()
    """Name servers, ADDRESS or ADDRESS:PORT, that validations ask. Default: those of this system."""
    validation_http_port: int = 80
    """Port at which validation over HTTP asks a host."""
    import_needs_chain: bool = False
    """Refuse ACM imports that another authority signed and that bring no chain, as AWS did once."""
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
    def webhook_secret_path(self) -> Path:
        """Where the secret that signs webhooks is."""
        return _path(self.webhook_secret_file) or self.private_directory / "webhook-secret"

    @property
    def webhook_ca_path(self) -> Path | None:
        """Authorities of receivers; None for those that this machine trusts."""
        return _path(self.webhook_ca_file)

    @property
    def metrics_token_path(self) -> Path:
        """Where the token of `GET /metrics` is read from."""
        return _path(self.metrics_token_file) or self.private_directory / "metrics-token"

    @property
    def smtp_password_path(self) -> Path | None:
        """Where the password at the mail server is read from; None without one."""
        return _path(self.smtp_password_file)

    @property
    def database(self) -> Path:
        """The SQLite database."""
        return self.data_directory / "sealstone.db"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `listen`. Raises SettingsError when it is not HOST:PORT."""
        return _host_and_port("listen", self.listen)

    @property
    def authority_address(self) -> tuple[str, int] | None:
        """Host and port of `authority_listen`; None without. Raises SettingsError when it is not HOST:PORT."""
        return _host_and_port("authority_listen", self.authority_listen) if self.authority_listen else None

    @property
    def authority_plan(self) -> AuthorityPlan:
        """How the private authority is made, and where clients reach it."""
        names, accounts = self.authority_permitted_names, self.authority_accounts
        return AuthorityPlan(self.authority_name, names, self._authority_base(), accounts)

    def _authority_base(self) -> str:
        """What is set; else the listener of its own, else the endpoint when it speaks plain HTTP at a known port.

        RFC 5280 section 8: to fetch a list over HTTPS, the certificate that protects the way must be checked first.
        """
        if self.authority_url or (self.secure and not self.authority_listen):
            return self.authority_url.rstrip("/")
        if self.endpoint_url and not self.authority_listen:
            return f"{self.endpoint_url.rstrip('/')}/ca" if self.endpoint_url.startswith("http://") else ""
        host, port = self.authority_address or self.address
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{port}/ca" if port else ""

    @property
    def mail_server(self) -> tuple[str, int]:
        """Host and port of `smtp_server`, which is set. Raises SettingsError when it is not HOST:PORT."""
        host, _, port = self.smtp_server.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= _LAST_PORT:
            raise SettingsError(
                f"smtp_server must be HOST:PORT, such as mail.example.com:587, not {self.smtp_server!r}"
            )
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
    _check_validation(settings)
    if settings.threads < 1:
        raise SettingsError("threads must be at least 1")
    _check_listeners(settings)
    _check_authority(settings)
    _check_mail(settings)
    _check_webhooks(settings)
    return settings


def _check_validation(settings: Settings) -> None:
    """Where validations look. Raises SettingsError."""
    for server in settings.dns_servers:
        try:
            server_address(server)
        except ValueError as fault:
            raise SettingsError(f"dns_servers must be ADDRESS or ADDRESS:PORT: {fault}") from fault
    if not 0 < settings.validation_http_port <= _LAST_PORT:
        raise SettingsError(f"validation_http_port must be a port, not {settings.validation_http_port}")


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


def _check_webhooks(settings: Settings) -> None:
    """Where events are posted to. Raises SettingsError, which does not show a URL: it may be a secret."""
    if len(settings.webhook_urls) > _MOST_WEBHOOKS:
        raise SettingsError(f"webhook_urls must name at most {_MOST_WEBHOOKS} URLs")
    try:
        names = {Webhook.of(url).name for url in settings.webhook_urls}
    except WebhookRefused as problem:
        raise SettingsError(str(problem)) from problem
    if len(names) < len(settings.webhook_urls):
        raise SettingsError("webhook_urls names a URL twice")


def _check_mail(settings: Settings) -> None:
    """A mail server with a sender, protected unless it is this machine. Raises SettingsError."""
    if settings.approval_url and not _URL.fullmatch(settings.approval_url):
        raise SettingsError(f"approval_url must be a URL with http or https, not {settings.approval_url!r}")
    if bool(settings.smtp_username) != bool(settings.smtp_password_file):
        raise SettingsError("smtp_username and smtp_password_file go together; one of them is missing")
    if not settings.smtp_server:
        if settings.smtp_sender or settings.smtp_username:
            raise SettingsError("smtp_sender and smtp_username need smtp_server")
        return
    host, _ = settings.mail_server
    if not _ADDRESS.fullmatch(settings.smtp_sender):
        raise SettingsError(f"smtp_sender must be a mail address with smtp_server, not {settings.smtp_sender!r}")
    if settings.smtp_tls == "none" and not _is_loopback(host):
        raise SettingsError(
            f"sending mail to {host} without TLS is refused: whoever reads it could approve; set smtp_tls to starttls "
            "or tls"
        )


def _host_and_port(name: str, text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > _LAST_PORT:
        raise SettingsError(f"{name} must be HOST:PORT, such as 127.0.0.1:7420, not {text!r}")
    return host.strip("[]"), int(port)


def _check_authority(settings: Settings) -> None:
    """What the private authority's certificates will hold for years. Raises SettingsError."""
    if not _NAME.fullmatch(settings.authority_name):
        raise SettingsError("authority_name must have 1 to 30 letters, digits, blanks or any of . _ & ' ( ) -")
    for name in settings.authority_permitted_names:
        if not _DOMAIN.fullmatch(name) or len(name) > _LONGEST_DOMAIN:
            raise SettingsError(f"authority_permitted_names must be DNS names in small letters, not {name!r}")
    if settings.authority_url and not _PLAIN_URL.fullmatch(settings.authority_url):
        raise SettingsError(
            "authority_url must begin with http:// and have no query, such as http://ca.example.com/ca: clients fetch "
            "revocation lists before they trust any certificate"
        )
    for account_id in settings.authority_accounts:
        if not _ACCOUNT_ID.fullmatch(account_id):
            raise SettingsError(f"authority_accounts must be account ids of 12 digits, not {account_id!r}")
    address = settings.authority_address
    if address and not settings.authority_url and (address[0] in _EVERY_ADDRESS or not address[1]):
        raise SettingsError(
            f"authority_listen is {settings.authority_listen}: set authority_url to where clients find it"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
