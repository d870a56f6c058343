"""The mailer and the address of the approval page, as the settings have them."""

import os

from sealstone.model.approval import PATH
from sealstone.probe.mail import Login, Mailer
from sealstone.server.clock import system_clock
from sealstone.server.settings import Settings


def mailer(settings: Settings) -> Mailer | None:
    """None when no mail server is set. Mails are dated by the real time, as mail servers want them."""
    if not settings.smtp_server:
        return None
    password = settings.smtp_password_path
    return Mailer(
        settings.mail_server,
        settings.smtp_sender,
        tls=settings.smtp_tls,
        clock=system_clock,
        chance=os.urandom,
        login=Login(settings.smtp_username, password) if password else None,
    )


def approval_page(settings: Settings) -> str:
    """What a slash and a token are put behind: `https://sealstone.example.com/approve`."""
    host, port = settings.address
    shown = f"[{host}]" if ":" in host else host
    own = f"{'https' if settings.secure else 'http'}://{shown}:{port}"
    return (settings.approval_url or settings.endpoint_url or own).rstrip("/") + PATH.rstrip("/")
