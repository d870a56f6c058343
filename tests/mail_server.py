"""A mail server on loopback that keeps what it is given: as much of RFC 5321 as one sender needs.

with mailbox() as box:
    ... box.port
    box.received[0].to, box.received[0].message["Subject"]
"""

import base64
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BufferedReader
from typing import Final

from tests.tls_servers import listening

_CODES: Final = {"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", "RSET": "250 ok", "NOOP": "250 ok"}


@dataclass(frozen=True)
class Received:
    """One message as it arrived, and how."""

    sender: str
    to: tuple[str, ...]
    data: bytes
    encrypted: bool
    login: tuple[str, str] | None

    @property
    def message(self) -> EmailMessage:
        """As it is read."""
        return message_from_bytes(self.data, policy=policy.default)

    @property
    def text(self) -> str:
        """The body, with the ends of lines that texts have."""
        return str(self.message.get_content()).replace("\r\n", "\n")


@dataclass
class Mailbox:
    """What the server does, and what came."""

    tls: ssl.SSLContext | None = None
    implicit: bool = False
    """TLS from the first byte, instead of STARTTLS."""
    passwords: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    """Answers by command, by recipient, or to a whole message (`.`), in the place of the usual ones; empty for none."""
    port: int = 0
    received: list[Received] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """Every command, in order."""


@contextmanager
def mailbox(**options: object) -> Iterator[Mailbox]:
    """A server on a port of its own; options are those of Mailbox."""
    box = Mailbox(**options)  # type: ignore[arg-type]
    with listening(lambda connection: _Session(box, connection).serve()) as port:
        box.port = port
        yield box


class _Session:
    """One connection."""

    def __init__(self, box: Mailbox, connection: socket.socket) -> None:
        self.box, self.connection = box, connection
        self.encrypted = box.implicit
        if box.implicit and box.tls:
            self.connection = box.tls.wrap_socket(connection, server_side=True)
        self.stream: BufferedReader = self.connection.makefile("rb")
        self.sender, self.to = "", list[str]()
        self.login: tuple[str, str] | None = None

    def say(self, *lines: str) -> None:
        self.connection.sendall("".join(f"{line}\r\n" for line in lines if line).encode())

    def serve(self) -> None:
        self.say(self.box.refused.get("CONNECT", "220 box.example ESMTP"))
        while line := self.stream.readline():
            text = line.decode("latin-1").rstrip("\r\n")
            self.box.lines.append(text)
            verb = text.split(" ")[0].upper()
            if verb == "QUIT":
                self.say(self.box.refused.get(verb, "221 bye"))
                break
            if verb in self.box.refused:
                self.say(self.box.refused[verb])
            else:
                self.obey(verb, text)
        self.stream.close()
        self.connection.close()

    def obey(self, verb: str, text: str) -> None:
        address = text.partition("<")[2].partition(">")[0]
        if verb in {"EHLO", "HELO"}:
            self.greet()
        elif verb == "STARTTLS":
            self.encrypt()
        elif verb == "AUTH":
            self.authenticate(text)
        elif verb == "RCPT":
            if address not in self.box.refused:
                self.to.append(address)
            self.say(self.box.refused.get(address, "250 ok"))
        else:
            self.sender = address if verb == "MAIL" else self.sender
            self.say(_CODES.get(verb, "502 not here"))
            if verb == "DATA":
                self.take()

    def greet(self) -> None:
        offers = ["250-box.example"]
        if self.box.tls and not self.encrypted:
            offers.append("250-STARTTLS")
        if self.box.passwords:
            offers.append("250-AUTH PLAIN")
        self.say(*offers, "250 SIZE 1000000")

    def encrypt(self) -> None:
        self.say("220 go on")
        if self.box.tls:
            self.connection = self.box.tls.wrap_socket(self.connection, server_side=True)
        self.stream, self.encrypted = self.connection.makefile("rb"), True

    def authenticate(self, text: str) -> None:
        _, user, password = base64.b64decode(text.split(" ")[2]).decode().split("\0")
        if self.box.passwords.get(user) == password:
            self.login = (user, password)
            self.say("235 welcome")
        else:
            self.say("535 5.7.8 wrong password")

    def take(self) -> None:
        data = b""
        while (line := self.stream.readline()) != b".\r\n":
            data += line.removeprefix(b".")
        self.box.received.append(Received(self.sender, tuple(self.to), data, self.encrypted, self.login))
        self.say(self.box.refused.get(".", "250 kept"))
