"""What settings must be, alone and together, before anything is done with them; a refusal is one line."""

import ipaddress
import re
from typing import Final

from sealstone.model.webhook import Webhook, WebhookRefused
from sealstone.probe.guard import server_address
from sealstone.server.faults import SettingsError
from sealstone.server.setting_fields import LAST_PORT, Settings

_MOST_WEBHOOKS: Final = 8
# RFC 5321, 4.1.2, without quoted local parts and address literals.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_URL: Final = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")
_DOMAIN: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_LONGEST_DOMAIN: Final = 253
# What browsers take (Baseline Requirements 6.3.2 until 2026); an intermediate is renewed early enough for it.
_LONGEST_LIFE: Final = 398
_ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")
_NAME: Final = re.compile(r"[^\W_][\w .&'()-]{0,28}[\w.)]|[^\W_]")
# It goes into every certificate, so it is no longer than need be.
_PLAIN_URL: Final = re.compile(r"(?=.{1,200}\Z)http://[A-Za-z0-9.\[\]:_-]+(/[A-Za-z0-9._~%-]+)*/?")
_EVERY_ADDRESS: Final = ("", "0.0.0.0", "::")  # noqa: S104 - to tell it, not to bind it


def checked(settings: Settings) -> Settings:
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
    if not 0 < settings.validation_http_port <= LAST_PORT:
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
    if not -LAST_PORT < settings.listener_port_offset < LAST_PORT:
        raise SettingsError(f"listener_port_offset must be between -{LAST_PORT} and {LAST_PORT}")
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


def _check_authority(settings: Settings) -> None:
    """What the private authority's certificates will hold for years. Raises SettingsError."""
    if not _NAME.fullmatch(settings.authority_name):
        raise SettingsError("authority_name must have 1 to 30 letters, digits, blanks or any of . _ & ' ( ) -")
    if not 0 <= settings.certificate_days <= _LONGEST_LIFE:
        raise SettingsError(f"certificate_days must be 0 to {_LONGEST_LIFE}, not {settings.certificate_days}")
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
