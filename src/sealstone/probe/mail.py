"""Mail to people, by the operator's mail server (RFC 5321): plain text, one message, sent or refused on the spot.

A server that has the whole message and gives no answer may have taken it; that is told apart from one that has not.

Nothing that comes from outside can add a header or a recipient: addresses are held to a narrow form, and a message is
built by `email.message`, which refuses line ends in headers. Nothing is queued here: who sends tries again.
"""

import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final, Literal

from sealstone.probe.problems import MailFailed, MailRefused, MailUnconfirmed
from sealstone.x509.escaping import shown

TLS = Literal["none", "starttls", "tls"]
TIMEOUT: Final = 10.0
"""Seconds for the connection, and for each answer of the mail server but one."""
LAST_TIMEOUT: Final = 30.0
"""Seconds for the answer to a whole message: the server may look through it (RFC 5321, 4.5.3.2.6, asks for minutes)."""
LONGEST: Final = 45.0
"""Seconds after which no further answer is waited for: whoever sends may have to be done by then."""
_FAREWELL: Final = 1.0
_SOON: Final = 0.01
_LONGEST_PASSWORD: Final = 1024
_LONGEST_SUBJECT: Final = 250
_LINE_STARTS: Final = re.compile(rb"(?m)^\.")
_GO_ON: Final = 354
_TAKEN: Final = 250
_REFUSALS: Final = (4, 5)
# RFC 5321, 4.1.2, without quoted local parts and address literals; RFC 5321, 4.5.3.1, for the lengths.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Login:
    """Who sends. The password is read each time, so that it may be changed while the server runs."""

    username: str
    password_file: Path


class Mailer:
    """Sends through one mail server. Threads may share it: each message has a connection of its own."""

    def __init__(
        self,
        server: tuple[str, int],
        sender: str,
        *,
        tls: TLS,
        clock: Callable[[], datetime],
        chance: Callable[[int], bytes],
        login: Login | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`clock` is the real time, for the Date; `trust` verifies the server, by default with the system's roots."""
        self._server, self._sender, self._tls = server, sender, tls
        self._clock, self._chance = clock, chance
        self._login, self._trust = login, trust

    def send(self, to: Sequence[str], subject: str, text: str) -> None:
        """Hand one message to the mail server, for all of `to`; done when it has taken it for at least one of them.

        Raises MailRefused for an address or subject that cannot be sent or a password that cannot be read, MailFailed
        for a server that does not take it or whose certificate is not trusted, MailUnconfirmed for one that has all of
        it and does not say whether it takes it.
        """
        message = self._message(to, subject, text)
        try:
            smtp = self._connected()
        except OSError as fault:
            raise MailFailed(*self._server, _reason(fault)) from fault
        try:
            if self._tls == "starttls":
                smtp.starttls(context=self._context())
            if self._login:
                smtp.login(self._login.username, _password(self._login.password_file))
            # Raises when every recipient was refused; some of several mailboxes seldom exist.
            smtp.send_message(message, self._sender, list(to))
        except OSError as fault:
            problem = MailUnconfirmed if smtp.may_have_it else MailFailed
            raise problem(*self._server, _reason(fault)) from fault
        finally:
            # RFC 5321, 4.1.1.10: what was taken stays so, whatever the answer to QUIT is.
            with suppress(OSError):
                smtp.quit()

    def _message(self, to: Sequence[str], subject: str, text: str) -> EmailMessage:
        for address in to:
            if not _ADDRESS.fullmatch(address):
                raise MailRefused(f"{shown(address)} is no mail address that can be written to")
        if not to:
            raise MailRefused("there is nobody to write to")
        if not subject.isprintable() or len(subject) > _LONGEST_SUBJECT:
            raise MailRefused(f"a subject is one printable line, not {shown(subject)}")
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = ", ".join(to)
        message["Subject"] = subject
        message["Date"] = format_datetime(self._clock())
        message["Message-ID"] = f"<{self._chance(16).hex()}@{self._domain}>"
        # RFC 3834, 5: so that no program answers a program.
        message["Auto-Submitted"] = "auto-generated"
        # Not every server takes eight bits (RFC 6152).
        message.set_content(text, cte=None if text.isascii() else "quoted-printable")
        return message

    @property
    def _domain(self) -> str:
        return self._sender.rpartition("@")[2]

    def _connected(self) -> "_Conversation":
        host, port = self._server
        # The name is given, or the library would look its own one up in the DNS, which may hang.
        if self._tls == "tls":
            return _Protected(host, port, self._domain, timeout=TIMEOUT, context=self._context())
        return _Conversation(host, port, self._domain, timeout=TIMEOUT)

    def _context(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()


class _Conversation(smtplib.SMTP):
    """Ends in time, and knows whether the server may have the message. All errors of the library are OSErrors."""

    may_have_it = False
    """All of the message was on its way, and no answer refused it."""
    _patience = _ends = 0.0

    def connect(self, host: str = "localhost", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        """The time begins."""
        self._patience, self._ends = TIMEOUT, monotonic() + LONGEST
        return super().connect(host, port, source_address)

    def getreply(self) -> tuple[int, bytes]:
        """An answer, for as long as there is time for it."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("there is no connection")
        self.sock.settimeout(max(min(self._patience, self._ends - monotonic()), _SOON))
        return super().getreply()

    def data(self, msg: Any) -> tuple[int, bytes]:
        """RFC 5321, 4.1.1.4. Of the last answer the first figure tells all (4.2.1)."""
        code, words = self.docmd("DATA")
        if code != _GO_ON:
            raise smtplib.SMTPDataError(code, words)
        self.may_have_it, self._patience = True, LAST_TIMEOUT
        self.send(_LINE_STARTS.sub(b"..", bytes(msg)).removesuffix(b"\r\n") + b"\r\n.\r\n")
        code, words = self.getreply()
        self.may_have_it, self._patience = code // 100 not in _REFUSALS, _FAREWELL
        return _TAKEN if code // 100 == _TAKEN // 100 else code, words


class _Protected(_Conversation, smtplib.SMTP_SSL):
    """TLS from the first byte."""


def _password(path: Path) -> str:
    """Raises MailRefused."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as fault:
        reason = getattr(fault, "strerror", None) or "it is no text"
        raise MailRefused(f"the password of the mail server cannot be read from {path}: {reason}") from fault
    password = text.rstrip("\r\n")
    if not password or len(password) > _LONGEST_PASSWORD or not password.isprintable():
        raise MailRefused(f"{path} holds no password: one line is needed")
    return password


def _reason(fault: OSError) -> str:
    """The library tells of a time-out in a disconnection's text, and has it as its context."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        reason = "; ".join(f"{address}: {_said(*answer)}" for address, answer in fault.recipients.items())
        return f"it takes none of the recipients: {reason}"
    if isinstance(fault, smtplib.SMTPResponseException):
        return _said(fault.smtp_code, fault.smtp_error)
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {fault.verify_message}"
    if isinstance(fault, TimeoutError) or isinstance(fault.__context__, TimeoutError):
        return "it did not answer in time"
    return str(getattr(fault, "strerror", None) or fault)


def _said(code: int, text: bytes | str) -> str:
    shown_text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {shown_text}".strip()
