"""Every setting with its default and its sentence, and the paths and addresses that follow from them.

Each field is a line in docs/configuration.md; a test compares them. `settings` reads them, `setting_rules` judges.
"""

from pathlib import Path
from typing import Final, Literal

import msgspec

from sealstone.model.authority import AuthorityPlan
from sealstone.model.balancing import Balancing
from sealstone.server.faults import SettingsError

LAST_PORT: Final = 65535


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
    certificate_days: int = 0
    """Days that certificates live which are requested from now on, 1 to 398. 0: 198, or 395 with an authority ARN."""
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
        return absolute(self.master_key_file) or self.private_directory / "master.key"

    @property
    def credentials_path(self) -> Path:
        """Where first start writes access keys, in the form of an AWS credentials file."""
        return absolute(self.credentials_file) or self.private_directory / "credentials"

    @property
    def webhook_secret_path(self) -> Path:
        """Where the secret that signs webhooks is."""
        return absolute(self.webhook_secret_file) or self.private_directory / "webhook-secret"

    @property
    def webhook_ca_path(self) -> Path | None:
        """Authorities of receivers; None for those that this machine trusts."""
        return absolute(self.webhook_ca_file)

    @property
    def metrics_token_path(self) -> Path:
        """Where the token of `GET /metrics` is read from."""
        return absolute(self.metrics_token_file) or self.private_directory / "metrics-token"

    @property
    def smtp_password_path(self) -> Path | None:
        """Where the password at the mail server is read from; None without one."""
        return absolute(self.smtp_password_file)

    @property
    def database(self) -> Path:
        """The SQLite database."""
        return self.data_directory / "sealstone.db"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `listen`. Raises SettingsError when it is not HOST:PORT."""
        return host_and_port("listen", self.listen)

    @property
    def authority_address(self) -> tuple[str, int] | None:
        """Host and port of `authority_listen`; None without. Raises SettingsError when it is not HOST:PORT."""
        return host_and_port("authority_listen", self.authority_listen) if self.authority_listen else None

    @property
    def authority_plan(self) -> AuthorityPlan:
        """How the private authority is made, and where clients reach it."""
        names, accounts = self.authority_permitted_names, self.authority_accounts
        return AuthorityPlan(self.authority_name, names, self._authority_base(), accounts, self.certificate_days)

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
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= LAST_PORT:
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


def host_and_port(name: str, text: str) -> tuple[str, int]:
    """The parts of the setting `name`. Raises SettingsError."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > LAST_PORT:
        raise SettingsError(f"{name} must be HOST:PORT, such as 127.0.0.1:7420, not {text!r}")
    return host.strip("[]"), int(port)


def absolute(text: str) -> Path | None:
    """The path; None for an empty text."""
    return Path(text).expanduser().absolute() if text else None
