"""A server process whose certificates are validated: its name server, its mail server, and what came of requests.

with house(tmp_path) as made:
    arn = made.requested("a.example")
    made.grant(arn)
    made.until(arn, "ISSUED")
"""

import json
import re
import sqlite3
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.dns_server import Zone, name_server
from tests.mail_server import Mailbox, Received, mailbox
from tests.server import Server

PATIENCE: Final = 60.0
OFFSET: Final = 20000
PORT: Final = OFFSET + 80
REGION: Final = "us-east-1"
_REST: Final = 0.05
_LINK: Final = re.compile(r"/approve/\S+")


@dataclass
class House:
    """A running server and the world that it looks at."""

    server: Server
    zone: Zone
    box: Mailbox
    acm: Any = None
    """The administrator's boto3 client for the present process: another one after each start."""
    clients: ExitStack = field(default_factory=ExitStack)

    def requested(self, name: str, method: str = "DNS", others: Sequence[str] = (), **more: Any) -> str:
        """The ARN."""
        sent = {
            "KeyAlgorithm": "EC_prime256v1",
            **({"SubjectAlternativeNames": list(others)} if others else {}),
            **more,
        }
        made = self.acm.request_certificate(DomainName=name, ValidationMethod=method, **sent)
        return str(made["CertificateArn"])

    def described(self, arn: str) -> Any:
        """DescribeCertificate."""
        return self.acm.describe_certificate(CertificateArn=arn)["Certificate"]

    def validations(self, arn: str) -> dict[str, Any]:
        """Domain name -> what is told of its validation."""
        return {one["DomainName"]: one for one in self.described(arn)["DomainValidationOptions"]}

    def grant(self, arn: str) -> None:
        """Put every record of a certificate into the zone."""
        for one in self.validations(arn).values():
            self.zone.alias(one["ResourceRecord"]["Name"], one["ResourceRecord"]["Value"])

    def until(self, arn: str, status: str) -> Any:
        """The description as soon as the certificate has that status."""
        settled(lambda: self.described(arn)["Status"] == status, lambda: self.told(arn))
        return self.described(arn)

    def told(self, arn: str) -> str:
        """What its record says, for tests that fail."""
        ((request,),) = self.rows(
            "SELECT request FROM certificate_requests WHERE unique_id = ?", arn.rpartition("/")[2]
        )
        return str(request)

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """Of the store, whether the server runs or not."""
        with closing(sqlite3.connect(f"file:{self.server.data}/sealstone.db?mode=ro", uri=True)) as store:
            return store.execute(query, values).fetchall()

    def events(self) -> list[Any]:
        """All of them."""
        return [json.loads(line) for line in self.server.done("events", "tail", "--json").splitlines()]

    def mail(self, number: int) -> Received:
        """The mail of that number, as soon as it is there."""
        settled(lambda: len(self.box.received) > number)
        return self.box.received[number]

    def advance(self, time: str) -> None:
        """Move the clock of a server with `--test-clock`."""
        self.server.done("clock", "advance", time)

    def restart(self) -> None:
        """Kill -9, and another process on the same store."""
        self.kill()
        self.start()

    def kill(self) -> None:
        """By SIGKILL."""
        self.clients.close()
        self.server.kill()

    def start(self) -> None:
        """Another process on the same store."""
        self.server.start()
        self.connect()

    def connect(self) -> None:
        """A client for the present process."""
        self.acm = self.clients.enter_context(self.server.client("acm", self.server.credentials(), region=REGION))

    def link(self, mail: Received) -> str:
        """Where its link leads, at the address of the present process."""
        found = _LINK.search(mail.text)
        assert found, mail.text
        return self.server.endpoint + found[0]


def opened(url: str, form: bytes | None = None) -> str:
    """The page, or what it says to a form."""
    with urllib.request.urlopen(url, form, timeout=PATIENCE) as page:  # noqa: S310 - ours
        return str(page.read().decode())


def settled(wanted: Callable[[], bool], told: Callable[[], str] = str, rest: float = _REST) -> None:
    """Until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not wanted():
        assert time.monotonic() < deadline, f"it never came to be {told()}"
        time.sleep(rest)


@contextmanager
def house(directory: Path, network: str = "127.88.0.0/24", options: Sequence[str] = ()) -> Iterator[House]:
    """A server that asks a name server of loopback, mails to one, and has load balancers on `network`."""
    with name_server() as zone, mailbox() as box:
        settings = {
            "dns_servers": zone.address,
            "validation_http_port": str(PORT),
            "listener_addresses": network,
            "listener_port_offset": str(OFFSET),
            "smtp_server": f"127.0.0.1:{box.port}",
            "smtp_sender": "seal@sealstone.example",
            "smtp_tls": "none",
        }
        server = Server(directory / "server", settings=settings, options=options)
        with server:
            made = House(server, zone, box)
            try:
                with made.clients:
                    made.connect()
                    yield made
            finally:
                server.done("listeners", "stop")
